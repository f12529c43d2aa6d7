"""The trust game: money sent grows on the way, and the receiver decides what comes back."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.amounts import AmountGame


class TrustGame(AmountGame):
    """A sender sends part of ``endowment``, it is multiplied, and a receiver returns part of that.

    The options of a sender are amounts up to ``endowment``, those of a receiver amounts up to
    ``multiplier`` times what was ``sent`` in this round. History, of earlier rounds: a sender's
    ``answer`` of "self", then ``returned`` of "other" with ``amount``; for a receiver ``sent`` of
    "other" with ``amount``, then the ``answer`` of "self". After a round there may be ``payoff``
    of "self" with ``amount``.
    """

    kind: Literal["trust"] = "trust"
    role: Literal["sender", "receiver"]
    endowment: float = Field(gt=0, description="what the sender has")
    receiver_endowment: float = Field(default=0, ge=0, description="what the receiver keeps")
    multiplier: float = Field(default=3, gt=0)
    sent: float | None = Field(default=None, gt=0, description="in this round, for a receiver")
    n_rounds: int = Field(default=1, ge=1)

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, self.endowment if self.sent is None else self.multiplier * self.sent

    def payoff(self, sent: float, returned: float) -> tuple[float, float]:
        """Return what the sender and the receiver then have."""
        grown = self.multiplier * sent
        return self.endowment - sent + returned, self.receiver_endowment + grown - returned

    @model_validator(mode="after")
    def _sent_to_a_receiver(self) -> "TrustGame":
        if (self.sent is None) == (self.role == "receiver"):
            raise ValueError("sent is what a receiver got in this round, and given for no sender")
        if self.sent is not None and self.sent > self.endowment:
            raise ValueError(f"{self.sent:g} was sent of an endowment of {self.endowment:g}")
        return self
