"""A logistic regression on the history: what round, what was done before, by whom.

A statistical benchmark rather than a theory of mind: it tells how far a choice can be foreseen from
the last moves and from how often each was made, with weights learned from other people.

References
----------
.. [NayVorobeychik2016] Nay and Vorobeychik 2016, PLoS ONE 11, e0155656, logistic models of
   cooperation from the previous moves of both players.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl
from jaxtyping import Float
from sklearn.linear_model import LogisticRegression

from silicus.errors import AnalysisError, StudyError
from silicus.theory.base import Chances, Estimates, FittedTheory, by_game, observed, training
from silicus.theory.past import is_repeated, last_moves
from silicus.theory.strategic import in_action_order, in_option_order

FEATURES: Final = (
    "constant",
    "first_round",
    "round",
    "own_last",
    "other_last",
    "both_last",
    "own_share",
    "other_share",
)
"""``own_last`` and ``other_last`` are 1 for the first listed action, -1 for the other, 0 before
any; ``both_last`` their product; ``*_share`` how often each took the first action, from -1 to 1;
``round`` counts in tens."""


@dataclass(frozen=True)
class HistoryLogit(FittedTheory):
    """Logistic regression with two actions, fitted apart for every game name.

    Parameters
    ----------
    penalty : float
        Strength of the ridge penalty on standardised weights (above 0; 1 is that of scikit-learn).
    """

    penalty: float = 1.0
    estimates: Estimates | None = field(default=None)

    name: ClassVar[str] = "history_logit"
    kinds: ClassVar[tuple[str, ...]] = ("matrix",)
    citation: ClassVar[str] = "NayVorobeychik2016"
    needs: ClassVar[str] = "the moves of earlier rounds"
    learnt: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.penalty > 0:
            raise StudyError(
                f"theory history_logit: penalty is {self.penalty:g}, but must be above 0. "
                "Correct the study file."
            )

    @property
    def free(self) -> tuple[str, ...]:
        return FEATURES

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return is_repeated(game, options) and len(options) == 2 and len(game.other_actions) == 2

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        games = by_game(decisions, lambda game, options: game)
        weights = {name: self._weights(name) for name in {game.name for game in games}}
        table = features(decisions)
        logit = np.einsum("df,df->d", table, np.array([weights[game.name] for game in games]))
        first = 1 / (1 + np.exp(-logit))
        return [
            in_option_order(game, options, (p, 1 - p))
            for game, options, p in zip(
                games, decisions["options"].to_list(), first.tolist(), strict=True
            )
        ]

    def fit(self, decisions: pl.DataFrame) -> Self:
        usable = training(self, decisions)
        games = by_game(usable, lambda game, options: game)
        options = usable["options"].to_list()
        counts = np.array(
            [
                in_action_order(game, listed, taken)
                for game, listed, taken in zip(games, options, observed(usable), strict=True)
            ]
        )
        table = features(usable)
        names = np.array([game.name for game in games])
        values: dict[str, float] = {}
        log_likelihood = 0.0
        for name in sorted(set(names)):
            mine = names == name
            weights, fit = _fit(table[mine], counts[mine], self.penalty, f"game {name}")
            log_likelihood += fit
            values |= {f"{name}/{f}": w for f, w in zip(FEATURES, weights, strict=True)}
        found = Estimates(values, log_likelihood, len(usable), int(usable["n_choices"].sum()))
        return replace(self, estimates=found)

    def _weights(self, name: str) -> list[float]:
        if self.estimates is None:
            raise StudyError(
                "theory history_logit was not fitted. Fit it on training people (cross_fit does)."
            )
        known = self.estimates.values
        try:
            return [known[f"{name}/{feature}"] for feature in FEATURES]
        except KeyError as cause:
            raise AnalysisError(
                f"theory history_logit was not fitted on any decision of game {name}. Fit it on "
                "people who played that game (cross_fit needs each game in every training set)."
            ) from cause


def features(decisions: pl.DataFrame) -> Float[np.ndarray, "decision feature"]:
    """Return the :data:`FEATURES` of each decision, shape (n_decisions, 8)."""
    past = last_moves(decisions)
    firsts = by_game(decisions, lambda game, options: (game.actions[0], game.other_actions[0]))
    own_first, other_first = zip(*firsts, strict=True)
    table = past.with_columns(
        round=decisions["round"],
        own_name=pl.Series(own_first),
        other_name=pl.Series(other_first),
    ).with_columns(
        own_last=_sign("own", "own_name"),
        other_last=_sign("other", "other_name"),
        own_share=_balance("own_first", "n_own"),
        other_share=_balance("other_first", "n_other"),
    )
    columns = table.select(
        pl.lit(1.0).alias("constant"),
        (pl.col("round") == 1).cast(pl.Float64).alias("first_round"),
        (pl.col("round") / 10).alias("round"),
        "own_last",
        "other_last",
        (pl.col("own_last") * pl.col("other_last")).alias("both_last"),
        "own_share",
        "other_share",
    )
    return columns.to_numpy()


def _sign(last: str, first: str) -> pl.Expr:
    taken = (pl.col(last) == pl.col(first)).cast(pl.Float64) * 2 - 1
    return taken.fill_null(0.0)


def _balance(n_first: str, n: str) -> pl.Expr:
    share = pl.col(n_first) / pl.col(n) * 2 - 1
    return pl.when(pl.col(n) > 0).then(share).otherwise(0.0)


def _fit(
    table: Float[np.ndarray, "decision feature"],
    counts: Float[np.ndarray, "decision action"],
    penalty: float,
    where: str,
) -> tuple[list[float], float]:
    """Return the weights for the first action and the log-likelihood of the choices."""
    if not (counts.sum(axis=0) > 0).all():
        raise AnalysisError(
            f"theory history_logit, {where}: all training choices are the same action, so there is "
            "nothing to learn. Use more people, or leave the theory out."
        )
    twice = np.concatenate([table[:, 1:], table[:, 1:]])
    taken = np.repeat([1, 0], len(table))
    weight = np.concatenate([counts[:, 0], counts[:, 1]])
    model = LogisticRegression(C=1 / penalty, max_iter=2000, tol=1e-8)
    model.fit(twice, taken, sample_weight=weight)
    weights = [float(model.intercept_[0]), *map(float, model.coef_[0])]
    logit = table @ np.array(weights)
    fit = -(counts[:, 0] * np.logaddexp(0, -logit) + counts[:, 1] * np.logaddexp(0, logit)).sum()
    return weights, float(fit)
