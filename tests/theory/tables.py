"""Decision tables for the tests of theories, checked against the schema."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from silicus.games import (
    BargainingGame,
    ContributionGame,
    IssuesGame,
    LotteryChoice,
    MatrixGame,
    NegotiationGame,
    Outcome,
    PersuasionGame,
    UltimatumGame,
)
from silicus.schema import Decision, check

FAMILY = {
    "matrix": "one_shot_matrix",
    "ultimatum": "bargaining",
    "bargaining": "bargaining",
    "negotiation": "negotiation",
    "issues": "negotiation",
    "persuasion": "persuasion",
    "lottery": "lottery",
    "contribution": "one_shot_matrix",
}

ANSWERS = ("accept", "reject")

PD = {"own": ((8, 0), (10, 5)), "other": ((8, 10), (0, 5))}
"""Payoffs of Akata et al.'s prisoner's dilemma; the first action cooperates."""


def matrix(own: Sequence[Any], other: Sequence[Any], **more: Any) -> MatrixGame:
    """Return a game whose actions are called A, B, C, ... for both players."""
    letters = "ABCDEFGHIJKLMNOPQRST"
    return MatrixGame(
        **{
            "name": "game",
            "actions": tuple(letters[: len(own)]),
            "other_actions": tuple(letters[: len(own[0])]),
            "own": tuple(map(tuple, own)),
            "other": tuple(map(tuple, other)),
            **more,
        }
    )


def dilemma(**more: Any) -> MatrixGame:
    """Return the repeated prisoner's dilemma in which A cooperates."""
    return matrix(
        PD["own"], PD["other"], n_rounds=10, labels={"A": "cooperate", "B": "defect"}, **more
    )


def symmetric(own: Sequence[Sequence[float]], **more: Any) -> MatrixGame:
    """Return the game in which both players have the same payoffs."""
    return matrix(own, list(zip(*own, strict=True)), **more)


def lotteries(*told: Sequence[tuple[float, float]], unit: str = "dollars") -> LotteryChoice:
    """Return a choice between lotteries of (payoff, probability) pairs."""
    return LotteryChoice(
        lotteries=tuple(
            tuple(Outcome(payoff=x, probability=p) for x, p in lottery) for lottery in told
        ),
        payoff_unit=unit,
    )


def event(
    round: int, actor: str, kind: str, action: str | None = None, amount: float | None = None
):
    """Return one event of a history."""
    return {
        "round": round,
        "actor": actor,
        "kind": kind,
        "action": action,
        "amount": amount,
        "text": None,
    }


def moves(own: str, other: str) -> list[dict[str, Any]]:
    """Return the history in which both made these moves, a letter a round."""
    return [
        event(round, actor, "move", action)
        for round, pair in enumerate(zip(own, other, strict=True), start=1)
        for actor, action in zip(("self", "other"), pair, strict=True)
    ]


def decision(game: Any, **more: Any) -> dict[str, Any]:
    """Return one row of a Decision table; options default to those of the game."""
    default = {
        "matrix": lambda: game.actions,
        "lottery": lambda: tuple("ABCDEFGH"[: len(game.lotteries)]),
        "negotiation": lambda: tuple(game.labels),
        "issues": lambda: tuple(game.labels),
        "contribution": lambda: tuple(game.labels),
        "persuasion": lambda: ("yes", "no"),
    }.get(game.kind, lambda: ANSWERS)
    family = FAMILY[game.kind]
    if game.kind == "matrix" and game.n_rounds != 1:
        family = "repeated_matrix"
    row = {
        "dataset": "toy",
        "family": family,
        "participant_id": "p0",
        "session_id": None,
        "play_id": "play",
        "round": 1,
        "game": game.model_dump_json(),
        "history": [],
        "options": list(default()),
        "target": 0,
        "choice": None if "choice_rate" in more else 0,
        "choice_rate": None,
        "n_choices": 1,
        "n_participants": None,
    }
    return row | more


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return a checked Decision table; ids are numbered where rows have none."""
    numbered = [{"decision_id": f"d{index:05d}", **row} for index, row in enumerate(rows)]
    schema = {name: column.dtype for name, column in Decision.columns().items()}
    frame = pl.DataFrame(numbered, schema=schema)
    return check(frame, Decision, where="test")


def bargaining(**more: Any) -> BargainingGame:
    """Return a bargaining game over 100 with complete information and no limit told."""
    return BargainingGame(
        **{
            "total": 100,
            "proposes_first": False,
            "own_discount": 0.9,
            "other_discount": 0.9,
            "max_rounds": 99,
            "limit_told": False,
            "complete_information": True,
            **more,
        }
    )


def negotiation(**more: Any) -> NegotiationGame:
    """Return a negotiation that a buyer of value 120 has with a seller of value 100."""
    return NegotiationGame(
        **{
            "role": "buyer",
            "own_value": 120,
            "other_value": 100,
            "max_rounds": 10,
            "limit_told": True,
            "complete_information": True,
            "labels": {
                "AcceptOffer": "accept",
                "RejectOffer": "reject",
                "BuyFromJohn": "outside",
            },
            **more,
        }
    )


def persuasion(**more: Any) -> PersuasionGame:
    """Return a persuasion game at price 100 with binary recommendations."""
    return PersuasionGame(
        **{
            "price": 100,
            "chance_of_high": 0.5,
            "worth_high": 300,
            "n_rounds": 20,
            "seller_knows_worth": True,
            "message_type": "binary",
            **more,
        }
    )


def issues() -> IssuesGame:
    """Return packages of three issues, as in a camping negotiation."""
    return IssuesGame(
        issues=("food", "water", "firewood"),
        packages=(3, 3, 3),
        own_points=(5, 4, 3),
        walk_away_points=5,
        labels={"Accept": "accept", "Reject": "reject", "Walk away": "walk_away"},
    )


def contribution() -> ContributionGame:
    """Return the second mover's choice after the partner gave half."""
    return ContributionGame(other_share=0.5, labels={"give": "give", "keep": "keep"})


def ultimatum(share: float) -> UltimatumGame:
    """Return an ultimatum offer of this share."""
    return UltimatumGame(share_offered=share)


def chance(theory: Any, *rows: dict[str, Any]) -> list[tuple[float, ...]]:
    """Return a theory's option probabilities of each of these rows, checked to be all there."""
    decisions = table(*rows)
    scores = theory.predict(decisions)
    found = scores.group_by("decision_id", maintain_order=True).agg("option_prob")
    assert found["decision_id"].to_list() == decisions["decision_id"].to_list()
    return [tuple(each) for each in found["option_prob"].to_list()]
