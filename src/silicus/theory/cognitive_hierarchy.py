"""Poisson cognitive hierarchy: everyone thinks that all others reason fewer steps.

Steps of reasoning have a Poisson distribution with mean tau. Zero-step players choose at random;
a k-step player best-replies to the true mix of players of 0 to k - 1 steps. The prediction is the
average over the population.

References
----------
.. [CamererHoChong2004] Camerer, Ho and Chong 2004, Quarterly Journal of Economics 119, section II:
   normalised frequencies g_k(h) and expected payoffs E_k; median tau of about 1.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from scipy.stats import poisson

from silicus.errors import StudyError
from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    training,
)
from silicus.theory.strategic import Tally, best_reply, each_game, is_simultaneous, payoffs

RANGE: Final = (0.05, 10.0)
"""Least and greatest tau that a fit considers."""

STEPS: Final = 30
"""Most steps of reasoning followed; at tau 10 fewer than one player in a million has more."""


def population(
    own: Float[np.ndarray, "game row column"],
    other: Float[np.ndarray, "game row column"],
    tau: float,
) -> Float[np.ndarray, "game row"]:
    """Return how often row players take each action in games of one shape.

    Parameters
    ----------
    own, other : ndarray of shape (n_games, n_rows, n_columns)
        Payoffs of the row and the column player.
    tau : float
        Mean steps of reasoning, above 0.
    """
    n, rows, columns = own.shape
    mine, theirs = np.full((n, rows), 1 / rows), np.full((n, columns), 1 / columns)
    shares = poisson.pmf(np.arange(STEPS + 1), tau)
    below = shares[0]
    for share in shares[1:]:
        reply = best_reply(np.einsum("grc,gc->gr", own, theirs))
        answer = best_reply(np.einsum("grc,gr->gc", other, mine))
        mine = (below * mine + share * reply) / (below + share)
        theirs = (below * theirs + share * answer) / (below + share)
        below += share
    return mine


@dataclass(frozen=True)
class CognitiveHierarchy(FittedTheory):
    """The Poisson cognitive hierarchy of the game as if played once.

    Parameters
    ----------
    tau : float or None
        Fixed mean number of steps (1.5 fits many games, says the paper); None fits it.
    """

    tau: float | None = None
    estimates: Estimates | None = None

    name: ClassVar[str] = "cognitive_hierarchy"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "CamererHoChong2004, section II"

    def __post_init__(self) -> None:
        if self.tau is not None and self.tau <= 0:
            raise StudyError(
                f"theory cognitive_hierarchy: tau is {self.tau:g}, but must be above 0. "
                "Correct the study file."
            )

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (Parameter("tau", *RANGE, meaning="mean steps of reasoning", log=True),)

    @property
    def free(self) -> tuple[str, ...]:
        return () if self.tau is not None else ("tau",)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        tau = self.value("tau")

        def strategy(game: Any) -> list[float]:
            own, other = payoffs(game)
            mix: list[float] = population(own[None], other[None], tau)[0].tolist()
            return mix

        return each_game(decisions, strategy)

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        tally = Tally(training(self, decisions))
        shapes: dict[tuple[int, ...], list[int]] = {}
        tables = [payoffs(game) for game in tally.games]
        for index, (own, _) in enumerate(tables):
            shapes.setdefault(own.shape, []).append(index)
        stacks = [
            (
                np.stack([tables[i][0] for i in members]),
                np.stack([tables[i][1] for i in members]),
                np.stack([tally.counts[i] for i in members]),
            )
            for members in shapes.values()
        ]

        def minus_log_likelihood(tau: float) -> float:
            return -sum(
                float((counts * np.log(population(own, other, tau))).sum())
                for own, other, counts in stacks
            )

        # The likelihood jumps where a step's best reply changes, so look on a grid first.
        grid = np.geomspace(*RANGE, 61)
        best = int(np.argmin([minus_log_likelihood(tau) for tau in grid]))
        bracket = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        found = minimize_scalar(minus_log_likelihood, bounds=bracket, method="bounded")
        tau = min((float(found.x), float(grid[best])), key=minus_log_likelihood)
        note = "" if 0 < best < len(grid) - 1 else "tau is at a bound of the range considered"
        estimates = Estimates(
            {"tau": tau}, -minus_log_likelihood(tau), tally.n_decisions, tally.n_choices, note
        )
        return replace(self, estimates=estimates)
