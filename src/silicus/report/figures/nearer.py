"""The first picture: how much nearer to people than the base rate, by family of games."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, pairing, style, tables
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

FLOOR = "base_rate"
CEILING = "noise_ceiling_log_loss"
MOST_NAMED = 8
"""With more models than this each is a point in a ranking without a name."""
THEORY_LABEL, CEILING_LABEL = "best theory", "ceiling"
TITLE = "Log-loss against the base rate"
CAPTION = (
    "The base rate knows only how often people take each option; the ceiling is what other "
    "people's choices allow to predict. Bars are intervals."
)


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return a row per model, and per data set the best theory and the ceiling.

    ``gain`` is the difference of the Result table with its sign turned: log-loss of the base rate
    minus that of the predictor.
    """
    rows = chart.few_wordings(results.filter(pl.col("formulation") != tables.NO_WORDING))
    wordings = set(rows["formulation"]) | {tables.NO_WORDING}
    compared = results.filter(
        pl.col("metric") == "log_loss",
        pl.col("slice") == "all",
        pl.col("reference_id") == FLOOR,
        pl.col("estimate").is_not_null(),
        pl.col("formulation").is_in(list(wordings)),
    )
    formats = pairing.native_formats(known)
    ceilings = {
        (row["dataset"], row["predictor_id"])
        for row in results.filter(pl.col("metric") == CEILING).iter_rows(named=True)
    }
    best: dict[str, dict[str, Any]] = {}
    found: list[dict[str, Any]] = []
    for row in compared.iter_rows(named=True):
        name, role = row["predictor_id"], known.predictor(row["predictor_id"]).role
        own = row["format"].partition("|")[0]
        if role in ("base", "aligned") and formats.get(name, own) == own:
            found.append(_row(row, known, name, role))
        elif role == "theory":
            held = best.get(row["dataset"])
            if held is None or (name == "best_theory", -row["estimate"]) > (
                held["predictor_id"] == "best_theory",
                -held["estimate"],
            ):
                best[row["dataset"]] = row
        elif (row["dataset"], name) in ceilings:
            found.append(_row(row, known, CEILING_LABEL, "ceiling"))
    found += [_row(row, known, THEORY_LABEL, "theory") for row in best.values()]
    if not any(row["role"] in ("base", "aligned") for row in found):
        return results.clear()
    table = pl.DataFrame(found, infer_schema_length=None)
    order = {name: n for n, name in enumerate(dict.fromkeys(compared["family"]))}
    return table.sort(
        pl.col("family").replace_strict(order, return_dtype=pl.Int64), maintain_order=True
    )


def _row(row: dict[str, Any], known: Facts, who: str, role: str) -> dict[str, Any]:
    low, high = row["ci_low"], row["ci_high"]
    turned = {
        "estimate": -row["estimate"],
        "ci_low": None if high is None else -high,
        "ci_high": None if low is None else -low,
    }
    data = known.title_of(row["dataset"])
    return {
        "family": row["family"],
        "dataset": row["dataset"],
        "formulation": row["formulation"],
        "band": style.family_label(row["family"]),
        "data": data,
        "who": who,
        "predictor": row["predictor_id"],
        "role": role,
        "gain": turned["estimate"],
        "low": turned["ci_low"],
        "high": turned["ci_high"],
        "text": cells.estimate({"metric": "log_loss", **turned}),
        "decisions": cells.count(row["n_decisions"]),
        "resampled": cells.unit(row),
    }


TIPS = {
    "band": "games",
    "data": "data",
    "formulation": "formulation",
    "predictor": "predictor",
    "text": "nearer than the base rate, nats",
    "decisions": "decisions",
    "resampled": "resampled",
}


def draw(table: pl.DataFrame) -> Any:
    """Return the picture: named points for few models, a ranking for many."""
    models = table.filter(pl.col("role").is_in(["base", "aligned"]))
    table = table.with_columns(band=_bands(table))
    if models["predictor"].n_unique() > MOST_NAMED:
        return _ranked(table)
    return _named(table)


def _bands(table: pl.DataFrame) -> pl.Series:
    """Return the name of each row's line: the family, with the data where one has several."""
    several = pl.col("dataset").n_unique().over("family") > 1
    named = pl.when(several).then(pl.col("band") + ": " + pl.col("data")).otherwise(pl.col("band"))
    return table.select(band=named).to_series()


def _named(table: pl.DataFrame) -> Any:
    roles = {row["who"]: row["role"] for row in table.iter_rows(named=True)}
    order = ["base", "aligned", "theory", "ceiling"]
    whos = sorted(roles, key=lambda who: order.index(roles[who]))
    bands = table["band"].unique(maintain_order=True).to_list()
    labels = [style.ROLE_LABELS[roles[who]] for who in whos]
    if len(set(labels)) == len(labels):
        colours = [style.ROLE_COLOURS[roles[who]] for who in whos]
        shapes = [style.ROLE_SHAPES[roles[who]] for who in whos]
    else:
        colours, shapes = [], []
        for n, who in enumerate(whos):
            fixed = roles[who] in ("theory", "ceiling")
            places = len(style.GROUP_COLOURS)
            colours.append(
                style.ROLE_COLOURS[roles[who]] if fixed else style.GROUP_COLOURS[n % places]
            )
            shapes.append(
                style.ROLE_SHAPES[roles[who]] if fixed else style.GROUP_SHAPES[n % places]
            )
    scale = alt.Scale(domain=chart.limits(table, ["gain", "low", "high"], -100, 100), nice=False)
    title = "nearer to people than the base rate (nats a decision) \N{RIGHTWARDS ARROW}"
    across = {"scale": scale, "title": title, "axis": chart.number_axis(scale.domain)}
    drawn = chart.rows(table, ["band", "who", "gain", "low", "high"], TIPS)
    up = alt.Y("band:N", sort=bands, axis=None, scale=alt.Scale(domain=bands, paddingInner=0.12))
    slots = ["", *whos]
    offset = alt.YOffset("who:N", sort=slots, scale=alt.Scale(domain=slots))
    base = alt.Chart(drawn).encode(
        y=up,
        yOffset=offset,
        color=alt.Color("who:N", legend=_legend(), scale=alt.Scale(domain=whos, range=colours)),
        tooltip=chart.tooltip(TIPS),
    )
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", **across), x2="high:Q")
    points = base.mark_point(filled=True, size=style.POINT_SIZE, opacity=1).encode(
        x=alt.X("gain:Q", **across),
        shape=alt.Shape("who:N", legend=_legend(), scale=alt.Scale(domain=whos, range=shapes)),
    )
    headings = (
        alt.Chart(alt.InlineData(values=[{"band": band, "who": ""} for band in bands]))
        .mark_text(align="left", fontWeight="bold", limit=340)
        .encode(y=up, yOffset=offset, x=alt.value(0), text="band:N")
    )
    height = (19 * len(slots) + 6) * len(bands)
    return chart.finished(
        alt.layer(_zero(across), bars, points, headings).properties(
            width="container", height=height
        ),
        "Log-loss of the base rate minus that of each predictor, by family of games: right of 0 a "
        "predictor is nearer to people than the base rate. The numbers stand in the tables.",
    )


def _ranked(table: pl.DataFrame) -> Any:
    ranked = table.with_columns(
        is_model=pl.col("role").is_in(["base", "aligned"]),
        role_label=pl.col("role").replace_strict(style.ROLE_LABELS, return_dtype=pl.String),
    ).with_columns(rank=pl.col("gain").rank("ordinal").over("band", "is_model"))
    bands = ranked["band"].unique(maintain_order=True).to_list()
    scale = alt.Scale(domain=chart.limits(ranked, ["gain"], -100, 100), nice=False)
    axis = alt.Axis(format=".1f", tickCount=5)
    across = {"scale": scale, "title": "nearer than the base rate (nats)", "axis": axis}
    roles = [r for r in style.ROLES if r in set(ranked["role"])]
    labels = [style.ROLE_LABELS[role] for role in roles]
    colours = [style.ROLE_COLOURS[role] for role in roles]
    shapes = [style.ROLE_SHAPES[role] for role in roles]
    drawn = chart.rows(ranked, ["band", "gain", "rank", "role_label", "is_model"], TIPS)
    base = alt.Chart(drawn).encode(
        x=alt.X("gain:Q", **across),
        color=alt.Color(
            "role_label:N", legend=_legend(), scale=alt.Scale(domain=labels, range=colours)
        ),
        tooltip=chart.tooltip(TIPS),
    )
    points = base.transform_filter("datum.is_model").mark_point(filled=True, size=22, opacity=0.85)
    points = points.encode(
        y=alt.Y("rank:Q", axis=None, title=None),
        shape=alt.Shape(
            "role_label:N", legend=_legend(), scale=alt.Scale(domain=labels, range=shapes)
        ),
    )
    lines = base.transform_filter("!datum.is_model").mark_rule(strokeWidth=2.5)
    zero = base.mark_rule(strokeDash=[4, 4], color="currentColor").encode(
        x=alt.datum(0), color=alt.value("currentColor"), tooltip=alt.value(None)
    )
    faceted = (
        alt.layer(zero, lines, points)
        .properties(width=190, height=125)
        .facet(
            facet=alt.Facet(
                "band:N",
                sort=bands,
                title=None,
                header=alt.Header(
                    labelAnchor="start",
                    labelColor="currentColor",
                    labelFontSize=13,
                    labelFontWeight="bold",
                ),
            ),
            columns=3,
        )
    )
    return chart.finished(
        faceted,
        "Every model's gain over the base rate, ranked within each family of games; lines mark "
        "the best theory and the ceiling.",
    )


def _zero(across: dict[str, Any]) -> Any:
    at = alt.Chart(alt.InlineData(values=[{"at": 0, "says": "base rate"}]))
    line = at.mark_rule(strokeDash=[4, 4], opacity=0.6).encode(x=alt.X("at:Q", **across))
    named = at.mark_text(dy=-7, dx=4, align="right", fontSize=11, opacity=0.85).encode(
        x=alt.X("at:Q", **across), y=alt.value(0), text="says:N"
    )
    return alt.layer(line, named)


def _legend() -> alt.Legend:
    return alt.Legend(
        orient="top", direction="horizontal", columns=2, columnPadding=60, title=None, offset=16
    )


FIGURE = Figure(title=TITLE, caption=CAPTION, section="first", data=data, draw=draw, compares=True)
