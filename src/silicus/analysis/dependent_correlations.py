"""Tests for two correlations that share a variable, from summary figures.

They compare r(human, predictor) with r(human, reference), where the two predictions correlate
too. They assume independent and roughly normal rows: use them for item-level rates, never for
decisions that are clustered in people (at 160 people with 20 decisions each Williams' test
rejects a true null about five times too often; :func:`silicus.analysis.analyse` resamples
people instead).

References
----------
.. [1] Williams (1959), "The comparison of regression variables", JRSS B 21; as in Steiger (1980),
   Psychological Bulletin 87, equation 7.
.. [2] Steiger (1980), equations 3, 12 and 14 (Fisher z, pooled estimate of the covariance).
.. [3] Meng, Rosenthal and Rubin (1992), "Comparing correlated correlation coefficients",
   Psychological Bulletin 111, equations 1 to 3.
.. [4] Zou (2007), "Toward using confidence intervals to compare correlations", Psychological
   Methods 12, equations 5, 12 and 15.
"""

from math import atanh, isnan, sqrt, tanh
from typing import NamedTuple

from scipy.stats import norm, t

from silicus.errors import AnalysisError


class CorrelationTest(NamedTuple):
    """A test statistic and its two-sided p-value."""

    statistic: float
    p_value: float


def williams(r_first: float, r_second: float, r_between: float, n: int) -> CorrelationTest:
    """Return Williams' t with n - 3 degrees of freedom [1]_.

    Parameters
    ----------
    r_first, r_second : float
        Correlations of the shared variable with each of the other two.
    r_between : float
        Correlation of the other two.
    n : int
        Rows, at least 4.

    Raises
    ------
    AnalysisError
        If the three correlations cannot belong to one data set, or n is too small.

    Examples
    --------
    >>> statistic, p_value = williams(0.3, 0.4, 0.5, 100)
    >>> round(statistic, 4), round(p_value, 4)
    (-1.0767, 0.2843)
    """
    _check(r_first, r_second, r_between, n)
    determinant = _determinant(r_first, r_second, r_between)
    mean = (r_first + r_second) / 2
    spread = 2 * (n - 1) / (n - 3) * determinant + mean**2 * (1 - r_between) ** 3
    statistic = (r_first - r_second) * sqrt((n - 1) * (1 + r_between) / spread)
    return CorrelationTest(statistic, float(2 * t.sf(abs(statistic), n - 3)))


def steiger(r_first: float, r_second: float, r_between: float, n: int) -> CorrelationTest:
    """Return Steiger's z with the pooled covariance [2]_; arguments as :func:`williams`."""
    _check(r_first, r_second, r_between, n)
    pooled = ((r_first + r_second) / 2) ** 2
    product = r_between * (1 - 2 * pooled) - pooled / 2 * (1 - 2 * pooled - r_between**2)
    covariance = product / (1 - pooled) ** 2
    statistic = (atanh(r_first) - atanh(r_second)) * sqrt((n - 3) / (2 - 2 * covariance))
    return CorrelationTest(statistic, float(2 * norm.sf(abs(statistic))))


def meng(r_first: float, r_second: float, r_between: float, n: int) -> CorrelationTest:
    """Return the z of Meng, Rosenthal and Rubin [3]_; arguments as :func:`williams`."""
    _check(r_first, r_second, r_between, n)
    mean_square = (r_first**2 + r_second**2) / 2
    f = min(1.0, (1 - r_between) / (2 * (1 - mean_square)))
    h = (1 - f * mean_square) / (1 - mean_square)
    statistic = (atanh(r_first) - atanh(r_second)) * sqrt((n - 3) / (2 * (1 - r_between) * h))
    return CorrelationTest(statistic, float(2 * norm.sf(abs(statistic))))


def zou_interval(
    r_first: float, r_second: float, r_between: float, n: int, *, ci_level: float = 0.95
) -> tuple[float, float]:
    """Return Zou's interval for ``r_first - r_second`` [4]_; arguments as :func:`williams`.

    Examples
    --------
    >>> [round(limit, 3) for limit in zou_interval(0.396, 0.179, 0.088, 66)]
    [-0.093, 0.517]
    """
    _check(r_first, r_second, r_between, n)
    squares = 1 - r_first**2 - r_second**2 - r_between**2
    covariance = ((r_between - r_first * r_second / 2) * squares + r_between**3) / (
        (1 - r_first**2) * (1 - r_second**2)
    )
    half = float(norm.ppf((1 + ci_level) / 2)) / sqrt(n - 3)
    (low_1, high_1), (low_2, high_2) = (
        (tanh(atanh(r) - half), tanh(atanh(r) + half)) for r in (r_first, r_second)
    )
    gap = r_first - r_second
    low = gap - _distance(r_first - low_1, high_2 - r_second, covariance)
    high = gap + _distance(high_1 - r_first, r_second - low_2, covariance)
    return low, high


def _distance(first: float, second: float, covariance: float) -> float:
    return sqrt(max(0.0, first**2 + second**2 - 2 * covariance * first * second))


def _determinant(r_first: float, r_second: float, r_between: float) -> float:
    return 1 - r_first**2 - r_second**2 - r_between**2 + 2 * r_first * r_second * r_between


def _check(r_first: float, r_second: float, r_between: float, n: int) -> None:
    if n < 4:
        raise AnalysisError(f"a test of two correlations needs at least 4 rows, got n = {n}.")
    if any(isnan(r) for r in (r_first, r_second, r_between)):
        raise AnalysisError(
            f"a correlation is not defined: got {r_first:g}, {r_second:g} and {r_between:g}. "
            "A predictor that says the same everywhere has no r and cannot be compared by it."
        )
    if max(abs(r) for r in (r_first, r_second, r_between)) >= 1:
        raise AnalysisError(
            f"correlations must lie strictly between -1 and 1, got {r_first:g}, {r_second:g} and "
            f"{r_between:g}. Two predictions that are the same cannot be compared."
        )
    if _determinant(r_first, r_second, r_between) < 0:
        raise AnalysisError(
            f"no data set has the correlations {r_first:g}, {r_second:g} and {r_between:g} "
            "together. Compute all three on the same rows."
        )
