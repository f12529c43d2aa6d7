"""The page of the reference study's published figures: to look at a minute after installing."""

from typing import Any

import polars as pl

from silicus.report.explorer import explorer
from silicus.report.html import render

STUDY = "Alignment Makes Language Models Normative, Not Descriptive"
CITATION = (
    "Shapira, Tennenholtz and Reichart (2026), Alignment Makes Language Models Normative, Not "
    "Descriptive, arXiv 2603.17218v2, CC BY 4.0; Tables 10 and 11."
)
MULTI_ROUND = ("bargaining", "persuasion", "negotiation", "matrix")
"""The families on which the study's headline rests."""


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
        title=f"{STUDY}: the published figures",
        citation=CITATION,
        explorer=shown,
        grid=_grid(counts),
        checks=[] if checks is None else checks.to_dicts(),
    )


def _grid(counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per filter with the counts of every family in it."""
    grid = []
    for (mass, r), rows in counts.group_by("least_mass", "least_r", maintain_order=True):
        cells = {row["family"]: row for row in rows.iter_rows(named=True)}
        grid.append({"least_mass": mass, "least_r": r, "cells": cells})
    return grid
