"""Every predictor beside what needs no model: the base rate, and the best theory of the data.

The log-loss difference is taken inside every replicate, on the same decisions: two separate
intervals that overlap can hide a clear difference, and two that do not can be the same people
drawn twice (see :mod:`silicus.analysis.paired`). There is no test: a yardstick is not a
hypothesis of the study, and 240 of them would weigh on the p-values of those that are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from silicus.analysis.base_rate import BASE_RATE
from silicus.analysis.moments import estimate, weighted_mean
from silicus.analysis.paired import matched_runs
from silicus.analysis.panel import Panel
from silicus.analysis.preparation import resampled_panels
from silicus.analysis.resampling import Bools
from silicus.analysis.results import Settings, result_rows, result_table

BEST_THEORY = "best_theory"
"""Predictor id of the theory chosen inside each training fold, where it was scored."""
NOTE = "a yardstick, not a test"
CHOSEN_NOTE = "best theory, chosen on these decisions by its log-loss: hard to beat by chance"


def best_theory(losses: Mapping[str, float], theories: Iterable[str]) -> str | None:
    """Return which theory a model has to beat on one data set, or None.

    Parameters
    ----------
    losses : mapping from predictor id to log-loss, in nats
        On one data set.
    theories : iterable of str
        Ids of the theories; ``best_theory`` among them is taken, since it never saw the people
        it is tested on. Else the one of lowest finite log-loss, which is chosen on the test
        people and therefore a little too good: it errs against the models.
    """
    finite = {name: losses[name] for name in theories if np.isfinite(losses.get(name, np.inf))}
    if BEST_THEORY in finite:
        return BEST_THEORY
    return min(finite, key=lambda name: (finite[name], name), default=None)


def against_yardsticks(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    theories: Sequence[str],
    *,
    declared: Iterable[tuple[str, str]] = (),
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return each predictor's log-loss minus that of the base rate and of the best theory.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
    theories : sequence of str
        Ids of the theories among the predictors.
    declared : iterable of (str, str)
        Comparisons that the results hold already; they are left out here.
    n_resamples, seed, ci_level, native_formats
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metric ``log_loss`` (nats, negative: better than the yardstick), slice ``all``.
    """
    settings = Settings(n_resamples, seed, ci_level)
    known = set(declared)
    rows: list[dict[str, Any]] = []
    for panel, bootstrap in resampled_panels(decisions, scores, settings):
        best = best_theory(_losses(panel), theories)
        wanted = [
            (name, yardstick)
            for yardstick in (BASE_RATE, best)
            if yardstick is not None
            for name in dict.fromkeys(run.predictor_id for run in panel.runs)
            if name != yardstick and (name, yardstick) not in known
        ]
        matches = matched_runs(panel, wanted, native_formats or {})
        if not matches:
            continue
        mine = [match.run for match in matches]
        theirs = [match.reference for match in matches]
        scored = ~np.isnan(panel.whole.target_prob)
        kept = scored[mine] & scored[theirs]
        some: Bools = kept.sum(axis=1) > 0
        mine, theirs = ([r for r, is_ in zip(x, some, strict=True) if is_] for x in (mine, theirs))
        kept = kept[some]
        runs = [*mine, *theirs]
        weights = np.concatenate([kept, kept]) * panel.n_choices.astype(np.float64)
        moments = {"log_loss": weighted_mean(panel.whole.log_loss[runs], weights, panel.units)}
        both = estimate(moments, bootstrap)["log_loss"]
        half = len(mine)
        notes = [a or b for a, b in zip(both.notes[:half], both.notes[half:], strict=True)]
        left, right = both.columns(0, half), both.columns(half, 2 * half)
        chosen = [panel.runs[run].predictor_id for run in theirs]
        rows += result_rows(
            panel,
            [panel.runs[run] for run in mine],
            [panel.runs[run] for run in theirs],
            "log_loss",
            "all",
            left.minus(right, notes),
            kept,
            settings,
            [
                _note(name, int(n), panel.n_given)
                for name, n in zip(chosen, kept.sum(1), strict=True)
            ],
        )
    return result_table(rows)


def _losses(panel: Panel) -> dict[str, float]:
    """Return the log-loss of every predictor that scored all decisions of a panel."""
    weights = panel.n_choices.astype(np.float64)
    found: dict[str, float] = {}
    for run, losses in zip(panel.runs, panel.whole.log_loss, strict=True):
        if not np.isnan(losses).any():
            loss = float((losses * weights).sum() / weights.sum())
            found[run.predictor_id] = min(loss, found.get(run.predictor_id, np.inf))
    return found


def _note(yardstick: str, n_kept: int, n_all: int) -> str:
    parts = [NOTE]
    if yardstick not in (BASE_RATE, BEST_THEORY):
        parts.append(CHOSEN_NOTE)
    if n_kept < n_all:
        parts.append(f"{n_all - n_kept} of {n_all} decisions are not scored by both")
    return "; ".join(parts)
