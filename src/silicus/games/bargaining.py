"""Alternating offers over a sum that shrinks."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class BargainingGame(Parameters):
    """Alternating offers: divide ``total``; what one gets shrinks with each round.

    The participant proposes in odd rounds where ``proposes_first``, else in even ones, and answers
    in the others. Agreed in round t, a gain is worth itself times own discount to the power t - 1.

    History: ``offer`` events with ``amount`` the gain that the *participant* would have (the rest
    is the other's) and ``text`` the message, then ``answer`` events with ``action`` "accept" or
    "reject". The last offer, of this round, is what this decision answers.
    """

    kind: Literal["bargaining"] = "bargaining"
    total: float = Field(gt=0)
    proposes_first: bool
    own_discount: float = Field(gt=0, le=1)
    other_discount: float = Field(gt=0, le=1)
    max_rounds: int = Field(ge=1)
    limit_told: bool = Field(description="whether people were told of max_rounds")
    complete_information: bool = Field(description="each is told the other's discount")
    messages_allowed: bool = False
    payoff_unit: str = "dollars"
