"""Two predictors on the same decisions: the difference, its interval, and a sign-flip test.

Both predictors meet the same people, so the difference is computed inside every replicate and
only its spread counts; comparing two separate intervals would waste that (see [1]_). The p-value
is of the log-loss difference only: under the null that both predict equally well, the sign of a
whole unit's difference is arbitrary.

References
----------
.. [1] Miller (2024), "Adding error bars to evals", arXiv 2411.00640, section 4 (paired).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from silicus.analysis.agreement import LEAST_MASS, MASS_SLICE, metric_estimates
from silicus.analysis.moments import Estimates
from silicus.analysis.panel import Panel
from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    ClusterBootstrap,
    Floats,
    generator,
    sign_flip_p,
)
from silicus.analysis.results import Settings, result_rows
from silicus.errors import AnalysisError

COMPARED = ("pearson_r", "pearson_r_weighted", "pearson_r_free", "log_loss", "brier")
"""The metrics whose difference is reported."""


SAME_NOTE = "the two predict the same, so there is nothing to test"


class Matched(NamedTuple):
    """Rows of the panel of a predictor and its reference."""

    run: int
    reference: int


def matched_runs(
    panel: Panel, comparisons: Sequence[tuple[str, str]], native_formats: Mapping[str, str]
) -> list[Matched]:
    """Return the runs to compare: native against native first, then format by format.

    A predictor's native format is the one it has in ``native_formats``, or its only one. Where
    both predictors were scored in the same format, that is compared too. A reference without the
    predictor's formulation takes part with its only one (a theory reads no words).

    Raises
    ------
    AnalysisError
        If a predictor has several formats and none is named as native.
    """
    found: list[Matched] = []
    for predictor, reference in comparisons:
        for formulation in _formulations(panel, predictor):
            own = _formats(panel, predictor, formulation)
            theirs = _formats(panel, reference, formulation)
            if not theirs:
                only = _formulations(panel, reference)
                if len(only) != 1:
                    continue
                theirs = _formats(panel, reference, only[0])
            native = Matched(
                own[_native(predictor, own, native_formats, panel)],
                theirs[_native(reference, theirs, native_formats, panel)],
            )
            same = [Matched(own[name], theirs[name]) for name in sorted(own) if name in theirs]
            found += [native, *same]
    return list(dict.fromkeys(found))


def paired_rows(
    panel: Panel, matches: Sequence[Matched], bootstrap: ClusterBootstrap, settings: Settings
) -> list[dict[str, Any]]:
    """Return the Result rows of every difference, predictor minus reference.

    On the decisions that both have scored; then on those where both have an option mass of at
    least 0.8.
    """
    if not matches:
        return []
    runs = [match.run for match in matches]
    references = [match.reference for match in matches]
    scored = ~np.isnan(panel.whole.target_prob)
    both = scored[runs] & scored[references]
    with np.errstate(invalid="ignore"):
        massive = panel.whole.option_mass >= LEAST_MASS
    enough = both & massive[runs] & massive[references]
    rows: list[dict[str, Any]] = []
    for slice_, kept in (("all", both), (MASS_SLICE, enough)):
        if slice_ != "all" and (panel.whole.option_mass[[*runs, *references]] == 1).all():
            continue
        notes = _left_out(panel, both, kept, slice_)
        estimates = metric_estimates(
            panel, panel.whole, [*runs, *references], np.concatenate([kept, kept]), bootstrap
        )
        for metric in COMPARED:
            if metric in estimates:
                rows += result_rows(
                    panel,
                    [panel.runs[run] for run in runs],
                    [panel.runs[run] for run in references],
                    metric,
                    slice_,
                    _difference(panel, estimates[metric], runs, references, kept),
                    kept,
                    settings,
                    notes,
                    _p_values(panel, runs, references, kept, settings)
                    if metric == "log_loss"
                    else None,
                )
    return rows


def _p_values(
    panel: Panel,
    runs: Sequence[int],
    references: Sequence[int],
    kept: Bools,
    settings: Settings,
) -> Floats:
    """Return the sign-flip p-value of each log-loss difference; NaN where it is not finite."""
    with np.errstate(invalid="ignore"):
        gap = panel.whole.log_loss[runs] - panel.whole.log_loss[references]
    usable: Bools = (kept.sum(axis=1) > 0) & ((kept & ~np.isfinite(gap)).sum(axis=1) == 0)
    usable &= ~_same(panel, runs, references, kept)
    weighted = np.where(kept & usable[:, None], gap, 0.0) * panel.weights
    rng = generator(settings.seed, panel.dataset, panel.family, "sign_flip")
    p = sign_flip_p(panel.units.sums(weighted).T, settings.n_resamples, rng)
    return np.where(usable, p, np.nan)


def _same(panel: Panel, runs: Sequence[int], references: Sequence[int], kept: Bools) -> Bools:
    """Return for each comparison whether both predict the same, but for float noise."""
    view = panel.whole
    same = np.ones(len(runs), dtype=bool)
    for values in (view.target_prob, view.log_loss):
        with np.errstate(invalid="ignore"):
            gap = np.abs(values[runs] - values[references])
        same &= (~kept | (gap <= CONSTANT)).all(axis=1)
    return same


def _difference(
    panel: Panel,
    estimates: Estimates,
    runs: Sequence[int],
    references: Sequence[int],
    kept: Bools,
) -> Estimates:
    half = len(runs)
    notes = []
    same = _same(panel, runs, references, kept)
    for column, (run, reference) in enumerate(zip(runs, references, strict=True)):
        sides = ((run, estimates.notes[column]), (reference, estimates.notes[half + column]))
        notes.append(
            "; ".join(f"{panel.runs[side].predictor_id}: {text}" for side, text in sides if text)
            or SAME_NOTE * bool(same[column])
        )
    mine, theirs = estimates.columns(0, half), estimates.columns(half, 2 * half)
    gap = mine.minus(theirs, notes)
    return replace(gap, jackknife=np.where(same, gap.value, gap.jackknife))


def _left_out(panel: Panel, both: Bools, kept: Bools, slice_: str) -> list[str]:
    n_all = panel.n_given
    notes = []
    for n_both, n_kept in zip(both.sum(axis=1), kept.sum(axis=1), strict=True):
        parts = []
        if n_both < n_all:
            parts.append(f"{n_all - n_both} of {n_all} decisions are not scored by both")
        if slice_ != "all":
            parts.append(
                f"{n_both - n_kept} of {n_both} decisions dropped: option mass below 0.8 "
                "for one or both"
            )
        notes.append("; ".join(parts))
    return notes


def _formulations(panel: Panel, predictor: str) -> list[str]:
    return sorted({run.formulation for run in panel.runs if run.predictor_id == predictor})


def _formats(panel: Panel, predictor: str, formulation: str) -> dict[str, int]:
    return {
        run.format: row
        for row, run in enumerate(panel.runs)
        if (run.predictor_id, run.formulation) == (predictor, formulation)
    }


def _native(
    predictor: str, formats: Mapping[str, int], native_formats: Mapping[str, str], panel: Panel
) -> str:
    if predictor in native_formats and native_formats[predictor] in formats:
        return native_formats[predictor]
    if predictor not in native_formats and len(formats) == 1:
        return next(iter(formats))
    raise AnalysisError(
        f"the native format of {predictor} is not clear: it was scored in "
        f"{', '.join(sorted(formats))} and native_formats says "
        f"{native_formats.get(predictor, 'nothing')} "
        f'(data set "{panel.dataset}", family "{panel.family}"). '
        'Name one of them, for instance native_formats={"' + predictor + '": "'
        f'{min(formats)}"}}.'
    )
