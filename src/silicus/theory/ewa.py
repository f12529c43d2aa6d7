r"""Experience-weighted attraction: reinforcement and belief learning as ends of one rule.

After each round experience and attractions become

.. math:: N(t) = \rho N(t-1) + 1, \qquad
   A_j(t) N(t) = \phi N(t-1) A_j(t-1) + [\delta + (1 - \delta) I(s_j, s(t))]\, \pi(s_j, s_{-i}(t))

with :math:`\rho = \phi (1 - \kappa)`, and an action is taken with probability proportional to
:math:`\exp(\lambda A_j)`. ``delta`` is the weight of what another action would have paid, ``phi``
how much of the past is kept, ``kappa`` whether attractions cumulate (1) or average (0).

References
----------
.. [CamererHo1999] Camerer and Ho 1999, Econometrica 67, equations (2.1) and (2.2).
.. [HoCamererChong2007] Ho, Camerer and Chong 2007, Journal of Economic Theory 133, for kappa.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter
from silicus.theory.learning import PRECISION, LearningTheory, Tree


@dataclass(frozen=True)
class EWA(LearningTheory):
    """Learning by experience-weighted attraction, one set of parameters for all."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "ewa"
    citation: ClassVar[str] = "CamererHo1999, equations (2.1) and (2.2); HoCamererChong2007"

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (
            Parameter("phi", 0.0, 1.0, (0.9, 0.4), "share of past attraction kept"),
            Parameter("delta", 0.0, 1.0, (0.3, 0.7), "weight of forgone payoffs"),
            Parameter("kappa", 0.0, 1.0, (0.2, 0.8), "cumulating (1) or averaging (0)"),
            Parameter("n0", 0.01, 20.0, (1.0,), "experience before the first round", log=True),
            PRECISION,
        )

    def attractions(
        self, tree: Tree, first: Float[np.ndarray, "game action"], values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        phi, delta = values["phi"], values["delta"]
        rho = phi * (1 - values["kappa"])
        out = np.empty((len(tree.game), first.shape[1]))
        out[: len(first)] = first
        before = values["n0"]
        for step in tree.steps:
            game = tree.game[step.node]
            paid = tree.worth[game, :, step.other]
            weight = np.full(paid.shape, delta)
            weight[np.arange(len(paid)), step.own] = 1.0
            after = rho * before + 1
            out[step.node] = (phi * before * out[step.parent] + weight * paid) / after
            before = after
        return out
