"""Games in which an amount is chosen: the options are a grid of numbers in rising order."""

from abc import abstractmethod
from decimal import Decimal

from pydantic import Field, model_validator

from silicus.games.parameters import Parameters

MOST_OPTIONS = 1001
"""Amounts between which a decision may choose; a longer grid is a mistyped step."""


def grid(lowest: float, highest: float, step: float) -> tuple[str, ...]:
    """Return the amounts from ``lowest`` to ``highest`` as labels of options.

    Examples
    --------
    >>> grid(0, 2, 0.5)
    ('0', '0.5', '1', '1.5', '2')

    Raises
    ------
    ValueError
        If the step does not lead from the lowest to the highest amount, or there are not between
        2 and 1,001 amounts.
    """
    first, last, by = (Decimal(repr(float(value))) for value in (lowest, highest, step))
    n_steps = (last - first) / by
    if n_steps != int(n_steps) or n_steps < 1:
        raise ValueError(f"steps of {step:g} do not lead from {lowest:g} to {highest:g}")
    if n_steps >= MOST_OPTIONS:
        raise ValueError(
            f"{int(n_steps) + 1} amounts from {lowest:g} to {highest:g} in steps of {step:g} are "
            f"more than {MOST_OPTIONS}; give a larger step"
        )
    return tuple(label(float(first + by * place)) for place in range(int(n_steps) + 1))


def label(amount: float) -> str:
    """Return an amount as the label of an option: no trailing zeros, no thousands set apart.

    Examples
    --------
    >>> label(5.0), label(0.25), label(1200)
    ('5', '0.25', '1200')
    """
    return f"{Decimal(repr(float(amount) + 0.0)).normalize():f}"


class AmountGame(Parameters):
    """A game whose options are amounts; a kind says between which, ``step`` how far apart."""

    step: float = Field(default=1, gt=0, description="distance between the amounts")
    payoff_unit: str = "points"

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest amount that can be chosen."""

    @property
    def amounts(self) -> tuple[str, ...]:
        """The options, as labels in rising order."""
        return grid(*self.bounds, self.step)

    @model_validator(mode="after")
    def _grid_fits(self) -> "AmountGame":
        _ = self.amounts
        return self
