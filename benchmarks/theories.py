"""What each theory reaches on each data set: log-loss, r, share of the reachable, and seconds.

Run: ``SILICUS_DATA=... python benchmarks/theories.py [--json] [--without NAME ...] [DATASET ...]``.
Every theory that speaks for a data set takes part in its noisy form, fitted on other people
(``silicus.theory.cross_fit``, five folds, one thread); the figures are those of
``silicus.analysis``. A theory that abstains from some decisions says from how many.
"""

import argparse
import json
import sys
import time
from typing import Any

import polars as pl

from silicus import analysis, datasets, theory
from silicus.errors import AnalysisError
from silicus.theory.best import BEST, RIVALS

DATASETS = (
    "akata_repeated",
    "zhu_2x2_rates",
    "heffner_ultimatum",
    "choices13k",
    "glee_bargaining",
    "glee_negotiation",
    "glee_persuasion",
)
LEARNT = ("history_logit", "boosted_lotteries")
SEED = 20260317


def measure(name: str, without: list[str]) -> list[dict[str, Any]]:
    """Return a row for each theory that speaks for the data set, best log-loss first."""
    decisions = datasets.load(name)
    scores: list[pl.DataFrame] = []
    seconds: dict[str, float] = {}
    for one in (*RIVALS, "belief_learning", *LEARNT, BEST):
        if one in without or not theory.theory_named(one).applies(decisions).any():
            continue
        started = time.perf_counter()
        found = theory.predict_all({one: {}}, decisions, seed=SEED)
        seconds[one] = time.perf_counter() - started
        if len(found.scores):
            scores.append(found.scores)
        print(f"{name}: {one} {seconds[one]:.1f} s", file=sys.stderr, flush=True)
    try:
        scores.append(analysis.history_scores(decisions, seed=SEED))
    except AnalysisError as cause:
        print(f"{name}: {cause}", file=sys.stderr)
    table = pl.concat(scores)
    results = pl.concat(
        [
            analysis.analyse(decisions, table, n_resamples=100, seed=SEED),
            analysis.noise_ceilings(decisions, table, n_resamples=100, seed=SEED),
        ]
    ).filter(pl.col("slice") == "all", pl.col("reference_id").is_null())
    values = {(row["predictor_id"], row["metric"]): row for row in results.iter_rows(named=True)}
    rows = []
    for predictor in results["predictor_id"].unique(maintain_order=True):
        loss = values.get((predictor, "log_loss"))
        if loss is None:
            continue
        rows.append(
            {
                "dataset": name,
                "predictor": predictor,
                "n": loss["n_decisions"],
                "log_loss": loss["estimate"],
                "r": values[predictor, "pearson_r"]["estimate"],
                "share": values.get((predictor, "reachable_share_log_loss"), {}).get("estimate"),
                "seconds": seconds.get(predictor),
            }
        )
    return sorted(rows, key=lambda row: (-row["n"], row["log_loss"] is None, row["log_loss"]))


def main() -> int:
    """Measure the data sets that are named, or all; print Markdown or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=DATASETS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--without", nargs="*", default=[])
    given = parser.parse_args()
    rows = [row for name in given.names or DATASETS for row in measure(name, given.without)]
    if given.json:
        print(json.dumps(rows, indent=2))
        return 0
    print("| data set | predictor | decisions | log-loss | r | share of the reachable | s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = [
            row["dataset"],
            f"`{row['predictor']}`",
            f"{row['n']:,}",
            *(
                "" if row[name] is None else f"{row[name]:.{digits}f}"
                for name, digits in (("log_loss", 3), ("r", 2), ("share", 2), ("seconds", 0))
            ),
        ]
        print(f"| {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
