"""What a report shows beside its results: prompts, warnings, and the published figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from silicus import pairs
from silicus.analysis import published
from silicus.store import Run

LOW_MASS = 0.8
"""Option mass under which a predictor's figures come with a warning (the study's filter)."""

EXAMPLES_PER_CELL = 1

PUBLISHED_FAMILIES = {
    "akata_repeated": "matrix",
    "glee_bargaining": "bargaining",
    "glee_negotiation": "negotiation",
    "glee_persuasion": "persuasion",
    "zhu_2x2": "one_shot",
    "zhu_2x2_rates": "one_shot",
}
"""Data sets of the reference study and the name of their column in its table.

Its lotteries are not public, so that no data set here stands beside their figures.
"""


def mass_warnings(results: pl.DataFrame) -> list[str]:
    """Return a sentence for every predictor and family whose mean option mass is low."""
    low = results.filter(
        (pl.col("metric") == "option_mass")
        & (pl.col("slice") == "all")
        & pl.col("reference_id").is_null()
        & (pl.col("estimate") < LOW_MASS)
    )
    return [
        f"{row['predictor_id']} on {row['dataset']} ({row['formulation']}, {row['format']}): the "
        f"listed options get only {row['estimate']:.2f} of the probability on average; its other "
        "figures rest on what is left of it."
        for row in low.iter_rows(named=True)
    ]


def overlap_warnings(datasets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence for every two data sets that hold some of the same decisions."""
    names = [facts["name"] for facts in datasets]
    return [
        f"{facts['name']} and {other} hold some of the same decisions: their figures are not "
        "independent, and one must not be used to fit what is tested on the other."
        for facts in datasets
        for other in names
        if other in (facts.get("overlaps") or ())
    ]


def published_beside(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the printed figures of every pair and data set that the reference study has too.

    Returns
    -------
    list of dict
        ``base``, ``aligned`` (predictor ids), ``dataset``, ``table_row`` (number of the pair in
        the printed table), ``mass_base``, ``mass_aligned``, ``r_base``, ``r_aligned``.
    """
    models = {facts["id"]: facts.get("model", facts["id"]) for facts in manifest["predictors"]}
    rows = {(pair.base, pair.aligned): pair.row for pair in pairs.pairs() if pair.row is not None}
    printed = {
        (row["base_model"], row["aligned_model"], row["family"]): row
        for row in published.published_pairs().iter_rows(named=True)
    }
    found = []
    for one in manifest["comparisons"]:
        named = (models.get(one["base"], one["base"]), models.get(one["aligned"], one["aligned"]))
        for facts in manifest["datasets"] if named in rows else ():
            row = printed.get((*named, PUBLISHED_FAMILIES.get(facts["name"], "")))
            if row is not None:
                found.append(
                    {
                        "base": one["base"],
                        "aligned": one["aligned"],
                        "dataset": facts["name"],
                        "table_row": rows[named],
                        **{n: row[n] for n in ("mass_base", "mass_aligned", "r_base", "r_aligned")},
                    }
                )
    return found


def examples(run: Run) -> list[dict[str, Any]]:
    """Return one prompt per data set, formulation, format and model, as the model saw it."""
    if not (run.folder / "prompts.parquet").is_file():
        return []
    decisions = run.read_table("decisions").select("decision_id", "dataset", "family", "options")
    names = ("prompt_id", "decision_id", "formulation", "format")
    cells = (
        run.read_some("renderings", ["prompt_id", "predictor_id", "n_tokens"])
        .join(run.read_some("prompts", names), on="prompt_id")
        .join(decisions.select("decision_id", "dataset"), on="decision_id")
        # the longest prompt of a cell shows the most of how a history is put
        .sort("n_tokens", "decision_id", descending=[True, False])
        .group_by("dataset", "formulation", "format", "predictor_id", maintain_order=True)
        .head(EXAMPLES_PER_CELL)
        .select("prompt_id", "predictor_id")
    )
    # Texts are many times as large as everything else: those shown alone are read.
    shown = pl.col("prompt_id").is_in(cells["prompt_id"].unique().to_list())
    cells = (
        cells.join(run.read_some("renderings", where=shown), on=["prompt_id", "predictor_id"])
        .join(run.read_some("prompts", where=shown), on="prompt_id")
        .join(decisions, on="decision_id")
    )
    return cells.sort("dataset", "formulation", "format", "predictor_id").to_dicts()
