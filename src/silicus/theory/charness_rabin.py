"""Social welfare: the other's gain counts, with one weight when ahead and another when behind.

Own gain x and other's gain y are worth (1 - w) x + w y with w = rho where x > y, sigma where x < y.
Negative weights are competitive; both positive, with rho the larger, are concern for welfare and
for the worse off; sigma < 0 < rho is aversion to inequity. What answers misbehaviour is left out.

References
----------
.. [CharnessRabin2002] Charness and Rabin 2002, Quarterly Journal of Economics 117, section II,
   equation (1) with theta = 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter
from silicus.theory.social import SocialTheory


@dataclass(frozen=True)
class CharnessRabin(SocialTheory):
    """Logit choice by Charness and Rabin's utility, one rho and one sigma for all."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "charness_rabin"
    citation: ClassVar[str] = "CharnessRabin2002, section II"

    @property
    def preferences(self) -> tuple[Parameter, ...]:
        return (
            Parameter("rho", -2.0, 1.0, (0.3, 0.0), "weight of the other's gain when ahead"),
            Parameter("sigma", -5.0, 1.0, (0.0, -1.0), "weight of the other's gain when behind"),
        )

    def utility(
        self,
        own: Float[np.ndarray, "*cell"],
        other: Float[np.ndarray, "*cell"],
        values: Mapping[str, float],
    ) -> Float[np.ndarray, "*cell"]:
        weight = np.where(own > other, values["rho"], np.where(own < other, values["sigma"], 0.0))
        worth: np.ndarray = (1 - weight) * own + weight * other
        return worth
