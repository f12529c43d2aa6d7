"""The difference between base and aligned by the size of the models, pair by pair."""

import math
from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, style, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

TITLE = "Difference by size"
CAPTION = (
    "Each point is one pair of models with its interval: across, the parameters of the aligned "
    "model, on a scale of doublings; up, r of the base model minus r of the aligned one. "
    "Above the dashed line the base model agrees with people more. Means by size class, where "
    "the run has them, stand among the conditions."
)
KEYS = ("family", "dataset", "formulation", "format")
LEAST_SIZES = 2
"""With fewer different sizes there is nothing to see."""


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the differences in r of all pairs whose size is known.

    Returns
    -------
    polars.DataFrame
        Result rows with ``size_billion``, ``who``,
        ``provider``, ``heading`` and text for the tooltip.
    """
    pairs = {(one.base, one.aligned): one for one in known.comparisons}
    sizes = {p.id: p.n_parameters / 1e9 for p in known.predictors if p.n_parameters}
    rows = tables.differences(results).filter(
        pl.col("metric") == "pearson_r", pl.col("estimate").is_not_null()
    )
    written = [
        row
        | {
            "size_billion": sizes[row["reference_id"]],
            "who": f"{row['predictor_id']} minus {row['reference_id']}",
            "provider": known.predictor(row["reference_id"]).provider or "not given",
            "size_text": f"{sizes[row['reference_id']]:.3g} billion",
            "heading": f"{style.family_label(row['family'])}: difference in r by size",
            "text": cells.estimate(row),
            "decisions": cells.count(row["n_decisions"]),
            "resampled": cells.unit(row),
            "run": known.run_of(row),
        }
        for row in chart.few_wordings(rows).iter_rows(named=True)
        if (row["predictor_id"], row["reference_id"]) in pairs and row["reference_id"] in sizes
    ]
    if not written:
        return rows.clear()
    table = pl.DataFrame(written, infer_schema_length=None)
    return table.filter(pl.col("size_billion").n_unique().over(KEYS) >= LEAST_SIZES)


def draw(table: pl.DataFrame) -> Any:
    """Return the picture of the rows that share the values of :data:`KEYS`."""
    tips = chart.with_run(
        {
            "who": "pair",
            "provider": "provider",
            "size_text": "parameters",
            "text": "difference in r",
            "decisions": "decisions",
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
    drawn = chart.rows(table, ["size_billion", "estimate", "ci_low", "ci_high"], tips)
    base = alt.Chart(drawn).encode(
        x=alt.X(
            "size_billion:Q",
            title="billion parameters",
            scale=alt.Scale(type="log", base=2, nice=False, padding=14),
            axis=alt.Axis(
                values=_ticks(table["size_billion"].to_list()),
                format="~g",
                labelOverlap="greedy",
                labelSeparation=8,
            ),
        ),
        tooltip=chart.tooltip(tips),
    )
    bars = base.mark_rule(strokeWidth=1.2, opacity=0.45, color=style.BLUE, clip=True).encode(
        y=alt.Y("ci_low:Q", **up), y2="ci_high:Q"
    )
    points = base.mark_point(
        filled=True, size=style.POINT_SIZE * 0.5, opacity=0.9, color=style.BLUE, clip=True
    ).encode(y=alt.Y("estimate:Q", **up))
    zero = (
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(y=alt.Y("at:Q", **up))
    )
    return chart.finished(
        alt.layer(zero, bars, points).properties(width="container", height=260),
        f"{table['heading'][0]}, one point per pair, with intervals.",
    )


def _ticks(sizes: list[float]) -> list[float]:
    """Return where the axis of sizes is marked: at doublings, or at the sizes if they are close.

    Examples
    --------
    >>> _ticks([0.27, 1.1, 7.2])
    [0.5, 1.0, 2.0, 4.0]
    >>> _ticks([0.27, 0.36])
    [0.27, 0.36]
    """
    doublings = range(math.ceil(math.log2(min(sizes))), math.floor(math.log2(max(sizes))) + 1)
    ticks = [2.0**n for n in doublings]
    return ticks if len(ticks) > 1 else [float(f"{size:.2g}") for size in sorted(set(sizes))]


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="size",
    data=data,
    draw=draw,
    keys=KEYS,
    compares=True,
)
