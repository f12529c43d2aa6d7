"""Correlate Nash equilibria with people's rates in the published 2x2 games, rule by orientation.

Several equilibria need a rule of selection, and r about the mean depends on which row of a
game is called the target. The table says how far the two move the figure.

Run: ``SILICUS_DATA=... python benchmarks/orientation.py [--json]``
"""

import argparse
import json
import sys

import polars as pl

from silicus import datasets
from silicus.analysis import analyse
from silicus.theory.nash import SELECTIONS, Nash

DATA = "zhu_2x2_rates"
METRICS = ("pearson_r", "pearson_r_free")


def main() -> int:
    """Print r of every rule, with the target as listed and free of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    decisions = datasets.load(DATA)
    scores = pl.concat([Nash(selection=rule).predict(decisions) for rule in SELECTIONS])
    results = analyse(decisions, scores, n_resamples=200)
    report = {}
    for rule in sorted(scores["predictor_id"].unique()):
        rows = {
            row["metric"]: row
            for row in results.filter(predictor_id=rule, slice="all").iter_rows(named=True)
        }
        report[rule] = {
            **{metric: round(rows[metric]["estimate"], 3) for metric in METRICS},
            "games": rows["pearson_r"]["n_decisions"],
        }
    if arguments.json:
        print(json.dumps(report))
    else:
        for rule, figures in report.items():
            print(f"{rule:22}", *(f"{name} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
