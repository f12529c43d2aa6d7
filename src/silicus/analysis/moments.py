"""Statistics as functions of sums per unit, so that every replicate is a matrix product.

A :class:`Moment` holds what one statistic needs: a matrix of sums per unit for each of its terms
and the function that turns totals of those terms into the statistic. :func:`estimate` multiplies
all of them by the drawn counts at once, each distinct column only once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    ClusterBootstrap,
    Floats,
    Ints,
    Units,
    degrees_of_freedom,
)

DEGENERATE = 1e-10
"""Variance, as a share of that of all rows, below which a replicate counts as constant."""


@dataclass(frozen=True)
class Estimates:
    """One statistic of several columns.

    Attributes
    ----------
    value : ndarray of shape (n_columns,)
        NaN where it is not defined.
    replicates : ndarray of shape (n_resamples, n_columns)
        With units drawn anew; NaN where a replicate has no value.
    jackknife : ndarray of shape (n_units, n_columns)
        With each unit left out in turn; NaN where that leaves no value.
    df : ndarray of shape (n_columns,)
        Degrees of freedom of the jackknife's standard error.
    notes : tuple of str
        Why a value is not defined, or ``""``.
    """

    value: Floats
    replicates: Floats
    jackknife: Floats
    df: Floats
    notes: tuple[str, ...]

    def minus(self, other: "Estimates", notes: Sequence[str]) -> "Estimates":
        """Return the difference, replicate by replicate."""
        return combined(np.subtract, notes, self, other)

    def columns(self, start: int, stop: int) -> "Estimates":
        """Return some of the columns, one after the other."""
        return self.take(np.arange(start, stop))

    def take(self, columns: Ints) -> "Estimates":
        """Return some of the columns, by their numbers."""
        return Estimates(
            self.value[columns],
            self.replicates[:, columns],
            self.jackknife[:, columns],
            self.df[columns],
            tuple(self.notes[column] for column in columns),
        )

    def mean(self) -> "Estimates":
        """Return the mean of all columns as one column."""
        return Estimates(
            self.value.mean(keepdims=True),
            self.replicates.mean(axis=1, keepdims=True),
            self.jackknife.mean(axis=1, keepdims=True),
            self.df.min(keepdims=True),
            ("",),
        )


def combined(function: Callable[..., Floats], notes: Sequence[str], *parts: Estimates) -> Estimates:
    """Return a function of several estimates, replicate by replicate.

    Parameters
    ----------
    function : callable
        Takes one array a part, with columns on the last axis, and returns one.
    notes : sequence of str
        Of the columns of the answer.
    """
    value = function(*(part.value for part in parts))
    return Estimates(
        value,
        function(*(part.replicates for part in parts)),
        function(*(part.jackknife for part in parts)),
        np.minimum.reduce([np.broadcast_to(part.df, value.shape) for part in parts]),
        tuple(notes),
    )


def beside(parts: Sequence[Estimates]) -> Estimates:
    """Return the columns of several estimates, one after the other."""
    return Estimates(
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.replicates for part in parts], axis=1),
        np.concatenate([part.jackknife for part in parts], axis=1),
        np.concatenate([part.df for part in parts]),
        tuple(note for part in parts for note in part.notes),
    )


@dataclass(frozen=True)
class Moment:
    """One statistic of several columns before it is resampled.

    Attributes
    ----------
    terms : tuple of ndarray of shape (n_columns, n_units)
        Sums over each unit's decisions; the first is the weight.
    combine : callable
        Turns one array of totals per term, (..., n_columns) each, into the statistic; NaN where
        it has no value.
    notes : tuple of str
        Why a column is not defined, or ``""``.
    """

    terms: tuple[Floats, ...]
    combine: Callable[..., Floats]
    notes: tuple[str, ...]


def estimate(moments: Mapping[str, Moment], bootstrap: ClusterBootstrap) -> dict[str, Estimates]:
    """Return value and replicates of every moment, under the same names."""
    blocks = [term for moment in moments.values() for term in moment.terms]
    totals = iter(_totals(blocks, bootstrap))
    out = {}
    for name, moment in moments.items():
        undefined = np.array([bool(note) for note in moment.notes])
        value = moment.combine(*(term.sum(axis=-1) for term in moment.terms))
        replicates = moment.combine(*(next(totals) for _ in moment.terms))
        without = moment.combine(*((term.sum(axis=-1)[:, None] - term).T for term in moment.terms))
        out[name] = Estimates(
            np.where(undefined, np.nan, value),
            np.where(undefined, np.nan, replicates),
            np.where(undefined, np.nan, without),
            degrees_of_freedom(moment.terms[0]),
            moment.notes,
        )
    return out


def pearson(x: Floats, y: Floats, weight: Floats, units: Units) -> Moment:
    """Return the weighted Pearson correlation of each row of ``x`` with ``y``.

    Parameters
    ----------
    x : ndarray of shape (n_columns, n_decisions)
        One row per column of the answer; values of weight 0 may be NaN.
    y : ndarray of shape (n_decisions,) or (n_columns, n_decisions)
    weight : ndarray of shape (n_columns, n_decisions)
        At least 0; 0 leaves a decision out.
    units : Units
        What is resampled.
    """
    y_rows = np.broadcast_to(y, x.shape)
    notes = correlation_notes(x, y_rows, weight > 0)
    u, v = _standardised(x, weight), _standardised(y_rows, weight)
    terms = (weight, weight * u, weight * v, weight * u * u, weight * v * v, weight * u * v)
    return Moment(tuple(units.sums(term) for term in terms), correlation, notes)


def weighted_mean(values: Floats, weight: Floats, units: Units) -> Moment:
    """Return the weighted mean of each row of ``values``; shapes as in :func:`pearson`.

    A row with an infinite value of positive weight has no finite mean: NaN, and a note.
    """
    kept = weight > 0
    infinite = (kept & ~np.isfinite(values)).sum(axis=1)
    usable = np.where(kept & (infinite == 0)[:, None], values, 0.0)
    notes = tuple(
        "no decision left"
        if n_kept == 0
        else f"infinite: {count} decisions give probability 0 to an option that people took"
        if count
        else ""
        for n_kept, count in zip(kept.sum(axis=1), infinite, strict=True)
    )
    return Moment((units.sums(weight), units.sums(weight * usable)), ratio, notes)


def correlation(w: Floats, wx: Floats, wy: Floats, wxx: Floats, wyy: Floats, wxy: Floats) -> Floats:
    """Return the correlation of the totals of weight, x, y, x^2, y^2 and xy (x, y standardised)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = wx / w, wy / w
        var_x, var_y = wxx / w - mean_x**2, wyy / w - mean_y**2
        r = (wxy / w - mean_x * mean_y) / np.sqrt(var_x * var_y)
    varies = (var_x > DEGENERATE) & (var_y > DEGENERATE)
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)


def ratio(weight: Floats, total: Floats) -> Floats:
    """Return total by weight, NaN where there is no weight."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0, total / weight, np.nan)


def _totals(blocks: Sequence[Floats], bootstrap: ClusterBootstrap) -> list[Floats]:
    """Return the replicates' totals of each (n_columns, n_units) block of sums.

    Many columns are the same (the weights, people's own sums), so each is multiplied once.
    """
    places: dict[bytes, int] = {}
    distinct: list[Floats] = []
    indices = []
    for block in blocks:
        index = np.empty(len(block), dtype=np.int64)
        for row, sums in enumerate(block):
            key = sums.tobytes()
            if key not in places:
                places[key] = len(distinct)
                distinct.append(sums)
            index[row] = places[key]
        indices.append(index)
    totals = bootstrap.totals(np.array(distinct).T)
    return [totals[:, index] for index in indices]


def correlation_notes(x: Floats, y: Floats, kept: Bools) -> tuple[str, ...]:
    """Return for each column why r is not defined, or an empty text."""
    notes = []
    for count, spread, y_spread in zip(
        kept.sum(axis=1), _range(x, kept), _range(y, kept), strict=True
    ):
        if count == 0:
            notes.append("no decision left")
        elif y_spread <= CONSTANT:
            notes.append("people's choices do not vary: r is not defined")
        elif spread <= CONSTANT:
            notes.append("predictions are constant: r is not defined")
        else:
            notes.append("")
    return tuple(notes)


def _range(x: Floats, kept: Bools) -> Floats:
    """Return the range of the kept values of each row, minus infinity where none is kept."""
    spread: Floats = np.where(kept, x, -np.inf).max(axis=1) - np.where(kept, x, np.inf).min(axis=1)
    return spread


def _standardised(x: Floats, weight: Floats) -> Floats:
    """Centre and scale each row by its weighted mean and deviation, for exact sums of squares."""
    clean = np.where(weight > 0, x, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (weight * clean).sum(axis=1) / weight.sum(axis=1)
        centred = np.where(weight > 0, clean - mean[:, None], 0.0)
        scale = np.sqrt((weight * centred**2).sum(axis=1) / weight.sum(axis=1))
        return np.where(scale[:, None] > 0, centred / scale[:, None], 0.0)
