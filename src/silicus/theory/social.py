"""Social preferences: people care for what the other gets, and choose by a logit of that.

What the theories share. Each option leads to a pair of gains, own and other's, as shares of what
there is to have; a theory gives the pair a utility; options are taken with probability
proportional to exp(lam x utility).

* ``ultimatum``: accepting gives the share offered and the rest; rejecting gives both nothing.
* ``bargaining``: accepting gives what is offered now. Rejecting gives each the fitted share
  ``waiting`` of what is left next round by the own discount factor: people's expectation of what
  comes, not the solution of the game. Needs discounts that are known.
* ``matrix`` with simultaneous moves: the utility of each cell, averaged over an even opponent;
  where the other's move is known, over that move alone. Payoffs count in units of their range.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
import polars as pl
from jaxtyping import Float
from scipy.special import log_softmax

from silicus.theory.base import Chances, FittedTheory, Parameter, observed, training
from silicus.theory.offers import Moment, moments
from silicus.theory.search import maximise
from silicus.theory.strategic import payoffs

PRECISION: Final = Parameter(
    "lam", 0.01, 200.0, (5.0, 20.0), "precision of the logit choice, per share", log=True
)
WAITING: Final = Parameter(
    "waiting", 0.0, 0.5, (0.4, 0.1), "share of what is left that rejecting is expected to bring"
)
KINDS: Final = ("ultimatum", "bargaining", "matrix")


class Outcomes(NamedTuple):
    """Own and other's gains of each option in each event: arrays (decision, option, event).

    ``weight`` is the chance of each event, 0 where there is none; ``waits`` says which options
    bring the fitted share of what is left.
    """

    own: Float[np.ndarray, "decision option event"]
    other: Float[np.ndarray, "decision option event"]
    weight: Float[np.ndarray, "decision event"]
    waits: Float[np.ndarray, "decision option"]


class SocialTheory(FittedTheory):
    """A utility over pairs of gains, with logit choice."""

    kinds: ClassVar[tuple[str, ...]] = KINDS
    needs: ClassVar[str] = "the parameters of the game, and the offer or move that is answered"

    @property
    @abstractmethod
    def preferences(self) -> tuple[Parameter, ...]:
        """The parameters of the utility."""

    @abstractmethod
    def utility(
        self,
        own: Float[np.ndarray, "*cell"],
        other: Float[np.ndarray, "*cell"],
        values: Mapping[str, float],
    ) -> Float[np.ndarray, "*cell"]:
        """Return the utility of own and other's gains."""

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (*self.preferences, PRECISION, WAITING)

    @property
    def free(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.searched)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        if game.kind == "matrix":
            return sorted(options) == sorted(game.actions) and game.n_rounds == 1
        return sorted(options) == ["accept", "reject"] and (
            game.kind != "bargaining" or game.complete_information
        )

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        for name in self.free:
            self.value(name)
        assert self.estimates is not None
        found = np.exp(self._logs(outcomes(decisions), self.estimates.values))
        sizes = decisions["options"].list.len().to_list()
        return [tuple(row[:n]) for row, n in zip(found.tolist(), sizes, strict=True)]

    def fit(self, decisions: pl.DataFrame) -> Self:
        usable = training(self, decisions)
        pooled, counts = _pooled(usable)
        outcome = outcomes(pooled)
        bargains = bool(outcome.waits.any())

        def minus_log_likelihood(values: Mapping[str, float]) -> float:
            logs = self._logs(outcome, {"waiting": 0.0, **values})
            return -float((counts * np.where(counts > 0, logs, 0.0)).sum())

        wanted = [one for one in self.searched if bargains or one is not WAITING]
        found = maximise(
            minus_log_likelihood,
            wanted,
            theory=self.predictor_id,
            n_decisions=len(usable),
            n_choices=int(usable["n_choices"].sum()),
        )
        if not bargains:
            # Nothing tells what waiting is worth, and nothing needs it.
            found = replace(found, values={**found.values, "waiting": 0.0})
        return replace(self, estimates=found)  # type: ignore[type-var]

    def _logs(
        self, outcome: Outcomes, values: Mapping[str, float]
    ) -> Float[np.ndarray, "decision option"]:
        share = np.where(outcome.waits > 0, values["waiting"], 1.0)[:, :, None]
        worth = self.utility(outcome.own * share, outcome.other * share, values)
        mean = np.einsum("doe,de->do", np.nan_to_num(worth), outcome.weight)
        offered = ~np.isnan(outcome.own).all(axis=2)
        logs: np.ndarray = log_softmax(np.where(offered, values["lam"] * mean, -np.inf), axis=1)
        return logs


def outcomes(decisions: pl.DataFrame) -> Outcomes:
    """Return what each option of each decision brings to both."""
    read = [_read(at) for at in moments(decisions)]
    n = len(read)
    n_options = max(own.shape[0] for own, _, _, _ in read)
    n_events = max(own.shape[1] for own, _, _, _ in read)
    own_all = np.full((n, n_options, n_events), np.nan)
    other_all = np.full((n, n_options, n_events), np.nan)
    weight_all = np.zeros((n, n_events))
    waits_all = np.zeros((n, n_options))
    for place, (own, other, weight, waits) in enumerate(read):
        rows, columns = own.shape
        own_all[place, :rows, :columns] = own
        other_all[place, :rows, :columns] = other
        weight_all[place, :columns] = weight
        waits_all[place, :rows] = waits
    return Outcomes(own_all, other_all, weight_all, waits_all)


def _read(at: Moment) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    game = at.game
    if game.kind == "matrix":
        own, other = payoffs(game)
        order = [game.actions.index(option) for option in at.options]
        low = min(own.min(), other.min())
        width = float(max(own.max(), other.max()) - low) or 1.0
        own, other = (own[order] - low) / width, (other[order] - low) / width
        weight = np.full(own.shape[1], 1 / own.shape[1])
        if game.sequential:
            known = game.other_actions.index(at.answered("move")["action"])
            weight = np.eye(own.shape[1])[known]
        return own, other, weight, np.zeros(len(at.options))
    if game.kind == "ultimatum":
        pairs = {"accept": (game.share_offered, 1 - game.share_offered), "reject": (0.0, 0.0)}
        waits = np.zeros(2)
    else:
        share = at.answered("offer")["amount"] / game.total
        pairs = {
            "accept": (share, 1 - share),
            "reject": (game.own_discount, game.other_discount),
        }
        waits = np.array([float(option == "reject") for option in at.options])
    told = np.array([pairs[option] for option in at.options])
    return told[:, :1], told[:, 1:], np.ones(1), waits


def _pooled(decisions: pl.DataFrame) -> tuple[pl.DataFrame, Float[np.ndarray, "decision option"]]:
    """Return the distinct situations of some decisions, and how often each option was taken."""
    key = decisions.select("game", "options", "round", "history")
    codes = key.select(pl.struct(pl.all()).hash()).to_series()
    first = codes.is_first_distinct()
    place = {code: n for n, code in enumerate(codes.filter(first))}
    width = int(decisions["options"].list.len().max())  # type: ignore[arg-type]
    counts = np.zeros((len(place), width))
    for code, taken in zip(codes, observed(decisions), strict=True):
        counts[place[code], : len(taken)] += taken
    return decisions.filter(first), counts
