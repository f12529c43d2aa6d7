"""Dividing money in words: the ultimatum, a single offer to accept or reject."""

from silicus.games import UltimatumGame
from silicus.prompts.base import Family, Page, Script, Step
from silicus.prompts.voice import amount, number, percent

ACCEPT_OR_REJECT = {"accept": ("accept",), "reject": ("reject",)}


class Ultimatum(Family):
    """A proposer divides a sum; the participant accepts, or rejects and both get nothing."""

    kind = "ultimatum"
    other = "the proposer"
    reversed_who = "the responder"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the proposer, and "
        "say what {you} will decide."
    )
    acts = ACCEPT_OR_REJECT

    def script(self, page: Page) -> Script:
        """Return the rules of the ultimatum and the offer."""
        page.situation.refuse_unknown_events({})
        game: UltimatumGame = page.situation.game
        say, ask = page.say.say, page.ask.say
        whole = "a sum of money" if game.total is None else amount(game.total, game.payoff_unit)
        first = say(
            "{Them} {have~} received {whole=} and {propose~} how to divide it with {you}. {You} "
            "can accept or reject the proposal.",
            whole=whole,
        )
        outcomes = {
            "accept": say("If {you} {accept}, the money is divided as proposed."),
            "reject": say("If {you} {reject}, neither of the two gets anything."),
        }
        listed = [page.situation.options[i] for i in page.rules_order]
        rules = page.rules(first, " ".join(outcomes[option] for option in listed))
        offer = say("{You} {are} offered {mine=}; {them} would keep {rest=}.", **_shares(game))
        words = " or ".join(page.situation.options[i] for i in page.order)
        question = ask("{Do} {you} {words=}?", words=words)
        return Script(rules, (Step(f"{offer} {question}"),))

    def numbers(self, page: Page) -> str:
        """Return one line per option: what the participant and the proposer then have."""
        game: UltimatumGame = page.situation.game
        scale = 100 if game.total is None else game.total
        mine, rest = game.share_offered * scale, (1 - game.share_offered) * scale
        lines = []
        for i in page.order:
            accepted = page.situation.options[i] == "accept"
            pair = (mine, rest) if accepted else (0, 0)
            lines.append(f"{page.labels[i]} {number(pair[0])} {number(pair[1])}")
        return "\n".join(lines)


def _shares(game: UltimatumGame) -> dict[str, str]:
    if game.total is None:
        mine, rest = percent(game.share_offered), percent(1 - game.share_offered)
        return {"mine": f"{mine} of the money", "rest": rest}
    return {
        "mine": amount(game.share_offered * game.total, game.payoff_unit),
        "rest": amount((1 - game.share_offered) * game.total, game.payoff_unit),
    }


ULTIMATUM = Ultimatum()
