"""Noisy introspection: thinking about thinking, with more noise at every further step.

A player replies by a logit of precision lam to what the other would do, who replies with precision
lam / t to what the first would do, and so on, each step t times noisier; at the end stands even
play. With t = 1 a fixed point is a quantal response equilibrium; with a large t it is a noisy reply
to even play.

References
----------
.. [GoereeHolt2004] Goeree and Holt 2004, Games and Economic Behavior 46, equation (5), telescoping
   precision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl
from jaxtyping import Float
from scipy.special import log_softmax

from silicus.theory.base import Chances, Estimates, FittedTheory, Parameter, training
from silicus.theory.search import maximise
from silicus.theory.strategic import Tally, each_game, is_simultaneous, payoffs

STEPS: Final = 30
"""Steps of introspection followed; those beyond add nothing once play is even."""


def introspection(
    own: Float[np.ndarray, "game row column"],
    other: Float[np.ndarray, "game row column"],
    lam: float,
    t: float,
) -> Float[np.ndarray, "game row"]:
    """Return the logarithm of row players' probabilities in games of one shape.

    Parameters
    ----------
    own, other : ndarray of shape (n_games, n_rows, n_columns)
        Payoffs in units of their range.
    lam : float
        Precision of the first step.
    t : float
        How many times noisier each further step is, at least 1.
    """
    n, rows, columns = own.shape
    mine, theirs = np.full((n, rows), 1 / rows), np.full((n, columns), 1 / columns)
    logs: np.ndarray = np.log(mine)
    for step in range(STEPS, -1, -1):
        precision = lam / t**step
        logs = log_softmax(precision * np.einsum("grc,gc->gr", own, theirs), axis=1)
        answer = log_softmax(precision * np.einsum("grc,gr->gc", other, mine), axis=1)
        mine, theirs = np.exp(logs), np.exp(answer)
    return logs


@dataclass(frozen=True)
class NoisyIntrospection(FittedTheory):
    """Introspection in the game as if played once; payoffs in units of each game's range."""

    estimates: Estimates | None = None

    name: ClassVar[str] = "noisy_introspection"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "GoereeHolt2004, equation (5)"

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (
            Parameter("lam", 0.05, 300.0, (3.0, 12.0), "precision, per range of payoffs", log=True),
            Parameter("t", 1.0, 50.0, (2.0, 6.0), "how much noisier each step is", log=True),
        )

    @property
    def free(self) -> tuple[str, ...]:
        return ("lam", "t")

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        lam, t = self.value("lam"), self.value("t")

        def strategy(game: Any) -> list[float]:
            own, other = _scaled(game)
            logs = introspection(own[None], other[None], lam, t)[0]
            mix: list[float] = np.exp(logs).tolist()
            return mix

        return each_game(decisions, strategy)

    def fit(self, decisions: pl.DataFrame) -> Self:
        tally = Tally(training(self, decisions))
        shapes: dict[tuple[int, ...], list[int]] = {}
        tables = [_scaled(game) for game in tally.games]
        for place, (own, _) in enumerate(tables):
            shapes.setdefault(own.shape, []).append(place)
        stacks = [
            tuple(
                np.stack(parts)
                for parts in zip(
                    *((*tables[place], tally.counts[place]) for place in places), strict=True
                )
            )
            for places in shapes.values()
        ]

        def minus_log_likelihood(values: Mapping[str, float]) -> float:
            return -sum(
                float((counts * introspection(own, other, values["lam"], values["t"])).sum())
                for own, other, counts in stacks
            )

        found = maximise(
            minus_log_likelihood,
            self.searched,
            theory=self.predictor_id,
            n_decisions=tally.n_decisions,
            n_choices=tally.n_choices,
        )
        return replace(self, estimates=found)


def _scaled(game: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return both players' payoffs in units of the range over both."""
    own, other = payoffs(game)
    width = float(max(own.max(), other.max()) - min(own.min(), other.min())) or 1.0
    return own / width, other / width
