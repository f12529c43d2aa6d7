"""What the theories of matrix games share: payoffs as arrays, best replies, ties."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from silicus.errors import DataError
from silicus.games import MatrixGame
from silicus.theory.base import Chances, by_game, game_of, observed

TIE: Final = 1e-9
"""Payoffs that differ by less, relative to the range of payoffs, count as equal."""

Payoffs = Float[np.ndarray, "row column"]


def payoffs(game: MatrixGame) -> tuple[Payoffs, Payoffs]:
    """Return own and other's expected payoffs of each pair of intended moves.

    Where chance flips moves (``noise``), payoffs are expectations over what is carried out; the
    choice that is predicted is the intended one.

    Returns
    -------
    (ndarray of shape (n_actions, n_other_actions), the same)

    Raises
    ------
    DataError
        If moves are flipped in a game with other than two actions each, where it is not defined
        which action a flipped move becomes.
    """
    own, other = np.array(game.own, dtype=float), np.array(game.other, dtype=float)
    if game.noise:
        if own.shape != (2, 2):
            raise DataError(
                f"game {game.name}: noise {game.noise:g} flips moves, which is only defined for "
                f"two actions each (found {own.shape[0]} x {own.shape[1]}). Correct the loader."
            )
        keep = 1 - game.noise
        flip = np.array([[keep, game.noise], [game.noise, keep]])
        own, other = flip @ own @ flip.T, flip @ other @ flip.T
    return own, other


class Canonical(NamedTuple):
    """A two-by-two game in an order that does not depend on who is who or what comes first.

    ``first`` and ``second`` are the payoffs of the two players of the reordered game;
    ``swapped`` says that the participant is its second player, ``turned`` that the participant's
    actions stand in reverse, ``other_turned`` that the other player's do.
    """

    first: tuple[tuple[float, ...], ...]
    second: tuple[tuple[float, ...], ...]
    swapped: bool
    turned: bool
    other_turned: bool

    def restore(self, one: Sequence[Any], two: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return what belongs to the reordered game's players as the participant's and other's."""
        mine, theirs = (two, one) if self.swapped else (one, two)
        return list(mine)[:: -1 if self.turned else 1], list(theirs)[
            :: -1 if self.other_turned else 1
        ]


def canonical(own: Payoffs, other: Payoffs) -> Canonical:
    """Return the game in canonical order, so that each is solved only once.

    Experiments swap rows, columns and roles at random; the 8 variants of a two-by-two game have
    the same solution up to these swaps. Games of other shapes are left as they are.
    """
    if own.shape != (2, 2):
        return Canonical(_tuples(own), _tuples(other), False, False, False)
    variants = []
    for turned, other_turned in product((False, True), repeat=2):
        rows, columns = (
            slice(None, None, -1 if turned else 1),
            slice(None, None, -1 if other_turned else 1),
        )
        a, b = own[rows, columns], other[rows, columns]
        variants.append(Canonical(_tuples(a), _tuples(b), False, turned, other_turned))
        variants.append(Canonical(_tuples(b.T), _tuples(a.T), True, turned, other_turned))
    return min(variants)


def _tuples(table: Payoffs) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, table.tolist()))


def best_reply(values: Float[np.ndarray, "*game action"]) -> Float[np.ndarray, "*game action"]:
    """Return equal probability for every action of highest value, 0 for the others."""
    top = values.max(axis=-1, keepdims=True)
    scale = np.ptp(values, axis=-1, keepdims=True)
    best = values >= top - TIE * np.maximum(scale, 1)
    shares: np.ndarray = best / best.sum(axis=-1, keepdims=True)
    return shares


def is_simultaneous(game: MatrixGame, options: Sequence[str]) -> bool:
    """Say whether both choose at the same time, between exactly the game's actions."""
    return not game.sequential and sorted(options) == sorted(game.actions)


def in_option_order(game: MatrixGame, options: Sequence[str], chances: Sequence[float]) -> Chances:
    """Return probabilities of ``game.actions`` in the order of the decision's options."""
    of = dict(zip(game.actions, chances, strict=True))
    return tuple(float(of[option]) for option in options)


class Tally:
    """The distinct matrix games of some decisions, and how often each action was taken.

    Attributes
    ----------
    games : list of MatrixGame
    counts : list of ndarray of shape (n_actions,)
        Choices of each of ``game.actions``, in the order of ``games``.
    n_decisions, n_choices : int
    """

    def __init__(self, decisions: pl.DataFrame) -> None:
        games: dict[str, MatrixGame] = {}
        counts: dict[str, np.ndarray] = {}
        rows = zip(
            decisions["game"], decisions["options"].to_list(), observed(decisions), strict=True
        )
        for text, options, taken in rows:
            game = games.setdefault(text, game_of(text))
            before = counts.setdefault(text, np.zeros(len(game.actions)))
            counts[text] = before + in_action_order(game, options, taken)
        self.games = list(games.values())
        self.counts = list(counts.values())
        self.n_decisions = len(decisions)
        self.n_choices = int(decisions["n_choices"].sum())


def in_action_order(
    game: MatrixGame, options: Sequence[str], counts: Sequence[float]
) -> Float[np.ndarray, " action"]:
    """Return numbers given in the order of the options in the order of ``game.actions``."""
    of = dict(zip(options, counts, strict=True))
    return np.array([of[action] for action in game.actions])


def each_game(
    decisions: pl.DataFrame, function: Callable[[MatrixGame], Sequence[float]]
) -> list[Chances]:
    """Return the option probabilities of each row from a function of the game alone."""
    return by_game(decisions, lambda game, options: in_option_order(game, options, function(game)))
