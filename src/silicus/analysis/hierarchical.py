r"""A random-effects estimate: pairs nested in model families nested in providers.

The observed gaps :math:`d` of the pairs are

.. math:: d \sim N(\mu 1,\; S + \tau_1^2 I + \tau_2^2 Z_2 Z_2^T + \tau_3^2 Z_3 Z_3^T)

where :math:`S` is the covariance of the gaps over resampled people (shared by all pairs, since
all meet the same people), and the :math:`\tau` are the spreads between pairs of one model family,
between families and between providers, by restricted maximum likelihood [1]_. With :math:`S = 0`
this is a mixed model with nested random intercepts; ``MixedLM`` of statsmodels cannot take a known
:math:`S`, and without it the people would count as new for every pair. For the weights of the pairs
:math:`S` is smoothed (one covariance within model families, one between, and own errors).

References
----------
.. [1] Harville (1977), "Maximum likelihood approaches to variance component estimation", Journal
   of the American Statistical Association 72; with known sampling covariance as in Konstantopoulos
   (2011), "Fixed effects and variance components estimation in three-level meta-analysis",
   Research Synthesis Methods 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.stats import t

from silicus.analysis.resampling import CONSTANT, Bools, Floats, Ints
from silicus.errors import AnalysisError


@dataclass(frozen=True)
class RandomEffects:
    """The fitted mean.

    Attributes
    ----------
    estimate, se : float
    df : int
        Clusters of the highest level minus 1.
    spreads : dict of str to float
        Standard deviation at each level, ``pair`` first, in the unit of the gaps.
    """

    estimate: float
    se: float
    df: int
    spreads: dict[str, float]

    def interval(self, level: float) -> tuple[float, float]:
        """Return the t interval; NaN without degrees of freedom."""
        if self.df < 1:
            return float("nan"), float("nan")
        half = float(t.ppf((1 + level) / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half

    def p_value(self) -> float:
        """Return the two-sided p-value of zero; NaN without degrees of freedom."""
        if self.df < 1 or self.se <= CONSTANT:
            return float("nan")
        return float(2 * t.sf(abs(self.estimate) / self.se, self.df))


def random_effects(values: Floats, sampling: Floats, levels: Mapping[str, Ints]) -> RandomEffects:
    """Fit the mean gap and the spread at every level.

    Parameters
    ----------
    values : ndarray of shape (n_pairs,)
    sampling : ndarray of shape (n_pairs, n_pairs)
        Covariance of the gaps over resampled people.
    levels : mapping of str to ndarray of shape (n_pairs,)
        Codes of the clusters, from the lowest level to the highest; a level that separates the
        pairs just as the one below it (or not at all) is left out.

    Raises
    ------
    AnalysisError
        If there are fewer than two pairs, or the fit does not converge.
    """
    n_pairs = len(values)
    if n_pairs < 2:
        raise AnalysisError(
            f"a hierarchical estimate needs at least 2 pairs, got {n_pairs}. Score more pairs."
        )
    used = _distinct_levels(levels, n_pairs)
    designs = [np.eye(n_pairs)]
    for codes in used.values():
        same = (codes[:, None] == codes[None, :]).astype(np.float64)
        designs.append(same)
    scale = max(float(np.var(values)), 1e-12)
    known = _smoothed(sampling, designs[1] > 0 if used else np.eye(n_pairs) > 0) / scale
    best = None
    for start in (1.0, 0.1):
        found = minimize(
            _restricted_loss,
            np.full(len(designs), start / len(designs)),
            args=(values / scale**0.5, known, designs),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * len(designs),
        )
        if best is None or found.fun < best.fun:
            best = found
    if best is None or not np.isfinite(best.fun):
        raise AnalysisError(
            f"the hierarchical model of {n_pairs} pairs did not converge. Look for pairs whose "
            "gaps are not finite."
        )
    inverse, _, _ = _projection(best.x, known, designs)
    weights = inverse.sum(axis=1) / inverse.sum()
    # The weights come from the smoothed covariance, the variance from the one observed.
    between = sum(component * design for component, design in zip(best.x, designs, strict=True))
    variance = float(weights @ (sampling + scale * between) @ weights)
    n_top = len(np.unique(list(used.values())[-1])) if used else n_pairs
    spreads = (best.x * scale) ** 0.5
    return RandomEffects(
        float(weights @ values),
        variance**0.5,
        n_top - 1,
        dict(zip(["pair", *used], (float(spread) for spread in spreads), strict=True)),
    )


def _smoothed(sampling: Floats, same: Bools) -> Floats:
    """Return the covariance with one value within model families, one between, and own errors.

    A covariance from a few thousand replicates is too noisy to be inverted: the fit would find
    combinations of pairs that only seem to have little error. With one covariance for all pairs
    no weight is negative, and the floor under a pair's own error (a quarter of the mean) keeps
    any one pair from dominating.
    """
    off = ~np.eye(len(sampling), dtype=bool)
    across = sampling[off & ~same].mean() if (off & ~same).any() else sampling[off].mean()
    across = max(float(across), 0.0)
    within = sampling[off & same].mean() if (off & same).any() else across
    within = max(float(within), across)
    own = np.diag(sampling) - within
    own = np.maximum(own, max(0.25 * float(own.mean()), 0.0))
    out: Floats = np.where(same, within, across) + np.diag(own)
    return out


def _distinct_levels(levels: Mapping[str, Ints], n_pairs: int) -> dict[str, Ints]:
    """Return the levels that group the pairs otherwise than the level below."""
    used: dict[str, Ints] = {}
    below = n_pairs
    for name, codes in levels.items():
        count = len(np.unique(codes))
        if 1 < count < below:
            used[name] = codes
            below = count
    return used


def _projection(
    components: Floats, sampling: Floats, designs: list[Floats]
) -> tuple[Floats, Floats, float]:
    """Return the inverse covariance, the same with the mean projected out, and the log-terms."""
    total = sampling + 1e-9 * np.eye(len(sampling))
    for component, design in zip(components, designs, strict=True):
        total = total + component * design
    factor = cho_factor(total, lower=True)
    inverse: Floats = cho_solve(factor, np.eye(len(sampling)))
    solved_ones = inverse.sum(axis=1)
    precision = float(solved_ones.sum())
    projection = inverse - np.outer(solved_ones, solved_ones) / precision
    log_terms = 2 * float(np.log(np.diag(factor[0])).sum()) + float(np.log(precision))
    return inverse, projection, log_terms


def _restricted_loss(
    components: Floats, values: Floats, sampling: Floats, designs: list[Floats]
) -> tuple[float, Floats]:
    """Return minus twice the restricted log-likelihood, up to a constant, and its gradient."""
    _, projection, log_terms = _projection(components, sampling, designs)
    projected = projection @ values
    gradient = np.array(
        [float((projection * d).sum()) - float(projected @ d @ projected) for d in designs]
    )
    return log_terms + float(values @ projected), gradient
