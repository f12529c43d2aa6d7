"""Uncertainty about people and about models at once, for a mean (or slope) over pairs.

The pairs of a study face the same people, and pairs of one model family share data and recipe.
The variance of a linear combination of the pairs' gaps is the sum of what people and what model
families contribute, minus what both count twice [1]_:

``variance = people + families - people within families``

The two terms that involve people are the variances of the combination over replicates in which
people were drawn, of all families together and of each family alone.

References
----------
.. [1] Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering", Journal
   of Business and Economic Statistics 29, equation 2.11.
.. [2] Owen (2007), "The pigeonhole bootstrap", Annals of Applied Statistics 1 (conservative).
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import t

from silicus.analysis.resampling import CONSTANT, Floats, Ints


class TwoWay(NamedTuple):
    """A linear estimate with its two-way standard error.

    ``df`` is the smaller number of clusters minus 1; ``se`` is NaN with a single unit.
    """

    estimate: float
    se: float
    df: int
    se_people: float
    se_families: float

    def interval(self, level: float) -> tuple[float, float]:
        """Return the t interval."""
        if self.df < 1:
            return float("nan"), float("nan")
        half = float(t.ppf((1 + level) / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half

    def p_value(self) -> float:
        """Return the two-sided p-value of zero."""
        if self.df < 1:
            return float("nan")
        if self.se <= CONSTANT:
            return 1.0 if abs(self.estimate) <= CONSTANT else float("nan")
        return float(2 * t.sf(abs(self.estimate) / self.se, self.df))

    def minimum_detectable(self, level: float, power: float) -> float:
        """Return the smallest true effect that a test at 1 - level finds with this power."""
        if self.df < 1:
            return float("nan")
        return float((t.ppf((1 + level) / 2, self.df) + t.ppf(power, self.df)) * self.se)


def two_way(
    values: Floats, replicates: Floats, families: Ints, n_units: int, weights: Floats, fit: Floats
) -> TwoWay:
    """Return a weighted sum of gaps with its standard error for people and model families.

    Parameters
    ----------
    values : ndarray of shape (n_pairs,)
        Gap of each pair.
    replicates : ndarray of shape (n_resamples, n_pairs)
        The same, with people drawn anew.
    families : ndarray of shape (n_pairs,)
        Model family of each pair, as a code.
    n_units : int
        People (or other units) drawn.
    weights : ndarray of shape (n_pairs,)
        The estimate is ``weights @ values``: 1/n_pairs for a mean.
    fit : ndarray of shape (n_pairs,)
        What the model says of each pair (the mean, or the regression line); families
        contribute through what is left.

    Notes
    -----
    The variance is never less than that of people or of families alone. With one family nothing
    can be said about others: the standard error is that of people.
    """
    estimate = float(weights @ values)
    parts = replicates * weights
    # Drawing n of n units with replacement understates a variance by this factor.
    parts = parts * (n_units / max(n_units - 1, 1)) ** 0.5
    people = float(np.var(parts.sum(axis=1), ddof=1))
    groups = [families == family for family in np.unique(families)]
    n_groups = len(groups)
    if n_groups < 2:
        return TwoWay(estimate, people**0.5, n_units - 1, people**0.5, float("nan"))
    residual = weights * (values - fit)
    between = n_groups / (n_groups - 1) * sum(float(residual[own].sum()) ** 2 for own in groups)
    cells = sum(float(np.var(parts[:, own].sum(axis=1), ddof=1)) for own in groups)
    variance = max(people + between - cells, people, between)
    return TwoWay(estimate, variance**0.5, min(n_units, n_groups) - 1, people**0.5, between**0.5)


def pigeonhole_median(replicates: Floats, families: Ints, rng: np.random.Generator) -> Floats:
    """Return replicates of the median gap with people and model families both drawn [2]_.

    Parameters
    ----------
    replicates : ndarray of shape (n_resamples, n_pairs)
        Gaps with people drawn.
    families : ndarray of shape (n_pairs,)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n_resamples,)
    """
    _, codes = np.unique(families, return_inverse=True)
    n_groups = int(codes.max()) + 1
    drawn = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=len(replicates))
    weights = drawn[:, codes]
    order = np.argsort(replicates, axis=1, kind="stable")
    ordered = np.take_along_axis(replicates, order, axis=1)
    cumulative = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    half = cumulative[:, -1:] / 2
    lower = (cumulative >= half).argmax(axis=1)
    upper = (cumulative > half).argmax(axis=1)
    rows = np.arange(len(replicates))
    middle: Floats = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return middle
