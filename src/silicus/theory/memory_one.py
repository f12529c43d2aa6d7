"""Reciprocity with forgiveness, and memory-one play: how often one cooperates after what happened.

``reciprocity`` is generous tit for tat with rates fitted to people: how often they cooperate first,
return cooperation, and forgive a defection [NowakSigmund1992]_. ``memory_one`` lets the rates
depend on the own last move too, which has tit for tat and win-stay lose-shift as corners
[NowakSigmund1993]_.

References
----------
.. [NowakSigmund1992] Nowak and Sigmund 1992, Nature 355, p. 250: generous tit for tat.
.. [NowakSigmund1993] Nowak and Sigmund 1993, Nature 364, p. 56.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl

from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    by_game,
    observed,
    training,
)
from silicus.theory.past import is_repeated, last_moves
from silicus.theory.strategic import in_action_order, in_option_order
from silicus.theory.tit_for_tat import cooperative_action

PULL: Final = 1.0
"""Choices' worth of one half in every rate, so that none is 0 or 1."""


@dataclass(frozen=True)
class MemoryOne(FittedTheory):
    """Rates of the first listed action after each pair of last moves, for each game name.

    Speaks for repeated games with two actions that both players share. A history that no training
    person met has a rate of one half.
    """

    estimates: Estimates | None = None

    name: ClassVar[str] = "memory_one"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "NowakSigmund1993, p. 56"
    needs: ClassVar[str] = "both last moves"
    situations: ClassVar[tuple[str, ...]] = (
        "first",
        "after_AA",
        "after_AB",
        "after_BA",
        "after_BB",
    )

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(name, 0.0, 1.0, (), "rate of the first action (A), in closed form")
            for name in self.situations
        )

    @property
    def free(self) -> tuple[str, ...]:
        return self.situations

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        shared = set(game.actions) == set(game.other_actions)
        return is_repeated(game, options) and len(options) == 2 and shared and not game.sequential

    def first_action(self, game: Any) -> str:
        """Return the action whose rates are counted."""
        return str(game.actions[0])

    def situation(self, own: str | None, other: str | None, first: str) -> str:
        """Return the name of what happened in the last round."""
        if own is None or other is None:
            return "first"
        return f"after_{'A' if own == first else 'B'}{'A' if other == first else 'B'}"

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        if self.estimates is None:
            self.value(self.situations[0])
        assert self.estimates is not None
        known = self.estimates.values
        out = []
        for game, key, options in self._read(decisions):
            rate = known.get(key, 0.5)
            first = self.first_action(game)
            each = tuple(rate if action == first else 1 - rate for action in game.actions)
            out.append(in_option_order(game, options, each))
        return out

    def fit(self, decisions: pl.DataFrame) -> Self:
        usable = training(self, decisions)
        taken: dict[str, np.ndarray] = {}
        for (game, key, options), counts in zip(self._read(usable), observed(usable), strict=True):
            ordered = in_action_order(game, options, counts)
            place = game.actions.index(self.first_action(game))
            before = taken.setdefault(key, np.zeros(2))
            taken[key] = before + ordered[[place, 1 - place]]
        values = {
            key: float((hit + PULL / 2) / (hit + miss + PULL))
            for key, (hit, miss) in sorted(taken.items())
        }
        fit = sum(
            hit * np.log(values[key]) + miss * np.log(1 - values[key])
            for key, (hit, miss) in taken.items()
        )
        n_choices = int(usable["n_choices"].sum())
        return replace(self, estimates=Estimates(values, float(fit), len(usable), n_choices))

    def _read(self, decisions: pl.DataFrame) -> list[tuple[Any, str, list[str]]]:
        """Return the game, the key of its rate and the options of each decision."""
        games = by_game(decisions, lambda game, options: game)
        past = last_moves(decisions).select("own", "other").rows()
        return [
            (game, f"{game.name}/{self.situation(own, other, self.first_action(game))}", options)
            for game, (own, other), options in zip(
                games, past, decisions["options"].to_list(), strict=True
            )
        ]


@dataclass(frozen=True)
class Reciprocity(MemoryOne):
    """Generous tit for tat: rates of cooperation at first, after cooperation, after defection.

    Speaks where one of the two actions is called "cooperate" in the game's labels.
    """

    estimates: Estimates | None = None

    name: ClassVar[str] = "reciprocity"
    citation: ClassVar[str] = "NowakSigmund1992, p. 250"
    needs: ClassVar[str] = "the other player's last move"
    situations: ClassVar[tuple[str, ...]] = ("first", "return", "forgive")

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return super().speaks_for(game, options) and cooperative_action(game) is not None

    def why_silent(self, game: Any, options: Sequence[str]) -> str:
        if super().speaks_for(game, options):
            return 'no action is called "cooperate" in the game\'s labels'
        return super().why_silent(game, options)

    def first_action(self, game: Any) -> str:
        return str(cooperative_action(game))

    def situation(self, own: str | None, other: str | None, first: str) -> str:
        if other is None:
            return "first"
        return "return" if other == first else "forgive"
