"""Normative bias: whether a model follows people, or what a theory says they should do.

The probability that a model gives the target option is regressed on how often *people* take it in
that situation and on what a theory prescribes, together. The weight on the theory, given what
people do, is the normative bias; its change from base to aligned says whether alignment moved the
model towards the theory.

A person's single choice, or the share among a few people, is a noisy measure of what people do.
Put into a regression as it is, its weight shrinks and the theory, which goes along with people,
takes what is lost: every model seems to follow theory. So people are measured twice. Their rate
in a situation, as it enters the regression, comes from *other* people, and the person's own choice
is the instrument for it [1]_: the products of one person's choice with other people's rate are free
of sampling error, however few people there are (errors in variables, with the reliability taken
from the same data [2]_). A predictor that learnt from these people is correlated with the choice
of a person whom it did not learn from, so that its own error does not count as knowledge; its
predictions, like those of a fitted theory, are taken within the folds they were fitted for.

Rates without people give the same products: in a situation with k of n choices, two different
choices are both of the target with frequency k (k - 1) / (n (n - 1)).

The interval leaves out each person and each situation in turn and adds up what both contribute,
less what both count twice [3]_.

References
----------
.. [1] Angrist, Imbens and Krueger (1999), "Jackknife instrumental variables estimation", Journal
   of Applied Econometrics 14.
.. [2] Fuller (1987), Measurement Error Models, sections 1.2 and 2.2.
.. [3] Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering", Journal of
   Business and Economic Statistics 29, equation 2.11.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import t

from silicus.analysis.grouped import deviations
from silicus.analysis.paired import matched_runs
from silicus.analysis.panel import Panel, Run
from silicus.analysis.preparation import check_predictors, resampled_panels
from silicus.analysis.repeated_choice import Products, RepeatedChoices
from silicus.analysis.resampling import CONSTANT, LEAST_UNITS, Floats, Ints
from silicus.analysis.results import Settings, result_row, result_table
from silicus.errors import AnalysisError

WEIGHTS = ("human_weight", "normative_weight")


LEAST_RELIABILITY = 0.1
"""Share of the variance of people's observed rates that must not be sampling error."""

LEAST_RATIO = 2.5
"""Standard errors by which the variance of people's rates, and what the theory leaves of it, must
lie above 0."""


def normative_bias(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    theory: str,
    *,
    comparisons: Sequence[tuple[str, str]] = (),
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return every model's weights on people and on a theory, and their change.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
        Of the models and of the theory.
    theory : str
        Predictor id of the normative prediction; data sets without it have no rows.
    comparisons : sequence of (str, str)
        Pairs (predictor, reference), for instance (aligned, base): the change of both weights.
    ci_level : float
    native_formats : mapping, optional
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metrics ``human_weight`` and ``normative_weight``; slice ``theory=NAME``. The note has the
        reliability of people's rates. Null, with the reason, where a situation occurs once (long
        histories), where people's rates are hardly reliable, where people, the theory or the
        predictor do not vary, or where people and the theory say the same.

    Raises
    ------
    AnalysisError
        If the theory or a compared predictor was not scored.
    """
    settings = Settings(1, 0, ci_level)
    check_predictors(scores, [theory, *(name for pair in comparisons for name in pair)])
    rows: list[dict[str, Any]] = []
    for panel, _ in resampled_panels(decisions, scores, settings):
        found = [row for row, run in enumerate(panel.runs) if run.predictor_id == theory]
        if not found:
            continue
        if len(found) > 1:
            raise AnalysisError(
                f"the theory {theory} was scored in {len(found)} formulations or formats "
                f'(data set "{panel.dataset}"). Keep the one to compare with.'
            )
        codes = situations(panel.decisions)
        prescribed = _of_run(panel, found[0])
        for run in range(len(panel.runs)):
            if run != found[0]:
                y = _of_run(panel, run)
                rows += _rows(panel, codes, y, prescribed, panel.runs[run], None, settings, theory)
        for match in matched_runs(panel, comparisons, native_formats or {}):
            rows += _rows(
                panel,
                codes,
                _of_run(panel, match.run) - _of_run(panel, match.reference),
                prescribed,
                panel.runs[match.run],
                panel.runs[match.reference],
                settings,
                theory,
            )
    if not rows:
        raise AnalysisError(
            f"the theory {theory} and the models share no data set. Score both on one."
        )
    return result_table(rows)


def situations(decisions: pl.DataFrame) -> Ints:
    """Return the code of what each decision is about: same game, history, options and target."""
    told = decisions.select("game", "round", "options", "target", "history")
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(repr(row), len(codes)) for row in told.iter_rows()])


def _of_run(panel: Panel, run: int) -> Floats:
    """Return a run's target probabilities; a cross-fitted one's less the mean of their fold."""
    x: Floats = panel.whole.target_prob[run]
    if not panel.cross_fitted[run]:
        return x
    kept = (~np.isnan(x))[None, :]
    centred = deviations(x[None, :], kept * panel.weights, panel.folds[run])
    out: Floats = np.where(kept, centred, np.nan)[0]
    return out


def _rows(
    panel: Panel,
    codes: Ints,
    y: Floats,
    prescribed: Floats,
    run: Run,
    reference: Run | None,
    settings: Settings,
    theory: str,
) -> list[dict[str, Any]]:
    scored = ~np.isnan(y) & ~np.isnan(prescribed)
    data = RepeatedChoices.of(panel, codes, y, prescribed, scored)
    note = _refusal(data, panel, int(scored.sum()))
    value, error, df = np.full(2, np.nan), np.full(2, np.nan), 0
    if not note:
        value, error, df = _fit(data)
        left_out = int(scored.sum()) - int(data.kept.sum())
        note = (
            f"reliability of people's rates {data.whole().reliability:.2f} over {data.n_situations}"
            " situations"
        )
        if left_out:
            note += f"; {left_out} decisions in situations that too few people met left out"
    with np.errstate(invalid="ignore"):
        half = t.isf((1 - settings.ci_level) / 2, df) * error if df > 0 else error * np.nan
    rows = []
    for index, metric in enumerate(WEIGHTS):
        still = not error[index] > CONSTANT
        row = result_row(
            panel,
            run,
            reference,
            metric,
            f"theory={theory}",
            value[index],
            None if still else (value[index] - half[index], value[index] + half[index]),
            None if still else float(2 * t.sf(abs(value[index]) / error[index], df)),
            data.kept if data.kept.any() else scored,
            settings,
            [note],
        )
        # Nothing is drawn here: the interval leaves out people and situations in turn.
        rows.append({**row, "n_resamples": None, "seed": None})
    return rows


def _fit(data: RepeatedChoices) -> tuple[Floats, Floats, int]:
    """Return both weights, their standard errors and the degrees of freedom."""
    value = _weights(data.whole())
    by_situation = _spread(_weights(data.without_situations()), value)
    if data.counts_only:
        return value, np.sqrt(by_situation), data.n_situations - 1
    by_person = _spread(_weights(data.without_people()), value)
    twice = _spread(_weights(data.without_cells()), value)
    both = by_person + by_situation - twice
    variance = np.maximum(both, np.maximum(by_person, by_situation))
    return value, np.sqrt(variance), min(data.n_people, data.n_situations) - 1


def _weights(found: Products) -> Floats:
    """Return the weights on people and theory, of shape (2,) or (2, n_left_out)."""
    determinant = found.pp * found.tt - found.pt**2
    people = found.pm * found.tt - found.pt * found.tm
    theory = found.tm * found.pp - found.pt * found.pm
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([people, theory]) / determinant


def _spread(without: Floats, value: Floats) -> Floats:
    """Return the jackknife variance of both weights."""
    n = without.shape[1]
    spread: Floats = (n - 1) / n * np.square(without - value[:, None]).sum(axis=1)
    return spread


def _refusal(data: RepeatedChoices, panel: Panel, n_scored: int) -> str:
    """Return why the regression cannot be made, or an empty text."""
    n_kept = int(data.kept.sum())
    if n_kept >= n_scored / 2 and data.n_situations < LEAST_UNITS:
        return (
            f"too few situations: {data.n_situations}, fewer than the {LEAST_UNITS} over which "
            "people's rates and the theory can be compared"
        )
    if n_kept < n_scored / 2:
        return (
            f"{n_scored - n_kept} of {n_scored} decisions are in situations that fewer than "
            f"{data.least} {'choices' if data.counts_only else 'people'} met: "
            "what people do there cannot be learnt from other people, so whether a model follows "
            "them or the theory cannot be answered in this way; compare both by log-loss"
        )
    if not data.counts_only and data.n_people < LEAST_UNITS:
        return f"too few people: {data.n_people}, fewer than the {LEAST_UNITS} that are needed"
    for name, values in (
        ("people's choices", data.human),
        ("the theory's predictions", data.theory),
        ("the predictor's probabilities", data.model),
    ):
        if np.ptp(values) <= CONSTANT:
            return f"{name} do not vary"
    whole = data.whole()
    left_out = data.without_situations() if data.counts_only else data.without_people()
    if whole.reliability < LEAST_RELIABILITY or not _clear(whole.pp, left_out.pp):
        return (
            f"people's rates differ too little between situations to be told from chance: their "
            f"reliability is {max(whole.reliability, 0.0):.2f}. More choices for each situation "
            "are needed"
        )
    apart, without = (each.pp - each.pt**2 / each.tt for each in (whole, left_out))
    if not _clear(apart, without):
        return "the theory says what people do: the weights cannot be told apart"
    return ""


def _clear(value: Floats, without: Floats) -> bool:
    """Whether a sum of squares lies above 0 by more than its error."""
    n = len(without)
    error = ((n - 1) / n * np.square(without - value).sum()) ** 0.5
    return bool(value > LEAST_RATIO * error)
