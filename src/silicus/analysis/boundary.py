"""Boundary conditions: where base against aligned weakens or turns.

The gap of every slice of the decisions (a round, a value of the configuration), averaged over the
pairs, with *simultaneous* bands: all slices of one curve lie inside their bands together at the
stated level, so that one may look for the slice that stands out [1]_. Sizes and model families
are slices of the pairs, in :mod:`silicus.analysis.over_pairs`.

References
----------
.. [1] Montiel Olea and Plagborg-Moller (2019), "Simultaneous confidence bands: theory,
   implementation, and an application to SVARs", Journal of Applied Econometrics 34 (sup-t band).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm, t

from silicus.analysis.gaps import GAP_METRICS, PairGaps, check_pairs, pair_gaps
from silicus.analysis.over_pairs import mean_over
from silicus.analysis.preparation import Resampled, resampled_panels
from silicus.analysis.resampling import MAX_UNDEFINED, Floats
from silicus.analysis.results import Settings, result_row, result_table
from silicus.errors import AnalysisError
from silicus.games import configuration

ROUND, FIRST_ROUND, CONFIGURATION = "round", "first_round", "configuration"
MAX_VALUES = 12
"""Most values of a column that are shown one by one; numbers are cut into quarters beyond."""


@dataclass(frozen=True)
class _Slice:
    """The gaps in one slice and what they come to on average over the pairs."""

    label: str
    gaps: PairGaps
    value: float
    replicates: Floats
    se: float
    df: int
    notes: tuple[str, ...]


def boundary(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    by: Sequence[str] = (FIRST_ROUND, ROUND, CONFIGURATION),
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
) -> pl.DataFrame:
    """Return the mean gap of base and aligned models in every slice of the decisions.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
    pairs : polars.DataFrame
        As in :func:`silicus.analysis.over_pairs.over_pairs`; one pair is enough.
    by : sequence of str
        ``round``, ``first_round`` (the first against all later ones), ``configuration`` (every
        scalar parameter of the game that varies, for instance ``topology``), or the name of one
        such parameter.
    n_resamples, seed, ci_level
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metrics ``pearson_r_mean_over_pairs`` and ``log_loss_mean_over_pairs`` with slices
        ``round=3``: the gap (base minus aligned), and each side alone (no reference); and
        ``pearson_r_first_minus_later``, by how much the gap of round one differs.

    Raises
    ------
    AnalysisError
        If nothing varies by which to slice, or no pair was scored.
    """
    settings = Settings(n_resamples, seed, ci_level)
    listed = check_pairs(pairs)
    rows: list[dict[str, Any]] = []
    for resampled in resampled_panels(decisions, scores, settings):
        for column, labels in slices(resampled.panel.decisions, by).items():
            rows += _curve(resampled, listed, column, labels, settings)
    if not rows:
        counted = ", ".join(f"{name} ({n} values)" for name, n in nameable(decisions).items())
        raise AnalysisError(
            f"nothing to slice by {', '.join(by)}: a condition is a round, or a parameter of the "
            f"game that takes 2 to {MAX_VALUES} values (numbers with more are cut at their "
            "quartiles) in decisions that both members of a pair have scored. What varies: "
            f"{counted or 'nothing'}. Name one of these under conditions, or score a pair."
        )
    return result_table(rows)


def nameable(decisions: pl.DataFrame) -> dict[str, int]:
    """Return every column that a study can name as a condition, with its number of values.

    These are ``round``, ``first_round`` where there are several rounds, and each scalar parameter
    of the games that varies.
    """
    game = configuration(decisions).drop("decision_id")
    n_rounds = decisions["round"].n_unique()
    found = {ROUND: n_rounds, FIRST_ROUND: 2} if n_rounds > 1 else {}
    counts = {name: game[name].drop_nulls().n_unique() for name in game.columns}
    return found | {name: n for name, n in counts.items() if n > 1}


def slices(decisions: pl.DataFrame, by: Sequence[str]) -> dict[str, pl.Series]:
    """Return for each column that varies the slice label of every decision, null for none.

    Numbers with more than 12 values are cut at their quartiles; texts with more are left out,
    unless the column was asked for by name.
    """
    game = configuration(decisions)
    parameters = [name for name in game.columns if name != "decision_id"]
    out: dict[str, pl.Series] = {}
    for wanted in by:
        if wanted == ROUND:
            out[ROUND] = decisions["round"].cast(pl.String)
        elif wanted == FIRST_ROUND:
            first = decisions["round"] == 1
            out[FIRST_ROUND] = first.replace_strict({True: "yes", False: "no"})
        elif wanted == CONFIGURATION:
            for name in parameters:
                labels = _labels(game[name])
                if labels.n_unique() <= MAX_VALUES:
                    out[name] = labels
        elif wanted in parameters:
            out[wanted] = _labels(game[wanted])
    return {name: labels for name, labels in out.items() if labels.drop_nulls().n_unique() > 1}


def _labels(values: pl.Series) -> pl.Series:
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() > values.null_count() or values.n_unique() <= MAX_VALUES:
        return values
    borders = np.unique(np.quantile(numbers.drop_nulls().to_numpy(), [0, 0.25, 0.5, 0.75, 1]))
    names = [f"{low:g} to {high:g}" for low, high in pairwise(borders)] or [f"{borders[0]:g}"]
    index = np.clip(
        np.searchsorted(borders, numbers.fill_null(borders[0]).to_numpy(), side="right") - 1,
        0,
        len(names) - 1,
    )
    labels = pl.Series(values.name, [names[place] for place in index])
    return pl.select(pl.when(numbers.is_not_null()).then(labels)).to_series()


def _curve(
    resampled: Resampled,
    pairs: pl.DataFrame,
    column: str,
    labels: pl.Series,
    settings: Settings,
) -> list[dict[str, Any]]:
    cells: dict[tuple[str, str, str], list[tuple[str, PairGaps]]] = defaultdict(list)
    for label in sorted(labels.drop_nulls().unique(), key=_order):
        among = (labels == label).fill_null(value=False).to_numpy()
        for gaps in pair_gaps(resampled, pairs, among=among):
            cells[gaps.formulation, gaps.base_format, gaps.aligned_format].append((label, gaps))
    rows: list[dict[str, Any]] = []
    for found in cells.values():
        for metric in GAP_METRICS:
            gap_slices = [_slice(label, gaps, metric, "gap") for label, gaps in found]
            rows += _band(gap_slices, column, metric, "gap", settings)
            for side in ("base", "aligned"):
                levels = [_slice(label, gaps, metric, side) for label, gaps in found]
                rows += _band(levels, column, metric, side, settings)
            if column == FIRST_ROUND and len(found) == 2:
                rows += _contrast(gap_slices, metric, settings)
    return rows


def _slice(label: str, gaps: PairGaps, metric: str, what: str) -> _Slice:
    """Average one slice over the pairs that have a gap in it."""
    gap, good, lost = gaps.usable(metric)
    if not good.any():
        none = np.full(len(gap.replicates), np.nan)
        return _Slice(label, gaps, np.nan, none, np.nan, 0, (lost,))
    side = {"base": gaps.base, "aligned": gaps.aligned}.get(what)
    if side is not None:
        gap = side[metric].take(np.flatnonzero(good))
    families = gaps.pairs["model_family"].filter(pl.Series(good)).rank("dense").to_numpy()
    units = gaps.resampled.panel.units
    n_units = len(np.unique(units.codes[gaps.kept.any(axis=0)]))
    mean = mean_over(gap, families.astype(np.int64), n_units)
    replicates = gap.replicates.mean(axis=1)
    return _Slice(label, gaps, mean.estimate, replicates, mean.se, mean.df, (lost,))


def _band(
    found: Sequence[_Slice], column: str, metric: str, what: str, settings: Settings
) -> list[dict[str, Any]]:
    """Return the rows of one curve, with a band that holds for all slices together."""
    usable = [
        s
        for s in found
        if np.isfinite(s.se) and s.se > 0 and np.isnan(s.replicates).mean() <= MAX_UNDEFINED
    ]
    tail = 1 - settings.ci_level
    if usable:
        replicates = np.column_stack([s.replicates for s in usable])
        spread = np.nanstd(replicates, axis=0, ddof=1)
        values = np.array([s.value for s in usable])
        moving = spread > 0
        if moving.any():
            distance = np.abs(replicates[:, moving] - values[moving]) / spread[moving]
            highest = np.nanmax(np.where(np.isnan(distance), -1.0, distance), axis=1)
            tail = min(tail, float(2 * norm.sf(np.quantile(highest, settings.ci_level))))
    rows = []
    for one in found:
        interval = None
        if one in usable and one.df >= 1:
            half = float(t.isf(tail / 2, one.df)) * one.se
            interval = (one.value - half, one.value + half)
        note = f"simultaneous band over {len(usable)} slices" if interval else "no interval"
        rows.append(
            _row(
                one,
                f"{metric}_mean_over_pairs",
                f"{column}={one.label}",
                what,
                one.value,
                interval,
                None,
                settings,
                note,
            )
        )
    return rows


def _contrast(found: Sequence[_Slice], metric: str, settings: Settings) -> list[dict[str, Any]]:
    """Return how much the gap of the first round differs from that of all later ones."""
    first = next(one for one in found if one.label == "yes")
    later = next(one for one in found if one.label == "no")
    wanted = [
        name for name in first.gaps.pairs["pair_id"] if name in set(later.gaps.pairs["pair_id"])
    ]
    columns = []
    for one in (first, later):
        gap, good, _ = one.gaps.usable(metric)
        names = one.gaps.pairs["pair_id"].filter(pl.Series(good)).to_list()
        columns.append((gap, names))
    shared = [name for name in wanted if name in columns[0][1] and name in columns[1][1]]
    if not shared:
        return []
    gap_first, gap_later = (
        gap.take(np.array([names.index(name) for name in shared])) for gap, names in columns
    )
    families = (
        first.gaps.pairs.filter(pl.col("pair_id").is_in(shared))["model_family"]
        .rank("dense")
        .to_numpy()
        .astype(np.int64)
    )
    mean = mean_over(
        gap_first.minus(gap_later, [""] * len(shared)),
        families,
        first.gaps.resampled.panel.units.n_units,
    )
    return [
        _row(
            later,
            f"{metric}_first_minus_later",
            "all",
            "gap",
            mean.estimate,
            mean.interval(settings.ci_level),
            mean.p_value(),
            settings,
            f"{len(shared)} pairs",
        )
    ]


def _row(
    one: _Slice,
    metric: str,
    slice_: str,
    what: str,
    value: float,
    interval: tuple[float, float] | None,
    p_value: float | None,
    settings: Settings,
    note: str,
) -> dict[str, Any]:
    gaps = one.gaps
    base, aligned = gaps.runs
    panel = gaps.resampled.panel
    n_families = gaps.pairs["model_family"].n_unique()
    return result_row(
        panel,
        aligned if what == "aligned" else base,
        aligned if what == "gap" else None,
        metric,
        slice_,
        value,
        interval,
        p_value,
        gaps.kept.sum(axis=0) > 0,
        settings,
        [*one.notes, f"mean over {len(gaps.pairs)} pairs", note],
        unit=f"{panel.units.name} and model family" if n_families > 1 else None,
        n_units=min(n_families, panel.units.n_units) if n_families > 1 else None,
    )


def _order(label: str) -> tuple[float, str]:
    """Sort numbers as numbers and texts after them."""
    try:
        return float(label.split(" to ")[0]), label
    except ValueError:
        return float("inf"), label
