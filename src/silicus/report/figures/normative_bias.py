"""Normative bias: how far each model follows people, and how far a theory, at one glance."""

from typing import Any

import altair as alt
import polars as pl

from silicus.report import cells, pairing, style
from silicus.report.facts import Facts
from silicus.report.figures import chart
from silicus.report.figures.base import Figure

TITLE = "People, theory and model"
CAPTION = (
    "Each model's probabilities explained by what people chose and by what the theory prescribes, "
    "both at once: across, the weight on people; up, the weight on the theory, with intervals. "
    "Far right is a model that follows people, far up one that follows the theory, at the "
    "crossing of the dashed lines one that follows neither. The line leads from a base model to "
    "its aligned one: upwards, alignment made the model more normative."
)
KEYS = ("family", "dataset", "formulation", "theory")
HUMAN, NORMATIVE = "human_weight", "normative_weight"
SLICE = "theory="
VALUES = ("estimate", "ci_low", "ci_high")


def data(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return one row per model, data set and theory, each model in its own format.

    Returns
    -------
    polars.DataFrame
        The Result rows of the weight on the theory with ``theory``; ``human`` (estimate of the
        weight on people), ``human_low`` and ``human_high``; ``as_base`` and ``as_aligned``
        (numbers of its comparisons), ``heading`` and text for the tooltip.
    """
    single = pairing.native(results, known).filter(pl.col("slice").str.starts_with(SLICE))
    on = ["dataset", "family", "formulation", "format", "predictor_id", "slice"]
    people = single.filter(pl.col("metric") == HUMAN).select(
        *on, human="estimate", human_low="ci_low", human_high="ci_high"
    )
    rows = single.filter(pl.col("metric") == NORMATIVE).join(
        people, on=on, how="inner", maintain_order="left"
    )
    models = [p.id for p in known.predictors if p.role in ("base", "aligned")]
    rows = chart.few_wordings(
        rows.filter(
            pl.col("predictor_id").is_in(models),
            pl.col("estimate").is_not_null(),
            pl.col("human").is_not_null(),
        )
    ).with_columns(theory=pl.col("slice").str.strip_prefix(SLICE))
    changes = _changes(results)
    alone = _theories(results)
    written = [_written(row, known, changes, alone) for row in rows.iter_rows(named=True)]
    if not written:
        return rows
    lists = {f"as_{side}": pl.List(pl.Int64) for side in ("base", "aligned")}
    return rows.hstack(pl.DataFrame(written, infer_schema_length=None, schema_overrides=lists))


def _written(
    row: dict[str, Any],
    known: Facts,
    changes: dict[tuple[str, ...], str],
    alone: dict[tuple[str, ...], str],
) -> dict[str, Any]:
    predictor = row["predictor_id"]
    own = (row["dataset"], row["family"])
    change = changes.get((*own, row["formulation"], row["slice"], predictor), cells.MISSING)
    people = {"metric": HUMAN} | {
        name: row[f"human{name.removeprefix('ci').replace('estimate', '')}"] for name in VALUES
    }
    return {
        **{
            f"as_{side}": [
                n for n, one in enumerate(known.comparisons) if getattr(one, side) == predictor
            ]
            for side in ("base", "aligned")
        },
        "role_label": style.ROLE_LABELS[known.predictor(predictor).role],
        "heading": f"{style.family_label(row['family'])}: people, {row['theory']} and model",
        "human_text": cells.estimate(people),
        "text": cells.estimate(row),
        "change_text": change,
        "theory_text": alone.get((*own, row["theory"]), cells.MISSING),
        "decisions": cells.count(row["n_decisions"]),
        "resampled": cells.unit(row),
        "run": known.run_of(row),
    }


def _changes(results: pl.DataFrame) -> dict[tuple[str, ...], str]:
    """Return the change of the weight on the theory from base to aligned, as text."""
    rows = results.filter(
        pl.col("metric") == NORMATIVE,
        pl.col("reference_id").is_not_null(),
        pl.col("estimate").is_not_null(),
    )
    return {
        (
            row["dataset"],
            row["family"],
            row["formulation"],
            row["slice"],
            row["predictor_id"],
        ): f"{cells.estimate(row)} against {row['reference_id']}"
        for row in rows.iter_rows(named=True)
    }


def _theories(results: pl.DataFrame) -> dict[tuple[str, ...], str]:
    """Return how far each predictor that reads no words agrees with people, as text."""
    rows = results.filter(
        pl.col("metric") == "pearson_r",
        pl.col("slice") == "all",
        pl.col("reference_id").is_null(),
        pl.col("estimate").is_not_null(),
    )
    return {
        (row["dataset"], row["family"], row["predictor_id"]): cells.estimate(row)
        for row in rows.iter_rows(named=True)
    }


def draw(table: pl.DataFrame) -> Any:
    """Return the picture of the rows that share the values of :data:`KEYS`."""
    across_limits = chart.limits(table, ["human", "human_low", "human_high"], -100, 100)
    up_limits = chart.limits(table, list(VALUES), -100, 100)
    across = {
        "scale": alt.Scale(domain=across_limits, nice=False, zero=False),
        "title": "weight on people",
        "axis": chart.number_axis(across_limits),
    }
    up = {
        "scale": alt.Scale(domain=up_limits, nice=False, zero=False),
        "title": f"weight on {table['theory'][0]}",
        "axis": chart.number_axis(up_limits),
    }
    tips = chart.with_run(
        {
            "predictor_id": "model",
            "human_text": "weight on people",
            "text": "weight on theory",
            "change_text": "change of the latter",
            "theory_text": "r of the theory alone",
            "decisions": "decisions",
            "resampled": "resampled",
            "note": "note",
        },
        table,
    )
    labels = [label for label in style.ROLE_LABELS.values() if label in set(table["role_label"])]
    roles = {label: role for role, label in style.ROLE_LABELS.items()}
    numbers = ["human", "human_low", "human_high", *VALUES]
    drawn = chart.rows(table, numbers, ["role_label"], tips)
    base = alt.Chart(drawn).encode(
        color=alt.Color(
            "role_label:N",
            title="kind",
            scale=alt.Scale(domain=labels, range=[style.ROLE_COLOURS[roles[r]] for r in labels]),
        ),
        tooltip=chart.tooltip(tips),
    )
    at_x, at_y = alt.X("human:Q", **across), alt.Y("estimate:Q", **up)
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.7)
    layers = [
        alt.Chart(alt.InlineData(values=[{"at": 0}]))
        .mark_rule(strokeDash=[5, 4], opacity=0.6)
        .encode(**{side: at})
        for side, at in (("x", alt.X("at:Q", **across)), ("y", alt.Y("at:Q", **up)))
    ]
    joined = _segments(table)
    if joined:
        layers.append(
            alt.Chart(alt.InlineData(values=joined))
            .mark_rule(strokeWidth=1.5, opacity=0.8)
            .encode(
                x=alt.X("base_x:Q", **across),
                x2="aligned_x:Q",
                y=alt.Y("base_y:Q", **up),
                y2="aligned_y:Q",
            )
        )
    layers += [
        bars.encode(x=alt.X("human_low:Q", **across), x2="human_high:Q", y=at_y),
        bars.encode(y=alt.Y("ci_low:Q", **up), y2="ci_high:Q", x=at_x),
        base.mark_point(filled=True, size=style.POINT_SIZE, opacity=1).encode(
            x=at_x,
            y=at_y,
            shape=alt.Shape(
                "role_label:N",
                title="kind",
                scale=alt.Scale(domain=labels, range=[style.ROLE_SHAPES[roles[r]] for r in labels]),
            ),
        ),
    ]
    return chart.finished(
        alt.layer(*layers).properties(width="container", height=300),
        f"{table['heading'][0]}: weight on people across, weight on the theory up.",
    )


def _segments(table: pl.DataFrame) -> list[dict[str, float]]:
    """Return the line from the base model to the aligned one of every pair that has both."""
    ends: dict[int, dict[str, float]] = {}
    for row in table.iter_rows(named=True):
        for side in ("base", "aligned"):
            for pair in row[f"as_{side}"]:
                own = {f"{side}_x": row["human"], f"{side}_y": row["estimate"]}
                ends.setdefault(pair, {}).update(own)
    return [points for points in ends.values() if len(points) == 4]


FIGURE = Figure(
    title=TITLE,
    caption=CAPTION,
    section="bias",
    data=data,
    draw=draw,
    keys=KEYS,
    compares=True,
)
