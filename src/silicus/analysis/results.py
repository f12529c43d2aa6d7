"""Rows of the Result table: an estimate with its interval, counts, unit and reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from silicus.analysis.moments import Estimates
from silicus.analysis.panel import Panel, Run
from silicus.analysis.resampling import (
    LEAST_UNITS,
    Bools,
    Floats,
    Ints,
    join_notes,
    stretched_interval,
)
from silicus.errors import AnalysisError
from silicus.schema import Result, check


@dataclass(frozen=True)
class Settings:
    """How intervals are made: replicates, seed and confidence level."""

    n_resamples: int
    seed: int
    ci_level: float


def result_rows(
    panel: Panel,
    runs: Sequence[Run],
    references: Sequence[Run | None],
    metric: str,
    slice_: str,
    estimates: Estimates,
    kept: Bools,
    settings: Settings,
    notes: Sequence[str],
    p_values: Floats | None = None,
) -> list[dict[str, Any]]:
    """Return one Result row per column of ``estimates``.

    Parameters
    ----------
    panel : Panel
    runs, references : sequences of length n_columns
        A reference is None for a metric of one predictor. A difference names the format of both
        where they differ, as ``chat|plain`` (predictor first).
    metric, slice_ : str
    estimates : Estimates
    kept : ndarray of shape (n_columns, n_decisions)
    settings : Settings
    notes : sequence of str
        What each figure leaves out.
    p_values : ndarray of shape (n_columns,), optional
    """
    if len(runs) == 0:
        return []
    interval = stretched_interval(
        estimates.value,
        estimates.replicates,
        estimates.jackknife,
        estimates.df,
        settings.ci_level,
        np.array([_distinct(panel.units.codes[own]) for own in kept]),
    )
    least, most = _range_of(metric) if references[0] is None else (-np.inf, np.inf)
    rows = []
    for column, (run, reference) in enumerate(zip(runs, references, strict=True)):
        reason = estimates.notes[column]
        rows.append(
            result_row(
                panel,
                run,
                reference,
                metric,
                slice_,
                estimates.value[column],
                (max(interval.low[column], least), min(interval.high[column], most)),
                None if p_values is None else p_values[column],
                kept[column],
                settings,
                [notes[column], reason, "" if reason else interval.notes[column]],
            )
        )
    return rows


def result_row(
    panel: Panel,
    run: Run,
    reference: Run | None,
    metric: str,
    slice_: str,
    estimate: float,
    interval: tuple[float, float] | None,
    p_value: float | None,
    kept: Bools,
    settings: Settings,
    notes: Sequence[str],
    *,
    unit: str | None = None,
    n_units: int | None = None,
) -> dict[str, Any]:
    """Return one Result row; numbers that are not finite become null.

    Parameters
    ----------
    kept : ndarray of shape (n_decisions,)
        The decisions behind the figure.
    unit, n_units : str and int, optional
        What was resampled, where it is not the panel's unit alone.
    """
    found = _distinct(panel.units.codes[kept])
    name, count = unit or panel.units.name, found if n_units is None else n_units
    low, high = (None, None) if interval is None else (_number(limit) for limit in interval)
    p = None if p_value is None else _number(p_value)
    reasons = list(notes)
    if found < LEAST_UNITS and np.isfinite(estimate) and (interval is not None or p is not None):
        low = high = p = None
        noun = "people" if panel.units.name == "participant" else f"{panel.units.name}s"
        reasons.append(
            f"too few {noun}: {found}, fewer than the {LEAST_UNITS} that an interval or a test "
            "needs"
        )
    has_interval = low is not None and high is not None
    drawn = has_interval or p is not None
    reasons += [panel.units.note if drawn else "", panel.n_note]
    return {
        "dataset": panel.dataset,
        "family": panel.family,
        "formulation": run.formulation,
        "format": run.format
        if reference is None or reference.format == run.format
        else f"{run.format}|{reference.format}",
        "metric": metric,
        "predictor_id": run.predictor_id,
        "reference_id": None if reference is None else reference.predictor_id,
        "slice": slice_,
        "estimate": _number(estimate),
        "ci_low": low if has_interval else None,
        "ci_high": high if has_interval else None,
        "ci_level": settings.ci_level if has_interval else None,
        "p_value": p,
        "n_decisions": int(kept.sum()),
        "n_choices": round(float((panel.n_choices * panel.once)[kept].sum())),
        "n_participants": None if panel.people is None else _distinct(panel.people[kept]),
        "unit": name if drawn else None,
        "n_units": count if drawn else None,
        "n_resamples": settings.n_resamples if drawn else None,
        "seed": settings.seed if drawn else None,
        "note": join_notes(reasons),
    }


def result_table(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return the checked Result table of some rows, keys in order, unfiltered slices first."""
    table = pl.DataFrame(
        list(rows), schema={name: column.dtype for name, column in Result.columns().items()}
    )
    checked = check(table, Result, where="analysis", error=AnalysisError)
    keys = ["dataset", "family", "formulation", "format", "predictor_id", "reference_id"]
    return checked.sort(
        *keys, pl.col("slice") != "all", "slice", "metric", nulls_last=False, maintain_order=True
    )


def _range_of(metric: str) -> tuple[float, float]:
    """Return the least and greatest value that a metric of one predictor can have."""
    if metric.startswith(("pearson_r", "noise_ceiling_pearson_r")):
        return -1.0, 1.0
    if metric.startswith(("log_loss", "noise_ceiling_log_loss")):
        return 0.0, np.inf
    shares = ("option_mass", "brier", "calibration_human", "calibration_mean", "calibration_error")
    return (0.0, 1.0) if metric.startswith(shares) else (-np.inf, np.inf)


def _distinct(codes: Ints) -> int:
    """Return how many different codes there are."""
    return int(np.count_nonzero(np.bincount(codes)))


def _number(value: Any) -> float | None:
    """Return a float, or None where there is no finite value."""
    return float(value) if np.isfinite(value) else None
