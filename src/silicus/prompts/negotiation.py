"""Agreeing on a price, or on how to share out packages, in words."""

from typing import ClassVar

from silicus.errors import PromptError
from silicus.games import IssuesGame, NegotiationGame
from silicus.prompts.base import Event, Family, Page, Script
from silicus.prompts.narration import narrate, quoted, require_standing_offer, told_answer
from silicus.prompts.voice import amount, either, number

TAKES_PART = "You are taking part in an experiment on how people make decisions, and say what "

EVENTS = {
    "offer": ("self earlier", "other earlier", "other this"),
    "answer": ("self earlier", "other earlier"),
}

CHAT_EVENTS = {
    "message": ("self earlier", "self this", "other earlier", "other this"),
    "offer": ("self earlier", "self this", "other earlier", "other this"),
    "answer": ("self earlier", "other earlier", "other this"),
}


class Negotiation(Family):
    """One product and its price, offers in turn, with an outside option (GLEE)."""

    kind = "negotiation"
    reversed_opening = TAKES_PART + "{you} will decide."
    meanings = ("accept", "reject", "outside")
    acts: ClassVar = {
        "accept": ("accept", "will accept"),
        "reject": ("reject", "will reject"),
        "outside": ("deal with John", "sell to John", "buy from John"),
    }
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return the rules, then offers and answers in turn."""
        page.situation.refuse_unknown_events(EVENTS)
        require_standing_offer(page)
        return Script(page.told(_market), narrate(page, _told, _asked, _market))

    def numbers(self, page: Page) -> str:
        """Return per option: price and own value, own value alone for the outside option."""
        game: NegotiationGame = page.situation.game
        value = number(game.own_value)
        price = number(float(require_standing_offer(page).amount or 0))
        lines = {"accept": f"{price} {value}", "reject": value, "outside": f"{value} {value}"}
        return "\n".join(f"{page.labels[i]} {lines[page.meaning(i)]}" for i in page.order)


def _market(page: Page) -> list[str]:
    game: NegotiationGame = page.situation.game
    say = page.say.say
    value = amount(game.own_value, game.payoff_unit)
    if game.role == "seller":
        text = "{You} {sell} a product and {them} {are~} the buyer. To {you} it is worth {value=}"
        first, second = "{you}", "{them}"
    else:
        text = "{Them} {sell~} a product and {you} {are} the buyer. To {you} it is worth {value=}"
        first, second = "{them}", "{you}"
    if game.complete_information:
        text += ", to {them} {other=}."
    else:
        text += "; what it is worth to {them} is not known to {you}."
    message = " and may add a message" if game.messages_allowed else ""
    rules = [
        say(text, value=value, other=amount(game.other_value, game.payoff_unit)),
        say(
            f"The two take turns to propose a price{message}, {first} in round 1, {second} in "
            "round 2 and so on. Who sells gains the price less the own value of the product, who "
            "buys gains the own value less the price."
        ),
    ]
    if game.limit_told:
        rules.append(
            f"There are {number(game.max_rounds)} rounds; without a deal by then there is no trade."
        )
    return [*rules, page.explained(_choices(page))]


def _asked(page: Page, _: int) -> str:
    return page.ask.say("Which {do} {you} choose, {listed=}?", listed=page.listed())


def _choices(page: Page) -> dict[str, str]:
    game: NegotiationGame = page.situation.game
    trade = "sell the product to" if game.role == "seller" else "buy the product from"
    return {
        "accept": "trade at the price offered, which ends the negotiation.",
        "reject": "reject the price and make a counteroffer.",
        "outside": (
            f"end the negotiation and {trade} {game.outsider} for exactly "
            f"{amount(game.own_value, game.payoff_unit)}."
        ),
    }


def _told(page: Page, event: Event) -> str:
    game: NegotiationGame = page.situation.game
    if event.kind == "answer":
        return told_answer(page, event)
    if event.amount is None:
        raise PromptError(
            f"{page.situation.where}: the offer of round {event.round} has no price. Correct the "
            "recoding of the data set."
        )
    who = "{You}" if event.actor == "self" else "{Them}"
    price = amount(event.amount, game.payoff_unit)
    offer = page.say.say(who + " proposed a price of {price=}.", price=price)
    return "\n".join([offer, *quoted(page, event)])


class Issues(Family):
    """Packages of several kinds shared out after a chat; a submitted deal is answered (CaSiNo)."""

    kind = "issues"
    reversed_opening = TAKES_PART + "{you} will decide."
    meanings = ("accept", "reject", "walk_away")
    acts: ClassVar = {
        "accept": ("accept", "will accept"),
        "reject": ("reject", "will reject"),
        "walk_away": ("walk away", "will walk away"),
    }
    explains_labels = True

    def script(self, page: Page) -> Script:
        """Return what the packages are worth, then the chat and the deals submitted."""
        page.situation.refuse_unknown_events(CHAT_EVENTS)
        steps = narrate(
            page, _line, lambda there, now: "\n" + _asked(there, now), _packages, headed=False
        )
        return Script(page.told(_packages), steps)

    def numbers(self, page: Page) -> str:
        """Return per option the participant's points, where the option settles them."""
        game: IssuesGame = page.situation.game
        worth = dict(zip(game.issues, game.own_points, strict=True))
        deal = {e.action: e.amount or 0 for e in page.situation.history if e.kind == "offer"}
        points = sum(worth.get(str(issue), 0) * n for issue, n in deal.items())
        lines = {"accept": number(points), "walk_away": number(game.walk_away_points)}
        return "\n".join(
            f"{page.labels[i]} {lines.get(page.meaning(i), '')}".strip() for i in page.order
        )


def _packages(page: Page) -> list[str]:
    game: IssuesGame = page.situation.game
    say = page.say.say
    counts = [f"{n} of {issue}" for issue, n in zip(game.issues, game.packages, strict=True)]
    worth = [
        say(
            "One package of {issue=} is worth {points=} to {you}.",
            issue=issue,
            points=amount(points, game.payoff_unit),
        )
        for issue, points in zip(game.issues, game.own_points, strict=True)
    ]
    leave = amount(game.walk_away_points, game.payoff_unit)
    texts = {
        "accept": "share out the packages as the other has submitted.",
        "reject": "turn the submitted deal down; then the chat goes on.",
        "walk_away": f"end without a deal, for {leave}.",
    }
    reasons = game.own_reasons or ("",) * len(worth)
    lines = [
        " ".join([line, say('{Your} reason: "{reason=}"', reason=reason)]) if reason else line
        for line, reason in zip(worth, reasons, strict=True)
    ]
    return [
        say(
            "{You} and {them} share out packages for a camping trip: {counts=}. The two talk in a "
            "chat; then one of them submits a deal and the other answers it.",
            counts=either(counts, "and"),
        ),
        "\n".join(lines),
        page.explained(texts),
    ]


def _line(page: Page, event: Event) -> str:
    game: IssuesGame = page.situation.game
    say = page.say.say
    who = "{You}" if event.actor == "self" else "{Them}"
    if event.kind == "message":
        return say(who + ': "{text=}"', text=event.text or "")
    if event.kind == "answer":
        return told_answer(page, event)
    if event.action not in game.issues or event.amount is None:
        raise PromptError(
            f'{page.situation.where}: the deal names "{event.action}" with {event.amount} '
            f"packages; the issues are {', '.join(game.issues)}. Correct the recoding."
        )
    rest = game.packages[game.issues.index(event.action)] - event.amount
    return say(
        who + " submitted: {issue=}: {mine=} for {you}, {rest=} for {them}.",
        issue=event.action,
        mine=number(event.amount),
        rest=number(rest),
    )


NEGOTIATION = Negotiation()
ISSUES = Issues()
