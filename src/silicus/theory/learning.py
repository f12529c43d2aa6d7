"""What theories of learning share: histories as one tree, and attractions turned into choices.

A repeated game grows a tree of histories. What a theory has learnt at a node follows from what it
had learnt at the parent and from the moves of the round between, so each distinct history is
computed once, a round at a time, for everybody who met it. Payoffs count from the lowest of the
participant's in the game, in units of their range: learning does not depend on currency.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
import polars as pl
from jaxtyping import Float, Int
from scipy.special import log_softmax

from silicus.games import MatrixGame
from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    game_of,
    observed,
    training,
)
from silicus.theory.past import is_repeated, last_moves
from silicus.theory.search import maximise
from silicus.theory.strategic import in_action_order, in_option_order, payoffs

MOST_NAMES: Final = 8
"""Games told apart by name, each with a first inclination of its own, up to so many."""

PRECISION: Final = Parameter(
    "lam", 0.01, 100.0, (2.0, 8.0), "precision of the logit choice, per range of payoffs", log=True
)


class Step(NamedTuple):
    """The nodes of one round: their places, their parents' and what both did in between."""

    node: Int[np.ndarray, " step"]
    parent: Int[np.ndarray, " step"]
    own: Int[np.ndarray, " step"]
    other: Int[np.ndarray, " step"]


class Tree:
    """The distinct histories of some decisions.

    Attributes
    ----------
    games : list of MatrixGame
    worth : ndarray of shape (n_games, n_actions, n_other_actions)
        Own payoffs from 0 to 1; 0 where a game has fewer actions.
    valid : ndarray of bool of shape (n_games, n_actions)
    game : ndarray of int of shape (n_nodes,)
    steps : list of Step
        From the second round on.
    node_of : list of int
        The node of each decision.
    """

    def __init__(self, decisions: pl.DataFrame) -> None:
        last_moves(decisions)  # refuses moves that are no actions
        texts = decisions["game"].unique(maintain_order=True).to_list()
        self.games: list[MatrixGame] = [game_of(text) for text in texts]
        rows = max(len(game.actions) for game in self.games)
        columns = max(len(game.other_actions) for game in self.games)
        self.worth = np.zeros((len(texts), rows, columns))
        self.valid = np.zeros((len(texts), rows), dtype=bool)
        for place, game in enumerate(self.games):
            own = payoffs(game)[0]
            width = float(np.ptp(own)) or 1.0
            self.worth[place, : own.shape[0], : own.shape[1]] = (own - own.min()) / width
            self.valid[place, : own.shape[0]] = True
        place_of = {text: place for place, text in enumerate(texts)}
        game_of_node = list(range(len(texts)))
        children: dict[tuple[int, int, int], int] = {}
        by_depth: list[list[tuple[int, int, int, int]]] = []
        self.node_of = []
        columns_read = decisions.select("game", "round", "history")
        for text, now, history in columns_read.iter_rows():
            node = place_of[text]
            for depth, (own_move, other_move) in enumerate(_rounds(game_of(text), now, history)):
                key = (node, own_move, other_move)
                child = children.get(key)
                if child is None:
                    child = children[key] = len(game_of_node)
                    game_of_node.append(game_of_node[node])
                    while len(by_depth) <= depth:
                        by_depth.append([])
                    by_depth[depth].append((child, *key))
                node = child
            self.node_of.append(node)
        self.game = np.array(game_of_node)
        self.steps = [Step(*np.array(level).T) for level in by_depth]

    def counts(self, decisions: pl.DataFrame) -> Float[np.ndarray, "node action"]:
        """Return how often each action was taken after each history."""
        out = np.zeros((len(self.game), self.valid.shape[1]))
        rows = zip(self.node_of, decisions["options"].to_list(), observed(decisions), strict=True)
        for node, options, taken in rows:
            game = self.games[self.game[node]]
            out[node, : len(game.actions)] += in_action_order(game, options, taken)
        return out


def _rounds(
    game: MatrixGame, now: int, history: Sequence[Mapping[str, Any]]
) -> list[tuple[int, int]]:
    """Return both moves of every earlier round in which both are known, as places."""
    own: dict[int, int] = {}
    other: dict[int, int] = {}
    for event in history:
        if event["kind"] == "move" and event["round"] < now:
            if event["actor"] == "self":
                own[event["round"]] = game.actions.index(event["action"])
            elif event["actor"] == "other":
                other[event["round"]] = game.other_actions.index(event["action"])
    return [(own[turn], other[turn]) for turn in sorted(own.keys() & other.keys())]


class LearningTheory(FittedTheory):
    """A theory that gives each action an attraction, learnt from the rounds before.

    Before anything was learnt an action attracts by its mean payoff against an even opponent, and
    by a first inclination: where the data have at most eight game names, one parameter for each
    action but the first in every game name (``first/NAME/2``).
    """

    estimates: Estimates | None

    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    needs: ClassVar[str] = "the moves of earlier rounds"

    @property
    @abstractmethod
    def searched(self) -> tuple[Parameter, ...]:
        """Parameters of the theory itself, with those of the choice."""

    @abstractmethod
    def attractions(
        self, tree: Tree, first: Float[np.ndarray, "game action"], values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        """Return the attraction of each action after each history."""

    def log_chances(
        self, tree: Tree, values: Mapping[str, float]
    ) -> Float[np.ndarray, "node action"]:
        """Return the logarithm of each action's probability after each history."""
        attraction = values["lam"] * self.attractions(tree, first_attractions(tree, values), values)
        found: np.ndarray = log_softmax(
            np.where(tree.valid[tree.game], attraction, -np.inf), axis=1
        )
        return found

    @property
    def free(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.searched)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options) and not game.sequential

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        for name in self.free:
            self.value(name)  # says so where it was not fitted
        assert self.estimates is not None
        tree = Tree(decisions)
        found = np.exp(self.log_chances(tree, self.estimates.values))
        return [
            in_option_order(game, options, found[node, : len(game.actions)].tolist())
            for game, node, options in zip(
                (tree.games[tree.game[node]] for node in tree.node_of),
                tree.node_of,
                decisions["options"].to_list(),
                strict=True,
            )
        ]

    def fit(self, decisions: pl.DataFrame) -> Self:
        usable = training(self, decisions)
        tree = Tree(usable)
        counts = tree.counts(usable)

        def minus_log_likelihood(values: Mapping[str, float]) -> float:
            logs = self.log_chances(tree, values)
            return -float((counts * np.where(counts > 0, logs, 0.0)).sum())

        found = maximise(
            minus_log_likelihood,
            (*self.searched, *_inclinations(tree)),
            theory=self.predictor_id,
            n_decisions=len(usable),
            n_choices=int(usable["n_choices"].sum()),
        )
        return replace(self, estimates=found)  # type: ignore[type-var]


def _inclinations(tree: Tree) -> list[Parameter]:
    sizes = {game.name: len(game.actions) for game in tree.games}
    if len(sizes) > MOST_NAMES:
        return []
    return [
        Parameter(f"first/{name}/{action}", -5.0, 5.0, (0.0,), "first inclination")
        for name, n in sorted(sizes.items())
        for action in range(2, n + 1)
    ]


def first_attractions(tree: Tree, values: Mapping[str, float]) -> Float[np.ndarray, "game action"]:
    """Return attractions before anything was learnt; a game not fitted has no inclination."""
    n_other = np.array([len(game.other_actions) for game in tree.games])
    first: np.ndarray = tree.worth.sum(axis=2) / n_other[:, None]
    for place, game in enumerate(tree.games):
        for action in range(2, len(game.actions) + 1):
            first[place, action - 1] += values.get(f"first/{game.name}/{action}", 0.0)
    return first
