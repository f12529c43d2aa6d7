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
from silicus.terms import TERMS
from silicus.theory.base import Chances, Theory, by_game, game_of
from silicus.theory.past import game_when, is_repeated, last_moves, present_name
from silicus.theory.tit_for_tat import cooperative_action


@dataclass(frozen=True)
class WinStay(Theory):
    """Stay after a payoff above the median of one's own payoffs in the game, else shift.

    In the prisoner's dilemma this is the rule of the paper. The payoffs are those of the round
    in which they were earned. With more than two actions a shift goes
    to each other action with equal probability. The first move is the one called "cooperate" in
    the game's labels; where there is none, every action is equally likely.
    """

    name: ClassVar[str] = "win_stay"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "NowakSigmund1993, p. 56"
    needs: ClassVar[str] = "both last moves"

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        past = last_moves(decisions).select("own", "other").rows()
        games = by_game(decisions, lambda game, options: game)
        return [
            _next(game, options, own, other, decision)
            for game, options, (own, other), decision in zip(
                games, decisions["options"].to_list(), past, _varied(decisions), strict=True
            )
        ]


def _varied(decisions: pl.DataFrame) -> list[dict[str, Any] | None]:
    """Return the rows whose game was another one in an earlier round, None for all others."""
    kinds = decisions["history"].list.eval(pl.element().struct.field("kind"))
    varied = kinds.list.contains(TERMS).fill_null(False).to_list()
    return [decisions.row(n, named=True) if one else None for n, one in enumerate(varied)]


def _won(game: MatrixGame, own: str, other: str) -> bool:
    """Say whether a round paid more than the median of one's own payoffs."""
    earned = game.own[game.actions.index(own)][game.other_actions.index(other)]
    return earned > float(np.median(game.own))


def _won_then(decision: dict[str, Any]) -> bool:
    """Say the same of the last round, with the payoffs and names that it had."""
    now = game_of(decision["game"])
    moves = [
        event
        for event in decision["history"]
        if event["kind"] == "move" and present_name(event, game_when(decision, event["round"]), now)
    ]
    last = {
        event["actor"]: event
        for event in sorted(moves, key=lambda one: one["round"])
        if event["round"] < decision["round"]
    }
    game = game_when(decision, last["self"]["round"])
    return _won(game, last["self"]["action"], last["other"]["action"])


def _next(
    game: MatrixGame,
    options: Sequence[str],
    own: str | None,
    other: str | None,
    decision: dict[str, Any] | None,
) -> Chances:
    if own is None or other is None:
        first = cooperative_action(game)
        if first is None:
            return tuple(1 / len(options) for _ in options)
        return tuple(float(option == first) for option in options)
    if _won(game, own, other) if decision is None else _won_then(decision):
        return tuple(float(option == own) for option in options)
    return tuple(float(option != own) / (len(options) - 1) for option in options)
