"""Differences in agreement between two predictors, by family."""

from typing import Any

import polars as pl

from silicus.report import tables
from silicus.report.facts import Facts
from silicus.report.figures import chart, forest
from silicus.report.figures.base import Figure

TITLE = "Difference in agreement"
CAPTION = (
    "r of the first predictor minus r of the second, on the same decisions. Right of the dashed "
    "line the first agrees with people more; an interval across the line leaves the sign open."
)


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the figure."""
    rows = tables.differences(results).filter(pl.col("metric") == "pearson_r")
    return forest.lines(rows, known)


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="difference in r",
        limits=chart.limits(table, ["estimate", "ci_low", "ci_high"], -2, 2),
        mark_at=0,
        description="Difference in correlation with people between two predictors, by family.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="scatter",
    data=data,
    draw=draw,
    compares=True,
)
