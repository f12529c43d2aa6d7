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

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import polars as pl
import pygambit
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from silicus.errors import AnalysisError, StudyError
from silicus.games import MatrixGame
from silicus.theory.base import Chances, Estimates, FittedTheory, one_of, training
from silicus.theory.strategic import Tally, each_game, is_simultaneous, payoffs

RANGE: Final = (0.01, 300.0)
"""Least and greatest lambda considered, in units of one over the range of the payoffs."""

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
    own, other, scale = _scaled(game)
    return _at(own, other, lam * scale)


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
        curves = [_curve(*_scaled(game)[:2]) for game in tally.games]
        widths = np.array([_scaled(game)[2] / self._unit(game) for game in tally.games])

        def minus_log_likelihood(log_lam: Any) -> Any:
            lam = np.exp(np.atleast_1d(log_lam))
            parts = [
                count @ np.log(curve(lam * width))
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
        return 1.0 if self.scale == "unit" else _scaled(game)[2]


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


def _scaled(game: MatrixGame) -> tuple[_Table, _Table, float]:
    """Return both payoff tables, divided by the range of all payoffs, and that range."""
    own, other = payoffs(game)
    width = float(max(own.max(), other.max()) - min(own.min(), other.min())) or 1.0
    tables = [tuple(map(tuple, ((table - table.min()) / width).tolist())) for table in (own, other)]
    return tables[0], tables[1], width


@lru_cache(maxsize=1 << 17)
def _at(own: _Table, other: _Table, lam: float) -> Float[np.ndarray, " action"]:
    """Return the participant's equilibrium probabilities at ``lam``, exactly."""
    if lam == 0:
        return np.full(len(own), 1 / len(own))
    found = pygambit.qre.logit_solve_lambda(_gambit(own, other), [lam])[-1].profile
    return _participant(found)


class _Curve:
    """The participant's probabilities along the principal branch, between traced points.

    Log-probabilities are interpolated (cubic spline) up to where lambda first falls or play is
    an equilibrium for all purposes; beyond, each value is solved for.
    """

    def __init__(self, own: _Table, other: _Table) -> None:
        branch = pygambit.qre.logit_solve_branch(_gambit(own, other), maxregret=1e-3)
        lams = np.array([point.lam for point in branch])
        falls = np.flatnonzero(np.diff(lams) <= 0)
        n = int(falls[0]) + 1 if len(falls) else len(lams)
        logs = np.log([np.maximum(_participant(point.profile), 1e-300) for point in branch[:n]])
        self._own, self._other = own, other
        self._last = float(lams[n - 1]) if n > 1 else -1.0
        self._between = CubicSpline(lams[:n], logs) if n > 1 else None

    def __call__(self, lam: Float[np.ndarray, " lam"]) -> Float[np.ndarray, "action lam"]:
        found = np.empty((len(self._own), len(lam)))
        inside = lam <= self._last
        if self._between is not None and inside.any():
            found[:, inside] = np.exp(self._between(lam[inside]).T)
        for index in np.flatnonzero(~inside):
            found[:, index] = _at(self._own, self._other, float(lam[index]))
        found = np.maximum(found, 1e-300)
        shares: np.ndarray = found / found.sum(axis=0)
        return shares


@lru_cache(maxsize=1 << 15)
def _curve(own: _Table, other: _Table) -> _Curve:
    return _Curve(own, other)


def _gambit(own: _Table, other: _Table) -> Any:
    return pygambit.Game.from_arrays(np.array(own), np.array(other))


def _participant(profile: Any) -> Float[np.ndarray, " action"]:
    player = next(iter(profile.game.players))
    return np.array([float(profile[strategy]) for strategy in player.strategies])
