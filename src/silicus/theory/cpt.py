r"""Cumulative prospect theory: losses loom larger, and small probabilities count for too much.

A lottery is worth the sum of :math:`\pi_i v(x_i)` with :math:`v(x) = x^\alpha` for gains and
:math:`-\lambda (-x)^\beta` for losses. The decision weights :math:`\pi_i` are differences of
weighted cumulative probabilities, from the best outcome down for gains and from the worst up for
losses, with :math:`w(p) = p^\gamma / (p^\gamma + (1 - p)^\gamma)^{1/\gamma}` (``delta`` in place of
``gamma`` for losses).

References
----------
.. [TverskyKahneman1992] Tversky and Kahneman 1992, Journal of Risk and Uncertainty 5, equations
   (1) and (2), (5), (6); median parameters on p. 309 and p. 312.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import polars as pl
from jaxtyping import Float

from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    one_of,
    training,
)
from silicus.theory.lotteries import (
    SENSITIVITY_PARAMETER,
    Prospects,
    Rule,
    chances_of,
    estimate,
    is_told,
)

PUBLISHED: Final[Mapping[str, float]] = {
    "alpha": 0.88,
    "beta": 0.88,
    "loss_aversion": 2.25,
    "gamma": 0.61,
    "delta": 0.69,
}
"""Median parameters of Tversky and Kahneman (1992)."""

_FREE: Final = (
    Parameter("alpha", 0.05, 2.0, (0.88, 0.6)),
    Parameter("beta", 0.05, 2.0, (0.88, 0.6)),
    Parameter("loss_aversion", 0.1, 10.0, (2.25, 1.0)),
    Parameter("gamma", 0.28, 2.0, (0.61, 0.9)),
    Parameter("delta", 0.28, 2.0, (0.69, 0.9)),
)
"""Search ranges; below .28 the weighting function is no longer increasing."""


def weight(probability: Float[np.ndarray, "*any"], curve: float) -> Float[np.ndarray, "*any"]:
    """Return the weight of a cumulative probability in [0, 1], equation (6)."""
    p = np.clip(probability, 0, 1)
    up = p**curve
    weights: np.ndarray = up / (up + (1 - p) ** curve) ** (1 / curve)
    return weights


def prospect_value(
    risky: Prospects, parameters: Mapping[str, float]
) -> Float[np.ndarray, "problem option"]:
    """Return the cumulative-prospect-theory value of each lottery."""
    gain, loss = risky.payoff > 0, risky.payoff < 0
    gamma, delta = parameters["gamma"], parameters["delta"]
    gain_weight = weight(risky.at_least[gain], gamma) - weight(risky.more[gain], gamma)
    loss_weight = weight(risky.at_most[loss], delta) - weight(risky.less[loss], delta)
    gains = risky.total(risky.payoff[gain] ** parameters["alpha"] * gain_weight, gain)
    losses = risky.total((-risky.payoff[loss]) ** parameters["beta"] * loss_weight, loss)
    value: np.ndarray = gains - parameters["loss_aversion"] * losses
    return value


@dataclass(frozen=True)
class CPT(FittedTheory):
    """Choose the lottery of higher prospect value.

    Abstains where a probability was not told.

    Parameters
    ----------
    parameters : {"published", "fitted"}
        The published medians, or all five parameters fitted on training people.
    rule : {"best", "logit"}
        ``logit`` fits its sensitivity, per unit of value (the paper gives none). ``best`` fits the
        free parameters under the logit rule.
    """

    parameters: Literal["published", "fitted"] = "published"
    rule: Rule = "best"
    estimates: Estimates | None = None

    name: ClassVar[str] = "cpt"
    kinds: ClassVar[tuple[str, ...]] = ("lottery",)
    citation: ClassVar[str] = "TverskyKahneman1992, equations (1), (2), (5), (6)"

    def __post_init__(self) -> None:
        one_of(self.name, "parameters", self.parameters, ("published", "fitted"))
        one_of(self.name, "rule", self.rule, ("best", "logit"))

    @property
    def searched(self) -> tuple[Parameter, ...]:
        searched = (*_FREE, SENSITIVITY_PARAMETER)
        return tuple(one for one in searched if one.name in self.free)

    @property
    def free(self) -> tuple[str, ...]:
        shape = tuple(PUBLISHED) if self.parameters == "fitted" else ()
        return (*shape, "sensitivity") if self.rule == "logit" else shape

    @property
    def deterministic(self) -> bool:
        return self.rule == "best"

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_told(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        used = {**PUBLISHED, **{name: self.value(name) for name in self.free}}
        return chances_of(decisions, prospect_value, used, self.rule)

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        usable = training(self, decisions)
        free = _FREE if self.parameters == "fitted" else ()
        found = estimate(usable, prospect_value, PUBLISHED, free, theory=self.predictor_id)
        return replace(self, estimates=found)


logit = partial(CPT, rule="logit")
fitted_logit = partial(CPT, parameters="fitted", rule="logit")
