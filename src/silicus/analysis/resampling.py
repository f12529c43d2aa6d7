"""What is resampled, and how: units, seeded draws, percentile intervals, sign flips.

Decisions of one person resemble each other, so whole people are drawn, never their rows [1]_.
All statistics here are functions of sums, so a replicate is a vector of counts (how often each
unit was drawn) times a matrix of sums per unit: no replicate ever touches the rows.

References
----------
.. [1] Cameron, Gelbach and Miller (2008), "Bootstrap-based improvements for inference with
   clustered errors", Review of Economics and Statistics 90.
.. [2] Hesterberg (2015), "What teachers should know about the bootstrap", The American
   Statistician 69, section 5.2.
.. [3] Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression with
   multi-stage samples", Survey Methodology 28; Imbens and Kolesar (2016), "Robust standard errors
   in small samples: some practical advice", Review of Economics and Statistics 98.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm, t

from silicus.errors import AnalysisError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNIT_COLUMNS = {"participant": "participant_id", "session": "session_id", "play": "play_id"}
"""The column that names each unit; ``row`` has none."""

ROW_NOTE = (
    "rows resampled because they are aggregates: the same people are behind several rows, "
    "so the interval is too narrow"
)
CHUNK_NUMBERS = 4_000_000
"""Counts that exist as floats at a time (32 MB): the chunks of a matrix product."""

MAX_UNDEFINED = 0.1
"""Share of replicates without a value above which no interval is given."""

LEAST_UNITS = 5
"""People (or other units) below which there is no interval and no test, only "too few"."""

CONSTANT = 1e-6
"""Range up to which probabilities, rates and their differences are constant.

The one tolerance of all analyses: float32 scores of one text differ by about this much between
batches, and sums and logarithms by far less. What is constant has no slope, no r and no test.
"""


@dataclass(frozen=True)
class Units:
    """The clusters of a set of decisions that is sorted by cluster.

    Attributes
    ----------
    name : str
        ``participant``, ``session``, ``play`` or ``row``.
    starts : ndarray of shape (n_units,)
        Index of the first decision of each unit.
    codes : ndarray of shape (n_decisions,)
        Index of the unit of each decision, not decreasing.
    note : str
        What a reader of the interval has to know, or ``""``.
    """

    name: str
    starts: Ints
    codes: Ints
    note: str

    @property
    def n_units(self) -> int:
        return len(self.starts)

    def sums(self, values: Floats) -> Floats:
        """Return the sum over each unit's decisions: (..., n_decisions) to (..., n_units)."""
        return np.add.reduceat(values, self.starts, axis=-1)


def unit_name(decisions: pl.DataFrame) -> str:
    """Return what to resample: participant, else session, else play; rows for aggregates.

    A unit serves only where every decision has one.
    """
    if len(decisions) == 0:
        raise AnalysisError(
            "no decisions to resample: found 0 rows, at least one is needed. "
            "Look at the data set's filters and at the missing scores."
        )
    for name in ("participant", "session"):
        if decisions[UNIT_COLUMNS[name]].null_count() == 0:
            return name
    return "row" if decisions["choice"].is_null().all() else "play"


def sort_by_unit(decisions: pl.DataFrame) -> tuple[pl.DataFrame, Units]:
    """Return the decisions sorted by unit and id, and the units that they form."""
    name = unit_name(decisions)
    column = UNIT_COLUMNS.get(name, "decision_id")
    ordered = decisions.sort(column, "decision_id")
    codes = (ordered[column].rle_id()).to_numpy().astype(np.int64)
    starts = np.flatnonzero(np.diff(codes, prepend=-1)).astype(np.int64)
    return ordered, Units(name, starts, codes, ROW_NOTE if name == "row" else "")


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a random generator that depends on the seed and the names, not on any order.

    Examples
    --------
    >>> generator(1, "akata").integers(1000) == generator(1, "akata").integers(1000)
    np.True_
    """
    digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "big")])


@dataclass(frozen=True)
class ClusterBootstrap:
    """Drawn units of every replicate, as counts of shape (n_resamples, n_units)."""

    counts: NDArray[np.uint16]

    @classmethod
    def draw(cls, n_units: int, n_resamples: int, rng: np.random.Generator) -> "ClusterBootstrap":
        """Draw ``n_units`` units with replacement, ``n_resamples`` times.

        Raises
        ------
        AnalysisError
            If there is no unit, or no replicate is asked for.
        """
        if n_units < 1 or n_resamples < 1:
            raise AnalysisError(
                f"a bootstrap needs at least one unit and one replicate, got {n_units} unit(s) and "
                f"n_resamples = {n_resamples}. Set n_resamples (2000 is usual), and look at why "
                "no decision is left."
            )
        counts = np.empty((n_resamples, n_units), dtype=np.uint16)
        for start, size in _chunks(n_resamples, n_units):
            drawn = rng.integers(n_units, size=(size, n_units))
            drawn += np.arange(size)[:, None] * n_units
            tally = np.bincount(drawn.ravel(), minlength=size * n_units)
            counts[start : start + size] = tally.reshape(size, n_units)
        return cls(counts)

    def totals(self, sums: Floats) -> Floats:
        """Return the replicates' totals: (n_units, n_columns) to (n_resamples, n_columns)."""
        out = np.empty((len(self.counts), sums.shape[1]))
        for start, size in _chunks(*self.counts.shape):
            rows = slice(start, start + size)
            np.matmul(self.counts[rows].astype(np.float64), sums, out=out[rows])
        return out


@dataclass(frozen=True)
class Interval:
    """Percentile intervals of several columns; NaN where there is none, with the reason."""

    low: Floats
    high: Floats
    notes: tuple[str, ...]


def percentile_interval(
    replicates: Floats, level: float, n_units: int | Sequence[int] | Ints
) -> Interval:
    """Return the central ``level`` of the replicates of each column, a little more for few units.

    Percentiles of a bootstrap are too narrow when few units are drawn, as a normal interval is
    without Student's t; the tails are made smaller by the same amount ("expanded percentile"
    interval [2]_). Replicates without a value (NaN) are left out and counted in the note; above
    a tenth of them, or with fewer than two units, there is no interval.

    Parameters
    ----------
    replicates : ndarray of shape (n_resamples, n_columns)
    level : float
        In (0, 1), for instance 0.95.
    n_units : int or one for each column
        Units behind each column.
    """
    check_level(level)
    undefined = np.isnan(replicates).sum(axis=0)
    n_resamples, n_columns = replicates.shape
    units = np.broadcast_to(np.asarray(n_units, dtype=np.int64), (n_columns,))
    none = undefined > MAX_UNDEFINED * n_resamples
    low = np.full(n_columns, np.nan)
    high = low.copy()
    for count in np.unique(units[(units > 1) & ~none]):
        tail = expanded_tail(level, int(count))
        own = (units == count) & ~none
        whole = own & (undefined == 0)
        if whole.any():
            low[whole], high[whole] = np.quantile(replicates[:, whole], [tail, 1 - tail], axis=0)
        for column in np.flatnonzero(own & ~whole):
            values = replicates[:, column]
            low[column], high[column] = np.quantile(values[~np.isnan(values)], [tail, 1 - tail])
    notes = tuple(
        ""
        if count == 0
        else f"{count} of {n_resamples} replicates had no value"
        + (": no interval" if out else " and were left out")
        for count, out in zip(undefined, none, strict=True)
    )
    return Interval(low, high, notes)


def stretched_interval(
    value: Floats,
    replicates: Floats,
    jackknife: Floats,
    df: Floats,
    level: float,
    n_units: Ints,
) -> Interval:
    """Return the interval of each column: bootstrap shape, jackknife width, Student's t.

    The central ``level`` of the replicates is stretched about the estimate until its width is
    that of a t interval from the delete-one-unit jackknife with the degrees of freedom of
    [3]_. With many units that changes nothing; with few, or a few large ones, percentiles alone
    are too narrow (``benchmarks/validity.py`` compares both with BCa and bootstrap-t).

    There is no interval, and a note says why, with fewer than :data:`LEAST_UNITS` units, where
    more than a tenth of the replicates or a leave-one-out estimate has no value, and where
    resampling changes nothing.

    Parameters
    ----------
    value, df : ndarray of shape (n_columns,)
    replicates : ndarray of shape (n_resamples, n_columns)
    jackknife : ndarray of shape (n_all_units, n_columns)
    level : float
        In (0, 1), for instance 0.95.
    n_units : ndarray of int of shape (n_columns,)
        Units behind each column.
    """
    check_level(level)
    tail = (1 - level) / 2
    undefined = np.isnan(replicates).sum(axis=0)
    n_resamples, n_columns = replicates.shape
    se = jackknife_error(value, jackknife, n_units)
    notes = []
    for column in range(n_columns):
        if undefined[column] > MAX_UNDEFINED * n_resamples:
            note = f"{undefined[column]} of {n_resamples} replicates had no value: no interval"
        elif n_units[column] < LEAST_UNITS or np.isnan(value[column]):
            note = ""
        elif np.isnan(se[column]):
            note = "no interval: without one unit there is no value"
        elif se[column] <= CONSTANT:
            note = "no interval: resampling changes nothing"
        else:
            left_out = int(undefined[column])
            note = f"{left_out} of {n_resamples} replicates had no value and were left out"
            note = note if left_out else ""
        notes.append(note)
    given = (undefined <= MAX_UNDEFINED * n_resamples) & (n_units >= LEAST_UNITS) & (se > CONSTANT)
    low = np.full(n_columns, np.nan)
    high = low.copy()
    whole = given & (undefined == 0)
    quantiles = np.full((2, n_columns), np.nan)
    spread = low.copy()
    if whole.any():
        quantiles[:, whole] = np.quantile(replicates[:, whole], [tail, 1 - tail], axis=0)
        spread[whole] = replicates[:, whole].std(axis=0, ddof=1)
    for own in np.flatnonzero(given & ~whole):
        values = replicates[~np.isnan(replicates[:, own]), own]
        quantiles[:, own] = np.quantile(values, [tail, 1 - tail])
        spread[own] = values.std(ddof=1)
    moving = given & (spread > CONSTANT)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = t.isf(tail, df) * se / (norm.isf(tail) * spread)
    middle, ends = value[moving], quantiles[:, moving]
    low[moving] = middle + (np.minimum(ends[0], middle) - middle) * stretch[moving]
    high[moving] = middle + (np.maximum(ends[1], middle) - middle) * stretch[moving]
    return Interval(low, high, tuple(notes))


def jackknife_error(value: Floats, jackknife: Floats, n_units: Ints) -> Floats:
    """Return the delete-one-unit standard error of each column, about the estimate.

    Parameters
    ----------
    value : ndarray of shape (n_columns,)
    jackknife : ndarray of shape (n_all_units, n_columns)
        Units without a part in a column leave its value as it is.
    n_units : int or ndarray of int of shape (n_columns,)
        Units with a part in each column.
    """
    squares = np.square(jackknife - value).sum(axis=0)
    error: Floats = np.sqrt((n_units - 1) / np.maximum(n_units, 1) * squares)
    return error


def degrees_of_freedom(weight: Floats) -> Floats:
    """Return the degrees of freedom of the jackknife's standard error of a weighted mean [3]_.

    Parameters
    ----------
    weight : ndarray of shape (n_columns, n_units)
        Weight of all decisions of each unit.

    Returns
    -------
    ndarray of shape (n_columns,)
        ``n_units - 1`` for units of equal weight, less the more unequal they are.

    Notes
    -----
    The standard error is a quadratic form of the units' means, whose variances are taken to be
    inverse to their weights; its degrees of freedom match its mean and variance (Satterthwaite).

    Examples
    --------
    >>> degrees_of_freedom(np.array([[2.0, 2, 2, 2], [9, 1, 1, 1]])).round(2)
    array([3.  , 1.13])
    """
    known: dict[bytes, float] = {}
    out = np.empty(len(weight))
    for column, row in enumerate(weight):
        key = row.tobytes()
        if key not in known:
            known[key] = _satterthwaite(row[row > 0])
        out[column] = known[key]
    return out


def _satterthwaite(weight: Floats) -> float:
    if len(weight) < 2:
        return 0.0
    w = weight / weight.sum()
    d = (w / (1 - w)) ** 2
    a, b, e = d / np.sqrt(w), np.sqrt(w), d / w
    s, ab, bb = d.sum(), a @ b, b @ b
    trace = e.sum() - 2 * ab + s * bb
    square = (
        e @ e
        + 2 * (a @ a) * bb
        + 2 * ab**2
        + (s * bb) ** 2
        - 4 * (e * a) @ b
        + 2 * s * e @ b**2
        - 4 * s * ab * bb
    )
    return float(trace**2 / square)


def expanded_tail(level: float, n_units: int) -> float:
    """Return the share of replicates beyond each limit of an interval over ``n_units`` units.

    Examples
    --------
    >>> round(expanded_tail(0.95, 10), 4), round(expanded_tail(0.95, 10_000), 4)
    (0.0086, 0.025)
    """
    stretch = (n_units / (n_units - 1)) ** 0.5
    return float(norm.sf(stretch * t.isf((1 - level) / 2, n_units - 1)))


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    if not 0 < level < 1:
        raise AnalysisError(f"ci_level must lie between 0 and 1, got {level!r}. Use 0.95.")


def sign_flip_p(unit_totals: Floats, n_resamples: int, rng: np.random.Generator) -> Floats:
    """Return the two-sided p-value of a zero mean, flipping the sign of whole units.

    Parameters
    ----------
    unit_totals : ndarray of shape (n_units, n_columns)
        Sum of the paired differences over each unit's decisions.
    n_resamples : int
        Number of random flips; with the observed one added, p is never 0.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_columns,)
        (1 + number of flips whose absolute total is at least the observed one) divided by
        (1 + n_resamples).
    """
    if unit_totals.size == 0 or n_resamples < 1:
        raise AnalysisError(
            f"a sign-flip test needs units and flips, got totals of shape {unit_totals.shape} and "
            f"n_resamples = {n_resamples}. Look at why no decision is left."
        )
    observed = np.abs(unit_totals.sum(axis=0))
    # Flips that only change the order of summation must count as ties.
    observed = observed - 1e-12 * np.abs(unit_totals).sum(axis=0)
    reached = np.zeros(unit_totals.shape[1], dtype=np.int64)
    for _, size in _chunks(n_resamples, len(unit_totals)):
        signs = 1.0 - 2.0 * rng.integers(2, size=(size, len(unit_totals)))
        reached += (np.abs(signs @ unit_totals) >= observed).sum(axis=0)
    return (1 + reached) / (1 + n_resamples)


def _chunks(n_rows: int, n_columns: int) -> list[tuple[int, int]]:
    """Return (start, size) of row chunks of about ``CHUNK_NUMBERS`` numbers each."""
    size = max(1, min(n_rows, CHUNK_NUMBERS // max(1, n_columns)))
    return [(start, min(size, n_rows - start)) for start in range(0, n_rows, size)]


def join_notes(notes: Sequence[str]) -> str:
    """Return the notes that say something, once each, as one text."""
    return "; ".join(dict.fromkeys(note for note in notes if note))
