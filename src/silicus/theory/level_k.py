"""Level-k reasoning: best reply to a player who reasons one step less.

A level-0 player takes every action with equal probability; a level-k player best-replies to a
level-(k - 1) player. Equally good replies share the probability equally.

References
----------
.. [StahlWilson1995] Stahl and Wilson 1995, Games and Economic Behavior 10.
.. [Nagel1995] Nagel 1995, American Economic Review 85.
.. [AradRubinstein2012] Arad and Rubinstein 2012, American Economic Review 102, section I.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import polars as pl

from silicus.errors import StudyError
from silicus.games import MatrixGame
from silicus.theory.base import Chances, Theory
from silicus.theory.strategic import best_reply, each_game, is_simultaneous, payoffs


@dataclass(frozen=True)
class LevelK(Theory):
    """A player of one level, for the game as if played once.

    Parameters
    ----------
    level : int
        At least 0; 1 best-replies to a random player.
    """

    level: int = 1

    name: ClassVar[str] = "level_k"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "StahlWilson1995; Nagel1995; AradRubinstein2012, section I"

    def __post_init__(self) -> None:
        if self.level < 0:
            raise StudyError(
                f"theory level_k: level is {self.level}, but levels count from 0. "
                "Correct the study file."
            )

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return each_game(decisions, self._strategy)

    def _strategy(self, game: MatrixGame) -> list[float]:
        own, other = payoffs(game)
        mine = np.full(own.shape[0], 1 / own.shape[0])
        theirs = np.full(own.shape[1], 1 / own.shape[1])
        for _ in range(self.level):
            mine, theirs = best_reply(own @ theirs), best_reply(other.T @ mine)
        strategy: list[float] = mine.tolist()
        return strategy


two = partial(LevelK, level=2)
