"""Which Result row of a base model stands beside which row of its aligned model."""

import polars as pl

from silicus.report.facts import Facts

MATCH = ("dataset", "family", "formulation", "metric", "slice")
"""What must be equal in the two rows; their formats may differ (plain against chat)."""
NATIVE = {"base": "plain", "aligned": "chat"}


def native_formats(known: Facts) -> dict[str, str]:
    """Return each model's own format: plain of a base model, chat of an aligned one.

    A model that was not scored in that format is taken in the first one that the manifest lists;
    a predictor without a format has no entry.
    """
    formats: dict[str, list[str]] = {}
    for predictor in known.predictors:
        if predictor.format is not None:
            formats.setdefault(predictor.id, []).append(predictor.format)
    own = {name: NATIVE.get(known.predictor(name).role, "") for name in formats}
    return {name: own[name] if own[name] in few else few[0] for name, few in formats.items()}


def native(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the rows of single predictors in the format of :func:`native_formats`."""
    chosen = native_formats(known)
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
