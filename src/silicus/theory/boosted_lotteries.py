"""A learnt upper rival for choices between two lotteries: boosted trees on what describes them.

No theory: it tells how far choices can be foreseen from features of the lotteries when nothing is
assumed about how people value them, and so what a theory of risk leaves on the table.

References
----------
.. [Peterson2021] Peterson, Bourgin, Agrawal, Reichman and Griffiths 2021, Science 372, on learning
   machines as a ceiling of theories of choice.
.. [Plonsky2017] Plonsky, Erev, Hazan and Tennenholtz 2017, AAAI 31, on features for forests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import polars as pl
from jaxtyping import Float

from silicus.errors import StudyError
from silicus.theory.base import Chances, Estimates, FittedTheory, by_game, observed, training

LEAST: Final = 1e-3
"""No option gets less."""


@dataclass(frozen=True)
class BoostedLotteries(FittedTheory):
    """Gradient-boosted trees on features of two lotteries; ambiguous ones included."""

    estimates: Estimates | None = None
    model: Any = field(default=None, compare=False)

    name: ClassVar[str] = "boosted_lotteries"
    kinds: ClassVar[tuple[str, ...]] = ("lottery",)
    citation: ClassVar[str] = "Peterson2021; Plonsky2017"
    learnt: ClassVar[bool] = True

    @property
    def free(self) -> tuple[str, ...]:
        return ("trees",)

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return len(options) == len(game.lotteries) == 2

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        if self.model is None:
            raise StudyError(
                "theory boosted_lotteries was not fitted. Fit it on training people (cross_fit "
                "does)."
            )
        # Both orders of the lotteries, so that the order itself decides nothing.
        ahead, turned = (
            self.model.predict_proba(features(decisions, turned=turned))[:, 1]
            for turned in (False, True)
        )
        p = np.clip((ahead + 1 - turned) / 2, LEAST, 1 - LEAST)
        return [(x, 1 - x) for x in p.tolist()]

    def fit(self, decisions: pl.DataFrame) -> Self:
        # Imported here because scikit-learn takes about a second to load.
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        usable = training(self, decisions)
        counts = np.array(observed(usable))
        table, turned = features(usable), features(usable, turned=True)
        both = np.concatenate([table, table, turned, turned])
        taken = np.repeat([1, 0, 0, 1], len(table))
        weight = np.concatenate([counts[:, 0], counts[:, 1], counts[:, 0], counts[:, 1]])
        model = HistGradientBoostingClassifier(
            learning_rate=0.06,
            max_iter=150,
            max_leaf_nodes=15,
            l2_regularization=10.0,
            early_stopping=False,
            random_state=0,
        )
        with threadpool_limits(limits=1, user_api="openmp"):
            model.fit(both, taken, sample_weight=weight)
        ready = replace(self, model=model)
        p = np.array(ready.chances(usable))
        found = Estimates(
            {"trees": 150.0},
            float((counts * np.log(p)).sum()),
            len(usable),
            int(usable["n_choices"].sum()),
        )
        return replace(ready, estimates=found)


def features(decisions: pl.DataFrame, *, turned: bool = False) -> Float[np.ndarray, "row feature"]:
    """Return what describes the two lotteries of each decision, first and second and apart.

    Of each: expected value, standard deviation, least and greatest payoff and their chances, the
    median, number of outcomes, chance of a loss, and whether its chances were told. Then first
    less second of these, the chance that an independent draw of the first beats the second, and
    whether outcomes come with feedback. ``turned`` swaps the lotteries.
    """

    def of(game: Any, options: tuple[str, ...]) -> list[float]:
        order = (1, 0) if turned else (0, 1)
        hidden = game.ambiguous or (False, False)
        told = [_described(game.lotteries[i], hidden[i]) for i in order]
        first, second = (game.lotteries[i] for i in order)
        beats = sum(
            p * q
            for (x, p) in _outcomes(first, hidden[order[0]])
            for (y, q) in _outcomes(second, hidden[order[1]])
            if x > y
        )
        apart = [a - b for a, b in zip(*told, strict=True)]
        return [*told[0], *told[1], *apart, beats, float(game.feedback)]

    return np.array(by_game(decisions, of), dtype=float)


def _outcomes(lottery: Sequence[Any], hidden: bool) -> list[tuple[float, float]]:
    """Return payoffs and chances; even ones where people were not told them."""
    return [(one.payoff, 1 / len(lottery) if hidden else one.probability) for one in lottery]


def _described(lottery: Sequence[Any], hidden: bool) -> list[float]:
    payoff, chance = np.array(_outcomes(lottery, hidden)).T
    mean = float(payoff @ chance)
    order = np.argsort(payoff)
    middle = int(np.searchsorted(np.cumsum(chance[order]), 0.5))
    return [
        mean,
        float(np.sqrt(max((payoff - mean) ** 2 @ chance, 0.0))),
        float(payoff.min()),
        float(payoff.max()),
        float(chance[payoff == payoff.min()].sum()),
        float(chance[payoff == payoff.max()].sum()),
        float(payoff[order][min(middle, len(payoff) - 1)]),
        float(len(payoff)),
        float(chance[payoff < 0].sum()),
        float(hidden),
    ]
