"""Sealed-bid auctions of one thing with a value of one's own: first price or second price."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.amounts import AmountGame


class AuctionGame(AmountGame):
    """The highest of ``n_bidders`` sealed bids wins; it pays itself, or the second-highest bid.

    Each value is drawn alone and evenly from ``value_lowest`` to ``value_highest``; ``value`` is
    the participant's, known to nobody else. Ties are broken by chance. No history.
    """

    kind: Literal["auction"] = "auction"
    price: Literal["first", "second"]
    n_bidders: int = Field(ge=2)
    value: float = Field(ge=0)
    value_lowest: float = Field(default=0, ge=0)
    value_highest: float = Field(gt=0)
    bid_highest: float | None = Field(
        default=None, gt=0, description="None: bids go up to value_highest"
    )

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, self.value_highest if self.bid_highest is None else self.bid_highest

    @model_validator(mode="after")
    def _value_in_range(self) -> "AuctionGame":
        if not self.value_lowest <= self.value <= self.value_highest:
            raise ValueError(
                f"a value of {self.value:g} is not between {self.value_lowest:g} and "
                f"{self.value_highest:g}"
            )
        return self

    def payoff(self, bid: float, others: tuple[float, ...]) -> float:
        """Return what is won on average over ties, from the own bid and all others'."""
        best = max(others)
        if bid < best:
            return 0.0
        n_tied = 1 + sum(other == best for other in others) if bid == best else 1
        paid = bid if self.price == "first" else best
        return (self.value - paid) / n_tied
