"""Scatter of base against aligned agreement, one point per family and pair of models."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, pairing, style
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

TITLE = "Base against aligned agreement"
CAPTION = (
    "Each point is one family of games and one comparison of two models: across, the base "
    "model's r; up, the aligned model's. On the dashed line both agree with people equally; "
    "below it the base model agrees more. Bars are the intervals of the table."
)
SIDES = ("base", "aligned")
TIPS = {
    "family_label": "family",
    "dataset_title": "data",
    "formulation": "formulation",
    "base": "base model",
    "base_text": "r, base",
    "aligned": "aligned model",
    "aligned_text": "r, aligned",
    "provider": "provider",
    "pair_kind": "pair",
    "decisions": "decisions",
    "base_resampled": "resampled",
}


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the points, with text for the tooltip taken from the same cells as the tables."""
    points = pairing.pairs(results, known, "pearson_r").filter(
        pl.col("base_estimate").is_not_null(), pl.col("aligned_estimate").is_not_null()
    )
    written = [
        {
            "family_label": style.family_label(row["family"]),
            "dataset_title": known.title_of(row["dataset"]),
            "provider": known.predictor(row["aligned"]).provider or "not given",
            "pair_kind": "same provider" if row["same_provider"] else "NOT a same-provider pair",
            "decisions": cells.count(row["base_n_decisions"]),
            "run": known.run_of(
                {
                    "dataset": row["dataset"],
                    "formulation": row["formulation"],
                    "format": "",
                    "predictor_id": row["base"],
                    "reference_id": row["aligned"],
                }
            ),
            **{
                f"{side}_text": cells.estimate(
                    {"metric": "pearson_r"}
                    | {name: row[f"{side}_{name}"] for name in ("estimate", "ci_low", "ci_high")}
                )
                for side in SIDES
            },
            **{
                f"{side}_resampled": cells.unit(
                    {name: row[f"{side}_{name}"] for name in ("unit", "n_units")}
                )
                for side in SIDES
            },
        }
        for row in points.iter_rows(named=True)
    ]
    if not written:
        return points
    return points.hstack(pl.DataFrame(written))


def draw(table: pl.DataFrame) -> Any:
    """Return the scatter of a table with at least one point."""
    ends = [f"{side}_{end}" for side in SIDES for end in ("estimate", "ci_low", "ci_high")]
    limits = chart.limits(table, ends, -1, 1)
    families = table["family"].unique(maintain_order=True).to_list()
    labels = [style.family_label(family) for family in families]
    scale = alt.Scale(domain=limits, nice=False, zero=False)
    across = {"scale": scale, "title": "r of the base model", "axis": chart.number_axis(limits)}
    up = {"scale": scale, "title": "r of the aligned model", "axis": chart.number_axis(limits)}
    colours = [style.FAMILY_COLOURS.get(family, style.GREY) for family in families]
    shapes = [style.FAMILY_SHAPES.get(family, "square") for family in families]
    hovered = alt.selection_point(name="hovered", on="pointerover", empty=False)
    tips = chart.with_run(TIPS, table)
    points = alt.Chart(chart.rows(table, ends, tips)).encode(
        color=alt.Color(
            "family_label:N", title="family", scale=alt.Scale(domain=labels, range=colours)
        ),
        tooltip=chart.tooltip(tips),
    )
    low, high = limits
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"from": low, "to": high}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(x=alt.X("from:Q", **across), y=alt.Y("from:Q", **up), x2="to:Q", y2="to:Q")
    )
    corners = [
        alt.Chart(alt.InlineData(values=[{"x": x, "y": y, "says": f"{side} agrees more"}]))
        .mark_text(align=align, baseline=baseline, dx=dx, dy=dy, opacity=0.75)
        .encode(x=alt.X("x:Q", **across), y=alt.Y("y:Q", **up), text="says:N")
        for side, x, y, align, baseline, dx, dy in (
            ("aligned", low, high, "left", "top", 8, 6),
            ("base", high, low, "right", "bottom", -8, -6),
        )
    ]
    at_base, at_aligned = alt.X("base_estimate:Q", **across), alt.Y("aligned_estimate:Q", **up)
    bars = points.mark_rule(strokeWidth=1.5, opacity=0.7)
    across_bars = bars.encode(x=alt.X("base_ci_low:Q", **across), x2="base_ci_high:Q", y=at_aligned)
    up_bars = bars.encode(y=alt.Y("aligned_ci_low:Q", **up), y2="aligned_ci_high:Q", x=at_base)
    near, far = alt.value(2 * style.POINT_SIZE), alt.value(style.POINT_SIZE)
    marks = (
        points.mark_point(filled=True, opacity=1)
        .encode(
            x=at_base,
            y=at_aligned,
            shape=alt.Shape(
                "family_label:N", title="family", scale=alt.Scale(domain=labels, range=shapes)
            ),
            size=alt.condition(hovered, near, far),
        )
        .add_params(hovered)
    )
    layers = alt.layer(diagonal, *corners, across_bars, up_bars, marks)
    return chart.finished(
        layers.properties(width="container", height="container"),
        "Scatter plot of the base model's correlation with people against the aligned model's, "
        "by family of games. The same numbers stand in the table below the figure.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="scatter",
    data=data,
    draw=draw,
    compares=True,
)
