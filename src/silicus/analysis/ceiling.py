"""Noise ceilings: how near anyone could come to these people, and who how near.

People's choices vary even in the same situation, so no predictor reaches r = 1 or log-loss 0.

* **Rates**: the choices behind each rate are split in two halves at random; the correlation of
  the halves, stepped up to full length [1]_, is the reliability, and its square root the highest r
  that the true rates could reach. The lowest log-loss is the entropy of the true rates, estimated
  almost without bias from the counts [2]_.
* **Individual choices**: the history predictors of :mod:`silicus.analysis.history`, cross-validated
  over people. They are *reached*, not proved to be the best, so this ceiling is a lower bound to
  what is reachable [3]_.

References
----------
.. [1] Spearman (1910) and Brown (1910), British Journal of Psychology 3.
.. [2] Schuermann (2004), "Bias analysis in entropy estimation", Journal of Physics A 37, the
   estimator of Grassberger for multinomial counts.
.. [3] Fudenberg, Kleinberg, Liang and Mullainathan (2022), "Measuring the completeness of economic
   models", Journal of Political Economy 130.
"""

from typing import Any

import numpy as np
import polars as pl
from scipy.special import digamma

from silicus.analysis.agreement import metric_estimates
from silicus.analysis.base_rate import BASE_RATE
from silicus.analysis.history import HISTORY_PREDICTORS
from silicus.analysis.moments import Estimates, combined, estimate, weighted_mean
from silicus.analysis.panel import Panel, Run
from silicus.analysis.preparation import Resampled, resampled_panels
from silicus.analysis.resampling import (
    CONSTANT,
    Bools,
    ClusterBootstrap,
    Floats,
    degrees_of_freedom,
    generator,
)
from silicus.analysis.results import Settings, result_row, result_rows, result_table

PEOPLE = Run("none", "none", "people")
"""The predictor id of a noise ceiling of rates: other people."""

MIN_RELIABILITY = 1e-3

NO_ROOM = "nothing to reach above the base rate"

REPEATED_NOTE = (
    "several choices of one person are counted as independent, so that people look more alike, "
    "and more predictable, than new people would"
)


def noise_ceilings(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
) -> pl.DataFrame:
    """Return ceilings and how much of the reachable each predictor reaches.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
        For individual choices also of a history predictor
        (:func:`silicus.analysis.history.history_scores`), or there is no ceiling for them.
    n_resamples, seed, ci_level
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        ``split_half_reliability``, ``noise_ceiling_pearson_r`` and ``noise_ceiling_log_loss``
        (predictor ``people``, or the history predictor of lower log-loss); and per predictor
        ``reachable_share_log_loss`` = (floor - loss) / (floor - ceiling) with the base rate as
        floor, and ``reachable_share_pearson_r`` = r / ceiling. Shares may be negative (worse
        than the floor) or above 1 (the ceiling is an estimate). Null where there is nothing to
        reach above the floor.
    """
    settings = Settings(n_resamples, seed, ci_level)
    rows: list[dict[str, Any]] = []
    for resampled in resampled_panels(decisions, scores, settings):
        panel = resampled.panel
        if panel.decisions["choice"].is_null().all():
            if (panel.n_choices == 0).any():
                rows += _unknown(panel, settings)
            else:
                rows += _rates(resampled, settings)
        elif panel.decisions["choice"].is_not_null().all():
            rows += _choices(resampled, settings)
    return result_table(rows)


def split_half(
    panel: Panel, bootstrap: ClusterBootstrap, rng: np.random.Generator, n_splits: int = 100
) -> tuple[Estimates, Bools]:
    """Return the reliability of the rates over random halves of the choices, stepped up.

    Parameters
    ----------
    panel : Panel
        Of rates.
    bootstrap : ClusterBootstrap
    rng : numpy.random.Generator
    n_splits : int
        Random splits; the estimate is the mean, each replicate uses one of them.

    Returns
    -------
    Estimates, ndarray of bool
        One column, and the decisions used: those with two or more choices.
    """
    n = panel.n_choices
    used = n >= 2
    once = used.astype(np.float64)
    half = np.where(used, n // 2, 1)
    target = np.where(used, np.round(panel.human * n), 0).astype(np.int64)
    rest = np.where(used, n - target, 1)
    halves = rng.hypergeometric(target, rest, half, size=(n_splits, len(n)))
    other = np.where(used, n - half, 1)
    units = panel.units
    values = np.full(n_splits, np.nan)
    replicates = np.full(len(bootstrap.counts), np.nan)
    without = np.zeros(units.n_units)
    for split in range(n_splits):
        x, y = halves[split] / half, (target - halves[split]) / other
        x, y = (np.where(used, z - z[used].mean() if used.any() else z, 0.0) for z in (x, y))
        sums = units.sums(np.array([once, x, y, x * x, y * y, x * y])).T
        mine = slice(split, None, n_splits)
        total = sums.sum(axis=0)
        values[split] = _stepped(total)
        replicates[mine] = _stepped(bootstrap.counts[mine].astype(np.float64) @ sums)
        without += _stepped(total - sums) / n_splits
    value = values.mean()
    note = "" if np.isfinite(value) else "the rates do not vary between decisions"
    found = Estimates(
        np.array([value]),
        replicates[:, None],
        without[:, None],
        degrees_of_freedom(units.sums(once)[None, :]),
        (note,),
    )
    return found, used


def _stepped(sums: Floats) -> Floats:
    """Return the correlation of two halves from its sums, for the length of both together."""
    w, wx, wy, wxx, wyy, wxy = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = wxy / w - wx * wy / w**2
        var_x, var_y = wxx / w - (wx / w) ** 2, wyy / w - (wy / w) ** 2
        varies = (var_x > CONSTANT**2) & (var_y > CONSTANT**2)
        r = np.where(varies, covariance / np.sqrt(var_x * var_y), np.nan)
        stepped: Floats = 2 * r / (1 + r)
    return stepped


def entropy(panel: Panel) -> Floats:
    """Return the entropy of each rate in nats, by the Grassberger-Schuermann estimator [2]_.

    Nearly unbiased from a handful of choices on, where the entropy of the observed shares is too
    low; a single estimate may exceed the logarithm of the number of options.
    """
    n_options = panel.decisions["options"].list.len().to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(n_options)[:-1]])
    rates = panel.decisions["choice_rate"].explode(empty_as_null=False).to_numpy()
    counts = np.round(rates * np.repeat(panel.n_choices, n_options))
    taken = np.maximum(counts, 1)
    sign = np.where(counts % 2 == 0, 1.0, -1.0)
    g = digamma(taken) + sign / 2 * (digamma((taken + 1) / 2) - digamma(taken / 2))
    total = np.add.reduceat(counts, starts)
    estimated: Floats = digamma(total) - np.add.reduceat(counts * g, starts) / total
    return estimated


def _unknown(panel: Panel, settings: Settings) -> list[dict[str, Any]]:
    """Return the ceilings of rates of which it is not known how many choices are behind them."""
    every = np.ones(len(panel.decisions), dtype=bool)
    note = "no ceiling can be computed without the numbers of choices"
    return [
        result_row(panel, PEOPLE, None, metric, "all", np.nan, None, None, every, settings, [note])
        for metric in ("noise_ceiling_pearson_r", "noise_ceiling_log_loss")
    ]


def _rates(resampled: Resampled, settings: Settings) -> list[dict[str, Any]]:
    panel, bootstrap = resampled
    rng = generator(settings.seed, panel.dataset, panel.family, "split_half")
    reliability, used = split_half(panel, bootstrap, rng)
    ceiling = combined(_root, _low_notes(reliability), reliability)
    everything = np.ones((1, len(panel.decisions)), dtype=bool)
    weight = panel.n_choices.astype(np.float64)[None, :]
    lowest = estimate(
        {"h": weighted_mean(entropy(panel)[None, :], weight, panel.units)}, bootstrap
    )["h"]
    single = int((~used).sum())
    repeated = (panel.decisions["n_participants"] < panel.decisions["n_choices"]).any()
    rows = []
    for metric, estimates, kept, note in (
        ("split_half_reliability", reliability, used[None, :], "Spearman-Brown, 100 splits"),
        ("noise_ceiling_pearson_r", ceiling, used[None, :], "root of the reliability"),
        (
            "noise_ceiling_log_loss",
            lowest,
            everything,
            "entropy by the Grassberger-Schuermann estimator",
        ),
    ):
        if repeated:
            note += "; " + REPEATED_NOTE
        if single and metric != "noise_ceiling_log_loss":
            note += f"; {single} decisions with a single choice left out"
        rows += result_rows(
            panel, [PEOPLE], [None], metric, "all", estimates, kept, settings, [note]
        )
    return rows + _shares(resampled, lowest, ceiling, settings, "people")


def _choices(resampled: Resampled, settings: Settings) -> list[dict[str, Any]]:
    panel = resampled.panel
    history = [i for i, run in enumerate(panel.runs) if run.predictor_id in HISTORY_PREDICTORS]
    if not history:
        return []
    scored = ~np.isnan(panel.whole.target_prob)
    found = metric_estimates(panel, panel.whole, history, scored[history], resampled.bootstrap)
    best = int(np.nanargmin(found["log_loss"].value))
    r = found["pearson_r"].columns(best, best + 1)
    loss = found["log_loss"].columns(best, best + 1)
    run = panel.runs[history[best]]
    rows = []
    for metric, estimates in (("noise_ceiling_pearson_r", r), ("noise_ceiling_log_loss", loss)):
        rows += result_rows(
            panel,
            [run],
            [None],
            metric,
            "all",
            estimates,
            scored[[history[best]]],
            settings,
            ["cross-validated over people: reached, so at least this is reachable"],
        )
    return rows + _shares(resampled, loss, r, settings, run.predictor_id)


def _shares(
    resampled: Resampled, loss: Estimates, r: Estimates, settings: Settings, ceiling: str
) -> list[dict[str, Any]]:
    """Return each predictor's share of the reachable, replicate by replicate."""
    panel, bootstrap = resampled
    runs = [i for i, run in enumerate(panel.runs) if run.predictor_id != BASE_RATE]
    floor_run = next(i for i, run in enumerate(panel.runs) if run.predictor_id == BASE_RATE)
    scored = ~np.isnan(panel.whole.target_prob)
    whole = [i for i in runs if scored[i].all()]
    partial = [panel.runs[i] for i in runs if not scored[i].all()]
    found = metric_estimates(
        panel, panel.whole, [*whole, floor_run], scored[[*whole, floor_run]], bootstrap
    )
    n = len(whole)
    floor = found["log_loss"].columns(n, n + 1)
    mine = found["log_loss"].columns(0, n)
    own = found["pearson_r"].columns(0, n)
    share = combined(
        _reached,
        [
            note or ("" if floor.value[0] - loss.value[0] > CONSTANT else NO_ROOM)
            for note in mine.notes
        ],
        floor,
        mine,
        loss,
    )
    reached = combined(
        _ratio,
        [
            note
            or r.notes[0]
            or ("" if r.value[0] > CONSTANT else "the ceiling of r is not above 0")
            for note in own.notes
        ],
        own,
        r,
    )
    rows = []
    for metric, estimates in (
        ("reachable_share_log_loss", share),
        ("reachable_share_pearson_r", reached),
    ):
        rows += result_rows(
            panel,
            [panel.runs[i] for i in whole],
            [None] * n,
            metric,
            "all",
            estimates,
            scored[whole],
            settings,
            [f"ceiling: {ceiling}; floor: {BASE_RATE}"] * n,
        )
        hole = np.full(len(partial), np.nan)
        rows += result_rows(
            panel,
            partial,
            [None] * len(partial),
            metric,
            "all",
            Estimates(
                hole,
                np.full((settings.n_resamples, len(partial)), np.nan),
                np.full((panel.units.n_units, len(partial)), np.nan),
                hole,
                ("not every decision is scored, so the ceiling does not apply",) * len(partial),
            ),
            scored[[i for i in runs if not scored[i].all()]],
            settings,
            [""] * len(partial),
        )
    return rows


def _reached(floor: Floats, mine: Floats, lowest: Floats) -> Floats:
    """Return the share of the way from floor to ceiling; NaN where there is no way to go."""
    return _ratio(floor - mine, floor - lowest)


def _ratio(value: Floats, whole: Floats) -> Floats:
    """Return a share of what is above 0 by more than noise, NaN elsewhere."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > CONSTANT, value / whole, np.nan)


def _root(reliability: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.where(reliability > MIN_RELIABILITY, np.sqrt(np.maximum(reliability, 0)), np.nan)


def _low_notes(reliability: Estimates) -> tuple[str, ...]:
    if reliability.notes[0]:
        return reliability.notes
    low = not reliability.value[0] > MIN_RELIABILITY
    return ("the halves do not correlate: nothing to predict is left",) if low else ("",)
