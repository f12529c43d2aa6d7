"""From a loader's rows to a Decision table."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from pydantic import ValidationError

from silicus.errors import DataError
from silicus.schema import EVENT, Decision

_DEFAULTS: dict[str, pl.Expr] = {
    "participant_id": pl.lit(None, pl.String),
    "session_id": pl.lit(None, pl.String),
    "round": pl.lit(1, pl.Int32),
    "history": pl.lit([], pl.List(EVENT)),
    "choice": pl.lit(None, pl.Int32),
    "choice_rate": pl.lit(None, pl.List(pl.Float64)),
    "n_choices": pl.lit(1, pl.Int32),
    "n_participants": pl.lit(1, pl.Int32),
}


def decision_table(rows: pl.DataFrame, **fixed: pl.Expr | str | int | list[str]) -> pl.DataFrame:
    """Return the columns of a Decision table, in order, from rows and fixed values.

    A column that is neither in ``rows`` nor fixed takes the value of an individual choice
    without history. Texts and numbers are values; an expression is computed from the rows.
    """
    columns = []
    for name, dtype in Decision.create_empty().schema.items():
        if name in fixed:
            value = fixed[name]
            column = value if isinstance(value, pl.Expr) else pl.lit(value)
        elif name in rows.columns:
            column = pl.col(name)
        else:
            column = _DEFAULTS[name]
        columns.append(column.cast(dtype).alias(name))
    return rows.select(columns)


def add_game(
    rows: pl.DataFrame, keys: Sequence[str], make: Callable[[dict[str, Any]], Any]
) -> pl.DataFrame:
    """Return the rows with the column ``game``: one game for each combination of the keys.

    Raises
    ------
    DataError
        If the values of a combination make no valid game.
    """
    distinct = rows.select(keys).unique(maintain_order=True)
    games = []
    for row in distinct.iter_rows(named=True):
        try:
            games.append(make(row).model_dump_json())
        except ValidationError as cause:
            raise DataError(
                f"no valid game can be made of {row}: {cause.errors()[0]['msg']}. "
                "Restore the file from its source."
            ) from cause
    return rows.join(
        distinct.with_columns(pl.Series("game", games, dtype=pl.String)),
        on=list(keys),
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
