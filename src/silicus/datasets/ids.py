"""Readable ids: ``NAME/p017/PD/r03``."""

import polars as pl


def numbered(letter: str, column: str | pl.Expr, width: int) -> pl.Expr:
    """Return an id part: a letter and a number of at least ``width`` digits."""
    number = pl.col(column) if isinstance(column, str) else column
    return pl.format("{}{}", pl.lit(letter), number.cast(pl.Int64).cast(pl.String).str.zfill(width))


def joined(*parts: str | pl.Expr) -> pl.Expr:
    """Return the parts of an id, joined by slashes; a text is a literal part."""
    exprs = [pl.lit(part) if isinstance(part, str) else part for part in parts]
    return pl.concat_str(exprs, separator="/")
