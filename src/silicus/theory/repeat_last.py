"""Repeat the own last move: the habit that any account of repeated play has to beat.

A predictor that only copies the last move gets the same scores as this one, so that a high
agreement in repeated games can be recognised as mere persistence.

References
----------
.. [ErevHaruvy2016] Erev and Haruvy 2016, Handbook of Experimental Economics 2, on inertia.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from silicus.theory.base import Chances, Theory
from silicus.theory.past import is_repeated, last_moves


@dataclass(frozen=True)
class RepeatLast(Theory):
    """The own last move with certainty; every action equally likely where there is none yet."""

    name: ClassVar[str] = "repeat_last"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "ErevHaruvy2016"
    needs: ClassVar[str] = "own last move"

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return sure_or_even(decisions["options"].to_list(), last_moves(decisions)["own"].to_list())


def sure_or_even(options: Sequence[Sequence[str]], moves: Sequence[str | None]) -> list[Chances]:
    """Return certainty for each given move, and equal probabilities where it is None."""
    return [
        tuple(1 / len(listed) for _ in listed)
        if move is None
        else tuple(float(option == move) for option in listed)
        for listed, move in zip(options, moves, strict=True)
    ]
