"""The dictator game: what one gives away of a sum, with nothing to fear and nothing to gain."""

from typing import Literal

from pydantic import Field

from silicus.games.amounts import AmountGame


class DictatorGame(AmountGame):
    """The participant divides ``total`` between both; the other has no say.

    An option is the amount given. No history: each decision stands alone.
    """

    kind: Literal["dictator"] = "dictator"
    total: float = Field(gt=0)

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, self.total

    def payoff(self, given: float) -> tuple[float, float]:
        """Return what the participant and the other then have."""
        return self.total - given, given
