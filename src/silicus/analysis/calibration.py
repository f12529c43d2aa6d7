"""Whether a predicted 70 percent happens in 70 percent of the choices.

========================== ====================================================================
``calibration_bias``       mean share of target choices minus mean predicted probability
``calibration_slope``      slope of people's choices on the predicted probability; 1 is
                           calibrated, below 1 too extreme, above 1 too timid
``calibration_error``      mean absolute gap between both over bins of the prediction, weighted
                           by choices [1]_
``calibration_human_rate`` per bin: share of target choices
``calibration_mean_prob``  per bin: mean predicted probability
========================== ====================================================================

The error is an absolute value and so above 0 even for a calibrated predictor, the more so in
small data sets, and resampling raises it further; compare it between predictors on the same
decisions.

References
----------
.. [1] Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using
   Bayesian binning", AAAI 2015 (expected calibration error).
"""

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from silicus.analysis.grouped import FOLD_NOTE, deviations
from silicus.analysis.moments import Moment, estimate, ratio, weighted_mean
from silicus.analysis.preparation import Resampled, resampled_panels
from silicus.analysis.resampling import CONSTANT, Floats
from silicus.analysis.results import Settings, result_rows, result_table
from silicus.errors import AnalysisError

ERROR_NOTE = "an absolute gap is above 0 by chance alone; the interval lies higher still"


def calibration(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    n_bins: int = 10,
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
) -> pl.DataFrame:
    """Return calibration curve, error, slope and bias of every predictor.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
    n_bins : int
        Bins of equal width over [0, 1].
    n_resamples, seed, ci_level
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Curves have slices ``target_prob=0.1 to 0.2``; empty bins have no row.
    """
    if n_bins < 1:
        raise AnalysisError(f"n_bins must be at least 1, got {n_bins}. 10 is usual.")
    settings = Settings(n_resamples, seed, ci_level)
    rows: list[dict[str, Any]] = []
    for resampled in resampled_panels(decisions, scores, settings):
        rows += _summaries(resampled, n_bins, settings)
        rows += _curve(resampled, n_bins, settings)
    return result_table(rows)


def _summaries(resampled: Resampled, n_bins: int, settings: Settings) -> list[dict[str, Any]]:
    panel, bootstrap = resampled
    x = panel.whole.target_prob
    kept = ~np.isnan(x)
    weight = kept * panel.weights
    gap = np.where(kept, panel.human - np.where(kept, x, 0.0), 0.0)
    inside = _bins(x, n_bins)
    per_bin = [panel.units.sums(weight * gap * (inside == index)) for index in range(n_bins)]
    moments = {
        "calibration_bias": weighted_mean(gap, weight, panel.units),
        "calibration_slope": _slope(resampled, weight),
        "calibration_error": Moment(
            (panel.units.sums(weight), *per_bin), _mean_absolute, ("",) * len(x)
        ),
    }
    rows = []
    for metric, estimates in estimate(moments, bootstrap).items():
        rows += result_rows(
            panel,
            panel.runs,
            [None] * len(x),
            metric,
            "all",
            estimates,
            kept,
            settings,
            [
                ERROR_NOTE
                if metric == "calibration_error"
                else FOLD_NOTE * (metric == "calibration_slope" and bool(crossed))
                for crossed in panel.cross_fitted
            ],
        )
    return rows


def _slope(resampled: Resampled, weight: Floats) -> Moment:
    """Return the regression slope of people's choices on the prediction."""
    panel, x = resampled.panel, resampled.panel.whole.target_prob
    human = np.broadcast_to(panel.human, x.shape)
    u, v = (
        np.concatenate(
            [deviations(z[[run]], weight[[run]], panel.folds[run]) for run in range(len(x))]
        )
        for z in (x, human)
    )
    notes = tuple(
        "predictions are constant: no slope" if s <= CONSTANT else "" for s in np.ptp(u, axis=1)
    )
    terms = (weight, weight * u, weight * v, weight * u * u, weight * u * v)
    return Moment(tuple(panel.units.sums(term) for term in terms), _regression, notes)


def _regression(w: Floats, wx: Floats, wy: Floats, wxx: Floats, wxy: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = wxx / w - (wx / w) ** 2
        slope = (wxy / w - wx * wy / w**2) / variance
    return np.where(variance > CONSTANT**2 / 4, slope, np.nan)


def _mean_absolute(weight: Floats, *gaps: Floats) -> Floats:
    return ratio(weight, sum((np.abs(gap) for gap in gaps), np.zeros_like(weight)))


def _curve(resampled: Resampled, n_bins: int, settings: Settings) -> list[dict[str, Any]]:
    panel, bootstrap = resampled
    x = panel.whole.target_prob
    inside = _bins(x, n_bins)
    human = np.broadcast_to(panel.human, x.shape)
    rows = []
    for index, (low, high) in enumerate(pairwise(np.linspace(0, 1, n_bins + 1))):
        own = inside == index
        runs = np.flatnonzero(own.any(axis=1))
        if len(runs) == 0:
            continue
        weight = own[runs] * panel.weights
        moments = {
            "calibration_human_rate": weighted_mean(human[runs], weight, panel.units),
            "calibration_mean_prob": weighted_mean(x[runs], weight, panel.units),
        }
        for metric, estimates in estimate(moments, bootstrap).items():
            rows += result_rows(
                panel,
                [panel.runs[run] for run in runs],
                [None] * len(runs),
                metric,
                f"target_prob={low:.3g} to {high:.3g}",
                estimates,
                own[runs],
                settings,
                [""] * len(runs),
            )
    return rows


def _bins(x: Floats, n_bins: int) -> Floats:
    """Return the bin of every prediction, NaN where there is none."""
    return np.minimum(np.floor(x * n_bins), n_bins - 1)
