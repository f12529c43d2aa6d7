"""Agreement with people by family: models, theories and floors on one axis."""

from typing import Any

import polars as pl

from silicus.report import pairing, style
from silicus.report.facts import Facts
from silicus.report.figures import chart, forest
from silicus.report.figures.base import Figure

TITLE = "Agreement with people"
CAPTION = (
    "r with what people did, by family of games; bars, where drawn, are intervals. At the dashed "
    "line a predictor knows nothing about who does what; a noise ceiling is what people's own "
    "variability leaves to be reached."
)
CEILING = "noise_ceiling_pearson_r"


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the figure: each predictor in its own format."""
    single = pairing.native(results, known).filter(pl.col("slice") == "all")
    rows = single.filter(pl.col("metric") == "pearson_r")
    ceilings = single.filter(pl.col("metric") == CEILING)
    lines = [forest.lines(rows, known), forest.lines(ceilings, known)]
    drawn = [table for table in lines if not table.is_empty()]
    if not drawn:
        return rows.clear()
    is_ceiling = pl.col("metric") == CEILING
    return pl.concat(drawn).with_columns(
        who=pl.when(is_ceiling).then(pl.lit("noise ceiling")).otherwise(pl.col("who")),
        role_label=pl.when(is_ceiling)
        .then(pl.lit(style.ROLE_LABELS["ceiling"]))
        .otherwise(pl.col("role_label")),
    )


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="r with people",
        limits=chart.limits(table, ["estimate", "ci_low", "ci_high"], -1, 1),
        mark_at=0,
        description="Correlation with people by family of games and predictor, with intervals.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="answer",
    data=data,
    draw=draw,
    compares=True,
)
