"""The specification curve: every choice of wording, format and order, and what each is worth.

One figure per specification, sorted, shows whether a finding hangs on one wording [1]_; the
variance decomposition says which choice moves the figures most.

References
----------
.. [1] Simonsohn, Simmons and Nelson (2020), "Specification curve analysis", Nature Human
   Behaviour 4.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from silicus.errors import AnalysisError

KEYS = ("dataset", "family", "formulation", "format", "predictor_id", "reference_id")


def specification_curve(
    results: pl.DataFrame,
    *,
    metric: str = "pearson_r",
    differences: bool = True,
    wordings: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the figures of all specifications, lowest first.

    Parameters
    ----------
    results : Result table
    metric : str
    differences : bool
        Take the comparisons (rows with a reference), or else the single predictors.
    wordings : polars.DataFrame, optional
        ``formulation`` and any columns that say what a formulation consists of (``framing``,
        ``order``, ...), for the curve's legend and the decomposition.

    Returns
    -------
    polars.DataFrame
        ``rank`` from 1, ``estimate``, ``ci_low``, ``ci_high``, ``excludes_zero``, the keys of a
        Result row and the columns of ``wordings``. Specifications without an estimate are last,
        without a rank.

    Raises
    ------
    AnalysisError
        If there is no such row, or a formulation has no wording.
    """
    side = pl.col("reference_id").is_not_null()
    rows = results.filter(
        pl.col("metric") == metric, pl.col("slice") == "all", side if differences else ~side
    )
    if rows.is_empty():
        raise AnalysisError(
            f'no {"comparison" if differences else "predictor"} has the metric "{metric}" over '
            f"all decisions. Known metrics: {', '.join(sorted(results['metric'].unique()))}."
        )
    extra: list[str] = []
    if wordings is not None:
        lacking = sorted(set(rows["formulation"]) - set(wordings["formulation"]))
        if lacking:
            raise AnalysisError(
                f"formulation(s) {', '.join(lacking)} are not described in the wordings. "
                "Add a row for each."
            )
        extra = [name for name in wordings.columns if name != "formulation"]
        rows = rows.join(wordings, on="formulation", how="left")
    return (
        rows.sort("estimate", *KEYS, nulls_last=True)
        .with_columns(
            pl.when(pl.col("estimate").is_not_null())
            .then(pl.int_range(1, pl.len() + 1))
            .alias("rank"),
            ((pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)).alias("excludes_zero"),
        )
        .select("rank", "estimate", "ci_low", "ci_high", "excludes_zero", *KEYS, *extra)
    )


def variance_shares(curve: pl.DataFrame, factors: Sequence[str]) -> pl.DataFrame:
    """Return how much of the figures' variance each choice accounts for.

    Parameters
    ----------
    curve : polars.DataFrame
        From :func:`specification_curve`.
    factors : sequence of str
        Its columns, taken as categories, without interactions.

    Returns
    -------
    polars.DataFrame
        Per factor and for the ``residual`` (interactions and noise): ``df``, ``sum_of_squares``
        (what is lost when the factor alone is left out: type II) and its ``share`` of the total.
        In a balanced design the shares add up to 1; otherwise what factors explain jointly is
        in none of them.

    Raises
    ------
    AnalysisError
        If a factor is not in the curve, or there are too few figures for it.
    """
    unknown = [name for name in factors if name not in curve.columns]
    if unknown or not factors:
        raise AnalysisError(
            f"factor(s) {', '.join(unknown) or '(none given)'} cannot be decomposed. "
            f"Known columns: {', '.join(curve.columns)}."
        )
    rows = curve.filter(pl.col("estimate").is_not_null())
    y = rows["estimate"].to_numpy()
    dummies = {
        name: rows[name].cast(pl.String).fill_null("none").to_dummies().to_numpy().astype(float)
        for name in factors
    }
    full, rank = _residual(y, list(dummies.values()))
    if len(y) <= rank:
        raise AnalysisError(
            f"{len(y)} figures cannot be decomposed by {', '.join(factors)}: that takes more than "
            f"{rank}. Leave a factor out."
        )
    total, _ = _residual(y, [])
    table = []
    for name in factors:
        without, fewer = _residual(y, [design for key, design in dummies.items() if key != name])
        table.append((name, rank - fewer, max(without - full, 0.0)))
    table.append(("residual", len(y) - rank, full))
    return pl.DataFrame(
        table,
        schema={"factor": pl.String, "df": pl.Int64, "sum_of_squares": pl.Float64},
        orient="row",
    ).with_columns((pl.col("sum_of_squares") / total if total > 0 else pl.lit(None)).alias("share"))


def _residual(y: np.ndarray, designs: list[np.ndarray]) -> tuple[float, int]:
    """Return the residual sum of squares and the rank of a linear model with an intercept."""
    x = np.column_stack([np.ones(len(y)), *designs])
    beta, _, rank, _ = np.linalg.lstsq(x, y, rcond=None)
    return float(((y - x @ beta) ** 2).sum()), int(rank)
