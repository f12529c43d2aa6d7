"""Weighted fictitious play: the other is expected to go on as before, the recent counting more.

The other player's actions are counted, each round's weight ``gamma`` times that of the next (1:
all rounds alike, fictitious play; 0: only the last, Cournot). Actions attract by their payoff
against these frequencies, to which what was expected before the first round belongs with the
weight of ``n0`` rounds, and the choice is logit.

References
----------
.. [Brown1951] Brown 1951, Activity Analysis of Production and Allocation, p. 374.
.. [CheungFriedman1997] Cheung and Friedman 1997, Games and Economic Behavior 19, equation (2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter
from silicus.theory.learning import PRECISION, LearningTheory, Tree


@dataclass(frozen=True)
class FictitiousPlay(LearningTheory):
    """Logit reply to the weighted frequencies of the other's actions."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "fictitious_play"
    citation: ClassVar[str] = "Brown1951; CheungFriedman1997, equation (2.1)"

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (
            Parameter("gamma", 0.0, 1.0, (0.9, 0.3), "weight of a round against the next"),
            Parameter("n0", 0.01, 20.0, (1.0,), "rounds that first expectations count", log=True),
            PRECISION,
        )

    def attractions(
        self, tree: Tree, first: Float[np.ndarray, "game action"], values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        gamma, prior = values.get("gamma", 1.0), values["n0"]
        seen = np.zeros((len(tree.game), tree.worth.shape[2]))
        left = np.full(len(tree.game), prior)
        for step in tree.steps:
            seen[step.node] = gamma * seen[step.parent]
            seen[step.node, step.other] += 1
            left[step.node] = gamma * left[step.parent]
        paid = np.einsum("nab,nb->na", tree.worth[tree.game], seen)
        total = paid + left[:, None] * first[tree.game]
        mean: np.ndarray = total / (left + seen.sum(axis=1))[:, None]
        return mean
