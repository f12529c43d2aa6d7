"""Which Result row of a base model stands beside which row of its aligned model."""

import polars as pl

from silicus.report.facts import Facts

MATCH = ("dataset", "family", "formulation", "metric", "slice")
"""What must be equal in the two rows; their formats may differ (plain against chat)."""
NATIVE = {"base": "plain", "aligned": "chat"}


def native(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the rows of single predictors in the format the manifest names for each.

    A model that was scored in several formats is taken in its native one: plain for a base
    model, chat for an aligned one. A predictor without a format keeps all its rows.
    """
    formats: dict[str, list[str]] = {}
    for predictor in known.predictors:
        if predictor.format is not None:
            formats.setdefault(predictor.id, []).append(predictor.format)
    chosen = {
        name: NATIVE.get(known.predictor(name).role, listed[0])
        if NATIVE.get(known.predictor(name).role) in listed
        else listed[0]
        for name, listed in formats.items()
    }
    own = pl.col("predictor_id").replace_strict(chosen, default=None, return_dtype=pl.String)
    return results.filter(
        pl.col("reference_id").is_null(), own.is_null() | (own == pl.col("format"))
    )


def pairs(results: pl.DataFrame, known: Facts, metric: str) -> pl.DataFrame:
    """Return one row per comparison, data set and formulation: base beside aligned.

    Parameters
    ----------
    results : polars.DataFrame
        A Result table.
    known : Facts
        Its ``comparisons`` say which models belong together.
    metric : str
        Metric of single predictors, over all decisions.

    Returns
    -------
    polars.DataFrame
        The columns of :data:`MATCH` and ``base``, ``aligned``, ``same_provider``; then
        ``estimate``, ``ci_low``, ``ci_high``, ``n_decisions``, ``unit``, ``n_units`` and
        ``format`` of each side under ``base_`` and ``aligned_``.
    """
    rows = native(results, known).filter(pl.col("metric") == metric, pl.col("slice") == "all")
    values = ("estimate", "ci_low", "ci_high", "n_decisions", "unit", "n_units", "format")
    sides = {
        side: rows.select(
            *MATCH,
            pl.col("predictor_id").alias(side),
            *(pl.col(name).alias(f"{side}_{name}") for name in values),
        )
        for side in ("base", "aligned")
    }
    compared = pl.DataFrame(
        [one.model_dump(include={"base", "aligned", "same_provider"}) for one in known.comparisons],
        schema={"base": pl.String, "aligned": pl.String, "same_provider": pl.Boolean},
    )
    return (
        sides["base"]
        .join(compared, on="base", how="inner", maintain_order="left")
        .join(sides["aligned"], on=[*MATCH, "aligned"], how="inner", maintain_order="left")
    )
