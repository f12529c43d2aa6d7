"""What low option mass leaves open: bounds, with nothing assumed about the rest.

A model that gives the listed options 40 percent of its probability has said nothing about the
other 60. Taking the options' shares of that mass as its prediction assumes that the rest would
divide in the same way; here it may go to the options in *any* way, decision by decision. The
target option then has a probability between P and P + (1 - mass), and the metrics have sharp
bounds [1]_.

References
----------
.. [1] Manski (2003), "Partial Identification of Probability Distributions", chapter 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import Bounds, minimize

from silicus.analysis.grouped import deviations
from silicus.analysis.moments import estimate, weighted_mean
from silicus.analysis.paired import Matched, matched_runs
from silicus.analysis.panel import Panel
from silicus.analysis.preparation import check_predictors, resampled_panels
from silicus.analysis.resampling import CONSTANT, Bools, ClusterBootstrap, Floats
from silicus.analysis.results import Settings, result_row, result_rows, result_table

NOTE = "bound over every way in which the probability outside the options could go to them"


def mass_bounds(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    comparisons: Sequence[tuple[str, str]] = (),
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return bounds of log-loss and r of every predictor, and of the declared differences.

    Parameters
    ----------
    decisions, scores, comparisons, n_resamples, seed, ci_level, native_formats
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metrics ``log_loss_lower``, ``log_loss_upper``, ``pearson_r_lower`` and
        ``pearson_r_upper``. The upper log-loss is infinite (null, with a note) where an option
        that was taken has no probability. Bounds of r have no interval: they are found by
        optimisation for the decisions at hand. The lower log-loss of rates over more than two
        options is not given.
    """
    settings = Settings(n_resamples, seed, ci_level)
    check_predictors(scores, (name for pair in comparisons for name in pair))
    rows: list[dict[str, Any]] = []
    for panel, bootstrap in resampled_panels(decisions, scores, settings):
        kept = ~np.isnan(panel.whole.target_prob)
        weight = kept * panel.weights
        lower, upper = _loss_bounds(panel, kept)
        moments = {"log_loss_upper": weighted_mean(upper, weight, panel.units)}
        if lower is not None:
            moments["log_loss_lower"] = weighted_mean(lower, weight, panel.units)
        bounds = estimate(moments, bootstrap)
        runs, none = panel.runs, [None] * len(panel.runs)
        notes = [NOTE] * len(runs)
        for metric, estimates in bounds.items():
            rows += result_rows(panel, runs, none, metric, "all", estimates, kept, settings, notes)
        for metric, found in _correlation_estimates(panel, kept).items():
            for run, own in enumerate(kept):
                rows.append(
                    result_row(
                        panel,
                        runs[run],
                        None,
                        metric,
                        "all",
                        found[run],
                        None,
                        None,
                        own,
                        settings,
                        [NOTE, "r is not defined" if np.isnan(found[run]) else ""],
                    )
                )
        if lower is not None:
            matches = matched_runs(panel, comparisons, native_formats or {})
            rows += _differences(panel, matches, bootstrap, lower, upper, kept, settings)
    return result_table(rows)


def correlation_bounds(low: Floats, high: Floats, y: Floats) -> tuple[float, float]:
    """Return the least and greatest correlation of any x in a box with y.

    Parameters
    ----------
    low, high : ndarray of shape (n,)
        Borders of each x.
    y : ndarray of shape (n,)

    Returns
    -------
    tuple of float
        The correlation is quasi-concave in x where it is positive, so an upper bound above 0 is
        the global one; below 0 the search starts from several corners and may miss a better
        one. The same holds for the lower bound with the sign turned. NaN where y is constant, or
        x must be.
    """
    if np.ptp(y) <= CONSTANT:
        return float("nan"), float("nan")
    if np.ptp(low) <= CONSTANT and np.ptp(high) <= CONSTANT and (high - low).max() <= CONSTANT:
        return float("nan"), float("nan")
    v = (y - y.mean()) / np.linalg.norm(y - y.mean())
    return -_greatest(low, high, -v), _greatest(low, high, v)


def _greatest(low: Floats, high: Floats, v: Floats) -> float:
    """Return the greatest correlation with the unit vector v."""
    best = -1.0
    for start in (np.where(v > 0, high, low), (low + high) / 2, np.where(v > 0, low, high)):
        found = minimize(
            _minus_correlation,
            start,
            args=(v,),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(low, np.maximum(low, high)),
            options={"maxiter": 300, "ftol": 1e-10, "gtol": 1e-9},
        )
        best = max(best, -float(found.fun))
        if best > 0:
            break
    return best


def _minus_correlation(x: Floats, v: Floats) -> tuple[float, Floats]:
    centred = x - x.mean()
    norm = float(np.linalg.norm(centred))
    if norm <= 1e-12:
        return 0.0, -v
    r = float(centred @ v) / norm
    return -r, -(v - r * centred / norm) / norm


def _loss_bounds(panel: Panel, kept: Bools) -> tuple[Floats | None, Floats]:
    """Return lower and upper log-loss of every decision, (n_runs, n_decisions) each."""
    view = panel.whole
    mass = np.clip(np.where(kept, view.option_mass, 1.0), 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        upper = view.log_loss - np.log(mass)
    single = panel.decisions["choice"].is_not_null().to_numpy()
    n_options = panel.decisions["options"].list.len().to_numpy()
    if (~single & (n_options > 2)).any():
        return None, upper
    taken = np.exp(-np.where(kept, view.log_loss, 0.0)) * mass
    low = np.where(kept, view.target_prob, 0.0) * mass
    best = np.clip(panel.human, low, low + 1 - mass)
    rate = panel.human
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = -(
            np.where(rate > 0, rate * np.log(best), 0.0)
            + np.where(rate < 1, (1 - rate) * np.log1p(-best), 0.0)
        )
        own = -np.log(np.clip(taken + 1 - mass, 0.0, 1.0))
    return np.where(kept, np.where(single, own, cross), np.nan), upper


def _correlation_estimates(panel: Panel, kept: Bools) -> dict[str, Floats]:
    """Return the bounds of r of every run."""
    found = np.full((len(panel.runs), 2), np.nan)
    for run, own in enumerate(kept):
        mass = np.clip(panel.whole.option_mass[run, own], 0.0, 1.0)
        low = panel.whole.target_prob[run, own] * mass
        human = panel.human[own]
        if panel.cross_fitted[run]:
            folds, once = panel.folds[run, own], np.ones((1, len(low)))
            low, human = (deviations(z[None, :], once, folds)[0] for z in (low, human))
        found[run] = correlation_bounds(low, low + 1 - mass, human)
    return {"pearson_r_lower": found[:, 0], "pearson_r_upper": found[:, 1]}


def _differences(
    panel: Panel,
    matches: Sequence[Matched],
    bootstrap: ClusterBootstrap,
    lower: Floats,
    upper: Floats,
    kept: Bools,
    settings: Settings,
) -> list[dict[str, Any]]:
    """Return the bounds of the log-loss differences: best against worst of both sides."""
    if not matches:
        return []
    runs, references = [m.run for m in matches], [m.reference for m in matches]
    both = kept[runs] & kept[references]
    weight = both * panel.weights
    with np.errstate(invalid="ignore"):
        gaps = {
            "log_loss_lower": lower[runs] - upper[references],
            "log_loss_upper": upper[runs] - lower[references],
        }
    rows = []
    moments = {name: weighted_mean(gap, weight, panel.units) for name, gap in gaps.items()}
    for metric, estimates in estimate(moments, bootstrap).items():
        rows += result_rows(
            panel,
            [panel.runs[run] for run in runs],
            [panel.runs[run] for run in references],
            metric,
            "all",
            estimates,
            both,
            settings,
            [NOTE] * len(matches),
        )
    return rows
