"""Inequity aversion: having less than the other hurts, and having more hurts too, but less.

Own gain x and other's gain y are worth x - alpha max(y - x, 0) - beta max(x - y, 0). With alpha a
responder accepts a share s of an ultimatum where s is at least alpha / (1 + 2 alpha).

References
----------
.. [FehrSchmidt1999] Fehr and Schmidt 1999, Quarterly Journal of Economics 114, equation (2) and
   proposition 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter
from silicus.theory.social import SocialTheory


@dataclass(frozen=True)
class FehrSchmidt(SocialTheory):
    """Logit choice by Fehr and Schmidt's utility, one alpha and one beta for all."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "fehr_schmidt"
    citation: ClassVar[str] = "FehrSchmidt1999, equation (2)"

    @property
    def preferences(self) -> tuple[Parameter, ...]:
        return (
            Parameter("alpha", 0.0, 10.0, (0.5, 2.0), "dislike of having less"),
            Parameter("beta", 0.0, 1.0, (0.2, 0.6), "dislike of having more"),
        )

    def utility(
        self,
        own: Float[np.ndarray, "*cell"],
        other: Float[np.ndarray, "*cell"],
        values: Mapping[str, float],
    ) -> Float[np.ndarray, "*cell"]:
        behind, ahead = np.maximum(other - own, 0), np.maximum(own - other, 0)
        worth: np.ndarray = own - values["alpha"] * behind - values["beta"] * ahead
        return worth
