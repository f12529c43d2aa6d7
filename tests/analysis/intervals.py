"""The interval of the analysis by plain loops: real rows, real matrices, nothing shared."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm, t


def looped_interval(
    statistic: Callable[[np.ndarray], float],
    codes: np.ndarray,
    counts: np.ndarray,
    level: float = 0.95,
    weight: np.ndarray | None = None,
) -> list[float]:
    """Return both limits for a statistic of drawn row numbers.

    ``codes`` is the unit of every row, ``counts`` how often each replicate drew each unit,
    ``weight`` what each row counts.
    """
    rows = np.arange(len(codes))
    value = statistic(rows)
    replicates = np.array([statistic(np.repeat(rows, count[codes])) for count in counts])
    n = int(codes.max()) + 1
    without = np.array([statistic(rows[codes != unit]) for unit in range(n)])
    error = np.sqrt((n - 1) / n * ((without - value) ** 2).sum())
    each = np.bincount(codes, weights=np.ones(len(codes)) if weight is None else weight)
    share = each / each.sum()
    centring = np.eye(n) - np.outer(np.ones(n), share)
    form = centring.T @ np.diag((share / (1 - share)) ** 2) @ centring @ np.diag(1 / share)
    df = np.trace(form) ** 2 / np.trace(form @ form)
    tail = (1 - level) / 2
    stretch = t.isf(tail, df) * error / (norm.isf(tail) * replicates.std(ddof=1))
    ends = np.quantile(replicates, [tail, 1 - tail])
    return [value + (end - value) * stretch for end in ends]
