"""The page of the reference study's published figures: to look at a minute after installing."""

from typing import Any

import polars as pl

from silicus.report import style
from silicus.report.explorer import explorer
from silicus.report.html import render

STUDY = "Alignment Makes Language Models Normative, Not Descriptive"
CITATION = (
    "Shapira, Tennenholtz and Reichart (2026), Alignment Makes Language Models Normative, Not "
    "Descriptive, arXiv 2603.17218v2, CC BY 4.0; Tables 10 and 11."
)
MULTI_ROUND = ("bargaining", "persuasion", "negotiation", "matrix")
"""The families on which the study's headline rests."""
STUDY_FILTER = (0.8, 0.3)
"""Least option mass and least r of the study's main counts."""
WHOLE = "all"
"""The family name of the counts over all of them."""


def published_page(
    pairs: pl.DataFrame, counts: pl.DataFrame, checks: pl.DataFrame | None = None
) -> str:
    """Return the page of the published pairs as HTML text.

    Parameters
    ----------
    pairs : polars.DataFrame
        The printed table: ``base_model``, ``aligned_model``, ``size_billion``, ``family``,
        ``mass_base``, ``mass_aligned``, ``r_base``, ``r_aligned``, ``model_family``.
    counts : polars.DataFrame
        Wins over a grid of filters: ``family`` (and ``all``), ``least_mass``, ``least_r`` (null:
        no such filter), ``base``, ``aligned`` and ``ties``; every family in the grid is in every
        filter.
    checks : polars.DataFrame or None
        Each printed figure beside its recount: ``name``, ``where``, ``printed``, ``recount``,
        ``possible``, ``agrees``, ``note``.

    Returns
    -------
    str
        One HTML document that fetches nothing. Moving a filter recounts the wins in the page.

    Raises
    ------
    AnalysisError
        If a column is missing or a pair has no r.
    """
    shown = explorer(pairs, counts, summed=MULTI_ROUND)
    return render(
        "published.html.j2",
        live=True,
        title=f"{STUDY}: the published figures",
        citation=CITATION,
        sentences=_answer(counts, checks),
        explorer=shown,
        grid=_grid(counts),
        checks=[] if checks is None else checks.to_dicts(),
    )


def _answer(counts: pl.DataFrame, checks: pl.DataFrame | None) -> list[str]:
    """Return what the printed table says, how sure it is, and what it cannot say.

    Every number is a cell of the counts or a count of rows of the checks.
    """
    plain, strict = (_counted(counts, mass, r) for mass, r in ((None, None), STUDY_FILTER))
    points = []
    if plain:
        families = ", ".join(
            f"{style.family_label(name).lower()} {row['base']}:{row['aligned']}"
            for name, row in plain.items()
            if name != WHOLE
        )
        text = (
            "Without any filter the base model has the higher r in "
            f"{plain[WHOLE]['base']} and the aligned one in {plain[WHOLE]['aligned']} comparisons "
            f"of a pair in a family of multi-round games ({families}; "
            f"{plain[WHOLE]['ties']} are tied in print)"
        )
        if strict:
            text += (
                f"; with the study's filters (mass .8, least r .3) it is {strict[WHOLE]['base']} "
                f"against {strict[WHOLE]['aligned']}"
            )
        points.append(f"{text}.")
    if checks is not None:
        agree, all_ = int(checks["agrees"].sum()), len(checks)
        boundary = not checks.filter(
            pl.col("name").is_in(["one-shot", "lottery"]), ~pl.col("agrees")
        ).is_empty()
        points.append(
            f"Of {all_} printed figures that can be counted again, {agree} agree with the printed "
            f"table within its rounding and {all_ - agree} do not; these are marked NO below"
            + (", the counts of one-shot games and lotteries among them." if boundary else ".")
        )
    points.append(
        "The study prints no intervals and no ceiling: this page cannot say how sure one may be "
        "of any r, how far it is from what people's own variability leaves attainable, or whether "
        "a model may stand in for these participants; a run of silicus on the same data can."
    )
    return points


def _counted(
    counts: pl.DataFrame, mass: float | None, r: float | None
) -> dict[str, dict[str, Any]]:
    """Return the counts under one filter, by family; empty where the grid has no such cell."""
    rows = counts.filter(
        pl.col("least_mass").eq_missing(pl.lit(mass, pl.Float64)),
        pl.col("least_r").eq_missing(pl.lit(r, pl.Float64)),
    )
    found = {row["family"]: row for row in rows.iter_rows(named=True)}
    return found if WHOLE in found else {}


def _grid(counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per filter with the counts of every family in it."""
    grid = []
    for (mass, r), rows in counts.group_by("least_mass", "least_r", maintain_order=True):
        cells = {row["family"]: row for row in rows.iter_rows(named=True)}
        grid.append({"least_mass": mass, "least_r": r, "cells": cells})
    return grid
