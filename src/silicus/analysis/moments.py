"""Correlations and weighted means from sums per unit, so that replicates are matrix products."""

from dataclasses import dataclass

import numpy as np

from silicus.analysis.resampling import Bools, ClusterBootstrap, Floats, Units

DEGENERATE = 1e-10
"""Variance, as a share of that of all rows, below which a replicate counts as constant."""

CONSTANT = 1e-12
"""Range below which predictions or choices are constant."""


@dataclass(frozen=True)
class Estimates:
    """One statistic of several columns.

    Attributes
    ----------
    value : ndarray of shape (n_columns,)
        NaN where it is not defined.
    replicates : ndarray of shape (n_resamples, n_columns)
        NaN where a replicate has no value.
    notes : tuple of str
        Why a value is not defined, or ``""``.
    """

    value: Floats
    replicates: Floats
    notes: tuple[str, ...]


def pearson(
    x: Floats, y: Floats, weight: Floats, units: Units, bootstrap: ClusterBootstrap
) -> Estimates:
    """Return the weighted Pearson correlation of each row of ``x`` with ``y``.

    Parameters
    ----------
    x : ndarray of shape (n_columns, n_decisions)
        One row per column of the answer; values of weight 0 may be NaN.
    y : ndarray of shape (n_decisions,)
    weight : ndarray of shape (n_columns, n_decisions)
        At least 0; 0 leaves a decision out.
    units, bootstrap
        What is resampled.
    """
    kept = weight > 0
    notes = tuple(_correlation_notes(x, y, kept))
    x, y_all = _standardised(x, weight), _standardised(np.broadcast_to(y, x.shape), weight)
    terms = (weight, weight * x, weight * y_all, weight * x * x, weight * y_all**2)
    sums = [units.sums(term) for term in (*terms, weight * x * y_all)]
    value = _correlation(*(term.sum(axis=-1) for term in sums))
    replicates = _correlation(*_totals(sums, bootstrap))
    undefined = np.array([bool(note) for note in notes])
    value[undefined] = np.nan
    replicates[:, undefined] = np.nan
    return Estimates(value, replicates, notes)


def weighted_mean(
    values: Floats, weight: Floats, units: Units, bootstrap: ClusterBootstrap
) -> Estimates:
    """Return the weighted mean of each row of ``values``; shapes as in :func:`pearson`.

    A row with an infinite value of positive weight has no finite mean: NaN, and a note.
    """
    kept = weight > 0
    infinite = (kept & np.isinf(values)).sum(axis=1)
    usable = np.where(kept & (infinite == 0)[:, None], values, 0.0)
    sums = [units.sums(weight), units.sums(weight * usable)]
    notes = tuple(
        "no decision left"
        if n_kept == 0
        else f"infinite: {count} decisions give probability 0 to an option that people took"
        if count
        else ""
        for n_kept, count in zip(kept.sum(axis=1), infinite, strict=True)
    )
    value = _ratio(*(term.sum(axis=-1) for term in sums))
    replicates = _ratio(*_totals(sums, bootstrap))
    undefined = np.array([bool(note) for note in notes])
    value[undefined] = np.nan
    replicates[:, undefined] = np.nan
    return Estimates(value, replicates, notes)


def _totals(sums: list[Floats], bootstrap: ClusterBootstrap) -> list[Floats]:
    """Return the replicates' totals of each (n_columns, n_units) matrix of sums."""
    stacked = bootstrap.totals(np.concatenate(sums, axis=0).T)
    return np.split(stacked, len(sums), axis=1)


def _correlation_notes(x: Floats, y: Floats, kept: Bools) -> list[str]:
    top, bottom = np.where(kept, x, -np.inf).max(axis=1), np.where(kept, x, np.inf).min(axis=1)
    y_top = np.where(kept, y, -np.inf).max(axis=1)
    y_bottom = np.where(kept, y, np.inf).min(axis=1)
    notes = []
    for count, spread, y_spread in zip(
        kept.sum(axis=1), top - bottom, y_top - y_bottom, strict=True
    ):
        if count == 0:
            notes.append("no decision left")
        elif y_spread <= CONSTANT:
            notes.append("people's choices do not vary: r is not defined")
        elif spread <= CONSTANT:
            notes.append("predictions are constant: r is not defined")
        else:
            notes.append("")
    return notes


def _standardised(x: Floats, weight: Floats) -> Floats:
    """Centre and scale each row by its weighted mean and deviation, for exact sums of squares."""
    clean = np.where(weight > 0, x, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weight * clean).sum(axis=1) / weight.sum(axis=1)
        centred = np.where(weight > 0, clean - mean[:, None], 0.0)
        scale = np.sqrt((weight * centred**2).sum(axis=1) / weight.sum(axis=1))
        return np.where(scale[:, None] > 0, centred / scale[:, None], 0.0)


def _correlation(
    w: Floats, wx: Floats, wy: Floats, wxx: Floats, wyy: Floats, wxy: Floats
) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = wx / w, wy / w
        var_x, var_y = wxx / w - mean_x**2, wyy / w - mean_y**2
        r = (wxy / w - mean_x * mean_y) / np.sqrt(var_x * var_y)
    varies = (var_x > DEGENERATE) & (var_y > DEGENERATE)
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)


def _ratio(weight: Floats, total: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan)
