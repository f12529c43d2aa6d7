"""Tit for tat: cooperate first, then do what the other player did last.

References
----------
.. [AxelrodHamilton1981] Axelrod and Hamilton 1981, Science 211, p. 1393.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from silicus.games import MatrixGame
from silicus.theory.base import Chances, Theory, by_game
from silicus.theory.past import is_repeated, last_moves
from silicus.theory.repeat_last import sure_or_even


@dataclass(frozen=True)
class TitForTat(Theory):
    """Copy the other player's last move; speaks where both have the same actions.

    The first move is the action whose standard name (``MatrixGame.labels``) is "cooperate"; where
    the game has none, every action is equally likely.
    """

    name: ClassVar[str] = "tit_for_tat"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "AxelrodHamilton1981, p. 1393"
    needs: ClassVar[str] = "the other player's last move"

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options) and set(game.actions) == set(game.other_actions)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        first = by_game(decisions, lambda game, options: cooperative_action(game))
        last = last_moves(decisions)["other"].to_list()
        moves = [a if b is None else b for a, b in zip(first, last, strict=True)]
        return sure_or_even(decisions["options"].to_list(), moves)


def cooperative_action(game: MatrixGame) -> str | None:
    """Return the action called "cooperate" in the game's labels, or None."""
    return next((a for a in game.actions if game.labels.get(a) == "cooperate"), None)
