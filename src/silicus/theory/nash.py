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
from itertools import permutations
from typing import Any, ClassVar, Final, Literal, NamedTuple

import numpy as np
import polars as pl
import pygambit

from silicus.games import MatrixGame
from silicus.theory.base import Chances, Theory, by_game, one_of
from silicus.theory.strategic import TIE, canonical, each_game, is_simultaneous, payoffs

_Table = tuple[tuple[float, ...], ...]

ALIKE: Final = 1e-12
"""Difference of probabilities (exact, then rounded) below which both play alike."""

MOST_PERMUTED: Final = 6
"""Actions of the largest game without common names in which every order of them is tried."""


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


Profile = tuple[tuple[float, ...], tuple[float, ...]]
"""The participant's and the other player's probabilities of their actions."""

SELECTIONS: Final = (
    "mixed",
    "pure",
    "all",
    "mean",
    "symmetric",
    "payoff_dominant",
    "risk_dominant",
)


@dataclass(frozen=True)
class Nash(Theory):
    """The Nash equilibrium of the game as if played once, from the participant's side.

    In repeated games this is the equilibrium of one round, which playing in every round is an
    equilibrium of the whole; with an open end there are many others. Sequential games, where the
    other player's move is known, are left to ``subgame_perfect``.

    Parameters
    ----------
    selection : str
        Which of several equilibria; where the rule leaves several, their average.

        * ``mixed``: those in which somebody mixes, and the pure ones only where there is no such
          (the choice of [Shapira2026]_). Of these, in a symmetric game, the symmetric ones where
          there are any: players who cannot be told apart have no way to agree who plays which
          part of an asymmetric equilibrium [CrawfordHaller1990]_.
        * ``pure``: those in which nobody mixes.
        * ``all`` or ``mean``: every extreme equilibrium.
        * ``symmetric``: those in which both play alike, of a symmetric game.
        * ``payoff_dominant``: the one that gives both players at least as much as any other.
        * ``risk_dominant``: in a two-by-two game with two strict pure equilibria the one of
          larger product of losses from deviating, and the mixed one where the products are equal.

        Where there is one equilibrium only, it is meant by each rule but ``pure``, ``symmetric``.
        Where a rule finds none the theory abstains, and :meth:`why_silent` says why.

    Notes
    -----
    The default is ``mixed`` because the reference study has it, and because it is the only
    answer to a coordination problem that needs no agreement beforehand. A game is symmetric where
    some order of the other's actions (the equally named ones, where both have the same names)
    gives both the same payoffs, up to unit and zero of each player's.

    References
    ----------
    .. [Shapira2026] Shapira, Tennenholtz and Reichart 2026, arXiv 2603.17218v2, section 5.
    .. [HarsanyiSelten1988] Harsanyi and Selten 1988, A General Theory of Equilibrium Selection in
       Games, section 3.9 (risk dominance) and 3.6 (payoff dominance).
    .. [CrawfordHaller1990] Crawford and Haller 1990, Econometrica 58, section 2.
    """

    selection: Literal[
        "mixed", "pure", "all", "mean", "symmetric", "payoff_dominant", "risk_dominant"
    ] = "mixed"

    name: ClassVar[str] = "nash"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "Nash1951, equation (1)"

    def __post_init__(self) -> None:
        one_of(self.name, "selection", self.selection, SELECTIONS)

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options) and (
            self.selection in ("mixed", "all", "mean") or bool(self._select(game)[0])
        )

    def why_silent(self, game: Any, options: Sequence[str]) -> str:
        if not is_simultaneous(game, options):
            return super().why_silent(game, options)
        return self._select(game)[1]

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return each_game(decisions, self._strategy)

    def _strategy(self, game: MatrixGame) -> list[float]:
        mean: list[float] = np.mean([row for row, _ in self._select(game)[0]], axis=0).tolist()
        return mean

    def _select(self, game: MatrixGame) -> tuple[tuple[Profile, ...], str]:
        """Return the equilibria that the rule picks, or none and the reason."""
        found = equilibria(game)
        if self.selection == "pure":
            return found.pure, "no equilibrium without mixing"
        if self.selection in ("all", "mean"):
            return found.profiles, ""
        orders = symmetries(game)
        alike = tuple(both for both in found.profiles if orders and _alike(both, orders))
        if self.selection == "symmetric":
            return alike, (
                "no extreme equilibrium in which both play alike (the game is degenerate)"
                if orders
                else "the game is not symmetric"
            )
        if self.selection == "mixed":
            mixed = found.mixed or found.pure
            return tuple(both for both in mixed if both in alike) or mixed, ""
        if len(found.profiles) == 1:
            return found.profiles, ""
        if self.selection == "payoff_dominant":
            return _payoff_dominant(game, found), "no equilibrium is best for both players"
        return _risk_dominant(game, found)


def symmetries(game: MatrixGame) -> list[tuple[int, ...]]:
    """Return the orders of the other's actions in which both players face the same game.

    Payoffs of each player count up to unit and zero. Where both have the same action names only
    the order that matches them is looked at; else every order, in games of at most six actions.
    """
    own, other = (_exact(table) for table in payoffs(game))
    n = len(game.actions)
    if own.shape != (n, n):
        return []
    if set(game.actions) == set(game.other_actions):
        orders = [tuple(game.other_actions.index(name) for name in game.actions)]
    else:
        orders = list(permutations(range(n))) if n <= MOST_PERMUTED else [tuple(range(n))]
    mine, theirs = _standard(own), _standard(other)
    return [order for order in orders if (mine[:, order] == theirs[:, order].T).all()]


def _standard(table: Any) -> Any:
    """Return exact payoffs with least 0 and greatest 1; all 0 where they do not differ."""
    width = table.max() - table.min()
    return (table - table.min()) / (width or Fraction(1))


def _exact(table: Any) -> Any:
    return np.array([[Fraction(str(x)) for x in row] for row in table.tolist()])


def _alike(both: Profile, orders: Sequence[tuple[int, ...]]) -> bool:
    mine, theirs = both
    return all(
        max(abs(p - theirs[place]) for p, place in zip(mine, order, strict=True)) < ALIKE
        for order in orders
    )


def _payoff_dominant(game: MatrixGame, found: Equilibria) -> tuple[Profile, ...]:
    own, other = payoffs(game)
    worth = np.array(
        [(np.dot(p, own @ np.array(q)), np.dot(p, other @ np.array(q))) for p, q in found.profiles]
    )
    best = (worth >= worth.max(axis=0) - TIE * np.maximum(np.abs(worth).max(axis=0), 1)).all(axis=1)
    return tuple(both for both, good in zip(found.profiles, best.tolist(), strict=True) if good)


def _risk_dominant(game: MatrixGame, found: Equilibria) -> tuple[tuple[Profile, ...], str]:
    own, other = (_exact(table) for table in payoffs(game))
    strict = []
    if own.shape == (2, 2):
        for both in found.pure:
            i, j = both[0].index(1), both[1].index(1)
            losses = own[i, j] - own[1 - i, j], other[i, j] - other[i, 1 - j]
            if min(losses) > 0:
                strict.append((losses[0] * losses[1], both))
    if len(strict) != 2:
        return (), "not a two-by-two game with two strict pure equilibria"
    (first, one), (second, two) = strict
    if first == second:
        return found.mixed, ""
    return ((one,) if first > second else (two,)), ""


pure = partial(Nash, selection="pure")
symmetric = partial(Nash, selection="symmetric")
payoff_dominant = partial(Nash, selection="payoff_dominant")
risk_dominant = partial(Nash, selection="risk_dominant")
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
