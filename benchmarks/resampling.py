"""Time the cluster bootstrap of many predictors, beside a straightforward loop.

The study of the reference paper has 240 models and 10,050 multi-round decisions. This benchmark
makes scores of that size, resamples people 2,000 times for r and log-loss of every model, and
does the same with a loop that draws people and recomputes each statistic on the drawn rows. The
loop runs on a part of the predictors and replicates; its time is scaled up and says so.

Run: ``python benchmarks/resampling.py [--json] [--full]``
"""

import argparse
import json
import resource
import sys
import time

import numpy as np
import polars as pl
from scipy.stats import norm, t

from silicus.analysis import analyse
from silicus.analysis.moments import estimate, pearson, weighted_mean
from silicus.analysis.panel import Panel, build_panels
from silicus.analysis.resampling import (
    ClusterBootstrap,
    degrees_of_freedom,
    generator,
    stretched_interval,
)

FAMILIES = (  # data set, family, people, decisions each, decisions in all
    ("akata", "repeated_matrix", 195, 20, 3900),
    ("glee", "bargaining", 600, 3, 1788),
    ("glee", "negotiation", 400, 3, 1182),
    ("glee", "persuasion", 159, 20, 3180),
)
LOOP_PREDICTORS, LOOP_RESAMPLES = 4, 20


def decisions() -> pl.DataFrame:
    """Make individual decisions of the published sizes."""
    rng = np.random.default_rng(1)
    parts = []
    for dataset, family, n_people, each, n in FAMILIES:
        person = np.repeat(np.arange(n_people), each)[:n]
        parts.append(
            pl.DataFrame(
                {
                    "decision_id": [f"{family}-{row:05d}" for row in range(n)],
                    "dataset": dataset,
                    "family": family,
                    "participant_id": [f"{family}-{index}" for index in person],
                    "session_id": pl.Series([None] * n, dtype=pl.String),
                    "play_id": [f"{family}-{index}" for index in person],
                    "round": pl.Series(1 + np.arange(n) % each, dtype=pl.Int32),
                    "game": '{"kind":"ultimatum","share_offered":0.5}',
                    "history": pl.Series([[]] * n, dtype=pl.List(pl.Null)),
                    "options": [["yes", "no"]] * n,
                    "target": pl.Series(np.zeros(n), dtype=pl.Int32),
                    "choice": pl.Series(rng.integers(2, size=n), dtype=pl.Int32),
                    "choice_rate": pl.Series([None] * n, dtype=pl.List(pl.Float64)),
                    "n_choices": pl.Series(np.ones(n), dtype=pl.Int32),
                    "n_participants": pl.Series([None] * n, dtype=pl.Int32),
                }
            )
        )
    return pl.concat(parts)


def scores(table: pl.DataFrame, n_predictors: int) -> pl.DataFrame:
    """Make scores that know a little about the choices."""
    rng = np.random.default_rng(2)
    n = len(table)
    ids = pl.Series(np.repeat(table["decision_id"].to_numpy(), 2))
    option = pl.Series(np.tile([0, 1], n), dtype=pl.Int32)
    took = (table["choice"] == 0).to_numpy().astype(float)
    parts = []
    for index in range(n_predictors):
        p = np.clip(0.5 + 0.2 * (took - 0.5) + 0.2 * rng.normal(size=n), 0.01, 0.99)
        mass = np.repeat(rng.uniform(0.6, 1.0, size=n), 2)
        probs = np.column_stack([p, 1 - p]).ravel()
        parts.append(
            pl.DataFrame({"decision_id": ids, "option": option}).with_columns(
                formulation=pl.lit("baseline"),
                format=pl.lit("chat" if index % 2 else "plain"),
                predictor_id=pl.lit(f"model-{index:03d}"),
                logprob=pl.Series(np.log(probs * mass)),
                option_prob=pl.Series(probs),
                option_mass=pl.Series(mass),
                first_token_logprob=pl.Series(np.log(probs * mass)),
                first_token_prob=pl.Series(probs),
                first_token_mass=pl.Series(mass),
            )
        )
    return pl.concat(parts)


def by_sums(panels: list[Panel], n_resamples: int) -> dict[str, np.ndarray]:
    """Return the intervals of r and log-loss by matrix products."""
    out = {}
    for panel in panels:
        bootstrap = ClusterBootstrap.draw(
            panel.units.n_units, n_resamples, generator(0, panel.dataset, panel.family, "bootstrap")
        )
        weight = np.ones_like(panel.whole.target_prob)
        moments = {
            "r": pearson(panel.whole.target_prob, panel.human, weight, panel.units),
            "log_loss": weighted_mean(panel.whole.log_loss, weight, panel.units),
        }
        for name, estimates in estimate(moments, bootstrap).items():
            interval = stretched_interval(
                estimates.value,
                estimates.replicates,
                estimates.jackknife,
                estimates.df,
                0.95,
                np.full(len(estimates.value), panel.units.n_units),
            )
            out[f"{panel.family}-{name}"] = np.array([interval.low, interval.high])
    return out


def by_loop(panels: list[Panel], n_predictors: int, n_resamples: int) -> dict[str, np.ndarray]:
    """Return the same for some predictors by drawing rows, replicate by replicate."""
    out = {}
    for panel in panels:
        units = panel.units
        counts = ClusterBootstrap.draw(
            units.n_units, n_resamples, generator(0, panel.dataset, panel.family, "bootstrap")
        ).counts
        n = units.n_units
        rows_of = [np.flatnonzero(units.codes == unit) for unit in range(n)]
        df = degrees_of_freedom(np.bincount(units.codes)[None, :].astype(float))[0]
        found: dict[str, list] = {"r": [], "log_loss": []}
        for run in range(n_predictors):
            r, loss = [], []
            for count in (np.ones(n, dtype=int), *counts, *(1 - np.eye(n, dtype=int))):
                drawn = np.concatenate(
                    [rows_of[unit] for unit in range(n) for _ in range(count[unit])]
                )
                x, y = panel.whole.target_prob[run, drawn], panel.human[drawn]
                r.append(np.corrcoef(x, y)[0, 1])
                loss.append(panel.whole.log_loss[run, drawn].mean())
            for name, values in (("r", r), ("log_loss", loss)):
                value, drawn_values = values[0], np.array(values[1 : 1 + len(counts)])
                without = np.array(values[1 + len(counts) :])
                error = np.sqrt((n - 1) / n * ((without - value) ** 2).sum())
                stretch = t.isf(0.025, df) * error / (norm.isf(0.025) * drawn_values.std(ddof=1))
                found[name].append(
                    value + (np.quantile(drawn_values, [0.025, 0.975]) - value) * stretch
                )
        for name, intervals in found.items():
            out[f"{panel.family}-{name}"] = np.array(intervals).T
    return out


def main() -> int:
    """Run both and print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--predictors", type=int, default=240)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument(
        "--full", action="store_true", help="also time analyse(), with every metric and comparison"
    )
    arguments = parser.parse_args()
    table = decisions()
    predicted = scores(table, arguments.predictors)
    started = time.perf_counter()
    panels = build_panels(table, predicted)
    tables_s = time.perf_counter() - started
    started = time.perf_counter()
    by_sums(panels, arguments.resamples)
    resampling_s = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2

    n_predictors = min(LOOP_PREDICTORS, arguments.predictors)
    started = time.perf_counter()
    loop = by_loop(panels, n_predictors, LOOP_RESAMPLES)
    loop_s = time.perf_counter() - started
    same = by_sums(panels, LOOP_RESAMPLES)
    difference = max(
        float(np.abs(same[name][:, :n_predictors] - loop[name]).max()) for name in loop
    )
    scale = arguments.predictors / n_predictors * arguments.resamples / LOOP_RESAMPLES
    report = {
        "predictors": arguments.predictors,
        "decisions": len(table),
        "resamples": arguments.resamples,
        "tables_to_matrices_s": round(tables_s, 2),
        "resampling_s": round(resampling_s, 2),
        "total_s": round(tables_s + resampling_s, 2),
        "peak_memory_gib": round(peak, 2),
        "loop_measured_s": round(loop_s, 2),
        "loop_measured_on": f"{n_predictors} predictors x {LOOP_RESAMPLES} resamples",
        "loop_scaled_to_all_s": round(loop_s * scale),
        "times_faster_than_scaled_loop": round(loop_s * scale / (tables_s + resampling_s)),
        "largest_difference_from_loop": difference,
    }
    if arguments.full:
        names = sorted(predicted["predictor_id"].unique())
        started = time.perf_counter()
        results = analyse(
            table,
            predicted,
            comparisons=list(zip(names[1::2], names[::2], strict=False)),
            n_resamples=arguments.resamples,
        )
        report["analyse_s"] = round(time.perf_counter() - started, 2)
        report["analyse_rows"] = len(results)
        report["analyse_peak_memory_gib"] = round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2
        )
    if arguments.json:
        print(json.dumps(report))
    else:
        for name, figure in report.items():
            print(f"{name.replace('_', ' '):32} {figure}")
    return 0 if difference < 1e-9 else 1


if __name__ == "__main__":
    sys.exit(main())
