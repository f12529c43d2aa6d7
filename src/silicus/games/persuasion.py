"""Buying on a seller's word, round by round."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class PersuasionGame(Parameters):
    """A buyer decides about one product a round on a seller's word; quality is told afterwards.

    History: in each round ``message`` of "other" with ``text``, or, where ``message_type`` is
    "binary", ``recommendation`` of "other" with ``action`` "yes" or "no"; the buyer's ``answer``
    "yes" or "no"; then ``quality`` of "nature" with ``action`` "high" or "low".
    """

    kind: Literal["persuasion"] = "persuasion"
    price: float = Field(gt=0)
    chance_of_high: float = Field(ge=0, le=1)
    worth_high: float
    worth_low: float = 0
    n_rounds: int = Field(ge=1)
    seller_knows_worth: bool
    message_type: Literal["text", "binary"] = "text"
    payoff_unit: str = "dollars"
