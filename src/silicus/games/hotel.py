"""Going to a hotel, or not, on an expert's word."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class HotelGame(Parameters):
    """Go to a hotel or stay, on the strength of one review that an expert picked out of seven.

    Going is right when the mean score is at least ``threshold``. History: in each round
    ``message`` of "other" with ``text`` the review; ``answer`` of "self" with the option's label;
    then ``quality`` of "nature" with ``amount`` the mean score and, where recorded, ``payoff`` of
    "self" with ``amount`` the points of the round. ``labels`` says which option is "go" and which
    "stay".
    """

    kind: Literal["hotel"] = "hotel"
    n_rounds: int = Field(default=10, ge=1)
    threshold: float = 8
    labels: dict[str, Literal["go", "stay"]]
    payoff_unit: str = "points"
