"""Logit quantal response equilibrium: better actions more often, and both players know it.

Each action is taken with probability proportional to exp(lambda x expected payoff), given the other
player's probabilities, which come about in the same way. Where several such pairs exist, the one
on the principal branch (continuous from lambda 0) is meant. Gambit traces the branch.

Lambda is in units of one over a payoff and has no meaning apart from their scale. One lambda is
pooled over all games and fitted on training people; it is weakly identified in small or flat
sets, and a fit that does not tell lambda from the ends of the range says so in its note.

References
----------
.. [McKelveyPalfrey1995] McKelvey and Palfrey 1995, Games and Economic Behavior 10, section 3.
.. [BlandTurocy2023] Bland and Turocy 2023, SSRN 4425515, on payoff scale and identification.
.. [Turocy2005] Turocy 2005, Games and Economic Behavior 51, on tracing the branch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import permutations
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import polars as pl
import pygambit
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import chi2

from silicus.errors import AnalysisError, StudyError
from silicus.games import MatrixGame
from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Parameter,
    one_of,
    training,
)
from silicus.theory.strategic import (
    Canonical,
    Tally,
    canonical,
    each_game,
    is_simultaneous,
    payoffs,
)

RANGE: Final = (0.01, 300.0)
"""Least and greatest lambda considered, in units of one over the range of the payoffs."""

APART: Final = 1e-6
"""Difference of probabilities at which equal players do not play alike."""

MOST_ACTIONS: Final = 4
"""Actions of the largest game that is looked at for symmetry."""

PACES: Final = ((0.1, 1.3), (0.03, 1.1), (0.01, 1.05), (0.003, 1.02))
"""First step and acceleration of the tracer, tried in turn until it ends in an equilibrium."""

STEP: Final = 0.02
MOST_STEPS: Final = 50_000

_Table = tuple[tuple[float, ...], ...]


def logit_equilibrium(game: MatrixGame, lam: float) -> Float[np.ndarray, " action"]:
    """Return the participant's probabilities in the logit equilibrium of precision ``lam``.

    Parameters
    ----------
    game : MatrixGame
        Flipped moves enter through expected payoffs.
    lam : float
        At least 0, in units of one over the game's payoffs.
    """
    scaled, width = _scaled(game)
    mine, theirs = map(np.array, scaled.restore(*_at(scaled.first, scaled.second, lam * width)))
    own, other = payoffs(game)
    order = _symmetry(own, other)
    if order is None or np.abs(theirs[order] - mine).max() < APART:
        return mine
    # Past a fork the tracer may leave the branch on which equal players play alike.
    return _alike(lam * own[:, order], (mine + theirs[order]) / 2)


def _symmetry(own: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """Return the order of the other's actions in which both face the same game, if there is one."""
    n_actions = own.shape[0]
    if own.shape[1] != n_actions or n_actions > MOST_ACTIONS:
        return None
    for order in permutations(range(n_actions)):
        columns = np.array(order)
        mine, theirs = own[:, columns], other[:, columns].T
        # What does not depend on one's own action changes no reply.
        if np.allclose(mine - mine[0], theirs - theirs[0]):
            return columns
    return None


def _alike(
    weighted: Float[np.ndarray, "action other"], start: Float[np.ndarray, " action"]
) -> Float[np.ndarray, " action"]:
    """Return the logit equilibrium of a symmetric game in which both play alike.

    ``weighted`` are the payoffs times lambda. Small steps towards the logit reply converge even
    where the reply overshoots.
    """
    p = start
    for _ in range(MOST_STEPS):
        reply = np.exp(log_softmax(weighted @ p))
        if np.abs(reply - p).max() < 1e-12:
            return p
        p = p + STEP * (reply - p)
    raise AnalysisError(
        f"theory qre: no symmetric equilibrium found in {MOST_STEPS} steps for the payoffs times "
        f"lambda {weighted.tolist()}. Use a smaller lambda."
    )


@dataclass(frozen=True)
class QRE(FittedTheory):
    """Logit quantal response equilibrium of the game as if played once.

    Parameters
    ----------
    lam : float or None
        A fixed precision; None fits it.
    scale : {"unit", "range"}
        What lambda counts in. ``unit``: the experiment's payoff unit, which must be the same in
        all games. ``range``: each game's own range of payoffs, over both players, so that stakes
        do not matter.
    """

    lam: float | None = None
    scale: Literal["unit", "range"] = "unit"
    estimates: Estimates | None = None

    name: ClassVar[str] = "qre"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "McKelveyPalfrey1995, section 3"

    def __post_init__(self) -> None:
        one_of(self.name, "scale", self.scale, ("unit", "range"))
        if self.lam is not None and self.lam < 0:
            raise StudyError(
                f"theory qre: lam is {self.lam:g}, but precision is at least 0. Correct the study."
            )

    @property
    def searched(self) -> tuple[Parameter, ...]:
        return (
            Parameter("lam", *RANGE, meaning="precision, per median range of payoffs", log=True),
        )

    @property
    def free(self) -> tuple[str, ...]:
        return () if self.lam is not None else ("lam",)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_simultaneous(game, options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        lam = self.value("lam")
        return each_game(
            decisions, lambda game: logit_equilibrium(game, lam / self._unit(game)).tolist()
        )

    def fit(self, decisions: pl.DataFrame) -> Self:
        if not self.free:
            return self
        tally = Tally(training(self, decisions))
        units = sorted({game.payoff_unit for game in tally.games})
        if self.scale == "unit" and len(units) > 1:
            raise AnalysisError(
                f"theory qre: one lambda cannot be pooled over payoffs in {', '.join(units)}. "
                "Analyse them apart, or set scale to range."
            )
        curves = [log_curve(game) for game in tally.games]
        widths = np.array([_scaled(game)[1] / self._unit(game) for game in tally.games])

        def minus_log_likelihood(log_lam: Any) -> Any:
            lam = np.exp(np.atleast_1d(log_lam))
            parts = [
                count @ curve(lam * width)
                for curve, width, count in zip(curves, widths, tally.counts, strict=True)
            ]
            total = -np.sum(parts, axis=0)
            return total if np.ndim(log_lam) else float(total[0])

        middle = float(np.median(widths))
        grid = np.log(np.geomspace(RANGE[0] / middle, RANGE[1] / middle, 81))
        heights = minus_log_likelihood(grid)
        best = int(np.argmin(heights))
        bracket = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        found = minimize_scalar(minus_log_likelihood, bounds=bracket, method="bounded")
        estimates = Estimates(
            {"lam": float(np.exp(found.x))},
            -float(found.fun),
            tally.n_decisions,
            tally.n_choices,
            _identification(heights, float(found.fun)),
        )
        return replace(self, estimates=estimates)

    def _unit(self, game: MatrixGame) -> float:
        """Return what one unit of this theory's lambda scale is in the game's payoffs."""
        return 1.0 if self.scale == "unit" else _scaled(game)[1]


by_range = partial(QRE, scale="range")


def _identification(heights: Float[np.ndarray, " lam"], least: float) -> str:
    """Say whether values up to an end of the range fit as well, by the 95% likelihood ratio."""
    as_good = heights <= least + chi2.ppf(0.95, 1) / 2
    open_ends = [end for end, good in (("lower", as_good[0]), ("upper", as_good[-1])) if good]
    if not open_ends:
        return ""
    return (
        f"lambda is weakly identified: values to the {' and '.join(open_ends)} end of the range "
        "fit as well"
    )


def _scaled(game: MatrixGame) -> tuple[Canonical, float]:
    """Return the game with payoffs divided by their range, in canonical order, and that range."""
    own, other = payoffs(game)
    width = float(max(own.max(), other.max()) - min(own.min(), other.min())) or 1.0
    return canonical((own - own.min()) / width, (other - other.min()) / width), width


@lru_cache(maxsize=1 << 17)
def _at(first: _Table, second: _Table, lam: float) -> tuple[tuple[float, ...], ...]:
    """Return both players' equilibrium probabilities at ``lam``, exactly."""
    if lam == 0:
        return tuple(tuple(1 / n for _ in range(n)) for n in (len(first), len(first[0])))
    for first_step, max_accel in PACES:
        found = _both(
            pygambit.qre.logit_solve_lambda(
                _gambit(first, second), [lam], first_step=first_step, max_accel=max_accel
            )[-1].profile
        )
        if _is_equilibrium(np.array(first), np.array(second), lam, found):
            return found
    return found  # the slowest pace: as near as the tracer comes


def _is_equilibrium(own: np.ndarray, other: np.ndarray, lam: float, found: Any) -> bool:
    """Tell whether each player's probabilities are the logit reply to the other's."""
    mine, theirs = map(np.array, found)
    replies = np.exp(log_softmax(lam * own @ theirs)), np.exp(log_softmax(lam * mine @ other))
    return all(
        np.abs(reply - p).max() < 1e-5 for reply, p in zip(replies, (mine, theirs), strict=True)
    )


def log_curve(game: MatrixGame) -> Callable[[np.ndarray], np.ndarray]:
    """Return log-probabilities of the participant's actions as a function of lambda.

    The function takes lambdas, an array of shape (n,) in units of one over the range of the game's
    payoffs, and returns an array of shape (n_actions, n).
    """
    scaled, _ = _scaled(game)
    curve = _curve(scaled.first, scaled.second)

    def of(lam: np.ndarray) -> np.ndarray:
        mine, _ = scaled.restore(*curve(lam))
        return np.array(mine)

    return of


class _Curve:
    """Logarithms of both players' probabilities along the principal branch.

    Between the points that Gambit traces they are interpolated (cubic spline). The branch is traced
    until play is an equilibrium for all purposes; from there the logarithms go on in a straight
    line, as they do where one action has come out best (where players mix, the branch is traced
    far beyond the range considered). Where lambda turns back, values are solved for one by one.
    """

    def __init__(self, first: _Table, second: _Table) -> None:
        branch = pygambit.qre.logit_solve_branch(
            _gambit(first, second), maxregret=1e-6, first_step=0.1, max_accel=1.2
        )
        lams = np.array([point.lam for point in branch])
        turns = np.flatnonzero(np.diff(lams) <= 0)
        n = int(turns[0]) + 1 if len(turns) else len(lams)
        flat = [np.concatenate(_both(point.profile)) for point in branch[:n]]
        logs = np.log(np.maximum(flat, 1e-300))
        self._first, self._second = first, second
        self._turns = bool(len(turns))
        self._last = float(lams[n - 1])
        self._between = CubicSpline(lams[:n], logs) if n > 1 else None
        self._end = logs[-1]
        self._slope = (logs[-1] - logs[-2]) / (lams[n - 1] - lams[n - 2]) if n > 1 else 0 * logs[-1]

    def __call__(self, lam: Float[np.ndarray, " lam"]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return one array of shape (n,) for each action of the first and of the second player."""
        logs = np.empty((len(self._end), len(lam)))
        inside = lam <= self._last
        if self._between is not None and inside.any():
            logs[:, inside] = self._between(lam[inside]).T
        beyond = np.flatnonzero(~inside)
        if self._turns:
            for index in beyond:
                exact = np.concatenate(_at(self._first, self._second, float(lam[index])))
                logs[:, index] = np.log(np.maximum(exact, 1e-300))
        else:
            further = lam[beyond] - self._last
            logs[:, beyond] = self._end[:, None] + self._slope[:, None] * further[None, :]
        n = len(self._first)
        return list(log_softmax(logs[:n], axis=0)), list(log_softmax(logs[n:], axis=0))


@lru_cache(maxsize=1 << 15)
def _curve(first: _Table, second: _Table) -> _Curve:
    return _Curve(first, second)


def _gambit(first: _Table, second: _Table) -> Any:
    return pygambit.Game.from_arrays(np.array(first), np.array(second))


def _both(profile: Any) -> tuple[tuple[float, ...], ...]:
    """Return the probabilities of each player's strategies."""
    return tuple(
        tuple(float(profile[strategy]) for strategy in player.strategies)
        for player in profile.game.players
    )
