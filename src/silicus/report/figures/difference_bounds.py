"""What low option mass could hide in a comparison: the bounds of the difference in log-loss."""

from typing import Any

import polars as pl

from silicus.report.facts import Facts
from silicus.report.figures import chart, forest, mass_bounds
from silicus.report.figures.base import Figure

TITLE = "What low mass could hide: difference in log-loss"
CAPTION = (
    "Log-loss of the first predictor minus that of the second; left of the dashed line the first "
    "is nearer to people. The bar is no interval of chance: it reaches from the best case of the "
    "first to that of the second, over every way in which the probability outside the options "
    "could go to them. A bar across the line says that low mass alone could turn the finding."
)


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the lines of the differences that have bounds."""
    compared = results.filter(pl.col("reference_id").is_not_null())
    rows = mass_bounds.bounded(compared, "log_loss")
    if rows.is_empty():
        return rows
    return mass_bounds.drawable(mass_bounds.written(forest.lines(rows, known)))


def draw(table: pl.DataFrame) -> Any:
    """Return the plot of a table with at least one row."""
    return forest.plot(
        table,
        axis="difference in log-loss (nats), with its bounds",
        limits=chart.limits(table, ["estimate", "ci_low", "ci_high"], -100, 100),
        mark_at=0,
        description="Difference in log-loss and the bounds that option mass leaves, by family.",
    )


FIGURE = Figure(title=TITLE, caption=CAPTION, section="mass", data=data, draw=draw, compares=True)
