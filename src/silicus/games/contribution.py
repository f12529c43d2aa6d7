"""A dilemma of giving, second mover."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class ContributionGame(Parameters):
    """A dilemma of giving, second mover: the partner's contribution is known before the choice.

    ``other_share`` is the share of the own money that the partner gave. ``labels`` says which
    option is "give" and which "keep".
    """

    kind: Literal["contribution"] = "contribution"
    other_share: float = Field(ge=0, le=1)
    endowment: float | None = Field(default=None, gt=0, description="None where it is not known")
    multiplier: float | None = Field(default=None, gt=0, description="None where it is not known")
    labels: dict[str, Literal["give", "keep"]]
    payoff_unit: str = "dollars"
    in_series: bool = Field(
        default=False, description="one of several such decisions in turn, earlier ones told"
    )
