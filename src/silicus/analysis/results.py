"""Rows of the Result table: an estimate with its interval, counts, unit and reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from silicus.analysis.moments import Estimates
from silicus.analysis.panel import Panel, Run
from silicus.analysis.resampling import Bools, Floats, join_notes, percentile_interval
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
    interval = percentile_interval(estimates.replicates, settings.ci_level)
    people = panel.decisions["participant_id"]
    person = None if people.null_count() else people.rank("dense").to_numpy().astype(np.int64)
    rows = []
    for column, (run, reference) in enumerate(zip(runs, references, strict=True)):
        mine = kept[column]
        n_units = int(np.count_nonzero(np.bincount(panel.units.codes[mine])))
        low, high = _number(interval.low[column]), _number(interval.high[column])
        reasons = [notes[column], estimates.notes[column]]
        if n_units == 1:
            low = high = None
            reasons.append(f"no interval: all decisions belong to one {panel.units.name}")
        elif not estimates.notes[column]:
            reasons.append(interval.notes[column])
        has_interval = low is not None
        reasons.append(panel.units.note if has_interval else "")
        p_value = None if p_values is None or n_units < 2 else _number(p_values[column])
        drawn = has_interval or p_value is not None
        rows.append(
            {
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
                "estimate": _number(estimates.value[column]),
                "ci_low": low,
                "ci_high": high,
                "ci_level": settings.ci_level if has_interval else None,
                "p_value": p_value,
                "n_decisions": int(mine.sum()),
                "n_choices": int(panel.n_choices[mine].sum()),
                "n_participants": None
                if person is None
                else int(np.count_nonzero(np.bincount(person[mine]))),
                "unit": panel.units.name if drawn else None,
                "n_units": n_units if drawn else None,
                "n_resamples": settings.n_resamples if drawn else None,
                "seed": settings.seed if drawn else None,
                "note": join_notes(reasons),
            }
        )
    return rows


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


def _number(value: Any) -> float | None:
    """Return a float, or None where there is no finite value."""
    return float(value) if np.isfinite(value) else None
