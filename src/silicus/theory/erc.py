"""Equity, reciprocity, competition: own gain counts, and how far its share is from an equal one.

With the pie c = x + y and own share s = x / c (one half where there is nothing), the motivation is
c s - (b / 2) (s - 1/2)^2; the published weight a of own gain is the unit here.

References
----------
.. [BoltonOckenfels2000] Bolton and Ockenfels 2000, American Economic Review 90, section II, the
   example of a motivation function in equation (1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from silicus.theory.base import Estimates, Parameter
from silicus.theory.social import SocialTheory


@dataclass(frozen=True)
class ERC(SocialTheory):
    """Logit choice by Bolton and Ockenfels's motivation function, one weight for all."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "erc"
    citation: ClassVar[str] = "BoltonOckenfels2000, section II"

    @property
    def preferences(self) -> tuple[Parameter, ...]:
        return (
            Parameter("b", 0.0, 50.0, (1.0, 8.0), "weight of the distance from an equal share"),
        )

    def utility(
        self,
        own: Float[np.ndarray, "*cell"],
        other: Float[np.ndarray, "*cell"],
        values: Mapping[str, float],
    ) -> Float[np.ndarray, "*cell"]:
        pie = own + other
        share = np.where(pie > 0, own / np.where(pie > 0, pie, 1.0), 0.5)
        worth: np.ndarray = own - values["b"] / 2 * (share - 0.5) ** 2
        return worth
