"""Calibration: how often people took the target option where a model gave it some probability."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, pairing, style, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

TITLE = "Calibration"
CAPTION = (
    "Decisions sorted by the probability a predictor gave: across, its mean; up, how often people "
    "took the option, with intervals. On the dashed line 70 percent means 70 percent."
)
KEYS = ("family", "dataset", "formulation")
MOST_CURVES = 8
"""With more predictors than this their curves are thin, without intervals, a colour a kind."""
MEAN, RATE = "calibration_mean_prob", "calibration_human_rate"


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return one row per bin and predictor, each model in its own format; no base rate.

    Returns
    -------
    polars.DataFrame
        The Result rows of how often people took the option, with ``predicted`` (the estimate of
        the mean probability in the same bin), ``who``, ``role_label``, ``heading`` and text.
    """
    rows = pairing.native(results, known).filter(pl.col("formulation") != tables.NO_WORDING)
    bins = ["dataset", "family", "formulation", "format", "predictor_id", "slice"]
    means = rows.filter(pl.col("metric") == MEAN).select(*bins, predicted="estimate")
    rates = rows.filter(pl.col("metric") == RATE).join(
        means, on=bins, how="inner", maintain_order="left"
    )
    rates = chart.few_wordings(
        rates.filter(pl.col("estimate").is_not_null(), pl.col("predicted").is_not_null())
    )
    written = [
        {
            "who": row["predictor_id"],
            "role_label": style.ROLE_LABELS[known.predictor(row["predictor_id"]).role],
            "heading": f"{style.family_label(row['family'])}: calibration",
            "text": cells.estimate(row),
            "mean_text": cells.number(row["predicted"], cells.metric(MEAN).decimals),
            "decisions": cells.count(row["n_decisions"]),
            "resampled": cells.unit(row),
            "run": known.run_of(row),
        }
        for row in rates.iter_rows(named=True)
    ]
    return rates.hstack(pl.DataFrame(written)) if written else rates


def draw(table: pl.DataFrame) -> Any:
    """Return the curves of the rows that share the values of :data:`KEYS`."""
    whos = table["who"].unique(maintain_order=True).to_list()
    crowded = len(whos) > MOST_CURVES
    if crowded:  # one colour a kind; whose curve it is says the tooltip
        table = table.with_columns(line=pl.col("role_label"))
        whos = table["line"].unique(maintain_order=True).to_list()
    else:
        table = table.with_columns(line=pl.col("who"))
    colours, shapes = style.looks(
        [table.filter(pl.col("line") == w)["role_label"][0] for w in whos]
    )
    tips = chart.with_run(
        {
            "who": "predictor",
            "mean_text": "mean probability",
            "text": "people",
            "decisions": "decisions",
            "resampled": "resampled",
        },
        table,
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    across = {"scale": scale, "title": "probability given", "axis": chart.number_axis()}
    up = {"scale": scale, "title": "share of people", "axis": chart.number_axis()}
    numbers = ["predicted", "estimate", "ci_low", "ci_high"]
    base = alt.Chart(chart.rows(table, ["line"], numbers, tips)).encode(
        x=alt.X("predicted:Q", **across),
        color=alt.Color("line:N", title="predictor", scale=alt.Scale(domain=whos, range=colours)),
        tooltip=chart.tooltip(tips),
    )
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7).encode(
        y=alt.Y("ci_low:Q", **up), y2="ci_high:Q"
    )
    thin = {"strokeWidth": 1, "opacity": 0.3} if crowded else {"strokeWidth": 2}
    line = base.mark_line(**thin).encode(y=alt.Y("estimate:Q", **up), detail="who:N")
    size = style.POINT_SIZE * (0.2 if crowded else 0.7)
    points = base.mark_point(filled=True, size=size, opacity=1).encode(
        y=alt.Y("estimate:Q", **up),
        shape=alt.Shape("line:N", title="predictor", scale=alt.Scale(domain=whos, range=shapes)),
    )
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"from": 0, "to": 1}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(x=alt.X("from:Q", **across), y=alt.Y("from:Q", **up), x2="to:Q", y2="to:Q")
    )
    return chart.finished(
        alt.layer(diagonal, *([] if crowded else [bars]), line, points).properties(
            width="container", height=300
        ),
        f"{table['heading'][0]}: share of people against probability given, by predictor.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="calibration",
    data=data,
    draw=draw,
    keys=KEYS,
)
