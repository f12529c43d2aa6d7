"""Dividing money in words: one offer to accept or reject, or offers in turn that delay shrinks."""

from silicus.errors import PromptError
from silicus.games import BargainingGame, UltimatumGame
from silicus.prompts.base import Event, Family, Page, Script, Step
from silicus.prompts.narration import narrate, quoted, require_standing_offer, told_answer
from silicus.prompts.voice import amount, either, number, percent

ACCEPT_OR_REJECT = {"accept": ("accept", "will accept"), "reject": ("reject", "will reject")}

EVENTS = {
    "offer": ("self earlier", "other earlier", "other this"),
    "answer": ("self earlier", "other earlier"),
}


class Ultimatum(Family):
    """A proposer divides a sum; the participant accepts, or rejects and both get nothing."""

    kind = "ultimatum"
    other = "the proposer"
    reversed_who = "the responder"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, as the proposer, and "
        "say what {you} will decide."
    )
    meanings = ("accept", "reject")
    acts = ACCEPT_OR_REJECT

    def script(self, page: Page) -> Script:
        """Return the rules of the ultimatum and the offer."""
        page.situation.refuse_unknown_events({})
        game: UltimatumGame = page.situation.game
        say = page.say.say
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
        listed = page.meanings(rules=True)
        rules = page.rules(first, " ".join(outcomes[meaning] for meaning in listed))
        offer = say("{You} {are} offered {mine=}; {them} would keep {rest=}.", **_shares(game))
        return Script(rules, (Step(f"{offer} {_accept_or_reject(page)}"),))

    def numbers(self, page: Page) -> str:
        """Return one line per option: what the participant and the proposer then have."""
        game: UltimatumGame = page.situation.game
        scale = 100 if game.total is None else game.total
        mine, rest = game.share_offered * scale, (1 - game.share_offered) * scale
        lines = []
        for i in page.order:
            accepted = page.meaning(i) == "accept"
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


def _accept_or_reject(page: Page) -> str:
    return page.ask.say("{Do} {you} {words=}?", words=" or ".join(page.meanings()))


class Bargaining(Family):
    """Alternating offers of which each round's delay takes a part (GLEE, after Rubinstein)."""

    kind = "bargaining"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, and say what "
        "{you} will decide."
    )
    meanings = ("accept", "reject")
    acts = ACCEPT_OR_REJECT

    def script(self, page: Page) -> Script:
        """Return the rules, then the offers and answers in turn."""
        page.situation.refuse_unknown_events(EVENTS)
        require_standing_offer(page)

        return Script(page.told(_turns), narrate(page, _told, _asked, _turns))

    def numbers(self, page: Page) -> str:
        """Return per option: both gains on the table, or what delay leaves of a gain."""
        game: BargainingGame = page.situation.game
        mine = float(require_standing_offer(page).amount or 0)
        lines = {
            "accept": f"{number(mine)} {number(game.total - mine)}",
            "reject": number(game.own_discount),
        }
        return "\n".join(f"{page.labels[i]} {lines[page.meaning(i)]}" for i in page.order)


def _turns(page: Page) -> list[str]:
    game: BargainingGame = page.situation.game
    say = page.say.say
    first = say("{you}" if game.proposes_first else "{them}")
    message = " and may add a message" if game.messages_allowed else ""
    then = {
        "accept": "Accepting ends the game.",
        "reject": "After a rejection the next round begins and the roles change.",
    }
    answers = page.meanings(rules=True)
    text = [
        say(
            "{You} and {them} divide {total=}. In each round one of the two proposes how to divide "
            "it{message=}; in round 1 this is {first=}. The other can {answers=} the proposal. "
            "{then=}",
            total=amount(game.total, game.payoff_unit),
            message=message,
            first=first,
            answers=either(answers),
            then=" ".join(then[answer] for answer in answers),
        )
    ]
    text += [_delay(page)] * (min(game.own_discount, game.other_discount) < 1)
    if game.limit_told:
        text.append(
            f"There are {number(game.max_rounds)} rounds; without an agreement by then neither of "
            "the two gets anything."
        )
    return text


def _delay(page: Page) -> str:
    game: BargainingGame = page.situation.game
    say = page.say.say
    own, other = percent(1 - game.own_discount), percent(1 - game.other_discount)
    if game.complete_information and own == other:
        return say(
            "The money loses value with time: with each round it is worth {less=} less, for {you} "
            "and for {them}.",
            less=own,
        )
    keeps = "The money loses value with time: with each round it is worth {less=} less for {you}"
    if game.own_discount == 1:
        keeps = "For {you} the money keeps its value from round to round"
    theirs = ", and {less=} less for {them}."
    if not game.complete_information:
        theirs = "; how much value it loses for {them} is not known to {you}."
    elif game.other_discount == 1:
        theirs = ", and keeps its value for {them}."
    elif game.own_discount == 1:
        theirs = "; for {them} it is worth {less=} less with each round."
    return say(keeps, less=own) + say(theirs, less=other)


def _asked(page: Page, now: int) -> str:
    return " ".join([*_worth_now(page, now), _accept_or_reject(page)])


def _worth_now(page: Page, now: int) -> list[str]:
    """Return what delay has taken by this round, as the page of the experiment told it."""
    game: BargainingGame = page.situation.game
    lost = 1 - game.own_discount ** (now - 1)
    if lost == 0:
        return []
    text = "The money is now worth {less=} less for {you} than in round 1."
    return [page.say.say(text, less=percent(lost))]


def _told(page: Page, event: Event) -> str:
    game: BargainingGame = page.situation.game
    say = page.say.say
    if event.kind == "answer":
        return told_answer(page, event)
    if event.amount is None:
        raise PromptError(
            f"{page.situation.where}: the offer of round {event.round} has no amount. Correct the "
            "recoding of the data set."
        )
    who = "{You}" if event.actor == "self" else "{Them}"
    offer = say(
        who + " proposed {mine=} for {you} and {rest=} for {them}.",
        mine=amount(event.amount, game.payoff_unit),
        rest=amount(game.total - event.amount, game.payoff_unit),
    )
    return "\n".join([offer, *quoted(page, event)])


ULTIMATUM = Ultimatum()
BARGAINING = Bargaining()
