"""Expected utility: payoffs count by a utility that bends with aversion to risk.

``power`` is constant relative risk aversion r: u(x) = x^(1 - r) / (1 - r), and ln x at r = 1, for
payoffs of at least 0 [HoltLaury2002]_. ``exponential`` is constant absolute risk aversion a:
u(x) = (1 - exp(-a x)) / a, and x at a = 0, for any payoff [Pratt1964]_.

References
----------
.. [HoltLaury2002] Holt and Laury 2002, American Economic Review 92, p. 1646 and Table 3.
.. [Pratt1964] Pratt 1964, Econometrica 32, section 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import polars as pl
from jaxtyping import Float

from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    game_of,
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


def power_utility(
    risky: Prospects, parameters: Mapping[str, float]
) -> Float[np.ndarray, "problem option"]:
    """Return the certainty equivalent of each lottery under relative risk aversion ``aversion``.

    The certainty equivalent orders lotteries as expected utility does and stays in payoff units,
    which keeps the sensitivity of the logit rule comparable over degrees of aversion.
    """
    curve = 1 - parameters["aversion"]
    payoff = np.maximum(risky.payoff, 1e-12)
    if abs(curve) < 1e-9:
        mean: np.ndarray = np.exp(risky.total(np.log(payoff) * risky.probability))
        return mean
    worth = risky.total(payoff**curve * risky.probability)
    certain: np.ndarray = np.where(risky.offered, worth, 1) ** (1 / curve)
    return certain


def exponential_utility(
    risky: Prospects, parameters: Mapping[str, float]
) -> Float[np.ndarray, "problem option"]:
    """Return the certainty equivalent of each lottery under absolute risk aversion ``aversion``."""
    aversion = parameters["aversion"]
    if abs(aversion) < 1e-9:
        return risky.total(risky.payoff * risky.probability)
    exponent = -aversion * risky.payoff
    top = risky.extreme(exponent)
    mass = risky.total(np.exp(exponent - top.ravel()[risky.lottery]) * risky.probability)
    certain: np.ndarray = -(np.log(np.where(risky.offered, mass, 1)) + top) / aversion
    return certain


_UTILITIES: Final = {"power": power_utility, "exponential": exponential_utility}


@dataclass(frozen=True)
class ExpectedUtility(FittedTheory):
    """Choose the lottery of higher expected utility.

    Abstains where a probability was not told and, with ``power`` utility, where a payoff is
    negative. Values are certainty equivalents, which order lotteries in the same way.

    Parameters
    ----------
    utility : {"exponential", "power"}
    aversion : float or None
        Fixed aversion (relative for ``power``; absolute, per unit of payoff, for
        ``exponential``); None fits it.
    rule : {"logit", "best"}
        ``logit`` fits its sensitivity, per unit of payoff. ``best`` fits the aversion, where it is
        free, under the logit rule.
    """

    utility: Literal["exponential", "power"] = "exponential"
    aversion: float | None = None
    rule: Rule = "logit"
    estimates: Estimates | None = None

    name: ClassVar[str] = "expected_utility"
    kinds: ClassVar[tuple[str, ...]] = ("lottery",)
    citation: ClassVar[str] = "HoltLaury2002, p. 1646; Pratt1964, section 7"

    def __post_init__(self) -> None:
        one_of(self.name, "utility", self.utility, tuple(_UTILITIES))
        one_of(self.name, "rule", self.rule, ("best", "logit"))

    @property
    def searched(self) -> tuple[Parameter, ...]:
        meaning = "relative" if self.utility == "power" else "absolute, times the typical stake"
        searched = (
            Parameter("aversion", *_BOUNDS[self.utility], (0.2, -0.2), meaning),
            SENSITIVITY_PARAMETER,
        )
        return tuple(one for one in searched if one.name in self.free)

    @property
    def free(self) -> tuple[str, ...]:
        aversion = ("aversion",) if self.aversion is None else ()
        return (*aversion, "sensitivity") if self.rule == "logit" else aversion

    @property
    def deterministic(self) -> bool:
        return self.rule == "best"

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        lowest = min(outcome.payoff for lottery in game.lotteries for outcome in lottery)
        return is_told(game, options) and (self.utility == "exponential" or lowest >= 0)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        needed = ("aversion", "sensitivity") if self.rule == "logit" else ("aversion",)
        parameters = {name: self.value(name) for name in needed}
        return chances_of(decisions, _UTILITIES[self.utility], parameters, self.rule)

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        usable = training(self, decisions)
        utility = _UTILITIES[self.utility]
        # Aversion is searched in units that make it comparable over payoff scales.
        unit = 1.0 if self.utility == "power" else _typical_stake(usable)

        def value_of(
            risky: Prospects, parameters: Mapping[str, float]
        ) -> Float[np.ndarray, "problem option"]:
            return utility(risky, {"aversion": parameters["aversion"] / unit})

        fixed = {} if self.aversion is None else {"aversion": self.aversion * unit}
        free = [one for one in self.searched if one.name == "aversion"]
        found = estimate(usable, value_of, fixed, free, theory=self.predictor_id)
        values = dict(found.values)
        if "aversion" in values:
            values["aversion"] /= unit
        return replace(self, estimates=replace(found, values=values))


_BOUNDS: Final = {"power": (-3.0, 0.999), "exponential": (-5.0, 5.0)}
"""Bounds of a fitted aversion; for ``exponential`` times the typical stake."""


def _typical_stake(decisions: pl.DataFrame) -> float:
    """Return the median over problems of the range of payoffs."""
    texts = decisions["game"].unique(maintain_order=True)
    stakes = []
    for text in texts:
        payoffs = [outcome.payoff for lottery in game_of(text).lotteries for outcome in lottery]
        stakes.append(max(payoffs) - min(payoffs))
    return float(np.median(stakes)) or 1.0
