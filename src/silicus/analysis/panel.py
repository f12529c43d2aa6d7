"""Decision and Score tables as matrices: one panel per data set and family.

A panel has a row per run (formulation x format x predictor) and a column per decision. A value
that does not exist is NaN inside a panel; no NaN leaves the analysis.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from silicus.analysis.resampling import Bools, Floats, Ints, Units, sort_by_unit
from silicus.errors import AnalysisError
from silicus.schema import target_rate


class Run(NamedTuple):
    """What was scored: one predictor in one formulation and one format."""

    formulation: str
    format: str
    predictor_id: str


@dataclass(frozen=True)
class View:
    """One reading of the scores (whole options, or their first tokens).

    All of shape (n_runs, n_decisions), NaN where a decision has no such score.

    Attributes
    ----------
    target_prob : ndarray
        Option probability of the target option, in [0, 1].
    log_loss : ndarray
        Minus the mean log-probability, in nats, of the options people took; infinite where an
        option that somebody took has probability 0.
    brier : ndarray
        Half the expected squared distance, over all options, between the option probabilities
        and one person's choice, in [0, 1]; with two options the usual (p - y)^2.
    option_mass : ndarray
        Probability of all listed options together.
    overlap : ndarray
        Mean probability of the options that people took.
    """

    target_prob: Floats
    log_loss: Floats
    brier: Floats
    option_mass: Floats
    overlap: Floats


@dataclass(frozen=True)
class Panel:
    """All scores of one data set and family, aligned on its decisions.

    Attributes
    ----------
    dataset, family : str
    decisions : polars.DataFrame
        The decisions that any run has scored, sorted by unit and id.
    n_given : int
        Decisions of this data set and family with and without scores.
    human : ndarray of shape (n_decisions,)
        Share of choices that went to the target option: 0 or 1 for one person's choice.
    n_choices : ndarray of shape (n_decisions,)
        Choices behind each decision; 0 where a rate does not say.
    units : Units
        What is resampled.
    runs : tuple of Run
        Sorted.
    whole, first_token : View
        The two readings.
    folds : ndarray of int of shape (n_runs, n_decisions)
        The fold that a cross-fitted run did not learn from, 0 for all decisions of any other.
    """

    dataset: str
    family: str
    decisions: pl.DataFrame
    n_given: int
    human: Floats
    n_choices: Ints
    units: Units
    runs: tuple[Run, ...]
    whole: View
    first_token: View
    folds: Ints

    @cached_property
    def cross_fitted(self) -> Bools:
        """Whether each run was fitted anew for several folds of these decisions."""
        several: Bools = (self.folds != self.folds[:, :1]).any(axis=1)
        return several

    @cached_property
    def once(self) -> Floats:
        """Weight of each decision where each act of a person counts alike.

        Decisions of one play and round are one act that says what the person would decide in
        several cases (a smallest acceptable offer, a strategy): each has an equal part of it.
        """
        parts = self.decisions.select(pl.len().over("play_id", "round")).to_series()
        return 1.0 / parts.to_numpy().astype(np.float64)

    @cached_property
    def weights(self) -> Floats:
        """Weight of each decision where each choice counts alike; 1 where n is not known."""
        return np.maximum(self.n_choices, 1) * self.once

    @property
    def n_note(self) -> str:
        """What has to be said of the numbers of choices, or nothing."""
        if (self.n_choices == 0).any():
            return "the number of choices behind a rate is not known: each game counts once"
        if (self.once < 1).any():
            return "cases of one act count together as one decision"
        return ""

    @cached_property
    def people(self) -> Ints | None:
        """Code of the person behind every decision, or None where any is not known."""
        column = self.decisions["participant_id"]
        if column.null_count():
            return None
        return column.rank("dense").to_numpy().astype(np.int64)

    @cached_property
    def n_options(self) -> Ints:
        """Options of each decision."""
        return self.decisions["options"].list.len().to_numpy().astype(np.int64)

    @cached_property
    def evenness(self) -> Floats:
        """Sum of the squared shares of choices of each decision: 1 where all chose alike."""
        rates = self.decisions["choice_rate"].list.eval(pl.element() ** 2).list.sum()
        out: Floats = rates.fill_null(1.0).to_numpy()
        return out

    @property
    def aggregate(self) -> bool:
        """Whether any decision is a rate rather than one person's choice."""
        return bool(self.decisions["choice"].is_null().any())


def build_panels(decisions: pl.DataFrame, scores: pl.DataFrame) -> list[Panel]:
    """Return one panel per data set and family that has scores, sorted.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
        Every decision of a run has a score for all of its options or for none.

    Raises
    ------
    AnalysisError
        If there are no scores, a score belongs to no decision, or the options of a decision
        are incomplete, repeated or not a number.
    """
    if len(scores) == 0:
        raise AnalysisError(
            "there are no scores to analyse: the Score table has 0 rows. Score the decisions first."
        )
    if "fold" not in scores.columns:
        scores = scores.with_columns(fold=pl.lit(None, dtype=pl.Int32))
    numbered = decisions.with_row_index("number")
    runs = scores.select("formulation", "format", "predictor_id").unique().sort(pl.all())
    # Names become numbers once for all panels: joining texts is what takes time here.
    coded = scores.join(
        numbered.select("decision_id", "number"), on="decision_id", how="left"
    ).join(runs.with_row_index("run"), on=list(runs.columns), how="left")
    unknown = coded.filter(pl.col("number").is_null())
    if len(unknown):
        row = unknown.row(0, named=True)
        raise AnalysisError(
            f"{len(unknown)} score rows belong to no decision, first: decision "
            f'"{row["decision_id"]}" of predictor "{row["predictor_id"]}". '
            "Analyse scores together with the decisions they were made from."
        )
    coded = coded.drop("decision_id", *runs.columns)
    groups = sorted(numbered.partition_by("dataset", "family", as_dict=True).items())
    group_of = np.empty(len(decisions), dtype=np.int64)
    for index, (_, group) in enumerate(groups):
        group_of[group["number"].to_numpy()] = index
    of_score = pl.Series(group_of[coded["number"].to_numpy()])
    panels = []
    for index, ((dataset, family), group) in enumerate(groups):
        own = coded.filter(of_score == index)
        if len(own):
            panels.append(_panel(str(dataset), str(family), group, own, runs))
    return panels


def _panel(
    dataset: str, family: str, decisions: pl.DataFrame, coded: pl.DataFrame, runs: pl.DataFrame
) -> Panel:
    """Make a panel of numbered decisions and of scores coded by ``number`` and ``run``."""
    numbers = coded["number"].to_numpy()
    scored = decisions.filter(pl.col("number").is_in(pl.Series(np.unique(numbers)).implode()))
    ordered, units = sort_by_unit(scored)
    n_options = ordered["options"].list.len().to_numpy().astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(n_options)[:-1]])
    place = np.empty(int(decisions["number"].max()) + 1, dtype=np.int64)  # type: ignore[arg-type]
    place[ordered["number"].to_numpy()] = np.arange(len(ordered))
    column = place[numbers]
    present, run = np.unique(coded["run"].to_numpy(), return_inverse=True)
    ordered = ordered.drop("number")
    layout = _Layout(
        where=f'data set "{dataset}", family "{family}"',
        decision_ids=ordered["decision_id"],
        runs=tuple(Run(*row) for row in runs[present].rows()),
        starts=offsets,
        n_options=n_options,
        shares=_shares(ordered, offsets, n_options),
        target_slots=offsets + ordered["target"].to_numpy(),
        scores=coded,
        run=run.astype(np.int64),
        column=column,
        option=coded["option"].to_numpy().astype(np.int64),
    )
    layout.check_complete()
    return Panel(
        dataset=dataset,
        family=family,
        decisions=ordered,
        n_given=len(decisions),
        human=target_rate(ordered).to_numpy(),
        n_choices=ordered["n_choices"].fill_null(0).to_numpy().astype(np.int64),
        units=units,
        runs=layout.runs,
        whole=layout.view("option_prob", "logprob", "option_mass", required=True),
        first_token=layout.view(
            "first_token_prob", "first_token_logprob", "first_token_mass", required=False
        ),
        folds=layout.folds(),
    )


def _shares(decisions: pl.DataFrame, offsets: Ints, n_options: Ints) -> Floats:
    """Return the share of choices of every option of every decision, one after the other."""
    shares = np.zeros(int(n_options.sum()))
    single = decisions["choice"].is_not_null().to_numpy()
    shares[offsets[single] + decisions["choice"].drop_nulls().to_numpy()] = 1.0
    rates = decisions["choice_rate"].drop_nulls()
    if len(rates):
        shares[np.repeat(~single, n_options)] = rates.explode(empty_as_null=False).to_numpy()
    return shares


@dataclass(frozen=True)
class _Layout:
    """Where each run, decision and option lies in the flat matrices of a panel."""

    where: str
    decision_ids: pl.Series
    runs: tuple[Run, ...]
    starts: Ints
    n_options: Ints
    shares: Floats
    target_slots: Ints
    scores: pl.DataFrame
    run: Ints
    column: Ints
    option: Ints

    @cached_property
    def slots(self) -> Ints:
        """Place of every score row among the options of all decisions."""
        return self.starts[self.column] + self.option

    def check_complete(self) -> None:
        for row in np.flatnonzero(self.option >= self.n_options[self.column])[:1]:
            self._refuse(
                self.run[row], self.column[row], f"option {self.option[row]} does not exist"
            )
        n_slots = len(self.shares)
        seen = np.bincount(
            self.run * n_slots + self.slots, minlength=len(self.runs) * n_slots
        ).reshape(len(self.runs), n_slots)
        for run, slot in np.argwhere(seen > 1)[:1]:
            column = int(np.searchsorted(self.starts, slot, side="right")) - 1
            self._refuse(run, column, f"{seen[run, slot]} scores for one option")
        counts = np.add.reduceat(seen, self.starts, axis=1)
        for run, column in np.argwhere((counts > 0) & (counts < self.n_options))[:1]:
            self._refuse(
                run, column, f"{counts[run, column]} of {self.n_options[column]} options scored"
            )

    def view(self, prob: str, logprob: str, mass: str, *, required: bool) -> View:
        """Return the four matrices of one reading of the scores."""
        p, log_p, total = (self._fill(name) for name in (prob, logprob, mass))
        if required:
            bad = self.scores.select(
                pl.any_horizontal(
                    pl.col(name).is_null() | pl.col(name).is_nan() for name in (prob, mass)
                )
            ).to_series()
            for row in np.flatnonzero(bad.to_numpy())[:1]:
                value = self.scores[prob][int(row)]
                self._refuse(self.run[row], self.column[row], f"{prob} {value}: not a number")
        # A probability too small for a float still has its logarithm.
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(p > 1e-290, np.log(p), log_p - np.log(total))
            logs = np.where((p == 0) & np.isnan(logs), -np.inf, logs)
            surprise = np.where(self.shares > 0, -self.shares * logs, np.where(np.isnan(p), p, 0.0))
        loss = np.add.reduceat(surprise, self.starts, axis=1)
        squares = 0.5 * (p**2 - 2 * p * self.shares + self.shares)
        missing = np.isnan(np.add.reduceat(p, self.starts, axis=1))
        target = p[:, self.target_slots]
        target[missing] = np.nan
        mass_seen = total[:, self.starts]
        mass_seen[missing] = np.nan
        return View(
            target_prob=target,
            log_loss=np.where(missing, np.nan, np.maximum(loss, 0.0)),
            brier=np.add.reduceat(squares, self.starts, axis=1),
            option_mass=mass_seen,
            overlap=np.add.reduceat(p * self.shares, self.starts, axis=1),
        )

    def folds(self) -> Ints:
        """Return the fold of every run and decision, 0 where there is none."""
        out = np.zeros((len(self.runs), len(self.starts)), dtype=np.int64)
        out[self.run, self.column] = self.scores["fold"].fill_null(0).to_numpy()
        return out

    def _fill(self, name: str) -> Floats:
        out = np.full((len(self.runs), len(self.shares)), np.nan)
        values = self.scores[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        out[self.run, self.slots] = values
        return out

    def _refuse(self, run: int, column: int, what: str) -> None:
        formulation, format_, predictor = self.runs[run]
        raise AnalysisError(
            f"{what} (decision {self.decision_ids[int(column)]}, predictor {predictor}, "
            f"formulation {formulation}, format {format_}; {self.where}). "
            "Score the decision again with all of its options."
        )
