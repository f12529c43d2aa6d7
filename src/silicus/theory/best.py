"""The best theory: what is known of people, chosen where the people to be predicted had no say.

A model is interesting as a participant if it beats what is known about people, so it is compared
with the theory that predicts them best. Which one that is must not be read off the people who are
then predicted. ``best_theory`` chooses inside each training set: every candidate is fitted on some
training people and judged by its log-loss on the others; the best is fitted again on all of them.
So the whole choice is made anew for every fold, and the people of that fold are in none of it.

Candidates are the :data:`RIVALS` and the other theories of the study. Theories that rule options
out take part in their noisy form, and learnt predictors (``history_logit``, ``boosted_lotteries``)
not at all: they belong beside the ceiling, which is learnt too.

References
----------
.. [Stone1974] Stone 1974, Journal of the Royal Statistical Society B 36, section 3, on
   cross-validatory choice and its assessment in a second round ("double-cross").
.. [VarmaSimon2006] Varma and Simon 2006, BMC Bioinformatics 7, on the bias without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from silicus import plugins
from silicus.errors import AnalysisError, StudyError
from silicus.theory.base import (
    Chances,
    Estimates,
    FittedTheory,
    Theory,
    by_game,
    observed,
    training,
)
from silicus.theory.crossfit import unit_of

BEST: Final = "best_theory"

RIVALS: Final = (
    "bayesian_buyer_tremble",
    "charness_rabin",
    "cognitive_hierarchy",
    "cpt_fitted_logit",
    "expected_utility",
    "erc",
    "ewa",
    "expected_value_logit",
    "fehr_schmidt",
    "fictitious_play",
    "level_k_tremble",
    "memory_one",
    "nash_tremble",
    "negotiation_cutoff_tremble",
    "noisy_introspection",
    "qre_range",
    "reciprocity",
    "reinforcement",
    "repeat_last_tremble",
    "subgame_perfect_tremble",
    "tit_for_tat_tremble",
    "win_stay_tremble",
)
"""Registered names of the theories that are always candidates, for the games they are about.

A special case of another candidate (belief learning, of fictitious play) need not be one too."""

N_INNER: Final = 3
"""Groups of training people among which the choice is cross-validated."""


class Kind(NamedTuple):
    """Decisions among which one choice is made: of one family, with the same candidates."""

    family: str
    game: str
    speaking: tuple[str, ...]


@dataclass(frozen=True)
class BestTheory(FittedTheory):
    """The candidate of lowest cross-validated log-loss on training people.

    The choice is made apart for each family and kind of game, and for the decisions that a theory
    abstains from (ambiguous lotteries) among the others. Decisions that no candidate speaks for
    get no prediction.

    Parameters
    ----------
    also : tuple of str
        Names of further candidates.
    only : tuple of str
        Names of the candidates that take the place of :data:`RIVALS`; for trying things out.
    """

    also: tuple[str, ...] = ()
    only: tuple[str, ...] = RIVALS
    estimates: Estimates | None = None
    chosen: dict[Kind, str] = field(default_factory=dict)
    fitted: dict[str, Theory] = field(default_factory=dict)

    name: ClassVar[str] = BEST
    citation: ClassVar[str] = "Stone1974, section 3; VarmaSimon2006"

    @property
    def predictor_id(self) -> str:
        """Always ``best_theory``: the candidates are told with the parameters."""
        return BEST

    @property
    def free(self) -> tuple[str, ...]:
        return ("theory",)

    @cached_property
    def candidates(self) -> dict[str, Theory]:
        """The candidates by registered name, noisy and not learnt."""
        names = dict.fromkeys(noisy_name(name) for name in (*self.only, *self.also))
        made = {name: plugins.load("theories", name)() for name in names if name != BEST}
        return {name: theory for name, theory in made.items() if not theory.learnt}

    @property
    def kinds(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of all candidates."""
        return tuple(dict.fromkeys(k for each in self.candidates.values() for k in each.kinds))

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        speaking = self.fitted or self.candidates
        return any(
            game.kind in each.kinds and each.speaks_for(game, options) for each in speaking.values()
        )

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        if self.estimates is None:
            raise StudyError(
                "theory best_theory was not fitted: it has chosen no theory yet. Fit it on "
                "training people (cross_fit does)."
            )
        ranked = list(self.fitted)  # by training log-loss, for decisions of a kind not met before
        names = [
            self.chosen.get(kind) or next(name for name in ranked if name in kind.speaking)
            for kind in self._kinds_of(decisions)
        ]
        out: list[Chances] = [()] * len(decisions)
        for name in dict.fromkeys(names):
            rows = [row for row, taken in enumerate(names) if taken == name]
            found = self.fitted[name].chances(decisions[rows])
            for row, each in zip(rows, found, strict=True):
                out[row] = each
        return out

    def fit(self, decisions: pl.DataFrame) -> Self:
        usable = training(self, decisions)
        counts = observed(usable)
        losses, failed = {}, []
        for name, theory in self.candidates.items():
            try:
                losses[name] = _held_out_loss(theory, usable, counts)
            except AnalysisError as cause:
                failed.append(f"{name} is no candidate: {cause}")
        kinds = self._kinds_of(usable)
        n_choices = usable["n_choices"].to_numpy()
        values: dict[str, float] = {}
        chosen: dict[Kind, str] = {}
        total = 0.0
        several = len(set(kinds)) > 1
        for kind in dict.fromkeys(kinds):
            rows = np.array([each == kind for each in kinds])
            mean = {
                name: float(losses[name][rows].sum() / n_choices[rows].sum())
                for name in kind.speaking
                if name in losses
            }
            if not mean:
                continue
            chosen[kind] = min(mean, key=lambda name: mean[name])
            total -= mean[chosen[kind]] * float(n_choices[rows].sum())
            # Told: what each candidate lost, where there are several kinds with their first name.
            place = f"{len(chosen)}/" if several else ""
            values |= {f"{place}log_loss/{name}": loss for name, loss in mean.items()}
            values[f"{place}chosen/{chosen[kind]}"] = float(n_choices[rows].sum())
        if not chosen:
            raise AnalysisError(
                "theory best_theory has no candidate that can be fitted: " + " ".join(failed)
            )
        overall = {
            name: float(np.nansum(loss) / n_choices[~np.isnan(loss)].sum())
            for name, loss in losses.items()
            if name in chosen.values()
        }
        fitted = {}
        for name in sorted(overall, key=lambda name: overall[name]):
            theory = self.candidates[name]
            needs = isinstance(theory, FittedTheory) and theory.free
            fitted[name] = theory.fit(usable) if needs else theory  # type: ignore[attr-defined]
        note = "; ".join([f"chosen: {', '.join(dict.fromkeys(chosen.values()))}", *failed])
        estimates = Estimates(values, total, len(usable), int(usable["n_choices"].sum()), note)
        return replace(self, estimates=estimates, chosen=chosen, fitted=fitted)

    def _kinds_of(self, decisions: pl.DataFrame) -> list[Kind]:
        speaking = by_game(
            decisions,
            lambda game, options: (
                game.kind,
                tuple(
                    name
                    for name, each in self.candidates.items()
                    if game.kind in each.kinds and each.speaks_for(game, options)
                ),
            ),
        )
        return [
            Kind(family, kind, names)
            for family, (kind, names) in zip(decisions["family"], speaking, strict=True)
        ]


def chosen(parameters: pl.DataFrame) -> str:
    """Return which theories were chosen on which data set, and in how many folds, as a sentence.

    Parameters
    ----------
    parameters : polars.DataFrame
        Those of a cross-fitted ``best_theory``, with the column ``dataset``.
    """
    picked = (
        parameters.filter(pl.col("parameter").str.contains("chosen/"))
        .with_columns(theory=pl.col("parameter").str.split("/").list.last())
        .group_by("dataset", "theory")
        .agg(pl.col("fold").n_unique().alias("n"))
        .sort(["dataset", "n", "theory"], descending=[False, True, False])
    )
    folds = dict(parameters.group_by("dataset").agg(pl.col("fold").n_unique()).iter_rows())
    said = [f"{theory} in {n} of {folds[name]} folds" for name, theory, n in picked.iter_rows()]
    lines: dict[str, list[str]] = {}
    for name, text in zip(picked["dataset"], said, strict=True):
        lines.setdefault(name, []).append(text)
    return "; ".join(f"{name}: chosen {', '.join(texts)}" for name, texts in lines.items())


def noisy_name(name: str) -> str:
    """Return the registered noisy form of a theory that rules options out, or its own name.

    Raises
    ------
    StudyError
        If there is no such theory.
    """
    theory: Theory = plugins.load("theories", name)()
    if not theory.deterministic:
        return name
    forms = (f"{name}_tremble", f"{name}_logit")
    return next((form for form in forms if form in plugins.known("theories")), name)


def _held_out_loss(
    theory: Theory, decisions: pl.DataFrame, counts: Sequence[Chances]
) -> Float[np.ndarray, " decision"]:
    """Return what a theory loses on people it was not fitted on, in nats, summed over choices.

    NaN where it abstains.
    """
    told = theory.applies(decisions).to_numpy()
    out = np.full(len(decisions), np.nan)
    if isinstance(theory, FittedTheory) and theory.free:
        folds = _inner_folds(decisions)
        for fold in range(N_INNER):
            test = told & (folds == fold)
            if test.any():
                fitted = theory.fit(decisions.filter(pl.Series(folds != fold)))
                _fill(out, test, fitted, decisions, counts)
    elif told.any():
        _fill(out, told, theory, decisions, counts)
    return out


def _fill(
    out: Float[np.ndarray, " decision"],
    rows: Bool[np.ndarray, " decision"],
    theory: Theory,
    decisions: pl.DataFrame,
    counts: Sequence[Chances],
) -> None:
    found = theory.chances(decisions.filter(pl.Series(rows)))
    for row, each in zip(np.flatnonzero(rows).tolist(), found, strict=True):
        taken = [(n, p) for n, p in zip(counts[row], each, strict=True) if n > 0]
        out[row] = -sum(n * np.log(p) if p > 0 else -np.inf for n, p in taken)


def _inner_folds(decisions: pl.DataFrame) -> Int[np.ndarray, " decision"]:
    """Return the group of every decision's person, the same for every candidate.

    Raises
    ------
    AnalysisError
        If there are fewer people than groups.
    """
    name, units = unit_of(decisions)
    distinct = units.unique().sort()
    if len(distinct) < N_INNER:
        raise AnalysisError(
            f"choosing a theory needs {N_INNER} or more {name}s to fit on, found {len(distinct)}."
        )
    dealt = np.random.default_rng(len(distinct)).permutation(len(distinct)) % N_INNER
    folds: np.ndarray = units.replace_strict(distinct, pl.Series(dealt)).to_numpy()
    return folds
