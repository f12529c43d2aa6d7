"""Specification curve: the difference in every wording and format, lowest first."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, style, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

TITLE = "Every wording and format"
CAPTION = (
    "One point per formulation and pair of formats, lowest first, with intervals (with many pairs, "
    "the mean over them): does the finding "
    "hang on one wording?"
)
KEYS = ("family", "dataset", "predictor_id", "reference_id")
PAIR, MEAN = "pearson_r", "pearson_r_mean_over_pairs"
MOST_PAIRS = 6
"""With more pairs than this the curve is that of the mean over them."""
LEAST = 3
"""With fewer specifications than this there is no curve."""


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the differences in r of every comparison, or their mean, in several specifications.

    Returns
    -------
    polars.DataFrame
        Result rows in the order of their estimates within each of :data:`KEYS`, with ``place``
        from 1, ``heading`` and text for the tooltip.
    """
    rows = tables.differences(results).filter(
        pl.col("metric").is_in([PAIR, MEAN]), pl.col("estimate").is_not_null()
    )
    means, pairs = (rows.filter(pl.col("metric") == metric) for metric in (MEAN, PAIR))
    many = pairs.select("predictor_id", "reference_id").n_unique() > MOST_PAIRS
    rows = means if many and not means.is_empty() else pairs
    rows = rows.filter(pl.len().over(KEYS) >= LEAST)
    if rows.is_empty():
        return rows
    order = rows.select(KEYS).unique(maintain_order=True)
    ranked = order.join(
        rows.sort("estimate"), on=list(KEYS), how="left", maintain_order="left_right"
    )
    written = [
        {
            "heading": f"{style.family_label(row['family'])}: {row['predictor_id']} minus "
            f"{row['reference_id']}",
            "text": cells.estimate(row),
            "resampled": cells.unit(row),
            "run": known.run_of(row),
        }
        for row in ranked.iter_rows(named=True)
    ]
    place = pl.int_range(1, pl.len() + 1).over(KEYS)
    return ranked.with_columns(place=place).hstack(pl.DataFrame(written))


def draw(table: pl.DataFrame) -> Any:
    """Return the curve of the rows that share the values of :data:`KEYS`."""
    formats = sorted(set(table["format"]))
    colours = [style.GROUP_COLOURS[i % len(style.GROUP_COLOURS)] for i in range(len(formats))]
    shapes = [style.GROUP_SHAPES[i % len(style.GROUP_SHAPES)] for i in range(len(formats))]
    tips = chart.with_run(
        {
            "formulation": "formulation",
            "format": "formats",
            "text": "difference in r",
            "resampled": "resampled",
            "note": "note",
        },
        table,
    )
    limits = chart.limits(table, ["estimate", "ci_low", "ci_high"], -2, 2)
    up = {
        "scale": alt.Scale(domain=limits, nice=False, zero=False),
        "title": "difference in r",
        "axis": chart.number_axis(limits),
    }
    drawn = chart.rows(table, ["place", "estimate", "ci_low", "ci_high"], tips)
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "place:Q",
            title="specifications, lowest first",
            scale=alt.Scale(domain=[0.5, len(table) + 0.5], nice=False, zero=False),
            axis=alt.Axis(labels=False, ticks=False, grid=False),
        ),
        color=alt.Color(
            "format:N", title="formats", scale=alt.Scale(domain=formats, range=colours)
        ),
        tooltip=chart.tooltip(tips),
    )
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7, clip=True).encode(
        y=alt.Y("ci_low:Q", **up), y2="ci_high:Q"
    )
    points = base.mark_point(filled=True, size=style.POINT_SIZE * 0.6, opacity=1).encode(
        y=alt.Y("estimate:Q", **up),
        shape=alt.Shape("format:N", title="formats", scale=alt.Scale(domain=formats, range=shapes)),
    )
    zero = (
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(y=alt.Y("at:Q", **up))
    )
    return chart.finished(
        alt.layer(zero, bars, points).properties(width="container", height=240),
        f"{table['heading'][0]}: difference in r by wording and format, lowest first.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="wordings",
    data=data,
    draw=draw,
    keys=KEYS,
    compares=True,
)
