"""The plot of estimates with intervals, one band of rows per family, shared by several figures."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, style
from silicus.report.facts import Facts
from silicus.report.figures import chart


def lines(rows: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return Result rows with the text each line of the plot shows.

    Adds ``band`` (family, data set and formulation), ``role_label``, ``who`` (predictor and
    format, or both predictors of a difference), ``text`` and ``resampled``; rows without an
    estimate are left out, since there is nothing to draw.
    """
    rows = rows.filter(pl.col("estimate").is_not_null())
    written = [
        {
            "band": _band(row, known, rows),
            "role_label": style.ROLE_LABELS[known.predictor(row["predictor_id"]).role],
            "who": _who(row),
            "text": cells.estimate(row),
            "decisions": cells.count(row["n_decisions"]),
            "resampled": cells.unit(row),
        }
        for row in rows.iter_rows(named=True)
    ]
    return rows.hstack(pl.DataFrame(written)) if written else rows


def _band(row: dict[str, Any], known: Facts, rows: pl.DataFrame) -> str:
    """Return the name of a band: the family, and what else tells it from its neighbours."""
    parts = [style.family_label(row["family"])]
    same = rows.filter(pl.col("family") == row["family"])
    if same["dataset"].n_unique() > 1:
        parts.append(known.title_of(row["dataset"]))
    if rows["formulation"].n_unique() > 1:
        parts.append(row["formulation"])
    return ": ".join(parts)


def _who(row: dict[str, Any]) -> str:
    if row["reference_id"] is not None:
        return f"{row['predictor_id']} minus {row['reference_id']}"
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
    named = len(whos) > (1 if compares else len(roles))
    table = table.with_columns(line=pl.col("who"))
    scale = alt.Scale(domain=limits, nice=False, zero=False)
    across = {"scale": scale, "title": axis, "axis": chart.number_axis()}
    place = {
        "y": alt.Y(
            "band:N",
            sort=bands,
            axis=None,
            scale=alt.Scale(domain=bands, paddingInner=0.1, paddingOuter=0.1),
        ),
        "yOffset": alt.YOffset("line:N", sort=["", *whos], scale=alt.Scale(domain=["", *whos])),
    }
    tips = chart.tooltip(
        {
            "band": "family",
            "who": "predictor",
            "text": axis,
            "decisions": "decisions",
            "resampled": "resampled",
            "note": "note",
        }
    )
    base = alt.Chart(chart.rows(table)).encode(**place, tooltip=tips)
    if not compares:
        base = base.encode(
            color=_by_role(alt.Color, roles, [style.ROLE_COLOURS[keys[r]] for r in roles])
        )
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("ci_low:Q", **across), x2="ci_high:Q")
    points = base.mark_point(filled=True, size=style.POINT_SIZE, opacity=1).encode(
        x=alt.X("estimate:Q", **across)
    )
    if compares:
        points = points.encode(color=alt.value("currentColor"))
    else:
        shapes = [style.ROLE_SHAPES[keys[r]] for r in roles]
        points = points.encode(shape=_by_role(alt.Shape, roles, shapes))
    headings = (
        alt.Chart(alt.InlineData(values=[{"band": band, "line": ""} for band in bands]))
        .mark_text(align="left", fontWeight="bold", limit=340)
        .encode(x=alt.value(0), text="band:N", **place)
    )
    layers = [bars, points, headings]
    if named:
        layers.append(
            base.mark_text(align="left", fontSize=style.TEXT_SIZE - 2, dy=-10, limit=340).encode(
                x=alt.value(0), text="who:N", color=alt.value("currentColor")
            )
        )
    if mark_at is not None:
        line = (
            alt.Chart(alt.InlineData(values=[{"at": mark_at}]))
            .mark_rule(strokeDash=[5, 4], opacity=0.6)
            .encode(x=alt.X("at:Q", **across))
        )
        layers = [line, *layers]
    step = (style.NAMED_LINE_STEP if named else style.LINE_STEP) * (1 + len(whos))
    return chart.finished(
        alt.layer(*layers).properties(width="container", height=step * len(bands)), description
    )


def _by_role(channel: Any, roles: list[str], values: list[str]) -> Any:
    return channel("role_label:N", title="kind", scale=alt.Scale(domain=roles, range=values))
