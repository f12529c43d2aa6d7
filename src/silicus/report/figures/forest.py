"""The plot of estimates with intervals, one band of rows per family, shared by several figures."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, style, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart

MOST_LINES = 12
"""With more predictors than this they share a line per kind, without bars."""


def lines(rows: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return Result rows with the text each line of the plot shows.

    Adds ``band`` (family, data set and formulation), ``role_label``, ``who`` (predictor and
    format, or both predictors of a difference), ``text`` and ``resampled``; rows without an
    estimate are left out, since there is nothing to draw.
    """
    rows = rows.filter(pl.col("estimate").is_not_null())
    counted = rows.group_by("family").agg(pl.col("dataset").n_unique())
    many_data = set(counted.filter(pl.col("dataset") > 1)["family"])
    wordings = set(rows["formulation"]) - {tables.NO_WORDING}
    written = [
        {
            "band": _band(row, known, row["family"] in many_data, wordings),
            "role_label": style.ROLE_LABELS[known.predictor(row["predictor_id"]).role],
            "who": _who(row),
            "text": cells.estimate(row),
            "decisions": cells.count(row["n_decisions"]),
            "resampled": cells.unit(row),
            "run": known.run_of(row),
        }
        for row in rows.iter_rows(named=True)
    ]
    return rows.hstack(pl.DataFrame(written)) if written else rows


def _band(row: dict[str, Any], known: Facts, name_data: bool, wordings: set[str]) -> str:
    """Return the name of a band: the family, and what else tells it from its neighbours."""
    parts = [style.family_label(row["family"])]
    if name_data:
        parts.append(known.title_of(row["dataset"]))
    if 1 < len(wordings) <= chart.MOST_WORDINGS and row["formulation"] in wordings:
        parts.append(row["formulation"])
    return ": ".join(parts)


def _who(row: dict[str, Any]) -> str:
    if row["reference_id"] is not None:
        return f"{row['predictor_id']} minus {row['reference_id']}"
    if row["format"] == tables.NO_WORDING:
        return str(row["predictor_id"])
    return f"{row['predictor_id']} ({row['format']})"


def plot(
    table: pl.DataFrame,
    *,
    axis: str,
    limits: list[float],
    mark_at: float | None = None,
    description: str,
) -> Any:
    """Return a plot with a band per family and a line per row, names written above the lines.

    Parameters
    ----------
    table : polars.DataFrame
        From :func:`lines`, with at least one row.
    axis : str
        Title of the axis.
    limits : list of float
        Ends of the axis.
    mark_at : float or None
        Where a dashed line is drawn across all bands.
    description : str
        What the figure shows, for those who cannot see it.
    """
    bands = table["band"].unique(maintain_order=True).to_list()
    whos = table["who"].unique(maintain_order=True).to_list()
    roles = [label for label in style.ROLE_LABELS.values() if label in set(table["role_label"])]
    keys = {label: role for role, label in style.ROLE_LABELS.items()}
    compares = table["reference_id"].is_not_null().any()
    dense = len(whos) > MOST_LINES or table["formulation"].n_unique() > chart.MOST_WORDINGS
    named = not dense and len(whos) > (1 if compares else len(roles))
    line = pl.lit("all") if dense and compares else pl.col("role_label" if dense else "who")
    # each band has a line for its name and one for each predictor that it has, and no gaps
    table = table.with_columns(slot=pl.concat_str("band", line, separator="\n"))
    slots = [
        slot
        for band in bands
        for slot in [
            band,
            *table.filter(pl.col("band") == band)["slot"].unique(maintain_order=True),
        ]
    ]
    scale = alt.Scale(domain=limits, nice=False, zero=False)
    across = {"scale": scale, "title": axis, "axis": chart.number_axis(limits)}
    place = {"y": alt.Y("slot:N", sort=slots, axis=None, scale=alt.Scale(domain=slots))}
    tips = chart.with_run(
        {
            "band": "family",
            "who": "predictor",
            "formulation": "formulation",
            "text": axis,
            "decisions": "decisions",
            "resampled": "resampled",
            "note": "note",
        },
        table,
    )
    numbers = ["estimate", "ci_low", "ci_high"]
    if dense:
        numbers = ["estimate"]
        tips = {name: tips[name] for name in ("who", "formulation", "text", "run") if name in tips}
    drawn = chart.rows(table, ["slot", "role_label"], numbers, tips)
    base = alt.Chart(drawn).encode(**place, tooltip=chart.tooltip(tips))
    if not compares:
        base = base.encode(
            color=_by_role(alt.Color, roles, [style.ROLE_COLOURS[keys[r]] for r in roles])
        )
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("ci_low:Q", **across), x2="ci_high:Q")
    marked = (
        base.mark_tick(thickness=1.5, height=16, opacity=0.3)
        if dense
        else base.mark_point(filled=True, size=style.POINT_SIZE, opacity=1)
    )
    points = marked.encode(x=alt.X("estimate:Q", **across))
    if compares:
        points = points.encode(color=alt.value("currentColor"))
    elif not dense:
        shapes = [style.ROLE_SHAPES[keys[r]] for r in roles]
        points = points.encode(shape=_by_role(alt.Shape, roles, shapes))
    headings = (
        alt.Chart(alt.InlineData(values=[{"slot": band, "band": band} for band in bands]))
        .mark_text(align="left", fontWeight="bold", limit=340)
        .encode(x=alt.value(0), text="band:N", **place)
    )
    layers = [points, headings] if dense else [bars, points, headings]
    if named:
        layers.append(
            base.mark_text(align="left", fontSize=style.TEXT_SIZE - 2, dy=-10, limit=340).encode(
                x=alt.value(0), text="who:N", color=alt.value("currentColor")
            )
        )
    if mark_at is not None:
        rule = (
            alt.Chart(alt.InlineData(values=[{"at": mark_at}]))
            .mark_rule(strokeDash=[5, 4], opacity=0.6)
            .encode(x=alt.X("at:Q", **across))
        )
        layers = [rule, *layers]
    step = style.NAMED_LINE_STEP if named else style.LINE_STEP
    return chart.finished(
        alt.layer(*layers).properties(width="container", height=step * len(slots)), description
    )


def _by_role(channel: Any, roles: list[str], values: list[str]) -> Any:
    return channel("role_label:N", title="kind", scale=alt.Scale(domain=roles, range=values))
