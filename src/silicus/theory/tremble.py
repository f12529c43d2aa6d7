"""A trembling hand around any theory: with some probability, any option at random.

A theory that rules options out has infinite log-loss as soon as one person does otherwise. The
tremble is the smallest repair: probabilities become (1 - e) p + e / n, with the rate e fitted on
training people. It wraps a theory instead of being built into each.

References
----------
.. [HarlessCamerer1994] Harless and Camerer 1994, Econometrica 62, section 2, the constant error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl
from scipy.optimize import minimize_scalar

from silicus import plugins
from silicus.errors import StudyError
from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    Theory,
    observed,
    training,
)

RATES: Final = (1e-6, 1.0)
"""Least and greatest rate that a fit considers."""


@dataclass(frozen=True)
class Tremble(FittedTheory):
    """A theory with a constant error.

    Parameters
    ----------
    theory : Theory
        One without free parameters of its own, or already fitted.
    rate : float or None
        A fixed probability of a random choice, in [0, 1]; None fits it.
    """

    theory: Theory
    rate: float | None = None
    estimates: Estimates | None = None

    name: ClassVar[str] = "tremble"
    citation: ClassVar[str] = "HarlessCamerer1994, section 2"

    def __post_init__(self) -> None:
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise StudyError(
                f"theory {self.predictor_id}: rate is {self.rate:g}, but must lie in [0, 1]. "
                "Correct the study file."
            )
        if isinstance(self.theory, FittedTheory) and self.theory.free and not self.theory.estimates:
            raise StudyError(
                f"theory {self.theory.predictor_id} has parameters of its own to fit "
                f"({', '.join(self.theory.free)}); a tremble is for theories that have none. "
                "Use it without."
            )

    @property
    def kinds(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the theory inside."""
        return self.theory.kinds

    @property
    def needs(self) -> str:  # type: ignore[override]
        """What the theory inside reads."""
        return self.theory.needs

    @property
    def predictor_id(self) -> str:
        """The inner theory's id, with ``_tremble`` and a fixed rate."""
        fixed = "" if self.rate is None else f"_rate={self.rate:g}"
        return f"{self.theory.predictor_id}_tremble{fixed}"

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (Parameter("rate", *RATES, meaning="share of choices made at random"),)

    @property
    def free(self) -> tuple[str, ...]:
        return () if self.rate is not None else ("rate",)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return self.theory.speaks_for(game, options)

    def why_silent(self, game: Any, options: Sequence[str]) -> str:
        return self.theory.why_silent(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        rate = self.value("rate")
        return [
            tuple((1 - rate) * p + rate / len(each) for p in each)
            for each in self.theory.chances(decisions)
        ]

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        usable = training(self, decisions)
        pairs = list(zip(self.theory.chances(usable), observed(usable), strict=True))
        p = np.array([x for each, _ in pairs for x in each])
        even = np.array([1 / len(each) for each, _ in pairs for _ in each])
        taken = np.array([x for _, counts in pairs for x in counts])

        def minus_log_likelihood(rate: float) -> float:
            return -float((taken * np.log((1 - rate) * p + rate * even)).sum())

        found = minimize_scalar(
            minus_log_likelihood, bounds=RATES, method="bounded", options={"xatol": 1e-7}
        )
        rate = float(found.x)
        edge = min(rate - RATES[0], RATES[1] - rate) < 1e-5
        estimates = Estimates(
            {"rate": rate},
            -float(found.fun),
            len(usable),
            int(usable["n_choices"].sum()),
            "rate is at a bound of the range considered" if edge else "",
        )
        return replace(self, estimates=estimates)


def around(name: str, rate: float | None = None, **settings: Any) -> Tremble:
    """Return the registered theory ``name``, with its settings, under a tremble."""
    return Tremble(plugins.load("theories", name)(**settings), rate)


nash = partial(around, "nash")
nash_all = partial(around, "nash_all")
nash_payoff_dominant = partial(around, "nash_payoff_dominant")
nash_pure = partial(around, "nash_pure")
nash_risk_dominant = partial(around, "nash_risk_dominant")
nash_symmetric = partial(around, "nash_symmetric")
level_k = partial(around, "level_k")
level_k_2 = partial(around, "level_k_2")
subgame_perfect = partial(around, "subgame_perfect")
spe_accept = partial(around, "subgame_perfect_accept")
spe_reject = partial(around, "subgame_perfect_reject")
as_if_complete = partial(around, "subgame_perfect_as_if_complete")
negotiation_cutoff = partial(around, "negotiation_cutoff")
bayesian_buyer = partial(around, "bayesian_buyer")
expected_value = partial(around, "expected_value")
cpt = partial(around, "cpt")
repeat_last = partial(around, "repeat_last")
tit_for_tat = partial(around, "tit_for_tat")
win_stay = partial(around, "win_stay")
