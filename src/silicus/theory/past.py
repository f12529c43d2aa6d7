"""What a player of a repeated matrix game has seen: the last moves and how often each was made."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from silicus.errors import DataError
from silicus.terms import TERMS, Terms, earlier, in_round
from silicus.theory.base import game_of


def is_repeated(game: Any, options: Sequence[str]) -> bool:
    """Say whether this is a repeated matrix game with choices between exactly its actions."""
    return game.n_rounds != 1 and sorted(options) == sorted(game.actions)


def last_moves(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the moves of earlier rounds, one row per decision in the order of ``decisions``.

    Returns
    -------
    polars.DataFrame
        ``own`` and ``other``: the last move of each in a round before this one (null in the first
        round); ``own_first``, ``n_own``, ``other_first``, ``n_other``: how often each player made
        the first of their listed actions, of how many moves seen.

    Where the actions had other names in an earlier round, its moves are told in the names of now:
    by the standard name (``MatrixGame.labels``) where both rounds give one, else by the place among
    the actions. Moves of rounds with another number of actions are left out.

    Raises
    ------
    DataError
        If a history holds a move that is no action of the game; names decision and move.
    """
    listed = decisions.select("game").unique()
    actions = pl.DataFrame(
        [
            (text, list(game_of(text).actions), list(game_of(text).other_actions))
            for text in listed["game"]
        ],
        schema={
            "game": pl.String,
            "self_actions": pl.List(pl.String),
            "other_actions": pl.List(pl.String),
        },
        orient="row",
    )
    rows = decisions.select(
        "game", "round", _in_present_names(decisions), "decision_id"
    ).with_row_index("row")
    moves = (
        rows.explode("history")
        .filter(pl.col("history").is_not_null())
        .with_columns(
            pl.col("history").struct.field("round").alias("when"),
            pl.col("history").struct.field("actor"),
            pl.col("history").struct.field("kind"),
            pl.col("history").struct.field("action"),
        )
        .filter(
            (pl.col("kind") == "move")
            & pl.col("actor").is_in(["self", "other"])
            & (pl.col("when") < pl.col("round"))
        )
        .join(actions, on="game", how="left")
        .with_columns(
            pl.when(pl.col("actor") == "self")
            .then("self_actions")
            .otherwise("other_actions")
            .alias("allowed")
        )
    )
    stray = moves.filter(~pl.col("action").is_in(pl.col("allowed")).fill_null(False))
    if len(stray):
        first = stray.row(0, named=True)
        raise DataError(
            f"decision {first['decision_id']}: the history has the move {first['action']!r} of "
            f"{first['actor']!r} in round {first['when']}, but the actions are "
            f"{', '.join(first['allowed'])}. Correct the loader."
        )
    summary = (
        moves.sort("row", "when")
        .group_by("row", "actor", maintain_order=True)
        .agg(
            pl.col("action").last(),
            (pl.col("action") == pl.col("allowed").list.first())
            .sum()
            .cast(pl.Int64)
            .alias("first"),
            pl.len().cast(pl.Int64).alias("n"),
        )
    )
    out = rows.select("row")
    for actor, name in (("self", "own"), ("other", "other")):
        part = summary.filter(pl.col("actor") == actor).select(
            "row",
            pl.col("action").alias(name),
            pl.col("first").alias(f"{name}_first"),
            pl.col("n").alias(f"n_{name}"),
        )
        out = out.join(part, on="row", how="left", maintain_order="left")
    counts = ["own_first", "n_own", "other_first", "n_other"]
    return out.select("own", "other", pl.col(counts).fill_null(0))


def game_when(decision: Mapping[str, Any], number: int) -> Any:
    """Return the game as it was in an earlier round of a decision, given as a row."""
    present = Terms(decision["round"], game_of(decision["game"]), tuple(decision["options"]))
    past = earlier(decision["game"], decision["options"], decision["history"])
    return in_round(past, number, present).game


def _in_present_names(decisions: pl.DataFrame) -> pl.Series:
    """Return the histories with the moves of earlier rounds in the names of the present actions."""
    histories = decisions["history"]
    kinds = histories.list.eval(pl.element().struct.field("kind"))
    varied = kinds.list.contains(TERMS).fill_null(False)
    if not varied.any():
        return histories
    found = histories.to_list()
    for place in varied.arg_true():
        decision = decisions.row(place, named=True)
        now = game_of(decision["game"])
        found[place] = [
            {**event, "action": name} if event["kind"] == "move" else event
            for event in decision["history"]
            if event["kind"] != TERMS
            for name in [present_name(event, game_when(decision, event["round"]), now)]
            if name is not None
        ]
    return pl.Series("history", found, dtype=histories.dtype)


def present_name(event: Mapping[str, Any], then: Any, now: Any) -> str | None:
    """Return what the action of a move is called now, None where the game had another shape."""
    sides = {"self": "actions", "other": "other_actions"}
    name = event["action"] or ""
    if event["kind"] != "move" or event["actor"] not in sides:
        return name
    before, after = (getattr(game, sides[event["actor"]]) for game in (then, now))
    if len(before) != len(after):
        return None
    if name not in before:
        return name
    standard = then.labels.get(name)
    same = [action for action in after if now.labels.get(action) == standard]
    return str(same[0] if standard and len(same) == 1 else after[before.index(name)])
