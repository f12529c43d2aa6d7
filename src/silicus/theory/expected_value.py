"""Expected value: each lottery is worth its probability-weighted payoff.

References
----------
.. [Bernoulli1738] Bernoulli 1738, translated in Econometrica 22 (1954), section 1, states the rule
   of mathematical expectation (and argues against it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

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


def expected_value(
    risky: Prospects, parameters: Mapping[str, float]
) -> Float[np.ndarray, "problem option"]:
    """Return the mean payoff of each lottery; ``parameters`` is not used."""
    return risky.total(risky.payoff * risky.probability)


@dataclass(frozen=True)
class ExpectedValue(FittedTheory):
    """Choose the lottery of higher expected value.

    Abstains where a probability was not told.

    Parameters
    ----------
    rule : {"best", "logit"}
        ``best`` has nothing to fit; ``logit`` fits its sensitivity.
    """

    rule: Rule = "best"
    estimates: Estimates | None = None

    name: ClassVar[str] = "expected_value"
    kinds: ClassVar[tuple[str, ...]] = ("lottery",)
    citation: ClassVar[str] = "Bernoulli1738, section 1"

    def __post_init__(self) -> None:
        one_of(self.name, "rule", self.rule, ("best", "logit"))

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (SENSITIVITY_PARAMETER,) if self.free else ()

    @property
    def free(self) -> tuple[str, ...]:
        return ("sensitivity",) if self.rule == "logit" else ()

    @property
    def deterministic(self) -> bool:
        return self.rule == "best"

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_told(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        parameters = {"sensitivity": self.value("sensitivity")} if self.rule == "logit" else {}
        return chances_of(decisions, expected_value, parameters, self.rule)

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        usable = training(self, decisions)
        found = estimate(usable, expected_value, {}, (), theory=self.predictor_id)
        return replace(self, estimates=found)


logit = partial(ExpectedValue, rule="logit")
