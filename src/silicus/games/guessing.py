"""The guessing game (beauty contest): be nearest to a fraction of everybody's mean."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from silicus.games.amounts import AmountGame


class GuessingGame(AmountGame):
    """Each names a number from ``lowest`` to ``highest``; the nearest to ``factor`` x mean wins.

    The mean is over all numbers, the own one included; those equally near share the ``prize``.
    ``n_players`` is None where people were not told of how many. History, of earlier rounds:
    ``answer`` of "self", then any of ``mean`` and ``target`` of "nature" with ``amount``, and
    ``payoff`` of "self".
    """

    kind: Literal["guessing"] = "guessing"
    n_players: int | None = Field(default=None, ge=2)
    lowest: float = 0
    highest: float = 100
    factor: float = Field(gt=0)
    prize: float | None = Field(default=None, gt=0, description="None where it was not told")
    n_rounds: int = Field(default=1, ge=1)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.lowest, self.highest

    @model_validator(mode="after")
    def _not_below_zero(self) -> "GuessingGame":
        if self.lowest < 0:
            raise ValueError("the lowest number is below 0, where a fraction is no smaller number")
        return self

    def shares(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """Return the share of the prize of each of all players, from all their numbers."""
        target = self.factor * sum(numbers) / len(numbers)
        distances = [abs(number - target) for number in numbers]
        least = min(distances)
        won = [distance <= least + 1e-9 * max(1, self.highest) for distance in distances]
        return tuple(one / sum(won) for one in won)
