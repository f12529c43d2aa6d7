"""The dilemma of giving in words: the partner has put money into a pot, now it is one's turn."""

from typing import ClassVar

from silicus.games import ContributionGame
from silicus.prompts.base import Family, Page, Script, Step
from silicus.prompts.voice import amount, number, percent


class Contribution(Family):
    """Second mover of a dilemma with contributions in any size (Heffner and FeldmanHall)."""

    kind = "contribution"
    other = "the partner"
    reversed_who = "the other participant"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the partner who "
        "moves first, and say what {you} will do."
    )
    meanings = ("give", "keep")
    acts: ClassVar = {"give": ("give", "will give"), "keep": ("keep", "will keep")}
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return the rules, the partner's contribution and the question."""
        page.situation.refuse_unknown_events({})
        game: ContributionGame = page.situation.game
        say = page.say.say
        unit = game.payoff_unit
        money = "the same amount of money"
        if game.endowment is not None:
            money = amount(game.endowment, unit)
        growth = "grows"
        if game.multiplier is not None:
            growth = f"is multiplied by {number(game.multiplier)}"
        rules = say(
            "{You} and {them} each have {money=}. Each can put any "
            f"part of it into a common pot. The money in the pot {growth} and is then split "
            "equally between the two, whoever has put it in; what is not put in is kept. {Them} "
            "{move~} first, and {you} {are} told how much {them} put in.",
            money=money,
        )
        explained = page.explained(
            {
                "give": "put at least half of the money into the pot.",
                "keep": "put less than half of the money into the pot.",
            }
        )
        told = say(
            "{Them} put {share=} of the money into the pot.", share=percent(game.other_share)
        )
        question = page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())
        return Script(page.rules(rules, explained), (Step(f"{told} {question}"),))

    def numbers(self, page: Page) -> str:
        """Return per option the smallest and largest own share, after the partner's."""
        game: ContributionGame = page.situation.game
        ranges = {"give": "0.5 1", "keep": "0 0.5"}
        return "\n".join(
            f"{page.labels[i]} {number(game.other_share)} {ranges[page.meaning(i)]}"
            for i in page.order
        )


CONTRIBUTION = Contribution()
