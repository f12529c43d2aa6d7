"""Correlation and slope within groups: what is left when groups differ in level.

Used for rounds and configurations, and for the folds of predictors that learn from people
outside a fold: such a predictor is *high where the held-out fold is low*, since whoever is left
out is missing from what it learnt. Over all folds together one that knows nothing has a negative
r; within folds, where the people predicted are independent of those learnt from, its r is 0 on
average, or does not exist where it predicts one number.
"""

from collections.abc import Sequence

import numpy as np

from silicus.analysis.moments import (
    DEGENERATE,
    Estimates,
    Moment,
    beside,
    correlation_notes,
    estimate,
)
from silicus.analysis.panel import Panel
from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    ClusterBootstrap,
    Floats,
    Ints,
    Units,
    degrees_of_freedom,
)

FOLD_NOTE = "mean over the folds it was fitted for"
"""Said of every r and slope of a cross-fitted predictor."""


def within_folds(
    panel: Panel,
    x: Floats,
    y: Floats,
    weight: Floats,
    runs: Sequence[int] | Ints,
    bootstrap: ClusterBootstrap,
    groups: Ints | None = None,
) -> Estimates:
    """Return the mean r over the folds (within groups, where given) of cross-fitted runs.

    Each fold has an r of its own, since in a fold the predictions do not depend on the choices.
    One quotient over all folds would still be below 0 for a predictor that knows nothing and few
    people: where people happen to agree, predictions vary more.

    Parameters
    ----------
    panel : Panel
    x, weight : ndarray of shape (len(runs), n_decisions)
    y : ndarray of shape (n_decisions,)
    runs : sequence of int
        Rows of the panel, whose folds are used.
    bootstrap : ClusterBootstrap
    groups : ndarray of shape (n_decisions,), optional
        Codes from 0.
    """
    cells = np.zeros(x.shape[1], dtype=np.int64) if groups is None else groups
    parts = []
    for row, run in enumerate(runs):
        one = slice(row, row + 1)
        found, sizes = [], []
        folds = np.unique(panel.folds[run][weight[row] > 0])
        for fold in folds if len(folds) else panel.folds[run][:1]:
            own = weight[one] * (panel.folds[run] == fold)
            moment = pearson_within(x[one], y, own, cells, panel.units)
            found.append(estimate({"r": moment}, bootstrap)["r"])
            sizes.append(own.sum())
        df = degrees_of_freedom(panel.units.sums(weight[one]))
        parts.append(_mean_of_folds(found, np.array(sizes), df))
    return beside(parts)


def _mean_of_folds(found: Sequence[Estimates], sizes: Floats, df: Floats) -> Estimates:
    """Return the mean over the folds that have a value, by their size."""

    def mean(parts: Sequence[Floats]) -> Floats:
        values = np.array(parts)
        weight = sizes.reshape(-1, *[1] * (values.ndim - 1)) * ~np.isnan(values)
        total = weight.sum(axis=0)
        summed = (weight * np.nan_to_num(values)).sum(axis=0)
        out: Floats = np.divide(summed, total, out=np.full_like(total, np.nan), where=total > 0)
        return out

    undefined = all(part.notes[0] for part in found)
    return Estimates(
        mean([part.value for part in found]),
        mean([part.replicates for part in found]),
        mean([part.jackknife for part in found]),
        df,
        (found[0].notes[0] if undefined and found else "" if found else "no decision left",),
    )


def replaced(estimates: Estimates, columns: Bools, others: Estimates) -> Estimates:
    """Return the estimates with the marked columns taken from others, in their order."""
    order = np.arange(len(columns))
    order[columns] = len(columns) + np.arange(int(columns.sum()))
    return beside([estimates, others]).take(order)


def pearson_within(x: Floats, y: Floats, weight: Floats, groups: Ints, units: Units) -> Moment:
    """Return the weighted correlation within groups of each row of ``x`` with ``y``.

    Parameters
    ----------
    x : ndarray of shape (n_columns, n_decisions)
    y : ndarray of shape (n_decisions,)
    weight : ndarray of shape (n_columns, n_decisions)
    groups : ndarray of shape (n_decisions,)
        Codes from 0.
    units : Units
    """
    n_groups = int(groups.max()) + 1
    u, v = (deviations(z, weight, groups) for z in (x, np.broadcast_to(y, x.shape)))
    notes = tuple(
        note and f"{note} (within groups)" for note in correlation_notes(u, v, weight > 0)
    )
    u, v = _scaled(u, weight), _scaled(v, weight)
    squares = [units.sums(weight * term) for term in (u * u, v * v, u * v)]
    parts = [
        units.sums(weight * term * (groups == group))
        for group in range(n_groups)
        for term in (np.ones_like(u), u, v)
    ]
    return Moment((units.sums(weight), *squares, *parts), _correlation_within, notes)


def deviations(x: Floats, weight: Floats, groups: Ints) -> Floats:
    """Return each row less its weighted mean in every group, 0 where there is no weight."""
    n_groups = int(groups.max()) + 1
    clean = np.where(weight > 0, x, 0.0)
    means = np.zeros((len(x), n_groups))
    totals = np.zeros((len(x), n_groups))
    for group in range(n_groups):
        own = groups == group
        totals[:, group] = weight[:, own].sum(axis=1)
        means[:, group] = (weight[:, own] * clean[:, own]).sum(axis=1)
    means = np.divide(means, totals, out=np.zeros_like(means), where=totals > 0)
    return np.where(weight > 0, clean - means[:, groups], 0.0)


def _scaled(u: Floats, weight: Floats) -> Floats:
    """Return rows with a mean square of 1, or zeros where they are constant."""
    total = weight.sum(axis=1, keepdims=True)
    square = np.divide(
        (weight * u * u).sum(axis=1, keepdims=True),
        total,
        out=np.zeros_like(total),
        where=total > 0,
    )
    return np.where(square > CONSTANT**2 / 4, u / np.sqrt(np.maximum(square, CONSTANT**2 / 4)), 0.0)


def _correlation_within(w: Floats, xx: Floats, yy: Floats, xy: Floats, *parts: Floats) -> Floats:
    """Return r from totals: squares and products less what the group means explain."""
    for index in range(0, len(parts), 3):
        n, x, y = parts[index : index + 3]
        share = np.divide(1.0, n, out=np.zeros_like(n), where=n > 0)
        xx, yy, xy = xx - x * x * share, yy - y * y * share, xy - x * y * share
    with np.errstate(divide="ignore", invalid="ignore"):
        r = xy / np.sqrt(xx * yy)
        varies = (xx / w > DEGENERATE) & (yy / w > DEGENERATE)
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)
