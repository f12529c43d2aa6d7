"""Bayesian belief learning: the other plays some fixed mixture, and every round tells of it.

The mixture has a Dirichlet prior of strength ``n0``; after n rounds an action of the other is
expected with the posterior mean. That is fictitious play in which no round is forgotten.

References
----------
.. [FudenbergLevine1998] Fudenberg and Levine 1998, The Theory of Learning in Games, section 2.2.
"""

from dataclasses import dataclass
from typing import ClassVar

from silicus.theory.base import Estimates, Parameter
from silicus.theory.fictitious_play import FictitiousPlay


@dataclass(frozen=True)
class BeliefLearning(FictitiousPlay):
    """Logit reply to the posterior mean of the other's mixture."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "belief_learning"
    citation: ClassVar[str] = "FudenbergLevine1998, section 2.2"

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return tuple(one for one in super().searched if one.name != "gamma")
