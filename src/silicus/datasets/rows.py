"""Reading source tables strictly: these columns, these types, these values, or a refusal.

Each source has a checksum, but a file may also be passed on without it; so every loader also
states what it relies on, row by row, and a row that breaks it is named.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from silicus.errors import DataError

LINE = "line"
"""Column that :func:`read_csv` adds: the line of the file, the header being line 1."""


def read_csv(path: Path, columns: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Return the CSV table with exactly these columns and types, and the column ``line``.

    An empty field is null. ``line`` counts records, so it is the line of the file as long as no
    quoted field holds a line break.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing or not expected, or a value has another
        type; names file, line, column and value.
    """
    try:
        table = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise DataError(
            f"{path.name} cannot be read as a CSV table: {str(cause).splitlines()[0]}. "
            "Restore the file from its source."
        ) from cause
    if set(table.columns) != set(columns):
        raise DataError(
            f"{path.name}: expected the columns {', '.join(columns)}, found "
            f"{', '.join(table.columns)}. Restore the file from its source."
        )
    return typed(table.with_row_index(LINE, offset=2), columns, file=path.name)


def typed(
    table: pl.DataFrame,
    columns: Mapping[str, pl.DataType | type[pl.DataType]],
    *,
    file: str,
) -> pl.DataFrame:
    """Return a table of texts with columns cast to their types.

    Raises
    ------
    DataError
        Names the first value that is not of the type of its column.
    """
    cast = table.with_columns(
        pl.col(name).cast(dtype, strict=False) if dtype != pl.String else pl.col(name)
        for name, dtype in columns.items()
    )
    for name, dtype in columns.items():
        lost = cast[name].is_null() & table[name].is_not_null()
        if cast[name].dtype.is_float():
            lost = lost | ~cast[name].is_finite().fill_null(value=True)
        if lost.any():
            row = table.filter(lost).row(0, named=True)
            raise DataError(
                f'{file}, line {row[LINE]}, column "{name}": expected a value of type '
                f'{dtype}, found "{row[name]}". Restore the file from its source.'
            )
    return cast


def require(
    table: pl.DataFrame, holds: pl.Expr, *, file: str, expected: str, show: Sequence[str] = ()
) -> None:
    """Raise unless an expression holds in every row (null counts as broken).

    Parameters
    ----------
    table : polars.DataFrame
        With the column ``line``.
    holds : polars.Expr
    file : str
    expected : str
        What must hold, as the end of "expected ...".
    show : sequence of str
        Columns whose values the message shows.

    Raises
    ------
    DataError
    """
    broken = table.filter(~holds.fill_null(value=False))
    if broken.is_empty():
        return
    row = broken.row(0, named=True)
    values = ", ".join(f"{name} {row[name]!r}" for name in show)
    raise DataError(
        f"{file}, line {row[LINE]}: expected {expected}; found {values or 'something else'} "
        f"({broken.height} such row(s) of {table.height}). Restore the file from its source."
    )


def with_lines(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table that is no text file with the column ``line``, counting rows from 1."""
    return table.with_row_index(LINE, offset=1)


def whole_plays(rows: pl.DataFrame, play: Sequence[str], *, file: str) -> None:
    """Raise unless each play's rounds are 1, 2, 3, ... in rows that follow one another.

    Parameters
    ----------
    rows : polars.DataFrame
        With ``line`` and ``round``.
    play : sequence of str
        Columns that together name a play.
    file : str

    Raises
    ------
    DataError
        Names the first row that does not follow.
    """
    place = pl.col(LINE).cast(pl.Int64) - pl.col(LINE).cast(pl.Int64).min().over(play)
    require(
        rows,
        pl.col("round") == place + 1,
        file=file,
        expected=f"rounds 1, 2, 3, ... in consecutive rows for each {' and '.join(play)}",
        show=[*play, "round"],
    )
