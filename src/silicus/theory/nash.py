"""Nash equilibrium of matrix games, with the rule that picks one among several in the open.

Equilibria are computed with Gambit [Savani2025]_ by enumerating all extreme equilibria in exact
arithmetic. A degenerate game has infinitely many; the extreme ones are their corners, and
:func:`equilibria` says that the game is degenerate.

References
----------
.. [Nash1951] Nash 1951, Annals of Mathematics 54, p. 287, equation (1).
.. [Savani2025] Savani and Turocy 2025, Gambit (``enummixed_solve``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import polars as pl
import pygambit

from silicus.games import MatrixGame
from silicus.theory.base import Chances, Theory, by_game, one_of
from silicus.theory.strategic import canonical, each_game, is_simultaneous, payoffs

_Table = tuple[tuple[float, ...], ...]


class Equilibria(NamedTuple):
    """All extreme Nash equilibria of a game.

    ``profiles`` holds for each the participant's and the other player's probabilities of their
    actions. ``degenerate`` is true where an equilibrium strategy has more best replies than it
    has actions in use, so that there may be a continuum of equilibria.
    """

    profiles: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    degenerate: bool

    @property
    def pure(self) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
        """Equilibria in which neither player mixes."""
        return tuple(both for both in self.profiles if max(both[0]) == 1 == max(both[1]))

    @property
    def mixed(self) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
        """Equilibria in which at least one player mixes."""
        return tuple(both for both in self.profiles if both not in self.pure)


def equilibria(game: MatrixGame) -> Equilibria:
    """Return the extreme Nash equilibria of the stage game, from the participant's side.

    A game that is the same but for the order of actions or an affine change of one player's
    payoffs has the same equilibria. Flipped moves enter through expected payoffs.
    """
    own, other = payoffs(game)
    solved = canonical(own, other)
    found = _equilibria(solved.first, solved.second)
    profiles = [solved.restore(*profile) for profile in found.profiles]
    return Equilibria(
        tuple(sorted((tuple(mine), tuple(theirs)) for mine, theirs in profiles)), found.degenerate
    )


@lru_cache(maxsize=1 << 15)
def _equilibria(own: _Table, other: _Table) -> Equilibria:
    exact = [np.array([[Fraction(str(x)) for x in row] for row in table]) for table in (own, other)]
    solved = pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*exact), rational=True)
    profiles, degenerate = [], False
    for found in solved.equilibria:
        row, column = (
            [Fraction(str(found[strategy])) for strategy in player.strategies]
            for player in found.game.players
        )
        profiles.append((tuple(map(float, row)), tuple(map(float, column))))
        degenerate |= _has_spare_reply(exact[1].T, row, column)
        degenerate |= _has_spare_reply(exact[0], column, row)
    return Equilibria(tuple(sorted(set(profiles))), degenerate)


def _has_spare_reply(values: Any, strategy: list[Fraction], reply: list[Fraction]) -> bool:
    """Say whether ``strategy`` leaves its opponent more best replies than it has actions in use."""
    worth = values @ np.array(strategy)
    best = sum(1 for value in worth if value == max(worth))
    return best > sum(1 for chance in strategy if chance > 0)


@dataclass(frozen=True)
class Nash(Theory):
    """The Nash equilibrium of the game as if played once, from the participant's side.

    In repeated games this is the equilibrium of one round, which playing in every round is an
    equilibrium of the whole; with an open end there are many others. Sequential games, where the
    other player's move is known, are left to ``subgame_perfect``.

    Parameters
    ----------
    selection : {"mixed", "pure", "all"}
        Which of several equilibria. ``mixed``: those in which somebody mixes, and the pure ones
        only where there is no such (the choice of [Shapira2026]_). ``pure``: those in which nobody
        mixes; the theory abstains where there is none. ``all``: every extreme equilibrium. Where
        the rule leaves several, their average.

    References
    ----------
    .. [Shapira2026] Shapira, Tennenholtz and Reichart 2026, arXiv 2603.17218v2, section 5.
    """

    selection: Literal["mixed", "pure", "all"] = "mixed"

    name: ClassVar[str] = "nash"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "Nash1951, equation (1)"

    def __post_init__(self) -> None:
        one_of(self.name, "selection", self.selection, ("mixed", "pure", "all"))

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options) and (
            self.selection != "pure" or bool(equilibria(game).pure)
        )

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return each_game(decisions, self._strategy)

    def _strategy(self, game: MatrixGame) -> list[float]:
        found = equilibria(game)
        chosen = {
            "mixed": found.mixed or found.pure,
            "pure": found.pure,
            "all": found.profiles,
        }[self.selection]
        mean: list[float] = np.mean([row for row, _ in chosen], axis=0).tolist()
        return mean


pure = partial(Nash, selection="pure")
all_equilibria = partial(Nash, selection="all")


def describe(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of the equilibria of each decision's game.

    Returns
    -------
    polars.DataFrame
        ``decision_id``, ``n_pure``, ``n_mixed`` (extreme equilibria) and ``degenerate``; null for
        decisions that are no simultaneous matrix game.
    """

    def facts(game: Any, options: Sequence[str]) -> tuple[int | None, int | None, bool | None]:
        if game.kind != "matrix" or not is_simultaneous(game, options):
            return None, None, None
        found = equilibria(game)
        return len(found.pure), len(found.mixed), found.degenerate

    schema = {"n_pure": pl.Int64, "n_mixed": pl.Int64, "degenerate": pl.Boolean}
    known = pl.DataFrame(by_game(decisions, facts), schema=schema, orient="row")
    return decisions.select("decision_id").hstack(known)
