"""A choice between lotteries."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.parameters import Parameters


class Outcome(Parameters):
    """One branch of a lottery: ``payoff`` (in the game's unit) with ``probability``."""

    probability: float = Field(ge=0, le=1)
    payoff: float


class LotteryChoice(Parameters):
    """A choice between lotteries; ``lotteries[i]`` belongs to option i.

    Where ``ambiguous[i]`` the participant was not told the probabilities of lottery i.
    """

    kind: Literal["lottery"] = "lottery"
    lotteries: tuple[tuple[Outcome, ...], ...]
    payoff_unit: str
    hypothetical: bool = False
    feedback: bool = False
    ambiguous: tuple[bool, ...] | None = None
    correlation: int = 0
    in_series: bool = Field(
        default=False, description="one of several such decisions in turn, earlier ones told"
    )

    @model_validator(mode="after")
    def _probabilities_sum(self) -> "LotteryChoice":
        for index, lottery in enumerate(self.lotteries):
            total = sum(outcome.probability for outcome in lottery)
            if abs(total - 1) > 1e-3:
                raise ValueError(f"probabilities of lottery {index} sum to {total:g}, not 1")
        return self
