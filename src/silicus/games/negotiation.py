"""Haggling over the price of one product."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters


class NegotiationGame(Parameters):
    """One product, one price: offers in turn, the seller first; or an outside option at own value.

    History: ``offer`` events with ``amount`` the price and ``text`` the message, then ``answer``
    events with ``action`` the label of an option. ``labels`` gives the meaning of each option:
    "accept", "reject" (and make a counteroffer) or "outside" (trade with ``outsider``).
    """

    kind: Literal["negotiation"] = "negotiation"
    role: Literal["seller", "buyer"]
    own_value: float = Field(gt=0)
    other_value: float = Field(gt=0)
    max_rounds: int = Field(ge=1)
    limit_told: bool
    complete_information: bool = Field(description="each is told the other's value")
    messages_allowed: bool = False
    labels: dict[str, Literal["accept", "reject", "outside"]]
    outsider: str = "John"
    payoff_unit: str = "dollars"
