"""r within rounds and within configurations: what is left when groups differ in level.

A predictor that only knows that people cooperate less in later rounds, or accept more in some
games, can have a high r over all decisions and none within them, or the reverse (Simpson). Here
predictions and choices are taken as deviations from their own group's mean, and the means are
computed anew in every replicate.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from silicus.analysis.grouped import FOLD_NOTE, pearson_within, replaced, within_folds
from silicus.analysis.moments import Estimates, beside, estimate
from silicus.analysis.paired import matched_runs
from silicus.analysis.preparation import Resampled, check_predictors, resampled_panels
from silicus.analysis.resampling import Floats, Ints
from silicus.analysis.results import Settings, result_rows, result_table

GROUPS = {"round": "round", "configuration": "game"}
"""Name of the grouping and the Decision column that makes it."""

LEAST_SIZE = 3
"""Mean number of decisions per group below which there is nothing to see within groups."""

_BLOCK = 20_000_000
"""Replicated numbers held at a time; more columns than that are computed in turns."""


def within_groups(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    comparisons: Sequence[tuple[str, str]] = (),
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return r within rounds and within configurations, and the declared differences.

    Parameters
    ----------
    decisions, scores, comparisons, n_resamples, seed, ci_level, native_formats
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metrics ``pearson_r_within_round`` and ``pearson_r_within_configuration`` (the whole
        game is the configuration), where there are two or more groups of three or more
        decisions on average. Every decision counts once.
    """
    settings = Settings(n_resamples, seed, ci_level)
    check_predictors(scores, (name for pair in comparisons for name in pair))
    rows: list[dict[str, Any]] = []
    for resampled in resampled_panels(decisions, scores, settings):
        panel = resampled.panel
        matches = matched_runs(panel, comparisons, native_formats or {})
        n_runs = len(panel.runs)
        everything = [*range(n_runs), *(m.run for m in matches), *(m.reference for m in matches)]
        scored = ~np.isnan(panel.whole.target_prob)
        both = scored[[m.run for m in matches]] & scored[[m.reference for m in matches]]
        kept = np.concatenate([scored, both, both])
        for name, column in GROUPS.items():
            groups = panel.decisions[column].rank("dense").to_numpy().astype(np.int64) - 1
            n_groups = int(groups.max()) + 1
            if n_groups == 1 or len(groups) < LEAST_SIZE * n_groups:
                continue
            all_of_it = _estimates(resampled, everything, kept * 1.0, groups)
            one_by_one = all_of_it.columns(0, n_runs)
            metric = f"pearson_r_within_{name}"
            note = f"within {n_groups} groups"
            rows += result_rows(
                panel,
                panel.runs,
                [None] * n_runs,
                metric,
                "all",
                one_by_one,
                scored,
                settings,
                [f"{note}; {FOLD_NOTE}" if crossed else note for crossed in panel.cross_fitted],
            )
            n = len(matches)
            first = all_of_it.columns(n_runs, n_runs + n)
            second = all_of_it.columns(n_runs + n, n_runs + 2 * n)
            rows += result_rows(
                panel,
                [panel.runs[m.run] for m in matches],
                [panel.runs[m.reference] for m in matches],
                metric,
                "all",
                first.minus(
                    second,
                    [
                        "; ".join(filter(None, two))
                        for two in zip(first.notes, second.notes, strict=True)
                    ],
                ),
                both,
                settings,
                [note] * n,
            )
    return result_table(rows)


def _estimates(
    resampled: Resampled, runs: Sequence[int], weight: Floats, groups: Ints
) -> Estimates:
    panel, bootstrap = resampled
    size = max(1, _BLOCK // (len(bootstrap.counts) * 3 * (int(groups.max()) + 2)))
    x = panel.whole.target_prob
    blocks = []
    for start in range(0, len(runs), size):
        rows = list(runs[start : start + size])
        moment = pearson_within(
            x[rows], panel.human, weight[start : start + size], groups, panel.units
        )
        blocks.append(estimate({"r": moment}, bootstrap)["r"])
    found = beside(blocks)
    crossed = panel.cross_fitted[list(runs)]
    if not crossed.any():
        return found
    rows = [run for run, own in zip(runs, crossed, strict=True) if own]
    within = within_folds(panel, x[rows], panel.human, weight[crossed], rows, bootstrap, groups)
    return replaced(found, crossed, within)
