"""Reinforcement: what has paid is done again.

Each action has a propensity. The one taken gains its payoff, less a share ``epsilon`` that is
spread over the others (experimentation), and all propensities lose the share ``forget`` a round.
By the rule of the paper an action is taken in proportion to its propensity; ``logit`` makes it
proportional to exp(lam x propensity) instead, which is experience-weighted attraction without
forgone payoffs.

References
----------
.. [RothErev1995] Roth and Erev 1995, Games and Economic Behavior 8, section 2.
.. [ErevRoth1998] Erev and Roth 1998, American Economic Review 88, section II.C, three parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter, one_of
from silicus.theory.learning import PRECISION, LearningTheory, Tree, first_attractions

LEAST: Final = 1e-3
"""No propensity falls below, as the paper cuts them off at a small number."""


@dataclass(frozen=True)
class Reinforcement(LearningTheory):
    """Roth and Erev's reinforcement with forgetting and experimentation.

    Parameters
    ----------
    choice : {"luce", "logit"}
        In proportion to propensities, or to their exponentials.
    """

    choice: Literal["luce", "logit"] = "luce"
    estimates: Estimates | None = None

    name: ClassVar[str] = "reinforcement"
    citation: ClassVar[str] = "RothErev1995, section 2; ErevRoth1998, section II.C"

    def __post_init__(self) -> None:
        one_of(self.name, "choice", self.choice, ("luce", "logit"))

    @property
    def searched(self) -> tuple[Parameter, ...]:
        own = (
            Parameter("forget", 0.0, 1.0, (0.1, 0.5), "share of a propensity lost each round"),
            Parameter("epsilon", 0.0, 0.9, (0.1, 0.3), "share of a payoff given to other actions"),
        )
        if self.choice == "logit":
            return (*own, PRECISION)
        return (
            *own,
            Parameter("strength", 0.01, 50.0, (1.0, 5.0), "of first propensities", log=True),
        )

    def attractions(
        self, tree: Tree, first: Float[np.ndarray, "game action"], values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        keep, epsilon = 1 - values["forget"], values["epsilon"]
        start = first
        if self.choice == "luce":
            share = np.where(tree.valid, np.exp(np.clip(first, -20, 20)), 0.0)
            start = values["strength"] * share / share.sum(axis=1, keepdims=True)
        others = np.maximum(tree.valid.sum(axis=1) - 1, 1)
        out = np.empty((len(tree.game), first.shape[1]))
        out[: len(start)] = start
        for step in tree.steps:
            game = tree.game[step.node]
            rows = np.arange(len(game))
            paid = tree.worth[game, step.own, step.other]
            gained = np.repeat((epsilon * paid / others[game])[:, None], out.shape[1], axis=1)
            gained[rows, step.own] = (1 - epsilon) * paid
            out[step.node] = keep * out[step.parent] + gained
        return out

    def log_chances(
        self, tree: Tree, values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        if self.choice == "logit":
            return super().log_chances(tree, values)
        # exp(log q) / sum: the Luce rule as a logit of precision 1 of the logarithm
        propensity = self.attractions(tree, first_attractions(tree, values), values)
        valid = tree.valid[tree.game]
        weight = np.where(valid, np.maximum(propensity, LEAST), 0.0)
        with np.errstate(divide="ignore"):
            logs: np.ndarray = np.log(weight / weight.sum(axis=1, keepdims=True))
        return logs
