"""The ultimatum game, second mover: take an offer or leave both with nothing."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class UltimatumGame(Parameters):
    """A proposer splits ``total``; if the participant rejects, both get nothing."""

    kind: Literal["ultimatum"] = "ultimatum"
    total: float | None = Field(default=None, gt=0, description="None where only shares are known")
    share_offered: float = Field(ge=0, le=1)
    payoff_unit: str = "dollars"
    in_series: bool = Field(
        default=False, description="one of several such decisions in turn, earlier ones told"
    )
