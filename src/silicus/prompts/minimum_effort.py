"""The minimum-effort game in words: numbers, without the word effort, as people were told."""

from silicus.games import MinimumEffortGame
from silicus.prompts.amounts import Amounts, by_round, gained, repeated, told_number
from silicus.prompts.base import Event, Page, Script
from silicus.prompts.public_goods import GROUP_MEMBER, GROUP_OPENING
from silicus.prompts.voice import amount, number

EVENTS = {
    "answer": ("self earlier",),
    "minimum": ("nature earlier",),
    "payoff": ("self earlier",),
}


class MinimumEffort(Amounts):
    """Everybody chooses a number; all gain by the smallest, each pays for the own one."""

    kind = "minimum_effort"
    reversed_who = GROUP_MEMBER
    reversed_opening = GROUP_OPENING
    verbs = ("choose", "pick", "take")

    def script(self, page: Page) -> Script:
        """Return the rules, then each round with the smallest number."""
        return by_round(page, EVENTS, _told, _asked, self.describe)

    def describe(self, page: Page) -> list[str]:
        """Return the rules."""
        game: MinimumEffortGame = page.situation.game
        unit = game.payoff_unit
        rules = page.say.say(
            "{You} {are} in a group of {n=} people. Each of them chooses a number from {lowest=} "
            "to {highest=}, in steps of {step=}, at the same time as the others. Each gets "
            "{benefit=} times the smallest number that anyone in the group chose, and pays "
            "{cost=} times the number that he or she chose.",
            n=number(game.n_players),
            lowest=number(game.lowest),
            highest=number(game.highest),
            step=number(game.step),
            benefit=amount(game.benefit, unit),
            cost=amount(game.cost, unit),
        )
        if game.base:
            rules += f" Besides, each gets {amount(game.base, unit)}."

        return [rules, repeated(page, "in the same group")]

    def figures(self, game: MinimumEffortGame) -> list[float]:
        """Return the number of players, benefit, cost and base."""
        return [game.n_players, game.benefit, game.cost, game.base]


def _asked(page: Page, _: int) -> str:
    return page.ask.say("Which number {do} {you} choose, from {range=}?", range=page.listed())


def _told(page: Page, event: Event) -> str:
    if event.kind == "payoff":
        return gained(page, event)
    return told_number(page, event, "The smallest number in the group was {sum=}.")


MINIMUM_EFFORT = MinimumEffort()
