"""The minimum-effort game: all live off the weakest link, each pays for the own effort."""

from typing import Literal

from pydantic import Field

from silicus.games.amounts import AmountGame


class MinimumEffortGame(AmountGame):
    """Each of ``n_players`` chooses an effort; one gets benefit x smallest - cost x own + base.

    History, of earlier rounds: ``answer`` of "self", then any of ``minimum`` of "nature" with the
    smallest effort of all as ``amount``, and ``payoff`` of "self".
    """

    kind: Literal["minimum_effort"] = "minimum_effort"
    n_players: int = Field(ge=2)
    lowest: float = Field(default=1, ge=0)
    highest: float = 7
    benefit: float = Field(gt=0, description="per unit of the smallest effort")
    cost: float = Field(gt=0, description="per unit of the own effort")
    base: float = 0
    n_rounds: int = Field(default=1, ge=1)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.lowest, self.highest

    def payoff(self, effort: float, least_of_others: float) -> float:
        """Return what a player gets, from the own effort and the smallest of the others'."""
        return self.benefit * min(effort, least_of_others) - self.cost * effort + self.base
