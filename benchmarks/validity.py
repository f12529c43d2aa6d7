"""Check on simulated studies that tests hold their level and intervals cover.

Under the null, base and aligned models predict people equally well in the population, but the
models of each kind share a style (a share of their error that is common to all of them). The
mean over pairs, with people and model families both uncertain, should reject at most about 5
percent of these nulls; the study's binomial test of wins rejects most of them. With a true
difference, intervals should cover it 95 times in 100, and power is reported.

Run: ``python benchmarks/validity.py [--json] [--studies 500]``
"""

import argparse
import json
import sys
import time

import numpy as np
from scipy.stats import binomtest, t, wilcoxon

from silicus.analysis.hierarchical import random_effects
from silicus.analysis.over_pairs import mean_over
from silicus.analysis.resampling import expanded_tail
from silicus.analysis.simulation import Design, simulate, simulated_gaps, true_gap

LEVEL = 0.05


def one_study(design: Design, truth: float, seed: list[int], n_resamples: int) -> dict[str, bool]:
    """Return which tests reject a gap of zero and which intervals cover the true gap."""
    rng = np.random.default_rng(seed)
    gap = simulated_gaps(design, simulate(design, rng), n_resamples, rng)
    mean = mean_over(gap, design.families, design.n_people)
    low, high = mean.interval(1 - LEVEL)
    over_people = gap.replicates.mean(axis=1)
    tail = expanded_tail(1 - LEVEL, design.n_people)
    these_low, these_high = np.quantile(over_people, [tail, 1 - tail])
    tree = random_effects(
        gap.value, np.cov(gap.replicates, rowvar=False), {"model_family": design.families}
    )
    tree_low, tree_high = tree.interval(1 - LEVEL)
    one_low, one_high = np.quantile(gap.replicates[:, 0], [tail, 1 - tail])
    wins = int((gap.value > 0).sum())
    spread = float(over_people.std(ddof=1))
    return {
        "mean_over_pairs_rejects": mean.p_value() < LEVEL,
        "mean_over_these_pairs_rejects": bool(
            2 * t.sf(abs(mean.estimate) / spread, design.n_people - 1) < LEVEL
        ),
        "hierarchical_rejects": tree.p_value() < LEVEL,
        "binomial_of_wins_rejects": binomtest(wins, design.n_pairs).pvalue < LEVEL,
        "binomial_below_one_in_a_million": binomtest(wins, design.n_pairs).pvalue < 1e-6,
        "wilcoxon_rejects": bool(wilcoxon(gap.value).pvalue < LEVEL),
        "mean_over_pairs_covers": low <= truth <= high,
        "mean_over_these_pairs_covers": bool(these_low <= truth <= these_high),
        "hierarchical_covers": tree_low <= truth <= tree_high,
        "one_pair_covers": bool(one_low <= truth <= one_high),
    }


def scenario(design: Design, n_studies: int, n_resamples: int, number: int) -> dict[str, float]:
    """Return the share of studies in which each thing happened."""
    truth = true_gap(design)
    found = [one_study(design, truth, [number, i], n_resamples) for i in range(n_studies)]
    shares = {name: round(float(np.mean([one[name] for one in found])), 4) for name in found[0]}
    return {"true_gap": round(truth, 4), **shares}


def main() -> int:
    """Run the scenarios and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--resamples", type=int, default=500)
    arguments = parser.parse_args()
    designs = {
        "null, no shared style": Design(style_share=0.0),
        "null, style share .5": Design(style_share=0.5),
        "null, style share .9": Design(style_share=0.9),
        "null, style .4 and family .4": Design(style_share=0.4, family_share=0.4),
        "small advantage, style .5": Design(style_share=0.5, error_base=0.8),
        "large advantage, style .5": Design(style_share=0.5, error_base=0.6),
    }
    started = time.perf_counter()
    report: dict[str, object] = {
        name: scenario(design, arguments.studies, arguments.resamples, number)
        for number, (name, design) in enumerate(designs.items())
    }
    report["studies_per_scenario"] = arguments.studies
    report["level"] = LEVEL
    report["seconds"] = round(time.perf_counter() - started, 1)
    if arguments.json:
        print(json.dumps(report))
    else:
        for name, figures in report.items():
            if isinstance(figures, dict):
                print(name)
                for what, share in figures.items():
                    print(f"  {what.replace('_', ' '):36} {share}")
            else:
                print(f"{name.replace('_', ' ')}: {figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
