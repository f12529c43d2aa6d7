"""What the theories of choice under risk share: lotteries as arrays, choice rules, fitting.

A theory gives each lottery a value; a choice rule turns values into probabilities. ``best`` takes
the lottery of highest value (ties share equally); ``logit`` takes each with probability
proportional to exp(sensitivity x value), with the sensitivity fitted on training people.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from silicus.errors import AnalysisError
from silicus.games import LotteryChoice
from silicus.theory.base import Chances, Estimates, Parameter, by_game, game_of, observed

Rule = Literal["best", "logit"]

TIE: Final = 1e-9
"""Values that differ by less, relative to the best or to 1, count as equal."""

SENSITIVITY: Final = (1e-4, 100.0)
"""Least and greatest sensitivity of the logit rule considered, over the spread of values."""


class Prospects(NamedTuple):
    """The lotteries of several choice problems, outcome by outcome.

    ``payoff`` and ``probability`` have one value for each outcome; ``at_least`` and ``more`` are
    the chances of its payoff or a higher one, and of a higher one; ``at_most`` and ``less`` of it
    or a lower one, and of a lower one. ``lottery`` is the place of the outcome's lottery in a
    table of shape (n_problems, n_options), read row by row; ``offered``, of that shape, is false
    where a problem has fewer options.
    """

    payoff: Float[np.ndarray, " outcome"]
    probability: Float[np.ndarray, " outcome"]
    at_least: Float[np.ndarray, " outcome"]
    more: Float[np.ndarray, " outcome"]
    at_most: Float[np.ndarray, " outcome"]
    less: Float[np.ndarray, " outcome"]
    lottery: Int[np.ndarray, " outcome"]
    offered: Bool[np.ndarray, "problem option"]

    def total(
        self, parts: Float[np.ndarray, " part"], where: Bool[np.ndarray, " outcome"] | None = None
    ) -> Float[np.ndarray, "problem option"]:
        """Return the sum over each lottery's outcomes (those of ``where``) of the given parts."""
        lottery = self.lottery if where is None else self.lottery[where]
        sums = np.bincount(lottery, weights=parts, minlength=self.offered.size)
        return sums.reshape(self.offered.shape)

    def extreme(self, values: Float[np.ndarray, " outcome"]) -> Float[np.ndarray, "problem option"]:
        """Return the largest of the given values over each lottery's outcomes, 0 if not offered."""
        top = np.full(self.offered.size, -np.inf)
        np.maximum.at(top, self.lottery, values)
        return np.where(np.isfinite(top), top, 0).reshape(self.offered.shape)


def is_told(game: LotteryChoice, options: Sequence[str]) -> bool:
    """Say whether every probability was told and each option has its lottery."""
    return len(options) == len(game.lotteries) and not any(game.ambiguous or ())


def prospects(games: Sequence[LotteryChoice]) -> Prospects:
    """Return the lotteries of some games, outcome by outcome.

    Outcomes of probability 0 are left out, equal payoffs of a lottery added up, and probabilities
    that sum to 1 only up to rounding are made to.
    """
    n_options = max(len(game.lotteries) for game in games)
    offered = np.zeros((len(games), n_options), dtype=bool)
    rows = []
    for problem, game in enumerate(games):
        for option, lottery in enumerate(game.lotteries):
            offered[problem, option] = True
            outcomes = sorted(_tidy(lottery).items())
            below = np.array([0.0, *np.cumsum([p for _, p in outcomes])[:-1], 1.0])
            above = np.array([1.0, *np.cumsum([p for _, p in outcomes[::-1]])[-2::-1], 0.0])
            for place, (payoff, p) in enumerate(outcomes):
                rows.append(
                    (
                        payoff,
                        p,
                        above[place],
                        above[place + 1],
                        below[place + 1],
                        below[place],
                        problem * n_options + option,
                    )
                )
    payoffs, chances, at_least, more, at_most, less, lottery_of = np.array(rows).T
    return Prospects(
        payoffs, chances, at_least, more, at_most, less, lottery_of.astype(np.int64), offered
    )


def _tidy(lottery: Sequence[Any]) -> dict[float, float]:
    chances: dict[float, float] = {}
    for outcome in lottery:
        if outcome.probability > 0:
            chances[outcome.payoff] = chances.get(outcome.payoff, 0) + outcome.probability
    total = sum(chances.values())
    return {payoff: chance / total for payoff, chance in chances.items()}


ValueOf = Callable[[Prospects, Mapping[str, float]], Float[np.ndarray, "problem option"]]
"""A theory's value of each lottery under given parameters."""


def chances_of(
    decisions: pl.DataFrame, value_of: ValueOf, parameters: Mapping[str, float], rule: Rule
) -> list[Chances]:
    """Return the option probabilities of each decision.

    Parameters
    ----------
    decisions : Decision table
        Choices between lotteries.
    value_of : callable
    parameters : mapping
        Those of the value, and ``sensitivity`` for the logit rule.
    rule : {"best", "logit"}
    """
    texts = decisions["game"].unique(maintain_order=True).to_list()
    risky = prospects([game_of(text) for text in texts])
    values = value_of(risky, parameters)
    if rule == "best":
        shares = _best(np.where(risky.offered, values, -np.inf))
    else:
        shares = softmax(
            np.where(risky.offered, parameters["sensitivity"] * values, -np.inf), axis=1
        )
    of = dict(zip(texts, shares.tolist(), strict=True))
    sizes = by_game(decisions, lambda game, options: len(options))
    return [tuple(of[text][:n]) for text, n in zip(decisions["game"], sizes, strict=True)]


def _best(values: Float[np.ndarray, "problem option"]) -> Float[np.ndarray, "problem option"]:
    """Return equal probability for each lottery within rounding of the best of its choice."""
    top = values.max(axis=1, keepdims=True)
    best = values >= top - TIE * np.maximum(np.abs(top), 1)
    shares: np.ndarray = best / best.sum(axis=1, keepdims=True)
    return shares


SENSITIVITY_PARAMETER: Final = Parameter(
    "sensitivity", *SENSITIVITY, (1.0,), "of the logit rule, over the spread of values", log=True
)


def estimate(
    decisions: pl.DataFrame,
    value_of: ValueOf,
    fixed: Mapping[str, float],
    free: Sequence[Parameter],
    *,
    theory: str,
) -> Estimates:
    """Fit the value's free parameters and the logit sensitivity by maximum likelihood.

    Sensitivity is searched in units of one over the spread of values at the start; every
    combination of starts is tried (L-BFGS-B) and the best kept.

    Raises
    ------
    AnalysisError
        If no search ends, or all lotteries are worth the same.
    """
    texts = decisions["game"].unique(maintain_order=True).to_list()
    place = {text: index for index, text in enumerate(texts)}
    risky = prospects([game_of(text) for text in texts])
    counts = np.zeros(risky.offered.shape)
    for text, taken in zip(decisions["game"], observed(decisions), strict=True):
        counts[place[text], : len(taken)] += taken

    def logs(values: Float[np.ndarray, "problem option"]) -> Float[np.ndarray, "problem option"]:
        found: np.ndarray = log_softmax(np.where(risky.offered, values, -np.inf), axis=1)
        return found

    def minus_log_likelihood(point: Float[np.ndarray, " parameter"], spread: float) -> float:
        parameters = {**fixed, **{p.name: float(x) for p, x in zip(free, point, strict=False)}}
        found = logs(np.exp(point[-1]) / spread * value_of(risky, parameters))
        return -float(np.where(risky.offered, counts * np.where(risky.offered, found, 0), 0).sum())

    best = None
    for start in _starts(free):
        first = value_of(risky, {**fixed, **{p.name: x for p, x in zip(free, start, strict=True)}})
        spread = float(np.ptp(np.where(risky.offered, first, first[:, :1]), axis=1).mean())
        if not spread > 0:
            continue
        bounds = [(p.low, p.high) for p in free] + [tuple(np.log(SENSITIVITY))]
        found = minimize(
            minus_log_likelihood, [*start, 0.0], args=(spread,), bounds=bounds, method="L-BFGS-B"
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best[0]):
            best = (float(found.fun), found.x, spread)
    if best is None:
        raise AnalysisError(
            f"theory {theory}: no fit was found on {len(texts)} choice problems; its value of all "
            "their lotteries is the same. Leave the theory out for this data set."
        )
    minus, point, spread = best
    names = [*(p.name for p in free), "sensitivity"]
    edges = [*((p.low, p.high) for p in free), tuple(np.log(SENSITIVITY))]
    stuck = [
        name
        for name, x, (low, high) in zip(names, point, edges, strict=True)
        if min(abs(x - low), abs(x - high)) < 1e-6
    ]
    values = {p.name: float(x) for p, x in zip(free, point, strict=False)}
    return Estimates(
        {**values, "sensitivity": float(np.exp(point[-1]) / spread)},
        -minus,
        len(decisions),
        int(decisions["n_choices"].sum()),
        f"{', '.join(stuck)} at a bound of the range considered" if stuck else "",
    )


def _starts(free: Sequence[Parameter]) -> list[tuple[float, ...]]:
    """Return the i-th start of every parameter together, for each i."""
    n = max((len(p.starts) for p in free), default=1)
    return [tuple(p.starts[min(i, len(p.starts) - 1)] for p in free) for i in range(n)]
