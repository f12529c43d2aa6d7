"""Public goods in words: how much to give to a common project; or all or nothing, with a threshold.

The others are "the others" here and never addressed, so that reversed roles speak to one of them.
"""

from typing import ClassVar

from silicus.games import PublicGoodsGame, ThresholdGame
from silicus.prompts.amounts import Amounts, by_round, gained, repeated, steps, told_sum, unit
from silicus.prompts.base import Event, Family, Page, Script, Step
from silicus.prompts.voice import amount, number

GROUP_OPENING = (
    "You are taking part in an experiment on how people make decisions, in the same group as "
    "{you}, and say what {you} will decide."
)
GROUP_MEMBER = "a certain participant"

EVENTS = {
    "answer": ("self earlier",),
    "contribution": ("other earlier",),
    "total": ("nature earlier",),
    "payoff": ("self earlier",),
}


class PublicGoods(Amounts):
    """Everybody gives part of an endowment at the same time."""

    kind = "public_goods"
    reversed_who = GROUP_MEMBER
    reversed_opening = GROUP_OPENING
    verbs = ("give", "will give")

    def script(self, page: Page) -> Script:
        """Return the rules, then each round with what was given."""
        return by_round(page, EVENTS, _told, _asked, self.describe)

    def describe(self, page: Page) -> list[str]:
        """Return the rules."""
        game: PublicGoodsGame = page.situation.game
        rules = page.say.say(
            "{You} {are} in a group of {n=} people. Each of them has {money=} and decides, at the "
            "same time as the others, how much of it to give to a common project, {by=}; the rest "
            "is kept. For every {one=} given to the project, by whomever, each of the {n=} people "
            "gets {worth=}.",
            n=number(game.n_players),
            money=amount(game.endowment, game.payoff_unit),
            by=steps(page),
            one=amount(1, game.payoff_unit),
            worth=amount(game.per_capita, game.payoff_unit),
        )
        who = "in the same group" if game.same_group else "each time in a new group"

        return [rules, repeated(page, who)]

    def figures(self, game: PublicGoodsGame) -> list[float]:
        """Return the number of players, the endowment and what a unit given is worth to each."""
        return [game.n_players, game.endowment, game.per_capita]


def _asked(page: Page, _: int) -> str:
    return page.ask.say(
        "How much {do} {you} give, from {range=} {unit=}?",
        range=page.listed(),
        unit=unit(page),
    )


def _told(page: Page, event: Event) -> str:
    if event.kind == "payoff":
        return gained(page, event)
    if event.kind == "total":
        return told_sum(page, event, "The whole group gave {sum=} together.")
    return told_sum(page, event, "One of the others gave {sum=}.")


class Threshold(Family):
    """Give all or keep all; enough givers win for everybody; or leave."""

    kind = "threshold"
    reversed_who = GROUP_MEMBER
    reversed_opening = GROUP_OPENING
    meanings = ("give", "keep", "leave")
    acts: ClassVar = {
        "give": ("give", "will give"),
        "keep": ("keep", "will keep"),
        "leave": ("leave", "will leave"),
    }
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return the rules, what each option means, and the question."""
        page.situation.refuse_unknown_events({})
        game: ThresholdGame = page.situation.game
        money = amount(game.endowment, game.payoff_unit)
        say = page.say.say
        rules = say(
            "Groups of {n=} people are formed, and {you} {are} one of the people. Each has "
            "{money=} and decides without knowing what the others do. If at least {needed=} of "
            "the {n=} give the {money=} to the group project, each of the {n=} gets {reward=} "
            "more, whether giving or not; if fewer do, what was given is lost.",
            n=number(game.n_players),
            money=money,
            needed=number(game.threshold),
            reward=amount(game.reward, game.payoff_unit),
        )
        if game.outside is not None:
            rules += " The groups are formed of those who do not leave."
        meant = {
            "give": f"give the {money} to the group project.",
            "keep": f"keep the {money} and stay in the group.",
            "leave": (
                f"leave, keep the {money} and get {amount(game.outside or 0, game.payoff_unit)} "
                "more for certain."
            ),
        }
        question = page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())
        return Script(page.rules(rules, page.explained(meant)), (Step(question),))

    def numbers(self, page: Page) -> str:
        """Return the players and the threshold, then what each option pays, reached or not."""
        game: ThresholdGame = page.situation.game
        lines = [f"{number(game.n_players)} {number(game.threshold)}"]
        for i in page.order:
            act = page.meaning(i)
            pays = (game.payoff(act, game.n_players - 1), game.payoff(act, 0))  # type: ignore[arg-type]
            if act == "give" and game.threshold == 1:
                pays = (pays[0], pays[0])
            lines.append(f"{page.labels[i]} {number(pays[0])} {number(pays[1])}")
        return "\n".join(lines)


PUBLIC_GOODS = PublicGoods()
THRESHOLD = Threshold()
