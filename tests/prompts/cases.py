"""Decisions built by hand, one for each way a family is shown."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

from silicus.games import LotteryChoice, MatrixGame, Outcome, UltimatumGame
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
    return dict(zip(names, (round, actor, kind, action, amount, text), strict=True))


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


CASES = {
    "repeated_matrix": repeated(),
    "repeated_matrix_by_chance": repeated(game={"n_rounds": None, "continuation": 0.75}),
    "one_shot_matrix": one_shot(),
    "ultimatum": ultimatum(),
    "lottery": lottery(),
}
"""One decision per family, or way of showing it; each has golden files."""

pairs_of_rounds = st.lists(st.sampled_from(["JJ", "JF", "FJ", "FF"]), max_size=9).map(" ".join)
"""Own and other moves of up to nine rounds."""
