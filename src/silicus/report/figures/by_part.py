"""Agreement, or its difference, by round or by condition: one picture per family and name."""

import re
from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, pairing, style
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

PART = re.compile(r"^(?P<name>\w+)=(?P<value>.+)$")
"""A slice of the data by round or condition, such as ``round=3``."""
TITLE = "By round and condition"
CAPTION = (
    "r in each part of the data; shades or bars, where there are any, are intervals, cut off where "
    "they leave the possible values of r."
)
METRICS = {
    "pearson_r": "r",
    "pearson_r_mean_over_pairs": "mean r",
    "pearson_r_mean_over_these_pairs": "mean r",
}
"""The metrics drawn, and what their pictures call them."""
KEYS = ("metric", "family", "dataset", "formulation", "part", "compares")


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the rows of r by part of the data, each predictor in its own format.

    Returns
    -------
    polars.DataFrame
        Result rows with ``part`` (``round``), ``value`` (``3``), ``place`` (the value as a
        number, null if one of its siblings is no number), ``compares`` (whether it is a
        difference), ``who``, ``role_label``, ``heading`` and text for the tooltip.
    """
    single = pairing.native(results, known)
    compared = results.filter(pl.col("reference_id").is_not_null())
    rows = pl.concat([single, compared]).filter(
        pl.col("metric").is_in(list(METRICS)),
        pl.col("estimate").is_not_null(),
        pl.col("slice") != "all",
    )
    written = []
    for row in rows.iter_rows(named=True):
        found = PART.match(row["slice"])
        if found is None:
            continue
        compares = row["reference_id"] is not None
        label = style.family_label(row["family"])
        who = row["predictor_id"] + (f" minus {row['reference_id']}" if compares else "")
        written.append(
            row
            | {
                "part": _words(found["name"]),
                "value": found["value"],
                "place": _number(found["value"]),
                "compares": compares,
                "who": who,
                "role_label": style.ROLE_LABELS[known.predictor(row["predictor_id"]).role],
                "heading": f"{label}: {_what(row)} by {_words(found['name'])}",
                "text": cells.estimate(row),
                "decisions": cells.count(row["n_decisions"]),
                "resampled": cells.unit(row),
                "run": known.run_of(row),
            }
        )
    if not written:
        return rows.clear()
    table = pl.DataFrame(written, infer_schema_length=None)
    numbers = pl.col("place").is_not_null().all().over(KEYS)
    # a difference stands beside the values that it is between
    subject = ("family", "dataset", "formulation", "part")
    return (
        table.with_row_index("_first")
        .with_columns(
            place=pl.when(numbers).then(pl.col("place")),
            _first=pl.col("_first").min().over(subject),
        )
        .sort("_first", "compares", maintain_order=True)
        .drop("_first")
    )


def _what(row: dict[str, Any]) -> str:
    """Return what a picture shows: r, or a difference in r."""
    name = METRICS[row["metric"]]
    return name if row["reference_id"] is None else f"difference in {name}"


PARTS = {"topology": "type of game", "name": "game", "size_billion": "billion parameters"}
"""Names of parts that are called otherwise for readers."""


def _words(name: str) -> str:
    return PARTS.get(name, name.replace("_", " "))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def draw(table: pl.DataFrame) -> Any:
    """Return the picture of the rows that share family, data set, formulation and part.

    Parameters
    ----------
    table : polars.DataFrame
        A part of :func:`data` with one value of each of :data:`KEYS`, with at least one row.
    """
    numeric = table["place"].null_count() == 0
    compares = bool(table["compares"][0])
    values = table["value"].unique(maintain_order=True).to_list()
    part = table["part"][0]
    across: Any
    if numeric:
        across = alt.X(
            "place:Q",
            title=part,
            scale=alt.Scale(zero=False, nice=False, padding=12),
            axis=alt.Axis(
                values=sorted(set(table["place"])),
                labelExpr="'' + datum.value",
                labelOverlap="greedy",
                labelFlush=False,
                grid=False,
            ),
        )
    else:
        across = alt.X("value:N", title=part, sort=values, axis=alt.Axis(labelAngle=-35))
    edge = 2 if compares else 1
    limits = chart.limits(table, ["estimate", "ci_low", "ci_high"], -edge, edge)
    up = {
        "scale": alt.Scale(domain=limits, nice=False, zero=False),
        "title": "difference in r" if compares else "r with people",
        "axis": chart.number_axis(limits),
    }
    tips = chart.with_run(
        {
            "who": "predictor",
            "value": str(part),
            "text": "difference in r" if compares else "r",
            "decisions": "decisions",
            "resampled": "resampled",
            "note": "note",
        },
        table,
    )
    whos = table["who"].unique(maintain_order=True).to_list()
    colours, shapes = style.looks([table.filter(pl.col("who") == w)["role_label"][0] for w in whos])
    base = alt.Chart(chart.rows(table, ["place", "estimate", "ci_low", "ci_high"], tips)).encode(
        x=across,
        color=alt.Color("who:N", title="predictor", scale=alt.Scale(domain=whos, range=colours)),
        tooltip=chart.tooltip(tips),
    )
    low, high = alt.Y("ci_low:Q", **up), alt.Y2("ci_high:Q")
    if numeric:
        interval = base.mark_area(opacity=0.16, tooltip=False, clip=True).encode(y=low, y2=high)
        line = base.mark_line(strokeWidth=2, clip=True).encode(y=alt.Y("estimate:Q", **up))
        layers = [interval, line]
    else:
        offset = alt.XOffset("who:N", sort=whos)
        base = base.encode(xOffset=offset)
        layers = [base.mark_rule(strokeWidth=2, clip=True).encode(y=low, y2=high)]
    points = base.mark_point(filled=True, size=style.POINT_SIZE * 0.7, opacity=1).encode(
        y=alt.Y("estimate:Q", **up),
        shape=alt.Shape("who:N", title="predictor", scale=alt.Scale(domain=whos, range=shapes)),
    )
    zero = (
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(y=alt.Y("at:Q", **up))
    )
    return chart.finished(
        alt.layer(zero, *layers, points).properties(width="container", height=260),
        f"{table['heading'][0]}, with intervals. The same numbers stand in the tables.",
    )


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="parts",
    data=data,
    draw=draw,
    keys=KEYS,
    compares=True,
)
