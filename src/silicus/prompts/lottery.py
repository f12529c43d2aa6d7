"""Choices between lotteries in words: what can be won or lost, with which chance."""

from silicus.errors import PromptError
from silicus.games import LotteryChoice, Outcome
from silicus.prompts.base import Family, Page, Script, Step
from silicus.prompts.voice import amount, either, number, percent


class Lottery(Family):
    """Options are lotteries, described one a line."""

    kind = "lottery"
    other = "the person who offers the choice"
    reversed_who = "the other person"
    reversed_opening = (
        "You offer another person a choice in an experiment on how people make decisions, and say "
        "what {you} will choose."
    )

    def script(self, page: Page) -> Script:
        """Return the lotteries and the question."""
        page.situation.refuse_unknown_events({})
        game = _game(page)
        say = page.say.say
        hypothetical = (
            "The choice is hypothetical: nothing is really won or lost."
            if game.hypothetical
            else ""
        )
        intro = say(f"{{You}} {{have}} to choose one of {_count(game)} options. {hypothetical}")
        rules = page.rules(intro.strip())
        lines = [f"{page.labels[i]}: {_describe(game, i)}." for i in page.order]
        question = page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())
        return Script(rules, (Step("\n".join(lines) + "\n\n" + question),))

    def numbers(self, page: Page) -> str:
        """Return one line per option: payoff and probability of each outcome in turn."""
        game = _game(page)
        lines = []
        for i in page.order:
            pairs = [
                number(o.payoff)
                if _hidden(game, i)
                else f"{number(o.payoff)} {number(o.probability)}"
                for o in game.lotteries[i]
            ]
            lines.append(" ".join([page.labels[i], *pairs]))
        return "\n".join(lines)


def _game(page: Page) -> LotteryChoice:
    game: LotteryChoice = page.situation.game
    if len(game.lotteries) != len(page.situation.options):
        raise PromptError(
            f"{page.situation.where}: {len(page.situation.options)} options but "
            f"{len(game.lotteries)} lotteries. Correct the recoding of the data set."
        )
    return game


def _count(game: LotteryChoice) -> str:
    names = {2: "two", 3: "three", 4: "four", 5: "five"}
    return names.get(len(game.lotteries), str(len(game.lotteries)))


def _hidden(game: LotteryChoice, option: int) -> bool:
    return bool(game.ambiguous and game.ambiguous[option])


def _describe(game: LotteryChoice, option: int) -> str:
    outcomes = [o for o in game.lotteries[option] if o.probability > 0]
    if _hidden(game, option):
        each = [_result(outcome, game.payoff_unit) for outcome in outcomes]
        return f"{either(each)}, with probabilities that are not told"
    if len(outcomes) == 1:
        return f"{_result(outcomes[0], game.payoff_unit)} for certain"
    each = [
        f"{_result(outcome, game.payoff_unit)} with a chance of {percent(outcome.probability)}"
        for outcome in outcomes
    ]
    return either(each)


def _result(outcome: Outcome, unit: str) -> str:
    if outcome.payoff == 0:
        return "nothing"
    verb = "win" if outcome.payoff > 0 else "lose"
    return f"{verb} {amount(abs(outcome.payoff), unit)}"


LOTTERY = Lottery()
