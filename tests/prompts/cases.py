"""Decisions built by hand, one for each way a family is shown."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

from silicus.games import (
    AuctionGame,
    BargainingGame,
    CentipedeGame,
    ContributionGame,
    CustomGame,
    DictatorGame,
    GuessingGame,
    HotelGame,
    IssuesGame,
    LotteryChoice,
    MatrixGame,
    MinimumEffortGame,
    NegotiationGame,
    Outcome,
    PersuasionGame,
    PublicGoodsGame,
    ThresholdGame,
    TrustGame,
    UltimatumGame,
)
from silicus.schema import Decision, check

DILEMMA = {
    "name": "prisoner's dilemma",
    "actions": ("F", "J"),
    "other_actions": ("F", "J"),
    "own": ((5, 10), (0, 8)),
    "other": ((5, 0), (10, 8)),
}


def event(
    round: int,
    actor: str,
    kind: str,
    action: str | None = None,
    amount: float | None = None,
    text: str | None = None,
) -> dict[str, Any]:
    """Return one history event."""
    names = ("round", "actor", "kind", "action", "amount", "text")
    values = (round, actor, kind, action, None if amount is None else float(amount), text)
    return dict(zip(names, values, strict=True))


def decision(
    game: Any,
    *,
    family: str,
    options: tuple[str, ...],
    decision_id: str = "d1",
    round: int = 1,
    history: list[dict[str, Any]] | tuple[()] = (),
    choice: int | None = 0,
    choice_rate: list[float] | None = None,
) -> dict[str, Any]:
    """Return one Decision row."""
    return {
        "decision_id": decision_id,
        "dataset": "by hand",
        "family": family,
        "participant_id": "p1",
        "session_id": None,
        "play_id": "play1",
        "round": round,
        "game": game if isinstance(game, str) else game.model_dump_json(),
        "history": list(history),
        "options": list(options),
        "target": 0,
        "choice": choice,
        "choice_rate": choice_rate,
        "n_choices": 1,
        "n_participants": 1,
    }


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a checked Decision table."""
    columns = Decision.create_empty().schema
    return check(pl.DataFrame(list(rows), schema=columns), Decision, where="cases")


def moves(pairs: str) -> list[dict[str, Any]]:
    """Return the history of rounds written like "JJ FJ" (own, other)."""
    return [
        event(number, actor, "move", label)
        for number, pair in enumerate(pairs.split(), start=1)
        for actor, label in zip(("self", "other"), pair, strict=True)
    ]


def repeated(pairs: str = "JJ FJ", **changes: Any) -> dict[str, Any]:
    """Return the decision after these rounds of a repeated prisoner's dilemma."""
    game = MatrixGame(**{**DILEMMA, "n_rounds": 10, **changes.pop("game", {})})
    history = moves(pairs)
    row = {"round": len(history) // 2 + 1, "history": history, **changes}
    return decision(game, family="repeated_matrix", options=("F", "J"), **row)


def one_shot(**changes: Any) -> dict[str, Any]:
    """Return a decision in a game played once, with actions of the other player's own."""
    game = MatrixGame(
        name="one-shot",
        actions=("A", "B"),
        other_actions=("C", "D"),
        own=((10, 21), (26, 1)),
        other=((7, 8), (13, 3)),
    )
    return decision(game, family="one_shot_matrix", options=("A", "B"), **changes)


def ultimatum(share: float = 0.35, **changes: Any) -> dict[str, Any]:
    """Return an ultimatum of which only the share is known."""
    game = UltimatumGame(share_offered=share)
    return decision(game, family="bargaining", options=("accept", "reject"), **changes)


def lottery(**changes: Any) -> dict[str, Any]:
    """Return problem 1 of Kahneman and Tversky (1979)."""
    risky = ((0.33, 2500), (0.66, 2400), (0.01, 0))
    game = LotteryChoice(
        lotteries=(
            tuple(Outcome(probability=p, payoff=x) for p, x in risky),
            (Outcome(probability=1, payoff=2400),),
        ),
        payoff_unit="Israeli pounds",
        hypothetical=True,
    )
    return decision(game, family="lottery", options=("A", "B"), **changes)


def bargaining(
    history: list[dict[str, Any]] | None = None, *, round: int = 4, **changes: Any
) -> dict[str, Any]:
    """Return an answer in alternating offers where the participant answers in even rounds."""
    values = {
        "total": 10_000,
        "proposes_first": True,
        "own_discount": 0.95,
        "other_discount": 0.8,
        "max_rounds": 12,
        "limit_told": True,
        "complete_information": True,
        "messages_allowed": True,
    }
    if history is None:
        history = [
            event(1, "self", "offer", amount=7354, text="Good"),
            event(1, "other", "answer", "reject"),
            event(2, "other", "offer", amount=5000, text='Let\'s be "fair"!'),
            event(2, "self", "answer", "reject"),
            event(3, "self", "offer", amount=7420),
            event(3, "other", "answer", "reject"),
            event(4, "other", "offer", amount=4000, text="Last chance."),
        ]
    return decision(
        BargainingGame(**{**values, **changes}),
        family="bargaining",
        options=("accept", "reject"),
        round=round,
        history=history,
    )


def negotiation(
    history: list[dict[str, Any]] | None = None, *, round: int = 2, **changes: Any
) -> dict[str, Any]:
    """Return a seller's answer to a price, after an own offer."""
    values = {
        "role": "seller",
        "own_value": 100,
        "other_value": 120,
        "max_rounds": 10,
        "limit_told": True,
        "complete_information": False,
        "messages_allowed": True,
        "labels": {"AcceptOffer": "accept", "RejectOffer": "reject", "SellToJhon": "outside"},
    }
    if history is None:
        history = [
            event(1, "self", "offer", amount=150, text="A fine product."),
            event(1, "other", "answer", "RejectOffer"),
            event(2, "other", "offer", amount=112.5, text="Too much for me."),
        ]
    game = NegotiationGame(**{**values, **changes})
    options = tuple(game.labels)
    return decision(game, family="negotiation", options=options, round=round, history=history)


def persuasion(rounds: int = 3, **changes: Any) -> dict[str, Any]:
    """Return a buyer's decision after rounds in which the product was bought, then passed, ..."""
    values = {
        "price": 100,
        "chance_of_high": 1 / 3,
        "worth_high": 400,
        "n_rounds": 20,
        "seller_knows_worth": True,
    }
    game = PersuasionGame(**{**values, **changes})
    history = []
    for number in range(1, rounds + 1):
        if game.message_type == "text":
            history.append(event(number, "other", "message", text=f"Product {number} is a gem."))
        else:
            word = "yes" if number % 3 else "no"
            history.append(event(number, "other", "recommendation", word))
        if number < rounds:
            history.append(event(number, "self", "answer", "yes" if number % 2 else "no"))
            history.append(event(number, "nature", "quality", "low" if number % 2 else "high"))
    return decision(game, family="persuasion", options=("yes", "no"), round=rounds, history=history)


def hotel(rounds: int = 2) -> dict[str, Any]:
    """Return a decision to go or stay after one round."""
    history = []
    for number in range(1, rounds + 1):
        review = "Positive: lovely staff. Negative: no kettle."
        history.append(event(number, "other", "message", text=review))
        if number < rounds:
            history.append(event(number, "self", "answer", "go"))
            history.append(event(number, "nature", "quality", amount=8.357142))
            history.append(event(number, "self", "payoff", amount=1))
    game = HotelGame(labels={"go": "go", "stay": "stay"})
    return decision(
        game, family="persuasion", options=("go", "stay"), round=rounds, history=history
    )


def issues() -> dict[str, Any]:
    """Return an answer to a submitted deal after a short chat."""
    deal = {"Food": 1, "Water": 2, "Firewood": 1}
    game = IssuesGame(
        issues=("Food", "Water", "Firewood"),
        packages=(3, 3, 3),
        own_points=(4, 3, 5),
        own_reasons=("We are a big group.", "I can boil rain water.", "It is very cold."),
        walk_away_points=5,
        labels={"Accept-Deal": "accept", "Reject-Deal": "reject", "Walk-Away": "walk_away"},
    )
    return decision(
        game,
        family="negotiation",
        options=("Accept-Deal", "Reject-Deal", "Walk-Away"),
        history=[
            event(1, "other", "message", text="Hello! Are you looking forward to the trip?"),
            event(1, "self", "message", text="Very much. I need firewood {badly}."),
            *(event(1, "other", "offer", issue, n) for issue, n in deal.items()),
        ],
    )


def contribution(**changes: Any) -> dict[str, Any]:
    """Return a second mover's decision after the partner gave 70 percent."""
    game = ContributionGame(other_share=0.7, labels={"give": "give", "keep": "keep"}, **changes)
    return decision(game, family="one_shot_matrix", options=("give", "keep"))


def amounts(game: Any, **changes: Any) -> dict[str, Any]:
    """Return a decision between the amounts of a game, in the family of its kind."""
    family = "coordination" if game.kind == "minimum_effort" else game.kind
    return decision(game, family=family, options=game.amounts, **changes)


def public_goods(rounds: int = 2) -> dict[str, Any]:
    """Return what to give in the next round, after rounds in which 5, 6, ... were given."""
    history = []
    for number in range(1, rounds + 1):
        history += [
            event(number, "self", "answer", str(4 + number)),
            event(number, "other", "contribution", amount=10),
            event(number, "other", "contribution", amount=0),
            event(number, "other", "contribution", amount=3.5),
            event(number, "nature", "total", amount=17.5 + number),
            event(number, "self", "payoff", amount=23 - number),
        ]
    game = PublicGoodsGame(n_players=4, endowment=20, per_capita=0.4, n_rounds=10)
    return amounts(game, round=rounds + 1, history=history)


def threshold(**changes: Any) -> dict[str, Any]:
    """Return a decision to give, keep or leave."""
    values = {"n_players": 5, "endowment": 10, "threshold": 4, "reward": 30, "outside": 10}
    labels = {"give": "give", "keep": "keep", "leave": "leave"}
    game = ThresholdGame(**{**values, "labels": labels, **changes})
    return decision(game, family="public_goods", options=tuple(game.labels))


def sender(rounds: int = 1) -> dict[str, Any]:
    """Return what to send after rounds in which something came back."""
    history = []
    for number in range(1, rounds + 1):
        history += [
            event(number, "self", "answer", "5"),
            event(number, "other", "returned", amount=7.5),
            event(number, "self", "payoff", amount=12.5),
        ]
    game = TrustGame(role="sender", endowment=10, n_rounds=5)
    return amounts(game, round=rounds + 1, history=history)


def receiver(rounds: int = 1, sent: float = 2) -> dict[str, Any]:
    """Return what to send back of three times ``sent``, after rounds in which as much was sent."""
    history = []
    for number in range(1, rounds + 1):
        history += [
            event(number, "other", "sent", amount=sent),
            event(number, "self", "answer", "5"),
        ]
    history.append(event(rounds + 1, "other", "sent", amount=sent))
    game = TrustGame(
        role="receiver", endowment=10, receiver_endowment=10, sent=sent, n_rounds=rounds + 1
    )
    return amounts(game, round=rounds + 1, history=history)


def guessing(rounds: int = 1) -> dict[str, Any]:
    """Return a guess after a round."""
    history = []
    for number in range(1, rounds + 1):
        history += [
            event(number, "self", "answer", "33"),
            event(number, "nature", "mean", amount=36.7),
            event(number, "nature", "target", amount=24.47),
        ]
    game = GuessingGame(n_players=15, factor=2 / 3, prize=20, payoff_unit="dollars", n_rounds=4)
    return amounts(game, round=rounds + 1, history=history)


def minimum_effort(rounds: int = 1) -> dict[str, Any]:
    """Return a choice after a round, with the payoffs of Van Huyck et al. (1990)."""
    history = []
    for number in range(1, rounds + 1):
        history += [
            event(number, "self", "answer", "7"),
            event(number, "nature", "minimum", amount=4),
            event(number, "self", "payoff", amount=0.7),
        ]
    game = MinimumEffortGame(
        n_players=14, benefit=0.2, cost=0.1, base=0.6, payoff_unit="dollars", n_rounds=10
    )
    return amounts(game, round=rounds + 1, history=history)


def centipede(rounds: int = 2, role: str = "first") -> dict[str, Any]:
    """Return a turn of the four-move game of McKelvey and Palfrey (1992), low stakes."""
    history = []
    for number in range(1, rounds + 1):
        passed = event(number, "other", "answer", "go on")
        if role == "second":
            history.append(passed)
        if number < rounds:
            history.append(event(number, "self", "answer", "go on"))
            if role == "first":
                history.append(passed)
    game = CentipedeGame(
        role=role,
        taken=((0.4, 0.1), (0.2, 0.8), (1.6, 0.4), (0.8, 3.2)),
        passed=(6.4, 1.6),
        labels={"end": "take", "go on": "pass"},
        payoff_unit="dollars",
    )
    options = tuple(game.labels)
    return decision(game, family="centipede", options=options, round=rounds, history=history)


def auction(price: str = "first") -> dict[str, Any]:
    """Return a bid for a thing worth 6.5."""
    game = AuctionGame(price=price, n_bidders=4, value=6.5, value_highest=10, step=0.5)
    return amounts(game)


def custom(rounds: int = 2, **changes: Any) -> dict[str, Any]:
    """Return a decision in somebody's own game: stop or go on, with a growing pot."""
    values = {
        "name": "growing pot",
        "parameters": {"start": 2.5, "growth": 0.5, "unit": "points"},
        "rules": (
            "{{ You }} {{ verb('have') }} a pot of {{ start | amount(unit) }}. Each round it grows "
            "by {{ growth | percent }}, or is lost."
        ),
        "ask": "Round {{ round }}. Which {{ verb('do') }} {{ you }} choose, {{ options }}?",
        "outcome": (
            "{% for event in events if event.kind == 'payoff' %}"
            "The pot holds {{ event.amount | amount(unit) }} after {{ events[0].action }}."
            "{% endfor %}"
        ),
    }
    history = []
    for number in range(1, rounds):
        history.append(event(number, "self", "answer", "go on"))
        history.append(event(number, "self", "payoff", amount=2.5 * 1.5**number))
    game = CustomGame(**{**values, **changes})
    options = ("go on", "stop")
    return decision(game, family="custom", options=options, round=rounds, history=history)


CASES = {
    "repeated_matrix": repeated(),
    "repeated_matrix_by_chance": repeated(game={"n_rounds": None, "continuation": 0.75}),
    "one_shot_matrix": one_shot(),
    "ultimatum": ultimatum(),
    "lottery": lottery(),
    "bargaining": bargaining(),
    "negotiation": negotiation(),
    "persuasion": persuasion(),
    "hotel": hotel(),
    "issues": issues(),
    "contribution": contribution(),
    "dictator": amounts(DictatorGame(total=10)),
    "public_goods": public_goods(),
    "threshold": threshold(),
    "trust_sender": sender(),
    "trust_receiver": receiver(),
    "guessing": guessing(),
    "minimum_effort": minimum_effort(),
    "centipede": centipede(),
    "centipede_second": centipede(role="second"),
    "auction": auction(),
    "custom": custom(),
}
"""One decision per family, or way of showing it; each has golden files."""

pairs_of_rounds = st.lists(st.sampled_from(["JJ", "JF", "FJ", "FF"]), max_size=9).map(" ".join)
"""Own and other moves of up to nine rounds."""
