"""Agreement with people by family: models, theories and floors on one axis."""

from typing import Any

import polars as pl

from silicus.report import pairing
from silicus.report.facts import Facts
from silicus.report.figures import chart, forest

TITLE = "Agreement with people"
CAPTION = (
    "r with what people did, by family of games; bars are intervals. At the dashed line a "
    "predictor knows nothing about who does what."
)


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the figure: each predictor in its own format."""
    rows = pairing.native(results, known).filter(
        pl.col("metric") == "pearson_r", pl.col("slice") == "all"
    )
    return forest.lines(rows, known)


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="r with people",
        limits=chart.limits(table, ["estimate", "ci_low", "ci_high"], -1, 1),
        mark_at=0,
        description="Correlation with people by family of games and predictor, with intervals.",
    )
