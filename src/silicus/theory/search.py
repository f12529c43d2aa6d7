"""Maximum likelihood over bounded parameters, from several starting points."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from scipy.optimize import minimize

from silicus.errors import AnalysisError
from silicus.theory.base import Estimates, Parameter

FLAT: Final = 1e-6
"""Nats by which the likelihood has to change over a parameter's range for the data to tell it."""


def maximise(
    minus_log_likelihood: Callable[[Mapping[str, float]], float],
    parameters: Sequence[Parameter],
    *,
    theory: str,
    n_decisions: int,
    n_choices: int,
) -> Estimates:
    """Return the parameter values of highest likelihood within their bounds.

    The i-th starts of all parameters are tried together (L-BFGS-B), and the best end is kept. A
    parameter marked ``log`` is searched on a logarithmic scale. Values at a bound, and parameters
    that the data do not tell, are named in the note.

    Parameters
    ----------
    minus_log_likelihood : callable
        Of a mapping from name to value, in nats.
    parameters : sequence of Parameter
        With at least one start each.

    Raises
    ------
    AnalysisError
        If no search ends with a finite likelihood.
    """
    up = [np.log if one.log else float for one in parameters]
    down = [np.exp if one.log else float for one in parameters]
    bounds = [(u(one.low), u(one.high)) for u, one in zip(up, parameters, strict=True)]

    def values(point: np.ndarray) -> dict[str, float]:
        return {
            one.name: float(np.clip(d(x), one.low, one.high))
            for one, d, x in zip(parameters, down, point, strict=True)
        }

    best = None
    for i in range(max(len(one.starts) for one in parameters)):
        start = [
            u(one.starts[min(i, len(one.starts) - 1)])
            for u, one in zip(up, parameters, strict=True)
        ]
        found = minimize(
            lambda point: minus_log_likelihood(values(point)),
            start,
            bounds=bounds,
            method="L-BFGS-B",
            options={"maxiter": 60, "ftol": 1e-7},
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    if best is None:
        raise AnalysisError(
            f"theory {theory}: no fit was found on {n_decisions:,} decisions. Leave the theory out "
            "for this data set."
        )
    stuck = [
        one.name
        for one, x, (low, high) in zip(parameters, best.x, bounds, strict=True)
        if min(abs(x - low), abs(x - high)) < 1e-6
    ]
    flat = []
    for place, (one, ends) in enumerate(zip(parameters, bounds, strict=True)):
        moved = [np.where(np.arange(len(best.x)) == place, end, best.x) for end in ends]
        if all(abs(minus_log_likelihood(values(x)) - best.fun) < FLAT for x in moved):
            flat.append(one.name)
    notes = []
    if flat:
        notes.append(f"{', '.join(flat)} not identified: every value fits these data alike")
    if kept := [name for name in stuck if name not in flat]:
        notes.append(f"{', '.join(kept)} at a bound of the range considered")
    return Estimates(values(best.x), -float(best.fun), n_decisions, n_choices, "; ".join(notes))
