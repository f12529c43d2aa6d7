"""How near a predictor's option probabilities come to what people chose.

====================== ========================================================================
``pearson_r``          correlation of the target option's probability with the 0/1 choice, or
                       with the rate, each decision counting once: the measure of [1]_
``pearson_r_weighted`` the same with each rate counting ``n_choices`` times (rates only)
``pearson_r_free``     the same over *all* options, each about 1/k, so that it does not depend on
                       which option is called the target; with two options the correlation
                       about one half, each decision counting in both orientations
``log_loss``           minus the mean log-probability of people's choices over all options, in
                       nats; for rates the cross-entropy, weighted by ``n_choices`` [2]_
``brier``              half the expected squared distance from one choice, in [0, 1], weighted
                       by ``n_choices``; with two options the usual (p - y)^2
``option_mass``        mean probability of all listed options together
====================== ========================================================================

Each also exists with the suffix ``_first_token``, computed from the first token of every option.
Of a predictor that was fitted to other people (or games), fold by fold, r is the mean of the folds
(:mod:`silicus.analysis.grouped`). r ignores scale and shift and is bounded well below 1 for 0/1
choices; the log-loss is proper.

References
----------
.. [1] Shapira, Tennenholtz and Reichart (2026), arXiv 2603.17218, section on measures.
.. [2] Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and estimation",
   Journal of the American Statistical Association 102.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from silicus.analysis.grouped import FOLD_NOTE, deviations, replaced, within_folds
from silicus.analysis.moments import Estimates, Moment, estimate, pearson, weighted_mean
from silicus.analysis.panel import Panel, View
from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    ClusterBootstrap,
    Floats,
    Ints,
    join_notes,
)
from silicus.analysis.results import Settings, result_rows

FIRST_TOKEN = "_first_token"  # noqa: S105 - not a password
"""Suffix of the metrics computed from first tokens."""

MASS_SLICE = "option_mass>=0.8"
LEAST_MASS = 0.8
"""The study's filter on option mass; here an additional slice, never the only result."""


def metric_estimates(
    panel: Panel,
    view: View,
    runs: Sequence[int],
    kept: Bools,
    bootstrap: ClusterBootstrap,
) -> dict[str, Estimates]:
    """Return every metric of the given runs on the decisions kept for each.

    Parameters
    ----------
    panel : Panel
    view : View
        ``panel.whole`` or ``panel.first_token``.
    runs : sequence of int
        Rows of the panel.
    kept : ndarray of shape (len(runs), n_decisions)
        Which decisions count; each must have a score.
    bootstrap : ClusterBootstrap
        Over ``panel.units``.
    """
    rows = np.asarray(runs, dtype=np.int64)
    once = kept * panel.once
    by_choices = kept * panel.weights
    target = view.target_prob[rows]
    units = panel.units
    moments = {"pearson_r": pearson(target, panel.human, once, units)}
    if panel.aggregate:
        moments["pearson_r_weighted"] = pearson(target, panel.human, by_choices, units)
    moments["pearson_r_free"] = _orientation_free(panel, view, rows, once)
    moments["log_loss"] = weighted_mean(view.log_loss[rows], by_choices, units)
    moments["brier"] = weighted_mean(view.brier[rows], by_choices, units)
    moments["option_mass"] = weighted_mean(view.option_mass[rows], once, units)
    found = estimate(moments, bootstrap)
    crossed = panel.cross_fitted[rows]
    if crossed.any():
        for metric, weight in (("pearson_r", once), ("pearson_r_weighted", by_choices)):
            if metric in found:
                own = within_folds(
                    panel, target[crossed], panel.human, weight[crossed], rows[crossed], bootstrap
                )
                found[metric] = replaced(found[metric], crossed, own)
    return found


def _orientation_free(panel: Panel, view: View, rows: Ints, weight: Floats) -> Moment:
    """Return the correlation of all options' probabilities and choices about equal shares.

    Where a run says the same of the target everywhere (or in each fold it was fitted for), it
    has none, as it has no r: a constant is no knowledge, whatever the options are called.
    """
    kept = weight > 0
    even = 1 / panel.n_options
    overlap = np.where(kept, view.overlap[rows], 0.0)
    product = np.where(kept, overlap - even, 0.0)
    square = np.where(kept, 2 * view.brier[rows] - 1 + 2 * overlap - even, 0.0)
    human = np.broadcast_to(panel.evenness - even, product.shape)
    notes = []
    for row, run in enumerate(rows):
        own = kept[row][None, :] * 1.0
        varies = np.ptp(deviations(view.target_prob[[run]], own, panel.folds[run])) > CONSTANT
        total = (weight[row] * human[row]).sum(), (weight[row] * square[row]).sum()
        notes.append(
            "no decision left"
            if not kept[row].any()
            else "predictions are constant: r is not defined"
            if not varies
            else "people choose all options alike: r is not defined"
            if total[0] <= CONSTANT
            else "all options are predicted alike: r is not defined"
            if total[1] <= CONSTANT**2
            else ""
        )
    terms = (weight, weight * square, weight * human, weight * product)
    return Moment(tuple(panel.units.sums(term) for term in terms), _about_even, tuple(notes))


def _about_even(weight: Floats, xx: Floats, yy: Floats, xy: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        r = xy / np.sqrt(xx * yy)
    return np.where(
        (xx > weight * CONSTANT**2) & (yy > weight * CONSTANT), np.clip(r, -1, 1), np.nan
    )


def agreement_rows(
    panel: Panel, bootstrap: ClusterBootstrap, settings: Settings
) -> list[dict[str, Any]]:
    """Return the Result rows of every run: all decisions first, then those of enough mass."""
    rows: list[dict[str, Any]] = []
    everything = range(len(panel.runs))
    scored = ~np.isnan(panel.whole.target_prob)
    first = ~np.isnan(panel.first_token.target_prob)
    with np.errstate(invalid="ignore"):
        massive = scored & (panel.whole.option_mass >= LEAST_MASS)
    sure = [run for run in everything if (panel.whole.option_mass[run][scored[run]] < 1).any()]
    readings = [
        (panel.whole, list(everything), scored, "all", ""),
        (
            panel.first_token,
            [run for run in everything if first[run].any()],
            first,
            "all",
            FIRST_TOKEN,
        ),
        (panel.whole, sure, massive, MASS_SLICE, ""),
    ]
    for view, runs, kept, slice_, suffix in readings:
        if not runs:
            continue
        lacking = [_lacking(panel, scored[run], kept[run], slice_, suffix) for run in runs]
        for metric, estimates in metric_estimates(panel, view, runs, kept[runs], bootstrap).items():
            rows += result_rows(
                panel,
                [panel.runs[run] for run in runs],
                [None] * len(runs),
                metric + suffix,
                slice_,
                estimates,
                kept[runs],
                settings,
                [
                    join_notes([text, FOLD_NOTE])
                    if metric.startswith("pearson_r")
                    and not metric.startswith("pearson_r_free")
                    and panel.cross_fitted[run]
                    else text
                    for run, text in zip(runs, lacking, strict=True)
                ],
            )
    return rows


def _lacking(panel: Panel, scored: Bools, kept: Bools, slice_: str, suffix: str) -> str:
    """Return the sentence that says which decisions the figure leaves out."""
    n_all, n_scored, n_kept = panel.n_given, int(scored.sum()), int(kept.sum())
    notes = []
    if n_scored < n_all:
        notes.append(f"{n_all - n_scored} of {n_all} decisions have no score")
    if slice_ != "all":
        notes.append(f"{n_scored - n_kept} of {n_scored} decisions dropped: option mass below 0.8")
    elif suffix and n_kept < n_scored:
        notes.append(f"{n_scored - n_kept} of {n_scored} decisions have no first-token score")
    return "; ".join(notes)
