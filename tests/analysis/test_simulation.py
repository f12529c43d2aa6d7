"""The tests hold their level and the intervals cover, where the study's own test does not.

The null is that of paper-like data: base and aligned models predict people equally well in the
population, but the models of each kind share a style. Figures with more studies:
``benchmarks/validity.py``.
"""

import numpy as np
import pytest
from scipy.stats import binom, binomtest, pearsonr

from silicus.analysis.dependent_correlations import williams
from silicus.analysis.moments import Estimates, estimate, pearson
from silicus.analysis.over_pairs import mean_over
from silicus.analysis.resampling import ClusterBootstrap, percentile_interval
from silicus.analysis.simulation import Design, simulate, simulated_gaps, true_gap
from silicus.errors import AnalysisError

N_STUDIES = 80


def at_most(share: float, n: int = N_STUDIES) -> int:
    """The count that a true share exceeds in fewer than one of 2,000 suites."""
    return int(binom.ppf(0.9995, n, share))


def headline(design: Design, number: int) -> tuple[Estimates, float, float]:
    """Return the gaps of one study, the p-value of their mean, and that of the win count."""
    rng = np.random.default_rng([11, number])
    gap = simulated_gaps(design, simulate(design, rng), 300, rng)
    wins = int((gap.value > 0).sum())
    mean = mean_over(gap, design.families, design.n_people)
    return gap, mean.p_value(), float(binomtest(wins, design.n_pairs).pvalue)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_mean_over_pairs_holds_its_level_where_counting_wins_rejects(share: float) -> None:
    """At a nominal 5 percent: the two-way test rejects few true nulls, the win count most."""
    design = Design(n_pairs=30, n_families=10, style_share=share)
    found = [headline(design, number)[1:] for number in range(N_STUDIES)]
    by_mean, by_wins = (sum(p < 0.05 for p in column) for column in zip(*found, strict=True))
    assert by_mean <= at_most(0.06)
    assert by_wins > 0.4 * N_STUDIES


def test_without_a_shared_style_counting_wins_would_have_been_fine() -> None:
    """So it is the style, not the simulation, that breaks the count."""
    design = Design(n_pairs=30, n_families=10, style_share=0.0)
    p = [headline(design, number)[2] for number in range(40)]
    assert sum(value < 0.05 for value in p) <= at_most(0.05, 40)


def test_the_mean_over_pairs_covers_a_true_difference_and_often_finds_it() -> None:
    """Base models with a smaller error: intervals cover the population gap."""
    design = Design(n_pairs=30, n_families=10, style_share=0.5, error_base=0.6)
    truth = true_gap(design)
    covered = found = 0
    for number in range(N_STUDIES):
        rng = np.random.default_rng([12, number])
        gap = simulated_gaps(design, simulate(design, rng), 300, rng)
        low, high = mean_over(gap, design.families, design.n_people).interval(0.95)
        covered += low <= truth <= high
        found += low > 0
    assert N_STUDIES - covered <= at_most(0.07)
    assert found > 0.5 * N_STUDIES


def test_one_pair_on_clustered_decisions_is_for_the_bootstrap_and_not_for_williams() -> None:
    """People with strong habits: Williams rejects too many nulls, the cluster bootstrap few.

    The false positives come from predictors that differ in whom, not in what, they predict.
    """
    rng = np.random.default_rng(13)
    n_people, n_rounds, n_studies = 80, 20, 150
    design = Design(n_pairs=1, n_families=1, n_people=n_people, n_rounds=n_rounds)
    by_williams = by_bootstrap = 0
    for _ in range(n_studies):
        level = rng.normal(size=(3, n_people, 1)) * np.ones((3, n_people, n_rounds))
        y = (level[0] + 0.5 * rng.normal(size=level[0].shape) > 0).astype(float).ravel()
        x = np.stack([(0.5 * level[0] + level[side]).ravel() for side in (1, 2)])
        r = [pearsonr(a, b).statistic for a, b in ((y, x[0]), (y, x[1]), (x[0], x[1]))]
        by_williams += williams(*r, len(y)).p_value < 0.05
        bootstrap = ClusterBootstrap.draw(n_people, 400, rng)
        both = estimate({"r": pearson(x, y, np.ones_like(x), design.units)}, bootstrap)["r"]
        gap = both.replicates[:, :1] - both.replicates[:, 1:]
        interval = percentile_interval(gap, 0.95, n_people)
        by_bootstrap += not interval.low[0] <= 0 <= interval.high[0]
    assert by_williams > 0.3 * n_studies
    assert by_bootstrap <= at_most(0.07, n_studies)


def test_true_gap_is_what_a_large_study_finds() -> None:
    """The population figure against one study of many people and no style."""
    design = Design(
        n_pairs=3, n_families=1, n_people=20_000, n_rounds=5, style_share=0.0, error_base=0.5
    )
    rng = np.random.default_rng(14)
    gap = simulated_gaps(design, simulate(design, rng), 2, rng)
    assert gap.value.mean() == pytest.approx(true_gap(design), abs=0.006)


def test_design_with_shares_above_one_is_refused() -> None:
    """Style and family cannot share more than the whole error."""
    with pytest.raises(AnalysisError, match="exceed 1"):
        Design(style_share=0.8, family_share=0.4)
