"""Option mass by family and predictor: how much of what a model would say is an option at all."""

from typing import Any

import polars as pl

from silicus.report import tables
from silicus.report.facts import Facts
from silicus.report.figures import forest
from silicus.report.figures.base import Figure

TITLE = "Option mass"
CAPTION = (
    "The probability a model gives to all listed options together. The rest goes to other words, "
    "and an agreement built on little mass says little. The dashed line at 0.80 is the limit "
    "under which the reference study (arXiv 2603.17218) leaves a pair out."
)
REFERENCE_LIMIT = 0.8


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the figure; theories and the base rate have no words to lose mass to."""
    rows = tables.single(results, "option_mass").filter(pl.col("formulation") != tables.NO_WORDING)
    theories = [p.id for p in known.predictors if p.role == "theory"]
    return forest.lines(rows.filter(~pl.col("predictor_id").is_in(theories)), known)


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="mean option mass",
        limits=[0, 1],
        mark_at=REFERENCE_LIMIT,
        description="Mean option mass by family of games and predictor, between 0 and 1.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="mass",
    data=data,
    draw=draw,
)
