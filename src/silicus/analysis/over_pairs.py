"""Base against aligned over many pairs: mean, median, hierarchy, sizes, families, power.

=============================== ================================================================
``*_mean_over_pairs``           mean gap; people and model families vary (two-way), with a test
``*_mean_over_these_pairs``     mean gap of exactly these pairs; only people are resampled
``*_median_over_pairs``         median gap; people and model families drawn (pigeonhole)
``*_hierarchical``              random-effects mean, pairs in model families in providers
``*_share_of_pairs_positive``   share of pairs with a gap above 0; only people are resampled
``*_slope_per_size_doubling``   change of the gap when models are twice as large
``*_minimum_detectable``        smallest mean gap that this design finds with the wished power
=============================== ================================================================

``*`` is ``pearson_r`` or ``log_loss``; a gap is base minus aligned, so a *positive* r gap and a
*negative* log-loss gap speak for the base models. All pairs face the same people: counting wins
as if pairs were independent rejects a true null most of the time (:mod:`silicus.analysis.wins`).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import t

from silicus.analysis.gaps import GAP_METRICS, PairGaps, check_pairs, pair_gaps
from silicus.analysis.hierarchical import random_effects
from silicus.analysis.moments import Estimates
from silicus.analysis.preparation import check_predictors, resampled_panels
from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    Floats,
    Ints,
    generator,
    jackknife_error,
    percentile_interval,
    stretched_interval,
)
from silicus.analysis.results import Settings, result_row, result_table
from silicus.analysis.two_way import TwoWay, pigeonhole_median, two_way
from silicus.errors import AnalysisError

SIZE_EDGES = (0.0, 3.0, 7.0, 14.0, inf)
"""The study's size classes, in billions of parameters."""


def over_pairs(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
    power: float = 0.8,
    size_edges: Sequence[float] = SIZE_EDGES,
) -> pl.DataFrame:
    """Return what base and aligned models differ by over all pairs, per data set and family.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
    pairs : polars.DataFrame
        ``pair_id``, ``base``, ``aligned`` (predictor ids), ``model_family`` and optionally
        ``provider`` and ``size_billion``. Pairs without scores are left out and counted.
    n_resamples, seed, ci_level
        As in :func:`silicus.analysis.analyse`.
    power : float
        Of the minimum detectable effect.
    size_edges : sequence of float
        Borders of the size classes, each including its lower one.

    Returns
    -------
    Result table
        ``predictor_id`` is ``base`` and ``reference_id`` ``aligned``; ``slice`` is ``all``, a
        size class or a model family.

    Raises
    ------
    AnalysisError
        If the tables do not fit or no pair was scored.
    """
    settings = Settings(n_resamples, seed, ci_level)
    if not 0 < power < 1:
        raise AnalysisError(f"power must lie between 0 and 1, got {power!r}. 0.8 is usual.")
    table = check_pairs(pairs)
    known = table.filter(
        pl.col("base").is_in(scores["predictor_id"].unique().implode())
        & pl.col("aligned").is_in(scores["predictor_id"].unique().implode())
    )
    if len(known) == 0:
        check_predictors(scores, [*table["base"], *table["aligned"]])
    rows: list[dict[str, Any]] = []
    for resampled in resampled_panels(decisions, scores, settings):
        for gaps in pair_gaps(resampled, known):
            for metric in GAP_METRICS:
                rows += _rows(gaps, metric, len(table), settings, power, size_edges)
    if not rows:
        raise AnalysisError(
            "no pair has scores of both members on the same decisions in one formulation. "
            "Score base and aligned models of a pair on the same data set."
        )
    return result_table(rows)


def _rows(
    gaps: PairGaps,
    metric: str,
    n_listed: int,
    settings: Settings,
    power: float,
    size_edges: Sequence[float],
) -> list[dict[str, Any]]:
    gap, good, lost = gaps.usable(metric)
    n_pairs = int(good.sum())
    if n_pairs == 0:
        return [
            _row(gaps, f"{metric}_mean_over_pairs", "all", float("nan"), None, settings, [lost])
        ]
    table = gaps.pairs.filter(pl.Series(good))
    families = table["model_family"].rank("dense").to_numpy().astype(np.int64)
    unscored = n_listed - len(gaps.pairs)
    notes = [
        _count(n_pairs, len(np.unique(families))),
        f"{unscored} listed pairs are not scored here" if unscored else "",
        lost,
    ]
    rows = _whole(gaps, metric, gap, table, families, settings, power, notes)
    sizes = table["size_billion"].cast(pl.Float64).to_numpy()
    for low, high in pairwise(size_edges):
        own = (sizes >= low) & (sizes < high)
        if own.any():
            name = f"size_billion={low:g} to {high:g}" if high < inf else f"size_billion={low:g}+"
            rows += _part(gaps, metric, name, gap, own, families, settings)
    for family in sorted(set(table["model_family"])):
        own = (table["model_family"] == family).to_numpy()
        rows += _part(gaps, metric, f"model_family={family}", gap, own, families, settings)
    return rows


def _whole(
    gaps: PairGaps,
    metric: str,
    gap: Estimates,
    table: pl.DataFrame,
    families: Ints,
    settings: Settings,
    power: float,
    notes: list[str],
) -> list[dict[str, Any]]:
    panel = gaps.resampled.panel
    n_units, n_families = panel.units.n_units, len(np.unique(families))
    both: dict[str, Any] = {
        "unit": f"{panel.units.name} and model family",
        "n_units": min(n_units, n_families),
    }
    if n_families < 2:
        both = {}
        notes = [*notes, "one model family: the interval says nothing about other families"]
    mean = mean_over(gap, families, n_units)
    rows = [
        _row(
            gaps,
            f"{metric}_mean_over_pairs",
            "all",
            mean.estimate,
            mean.interval(settings.ci_level),
            settings,
            notes,
            p_value=mean.p_value(),
            **both,
        ),
        _row(
            gaps,
            f"{metric}_minimum_detectable",
            "all",
            mean.minimum_detectable(settings.ci_level, power),
            None,
            settings,
            [*notes, f"power {power:g} at a two-sided level of {1 - settings.ci_level:.3g}"],
        ),
        *_part(gaps, metric, "all", gap, np.ones(len(families), dtype=bool), families, settings),
        _row(
            gaps,
            f"{metric}_share_of_pairs_positive",
            "all",
            float((gap.value > 0).mean()),
            _percentiles(gaps, (gap.replicates > 0).mean(axis=1), settings),
            settings,
            [*notes, "resampling adds noise to every pair, so the interval leans towards one half"],
        ),
    ]
    rng = generator(settings.seed, panel.dataset, panel.family, metric, "families")
    median = (
        pigeonhole_median(gap.replicates, families, rng)
        if n_families > 1
        else np.median(gap.replicates, axis=1)
    )
    rows.append(
        _row(
            gaps,
            f"{metric}_median_over_pairs",
            "all",
            float(np.median(gap.value)),
            _percentiles(gaps, median, settings),
            settings,
            notes,
            **both,
        )
    )
    rows += _hierarchical(gaps, metric, gap, table, settings, notes)
    rows += _size_slope(gaps, metric, gap, table, families, settings, notes, both)
    return rows


def mean_over(gap: Estimates, families: Ints, n_units: int) -> TwoWay:
    """Return the mean gap with its two-way standard error."""
    n = len(gap.value)
    weights = np.full(n, 1 / n)
    return two_way(
        gap.value, gap.replicates, families, n_units, weights, np.full(n, gap.value.mean())
    )


def _part(
    gaps: PairGaps,
    metric: str,
    slice_: str,
    gap: Estimates,
    own: Bools,
    families: Ints,
    settings: Settings,
) -> list[dict[str, Any]]:
    """Return the mean over exactly these pairs, with people resampled."""
    mean = gap.take(np.flatnonzero(own)).mean()
    n_units = np.array([gaps.resampled.panel.units.n_units])
    found = stretched_interval(
        mean.value, mean.replicates, mean.jackknife, mean.df, settings.ci_level, n_units
    )
    spread = float(jackknife_error(mean.value, mean.jackknife, n_units)[0])
    value = float(mean.value[0])
    p = float(2 * t.sf(abs(value) / spread, mean.df[0])) if spread > CONSTANT else None
    return [
        _row(
            gaps,
            f"{metric}_mean_over_these_pairs",
            slice_,
            value,
            (float(found.low[0]), float(found.high[0])),
            settings,
            [
                _count(int(own.sum()), len(np.unique(families[own]))),
                "only people are resampled",
                *found.notes,
            ],
            p_value=p,
        )
    ]


def _hierarchical(
    gaps: PairGaps,
    metric: str,
    gap: Estimates,
    table: pl.DataFrame,
    settings: Settings,
    notes: list[str],
) -> list[dict[str, Any]]:
    if len(table) < 2:
        return []
    levels = {
        name: table[name].rank("dense").to_numpy().astype(np.int64)
        for name in ("model_family", "provider")
    }
    fit = random_effects(gap.value, np.cov(gap.replicates, rowvar=False), levels)
    spreads = ", ".join(f"{name} {spread:.3f}" for name, spread in fit.spreads.items())
    top = list(fit.spreads)[-1].replace("_", " ")
    return [
        _row(
            gaps,
            f"{metric}_hierarchical",
            "all",
            fit.estimate,
            fit.interval(settings.ci_level),
            settings,
            [*notes, f"standard deviation between: {spreads}"],
            p_value=fit.p_value(),
            unit=f"{gaps.resampled.panel.units.name} and {top}",
            n_units=min(fit.df + 1, gaps.resampled.panel.units.n_units),
        )
    ]


def _size_slope(
    gaps: PairGaps,
    metric: str,
    gap: Estimates,
    table: pl.DataFrame,
    families: Ints,
    settings: Settings,
    notes: list[str],
    both: dict[str, Any],
) -> list[dict[str, Any]]:
    sizes = table["size_billion"].cast(pl.Float64).to_numpy()
    own = np.isfinite(sizes) & (sizes > 0)
    if len(np.unique(sizes[own])) < 3:
        return []
    doublings = np.log2(sizes[own])
    centred = doublings - doublings.mean()
    weights = centred / (centred**2).sum()
    values = gap.value[own]
    fit = values.mean() + float(weights @ values) * centred
    slope = two_way(
        values,
        gap.replicates[:, own],
        families[own],
        gaps.resampled.panel.units.n_units,
        weights,
        fit,
    )
    return [
        _row(
            gaps,
            f"{metric}_slope_per_size_doubling",
            "all",
            slope.estimate,
            slope.interval(settings.ci_level),
            settings,
            notes,
            p_value=slope.p_value(),
            **both,
        )
    ]


def _row(
    gaps: PairGaps,
    metric: str,
    slice_: str,
    value: float,
    interval: tuple[float, float] | None,
    settings: Settings,
    notes: Sequence[str],
    *,
    p_value: float | None = None,
    unit: str | None = None,
    n_units: int | None = None,
) -> dict[str, Any]:
    base, aligned = gaps.runs
    return result_row(
        gaps.resampled.panel,
        base,
        aligned,
        metric,
        slice_,
        value,
        interval,
        p_value,
        gaps.kept.sum(axis=0) > 0,
        settings,
        notes,
        unit=unit,
        n_units=n_units,
    )


def _percentiles(gaps: PairGaps, replicates: Floats, settings: Settings) -> tuple[float, float]:
    interval = percentile_interval(
        replicates[:, None], settings.ci_level, gaps.resampled.panel.units.n_units
    )
    return float(interval.low[0]), float(interval.high[0])


def _count(n_pairs: int, n_families: int) -> str:
    return (
        f"{n_pairs} pair{'s' * (n_pairs != 1)} of {n_families} "
        f"model famil{'ies' if n_families != 1 else 'y'}"
    )
