"""The dictator game in words: a sum to divide with somebody who has no say."""

from silicus.games import DictatorGame
from silicus.prompts.amounts import Amounts, steps, unit
from silicus.prompts.base import Page, Script, Step
from silicus.prompts.voice import amount


class Dictator(Amounts):
    """The participant gives away part of a sum."""

    kind = "dictator"
    other = "the other person"
    reversed_who = "the person who divides"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the one who gets "
        "what is given, and say what {you} will decide."
    )
    verbs = ("give", "will give")

    def script(self, page: Page) -> Script:
        """Return the rules and the question."""
        page.situation.refuse_unknown_events({})
        game: DictatorGame = page.situation.game
        rules = page.say.say(
            "{You} {have} received {whole=} and {decide} how much of it to give to {them}, {by=}. "
            "{Them} {have~} no say in this. {Them} {get~} what {you} {give}, and {you} {keep} the "
            "rest.",
            whole=amount(game.total, game.payoff_unit),
            by=steps(page),
        )
        question = page.ask.say(
            "How much {do} {you} give, from {range=} {unit=}?",
            range=page.listed(),
            unit=unit(page),
        )
        return Script(page.rules(rules), (Step(question),))

    def figures(self, game: DictatorGame) -> list[float]:
        """Return the sum."""
        return [game.total]


DICTATOR = Dictator()
