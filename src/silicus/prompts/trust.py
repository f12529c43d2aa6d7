"""The trust game in words, for the one who sends and the one who returns."""

from silicus.errors import PromptError
from silicus.games import TrustGame
from silicus.prompts.amounts import Amounts, by_round, gained, repeated, steps, told_sum, unit
from silicus.prompts.base import Event, Page, Script
from silicus.prompts.voice import amount, number

EVENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "sender": {"answer": ("self earlier",), "returned": ("other earlier",)},
    "receiver": {"answer": ("self earlier",), "sent": ("other earlier", "other this")},
}
PAYOFF = {"payoff": ("self earlier",)}

SENDS = (
    "{You} {have} {money=} and {decide} how much of it to send to {them}, {by=}. What {you} "
    "{send} is multiplied by {times=} on the way. {Them} then {decide~} how much of what has "
    "arrived to send back to {you}, and {keep~} the rest."
)
RETURNS = (
    "{Them} {have~} {money=} and {decide~} how much of it to send to {you}. What {them} {send~} "
    "is multiplied by {times=} on the way. {You} then {decide} how much of what has arrived to "
    "send back to {them}, {by=}, and {keep} the rest."
)


class Trust(Amounts):
    """A sender trusts, and a receiver may return."""

    kind = "trust"
    other = "the other person"
    reversed_who = "the partner"
    reversed_opening = (
        "You are taking part in an experiment on how people make decisions, on the other side, and "
        "say what {you} will decide."
    )
    verbs = ("send", "will send")

    def script(self, page: Page) -> Script:
        """Return the rules, then each round with what was sent and returned."""
        events = {**EVENTS[page.situation.game.role], **PAYOFF}
        return by_round(page, events, _told, _asked, self.describe)

    def describe(self, page: Page) -> list[str]:
        """Return the rules."""
        game: TrustGame = page.situation.game
        say = page.say.say
        rules = say(
            SENDS if game.role == "sender" else RETURNS,
            money=amount(game.endowment, game.payoff_unit),
            times=number(game.multiplier),
            by=steps(page),
        )
        if game.receiver_endowment:
            whose = "{Them} {have~}" if game.role == "sender" else "{You} {have}"
            rules += " " + say(
                f"{whose} {{more=}} besides, which stays as it is.",
                more=amount(game.receiver_endowment, game.payoff_unit),
            )
        return [rules, repeated(page, "with the same partner")]

    def figures(self, game: TrustGame) -> list[float]:
        """Return endowments and multiplier, and what was sent."""
        sent = [] if game.sent is None else [game.sent]
        return [game.endowment, game.receiver_endowment, game.multiplier, *sent]


def _asked(page: Page, now: int) -> str:
    game: TrustGame = page.situation.game
    if game.role == "sender":
        return page.ask.say(
            "How much {do} {you} send, from {range=} {unit=}?",
            range=page.listed(),
            unit=unit(page),
        )
    events = page.situation.of_round(now, "sent", "other")
    if events and [event.amount for event in events] != [game.sent]:
        raise PromptError(
            f"{page.situation.where}: the history tells that {events[0].amount} was sent in round "
            f"{now}, and the game that {game.sent} was. Correct the recoding of the data set, in "
            "which each round of a receiver is a row with what was sent in it."
        )
    question = page.ask.say(
        "How much {do} {you} send back, from {range=} {unit=}?",
        range=page.listed(),
        unit=unit(page),
    )
    if events:
        return question
    return f"{_told(page, Event(now, 'other', 'sent', amount=game.sent))}\n{question}"


def _told(page: Page, event: Event) -> str:
    game: TrustGame = page.situation.game
    if event.kind == "payoff":
        return gained(page, event)
    if event.kind == "returned":
        return told_sum(page, event, "{Them} sent {sum=} back.")
    arrived = amount(game.multiplier * (event.amount or 0), game.payoff_unit)
    sent = amount(event.amount or 0, game.payoff_unit)
    return page.say.say("{Them} sent {sum=}; {more=} arrived.", sum=sent, more=arrived)


TRUST = Trust()
