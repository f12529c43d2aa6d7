"""The guessing game in words: be nearest to a fraction of the mean."""

from fractions import Fraction

from silicus.games import GuessingGame
from silicus.prompts.amounts import Amounts, by_round, gained, repeated, told_number
from silicus.prompts.base import Event, Page, Script
from silicus.prompts.public_goods import GROUP_MEMBER, GROUP_OPENING
from silicus.prompts.voice import amount, number

EVENTS = {
    "answer": ("self earlier",),
    "mean": ("nature earlier",),
    "target": ("nature earlier",),
    "payoff": ("self earlier",),
}


def fraction(value: float) -> str:
    """Return a factor as people are told it.

    Examples
    --------
    >>> fraction(2 / 3), fraction(0.6667), fraction(0.7), fraction(1.3)
    ('2/3', '2/3', '0.7', '1.3')
    """
    near = Fraction(value).limit_denominator(9)
    exact_to_tenths = abs(value * 10 - round(value * 10)) < 1e-9
    if not exact_to_tenths and near.denominator > 1 and abs(near - value) < 1e-3:
        return f"{near.numerator}/{near.denominator}"
    return number(value)


class Guessing(Amounts):
    """Everybody names a number; the nearest to a fraction of the mean wins."""

    kind = "guessing"
    reversed_who = GROUP_MEMBER
    reversed_opening = GROUP_OPENING
    verbs = ("name", "will name")

    def script(self, page: Page) -> Script:
        """Return the rules, then each round with what it came to."""
        return by_round(page, EVENTS, _told, _asked, self.describe)

    def describe(self, page: Page) -> list[str]:
        """Return the rules."""
        game: GuessingGame = page.situation.game
        group = "a group of people"
        if game.n_players is not None:
            group = f"a group of {number(game.n_players)} people"
        prize = "wins"
        if game.prize is not None:
            prize = f"wins {amount(game.prize, game.payoff_unit)}"
        rules = page.say.say(
            "{You} {are} in {group=}. Each of them names a number from {lowest=} to {highest=}, in "
            "steps of {step=}, at the same time as the others. Then the mean of all numbers is "
            "taken and multiplied by {factor=}. Whoever named the number nearest to the result "
            "{prize=}; those equally near share what is won.",
            group=group,
            lowest=number(game.lowest),
            highest=number(game.highest),
            step=number(game.step),
            factor=fraction(game.factor),
            prize=prize,
        )

        return [rules, repeated(page, "in the same group")]

    def figures(self, game: GuessingGame) -> list[float]:
        """Return the factor, and the number of players where it is told."""
        return [game.factor, *([] if game.n_players is None else [game.n_players])]


def _asked(page: Page, _: int) -> str:
    return page.ask.say("Which number {do} {you} name, from {range=}?", range=page.listed())


def _told(page: Page, event: Event) -> str:
    if event.kind == "payoff":
        return gained(page, event)
    what = "The mean of all numbers was" if event.kind == "mean" else "The result was"
    return told_number(page, event, f"{what} {{sum=}}.")


GUESSING = Guessing()
