"""Win-stay, lose-shift: repeat a move that paid well, change one that did not.

References
----------
.. [NowakSigmund1993] Nowak and Sigmund 1993, Nature 364, p. 56: stay after the two higher payoffs
   of the prisoner's dilemma, shift after the two lower ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from silicus.games import MatrixGame
from silicus.theory.base import Chances, Theory, by_game
from silicus.theory.past import is_repeated, last_moves
from silicus.theory.tit_for_tat import cooperative_action


@dataclass(frozen=True)
class WinStay(Theory):
    """Stay after a payoff above the median of one's own payoffs in the game, else shift.

    In the prisoner's dilemma this is the rule of the paper. With more than two actions a shift goes
    to each other action with equal probability. The first move is the one called "cooperate" in
    the game's labels; where there is none, every action is equally likely.
    """

    name: ClassVar[str] = "win_stay"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "NowakSigmund1993, p. 56"

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        past = last_moves(decisions).select("own", "other").rows()
        games = by_game(decisions, lambda game, options: game)
        return [
            _next(game, options, own, other)
            for game, options, (own, other) in zip(
                games, decisions["options"].to_list(), past, strict=True
            )
        ]


def _next(game: MatrixGame, options: Sequence[str], own: str | None, other: str | None) -> Chances:
    if own is None or other is None:
        first = cooperative_action(game)
        if first is None:
            return tuple(1 / len(options) for _ in options)
        return tuple(float(option == first) for option in options)
    earned = game.own[game.actions.index(own)][game.other_actions.index(other)]
    if earned > float(np.median(game.own)):
        return tuple(float(option == own) for option in options)
    return tuple(float(option != own) / (len(options) - 1) for option in options)
