"""Many comparisons: Holm for those declared beforehand, Benjamini-Hochberg for the others."""

from collections.abc import Mapping, Sequence

import polars as pl

from silicus.errors import AnalysisError

METHODS = {"holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}


def adjusted(results: pl.DataFrame, method: str) -> pl.DataFrame:
    """Return the results with p-values adjusted for all tests among them.

    Parameters
    ----------
    results : Result table
    method : {"holm", "fdr_bh"}
        Holm keeps the chance of any false rejection; Benjamini-Hochberg the expected share of
        false ones among the rejections.

    Returns
    -------
    Result table
        In the same order. Each adjusted row says in its note by which method, over how many
        tests, and what the unadjusted p-value was.
    """
    # Imported here because statsmodels takes over a second to load.
    from statsmodels.stats.multitest import multipletests

    if method not in METHODS:
        raise AnalysisError(
            f'unknown adjustment "{method}". Known: {", ".join(METHODS)} '
            "(holm for declared comparisons, fdr_bh for exploration)."
        )
    raw = results["p_value"].drop_nulls()
    if len(raw) == 0:
        return results
    corrected = pl.Series("adjusted", multipletests(raw.to_numpy(), method=method)[1]).clip(0, 1)
    tested = results.with_row_index("row").filter(pl.col("p_value").is_not_null())
    # Built row by row: there are few tests, and every note is a sentence of its own.
    notes = [
        "; ".join(
            part
            for part in (
                row["note"],
                f"{METHODS[method]} over {len(raw)} tests, p before {row['p_value']:.3g}",
            )
            if part
        )
        for row in tested.iter_rows(named=True)
    ]
    changed = tested.select("row").with_columns(
        corrected.alias("adjusted"), pl.Series("new_note", notes, dtype=pl.String)
    )
    return (
        results.with_row_index("row")
        .join(changed, on="row", how="left")
        .sort("row")
        .with_columns(
            pl.col("adjusted").alias("p_value"),
            pl.coalesce("new_note", "note").alias("note"),
        )
        .select(results.columns)
    )


def declared_and_exploratory(
    results: pl.DataFrame, declared: Sequence[Mapping[str, str | None]]
) -> pl.DataFrame:
    """Return the results with Holm for the declared comparisons and BH for all others.

    Parameters
    ----------
    results : Result table
    declared : sequence of mappings
        Each names a set of rows by the values of Result columns, for instance
        ``{"metric": "log_loss", "family": "bargaining", "slice": "all"}``; a value of None
        asks for null. All rows of all sets together are one Holm family.

    Raises
    ------
    AnalysisError
        If a set names an unknown column, or no test at all (a declared comparison that was
        never computed must not pass in silence).
    """
    confirmed = pl.lit(value=False)
    for number, wanted in enumerate(declared, start=1):
        unknown = [name for name in wanted if name not in results.columns]
        if unknown:
            raise AnalysisError(
                f"declared comparison {number} names the column(s) {', '.join(unknown)}, which "
                f"results do not have. Known: {', '.join(results.columns)}."
            )
        rows = pl.all_horizontal(
            pl.lit(value=True),
            *(pl.col(name).eq_missing(pl.lit(value)) for name, value in wanted.items()),
        )
        if results.filter(rows & pl.col("p_value").is_not_null()).is_empty():
            raise AnalysisError(
                f"declared comparison {number} ({dict(wanted)}) matches no row with a p-value. "
                "Correct the declaration, or compute the comparison."
            )
        confirmed = confirmed | rows
    indexed = results.with_row_index("row").with_columns(confirmed.alias("declared"))
    parts = [
        pl.concat(
            [
                part.select("row"),
                adjusted(part.select(results.columns), method),
            ],
            how="horizontal",
        )
        for part, method in (
            (indexed.filter(pl.col("declared")), "holm"),
            (indexed.filter(~pl.col("declared")), "fdr_bh"),
        )
    ]
    return pl.concat(parts).sort("row").select(results.columns)
