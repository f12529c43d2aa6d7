"""What low option mass could hide: the bounds of r over every way to share out the rest."""

from typing import Any

import polars as pl

from silicus.report import cells, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart, forest
from silicus.report.figures.base import Figure

TITLE = "What low mass could hide: r"
CAPTION = (
    "The mark is r as reported, which shares out the listed options' mass among them. The bar "
    "is no interval of chance: it reaches from the lowest to the highest r that is possible if "
    "the probability outside the options went to them in any other way, decision by decision. A "
    "model that gives nearly the same probability everywhere has wide bounds even at high mass: "
    "little is needed to reorder its predictions."
)
BOUNDS = ("lower", "upper")


def bounded(results: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Return the rows of a metric over all decisions with its bounds where the interval stood.

    ``ci_low`` and ``ci_high`` become the estimates of ``METRIC_lower`` and ``METRIC_upper``; rows
    without bounds are left out, as are predictors that read no words.
    """
    rows = results.filter(pl.col("slice") == "all", pl.col("formulation") != tables.NO_WORDING)
    key = [*tables.KEYS, "reference_id"]
    found = rows.filter(pl.col("metric") == metric, pl.col("estimate").is_not_null())
    for name, end in zip(("ci_low", "ci_high"), BOUNDS, strict=True):
        bound = rows.filter(pl.col("metric") == f"{metric}_{end}").select(
            *key, pl.col("estimate").alias(name)
        )
        found = found.drop(name).join(
            bound, on=key, how="left", nulls_equal=True, maintain_order="left"
        )
    none = pl.col("ci_low").is_null() & pl.col("ci_high").is_null()
    return found.filter(~none).select(results.columns)


def drawable(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines if they are few enough to draw bars for each, else none of them."""
    lines = chart.few_wordings(lines)
    few = lines.is_empty() or lines["who"].n_unique() <= forest.MOST_LINES
    return lines if few else lines.clear()


def written(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with a text that tells bounds from an interval."""
    texts = [
        f"{cells.point(row)}, between "
        + " and ".join(
            cells.number(row[end], cells.metric(row["metric"]).decimals)
            if row[end] is not None
            else "no bound"
            for end in ("ci_low", "ci_high")
        )
        for row in lines.iter_rows(named=True)
    ]
    return lines.with_columns(text=pl.Series(texts, dtype=pl.String))


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the models; a theory has no words to lose mass to."""
    theories = [p.id for p in known.predictors if p.role not in ("base", "aligned")]
    rows = bounded(results.filter(pl.col("reference_id").is_null()), "pearson_r")
    rows = rows.filter(~pl.col("predictor_id").is_in(theories))
    if rows.is_empty():
        return rows
    return drawable(written(forest.lines(rows, known)))


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="r, with its bounds",
        limits=chart.limits(table, ["estimate", "ci_low", "ci_high"], -1, 1),
        mark_at=0,
        description="Correlation with people and the bounds that option mass leaves, by family.",
    )


FIGURE = Figure(title=TITLE, caption=CAPTION, section="mass", data=data, draw=draw)
