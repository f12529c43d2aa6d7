"""What all figures share: data as plain rows, tooltips, axis limits, the configuration."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import polars as pl

from silicus.report import style

MOST_SPAN_OF_FIFTIETHS = 0.15
"""Values closer together than this get an axis that ends on fiftieths."""
MOST_SPAN_OF_HUNDREDTHS = 0.7
"""An axis up to this long has ticks closer than a tenth, and so two decimals."""

MOST_WORDINGS = 4
"""With more formulations than this, figures that draw each one show only the first."""


def rows(table: pl.DataFrame, *columns: Iterable[str]) -> pl.DataFrame:
    """Return the columns of a table that a chart reads, each once; the page carries no others."""
    wanted = dict.fromkeys(name for group in columns for name in group)
    return table.select(*wanted)


def few_wordings(table: pl.DataFrame) -> pl.DataFrame:
    """Return Result rows of all formulations, or of the first of each data set if they are many.

    A picture for each of ten wordings shows nothing that the specification curve does not.
    """
    first = pl.col("formulation").first().over("family", "dataset")
    many = table["formulation"].n_unique() > MOST_WORDINGS
    return table.filter(pl.col("formulation") == first) if many else table


def finished(chart: Any, description: str) -> Any:
    """Return the chart with the shared configuration and a text for those who cannot see it."""
    return chart.properties(description=description, config=style.config())


def tooltip(titles: dict[str, str]) -> list[alt.Tooltip]:
    """Return tooltip lines from column names and the titles shown for them; values are text."""
    return [alt.Tooltip(field=name, type="nominal", title=title) for name, title in titles.items()]


def with_run(titles: dict[str, str], table: pl.DataFrame) -> dict[str, str]:
    """Return the tooltip's lines and, where numbers come from several runs, one for the run."""
    several = "run" in table.columns and (table["run"] != "").any()
    return titles | ({"run": "run"} if several else {})


def limits(
    table: pl.DataFrame, columns: Sequence[str], floor: float, ceiling: float
) -> list[float]:
    """Return axis limits on tenths that hold 0 and every value of the columns, with some air.

    Values that all lie close to 0 get limits on fiftieths.

    Examples
    --------
    >>> limits(pl.DataFrame({"r": [0.11, 0.34]}), ["r"], -1, 1)
    [-0.1, 0.4]
    >>> limits(pl.DataFrame({"weight": [-0.011, 0.034]}), ["weight"], -1, 1)
    [-0.02, 0.04]
    """
    found = [value for name in columns for value in table[name].drop_nulls().to_list()]
    low, high = min([0.0, *found]), max([0.0, *found])
    per_unit = 10 if high - low > MOST_SPAN_OF_FIFTIETHS else 50
    low = math.floor((low - 0.2 / per_unit) * per_unit) / per_unit
    high = math.ceil((high + 0.2 / per_unit) * per_unit) / per_unit
    return [max(floor, low), min(ceiling, high)]


def number_axis(ends: Sequence[float] = (0, 1)) -> alt.Axis:
    """Return an axis whose labels tell its ticks apart and never run into each other.

    Parameters
    ----------
    ends : sequence of float
        Ends of the axis; a short one gets a second decimal.
    """
    return alt.Axis(
        format=".1f" if ends[1] - ends[0] > MOST_SPAN_OF_HUNDREDTHS else ".2f",
        tickCount=8,
        labelOverlap="greedy",
        labelSeparation=8,
        labelFlush=False,
    )
