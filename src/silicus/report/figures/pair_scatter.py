"""Scatter of many pairs in one family of games, filtered by the controls of the page."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, style
from silicus.report.figures import chart

TITLE = "Base against aligned r, pair by pair"
CAPTION = (
    "Each point is one pair of models: across, the base model's r; up, the aligned model's. Below "
    "the dashed line the base model agrees more. Pairs that the filters drop stay as faint rings."
)
OTHERS = "other families"
SIGNALS = ("least_mass", "least_r", "model_family", "formulation")
"""The parameters that the controls of the page set."""
TINY = 1e-9
"""Printed decimals are compared with this tolerance, here and in the counts."""


def data(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with the group that colours them and the text of the tooltip.

    Parameters
    ----------
    pairs : polars.DataFrame
        One row per pair and family of games: ``base_model``, ``aligned_model``,
        ``size_billion`` (may be null), ``family``, ``mass_base``, ``mass_aligned``, ``r_base``,
        ``r_aligned`` and ``model_family``; ``formulation`` where there are several.

    Returns
    -------
    polars.DataFrame
        With ``group``: the model family, or :data:`OTHERS` outside the six with most pairs.
    """
    groups = most_frequent(pairs)
    text = [
        {
            "size_text": f"{row['size_billion']:g} billion" if row["size_billion"] else "not given",
            "r_text": f"{cells.number(row['r_base'], 2)} and {cells.number(row['r_aligned'], 2)}",
            "mass_text": (
                f"{cells.number(row['mass_base'], 2)} and {cells.number(row['mass_aligned'], 2)}"
            ),
        }
        for row in pairs.iter_rows(named=True)
    ]
    grouped = pairs.with_columns(
        group=pl.when(pl.col("model_family").is_in(groups))
        .then(pl.col("model_family"))
        .otherwise(pl.lit(OTHERS))
    )
    return grouped.hstack(pl.DataFrame(text)) if text else grouped


def most_frequent(pairs: pl.DataFrame) -> list[str]:
    """Return the model families that get a colour, those with most rows first."""
    counted = (
        pairs.group_by("model_family").len().sort(["len", "model_family"], descending=[True, False])
    )
    names: list[str] = counted["model_family"].to_list()
    return names if len(names) <= len(style.GROUP_COLOURS) else names[: len(style.GROUP_COLOURS)]


def draw(table: pl.DataFrame, limits: list[float], groups: list[str], formulation: str = "") -> Any:
    """Return the scatter of one family of games.

    Parameters
    ----------
    table : polars.DataFrame
        From :func:`data`, of one family, with at least one row.
    limits : list of float
        Ends of both axes, the same for all families.
    groups : list of str
        Model families in the order of their colours; :data:`OTHERS` comes last.
    formulation : str
        The one shown at first; empty for all, or where there is no such column.
    """
    scale = alt.Scale(domain=limits, nice=False, zero=False)
    across = {"scale": scale, "title": "r of the base model", "axis": chart.number_axis()}
    up = {"scale": scale, "title": "r of the aligned model", "axis": chart.number_axis()}
    colours = [*style.GROUP_COLOURS[: len(groups)], style.GREY]
    shapes = [*style.GROUP_SHAPES[: len(groups)], "circle"]
    named = [*groups, OTHERS]
    params = [
        alt.param(name="least_mass", value=0),
        alt.param(name="least_r", value=-1),
        alt.param(name="model_family", value=""),
        alt.param(name="formulation", value=formulation),
    ]
    passes = (
        f"min(datum.mass_base, datum.mass_aligned) >= least_mass - {TINY} && "
        f"max(datum.r_base, datum.r_aligned) >= least_r - {TINY} && "
        "(model_family === '' || datum.model_family === model_family)"
    )
    tips = {
        "base_model": "base model",
        "aligned_model": "aligned model",
        "model_family": "model family",
        "size_text": "size",
        "r_text": "r, base and aligned",
        "mass_text": "mass, base and aligned",
    }
    worded = ["formulation"] if "formulation" in table.columns else []
    numbers = ["r_base", "r_aligned", "mass_base", "mass_aligned"]
    points = alt.Chart(chart.rows(table, numbers, ["group"], worded, tips)).encode(
        x=alt.X("r_base:Q", **across), y=alt.Y("r_aligned:Q", **up), tooltip=chart.tooltip(tips)
    )
    if worded:
        points = points.transform_filter("formulation === '' || datum.formulation === formulation")
    low, high = limits
    diagonal = (
        alt.Chart(alt.InlineData(values=[{"from": low, "to": high}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(x=alt.X("from:Q", **across), y=alt.Y("from:Q", **up), x2="to:Q", y2="to:Q")
    )
    dropped = (
        points.transform_filter(f"!({passes})")
        .mark_point(filled=False, size=24, opacity=0.3, strokeWidth=1, stroke="currentColor")
        .encode(color=alt.value("currentColor"))
    )
    kept = (
        points.transform_filter(passes)
        .mark_point(filled=True, size=48, opacity=0.9)
        .encode(
            color=alt.Color(
                "group:N",
                title="model family",
                legend=None,
                scale=alt.Scale(domain=named, range=colours),
            ),
            shape=alt.Shape("group:N", legend=None, scale=alt.Scale(domain=named, range=shapes)),
        )
    )
    return chart.finished(
        alt.layer(diagonal, dropped, kept)
        .add_params(*params)
        .properties(width="container", height="container"),
        "Scatter plot of base against aligned correlation with people, one point per pair of "
        "models. The table of pairs on this page holds the same numbers.",
    )
