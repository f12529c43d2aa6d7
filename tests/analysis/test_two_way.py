"""Two-way variance, the pigeonhole median and the hierarchical estimate."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.meta_analysis import combine_effects

from silicus.analysis.hierarchical import random_effects
from silicus.analysis.two_way import pigeonhole_median, two_way
from silicus.errors import AnalysisError


def test_two_way_is_near_the_clustered_covariance_of_statsmodels() -> None:
    """For a mean of person x pair differences, two-way clustering of OLS gives the same."""
    rng = np.random.default_rng(0)
    n_people, n_families, per_family = 80, 15, 2
    families = np.repeat(np.arange(n_families), per_family)
    cells = (
        rng.normal(size=(n_people, 1))
        + 0.6 * rng.normal(size=n_families)[families]
        + rng.normal(size=(n_people, len(families)))
    )
    draws = rng.integers(n_people, size=(4000, n_people))
    replicates = cells[draws].mean(axis=1)
    n = len(families)
    ours = two_way(
        cells.mean(axis=0),
        replicates,
        families,
        n_people,
        np.full(n, 1 / n),
        np.full(n, cells.mean()),
    )
    groups = np.column_stack([np.repeat(np.arange(n_people), n), np.tile(families, n_people)])
    fit = sm.OLS(cells.ravel(), np.ones((cells.size, 1))).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    assert ours.estimate == pytest.approx(fit.params[0])
    assert ours.se == pytest.approx(fit.bse[0], rel=0.05)
    assert ours.df == n_families - 1


def test_two_way_with_one_family_is_about_people_only() -> None:
    """Other families are out of sight, so the spread is that over people."""
    replicates = np.random.default_rng(0).normal(size=(500, 3))
    ours = two_way(np.zeros(3), replicates, np.zeros(3, int), 40, np.full(3, 1 / 3), np.zeros(3))
    assert ours.se == pytest.approx(replicates.mean(axis=1).std(ddof=1) * (40 / 39) ** 0.5)
    assert ours.df == 39


def test_two_way_of_nothing_but_zeros_is_not_significant() -> None:
    """Two equal sides have p = 1."""
    ours = two_way(
        np.zeros(4), np.zeros((50, 4)), np.array([0, 0, 1, 1]), 10, np.full(4, 0.25), np.zeros(4)
    )
    assert ours.p_value() == 1.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n_pairs=st.integers(2, 9))
def test_pigeonhole_median_equals_numpy_on_the_drawn_pairs(seed: int, n_pairs: int) -> None:
    """A drawn family brings its pairs as often as it was drawn."""
    rng = np.random.default_rng(seed)
    families = rng.integers(3, size=n_pairs)
    replicates = rng.normal(size=(20, n_pairs))
    ours = pigeonhole_median(replicates, families, np.random.default_rng(seed + 1))
    _, codes = np.unique(families, return_inverse=True)
    n_groups = codes.max() + 1
    drawn = np.random.default_rng(seed + 1).multinomial(
        n_groups, np.full(n_groups, 1 / n_groups), size=20
    )
    expected = [
        np.median(np.repeat(row, count[codes]))
        for row, count in zip(replicates, drawn, strict=True)
    ]
    np.testing.assert_allclose(ours, expected)


def test_random_effects_without_sampling_error_is_the_mixed_model_of_statsmodels() -> None:
    """Pairs nested in families: the same mean, standard error and spreads as MixedLM by REML."""
    rng = np.random.default_rng(3)
    families = np.repeat(np.arange(12), 5)
    values = 0.3 + 0.5 * rng.normal(size=12)[families] + 0.4 * rng.normal(size=60)
    ours = random_effects(values, np.zeros((60, 60)), {"model_family": families})
    fit = MixedLM(values, np.ones((60, 1)), groups=families).fit(reml=True)
    assert ours.estimate == pytest.approx(fit.fe_params[0], abs=1e-4)
    assert ours.se == pytest.approx(fit.bse_fe[0], rel=1e-3)
    assert ours.spreads["model_family"] == pytest.approx(float(fit.cov_re[0, 0]) ** 0.5, rel=1e-3)
    assert ours.spreads["pair"] == pytest.approx(fit.scale**0.5, rel=1e-3)
    assert ours.df == 11


def test_random_effects_with_providers_is_the_nested_mixed_model() -> None:
    """Three levels agree with MixedLM's variance components."""
    rng = np.random.default_rng(4)
    providers = np.repeat(np.arange(10), 9)
    families = np.repeat(np.arange(30), 3)
    values = (
        0.2 + 0.6 * rng.normal(size=10)[providers] + 0.5 * rng.normal(size=30)[families]
    ) + 0.3 * rng.normal(size=90)
    ours = random_effects(
        values, np.zeros((90, 90)), {"model_family": families, "provider": providers}
    )
    table = pd.DataFrame({"y": values, "provider": providers, "family": families})
    fit = MixedLM.from_formula(
        "y ~ 1",
        groups="provider",
        vc_formula={"family": "0 + C(family)"},
        re_formula="1",
        data=table,
    ).fit(reml=True)
    assert ours.estimate == pytest.approx(fit.fe_params.iloc[0], abs=1e-3)
    assert ours.se == pytest.approx(fit.bse_fe.iloc[0], rel=0.01)
    assert ours.spreads["provider"] == pytest.approx(float(fit.cov_re.iloc[0, 0]) ** 0.5, rel=0.02)
    assert ours.df == 9


def test_random_effects_with_independent_sampling_error_is_a_meta_analysis() -> None:
    """With a diagonal covariance and no groups it is near statsmodels' random-effects mean."""
    rng = np.random.default_rng(5)
    variance = rng.uniform(0.01, 0.05, 40)
    values = 0.2 + 0.3 * rng.normal(size=40) + variance**0.5 * rng.normal(size=40)
    ours = random_effects(values, np.diag(variance), {})
    theirs = combine_effects(values, variance, method_re="iterated")
    assert ours.estimate == pytest.approx(theirs.mean_effect_re, abs=2e-3)
    assert ours.spreads["pair"] ** 2 == pytest.approx(theirs.tau2, rel=0.05)


def test_random_effects_counts_error_that_all_pairs_share() -> None:
    """More pairs do not average away what the same people do to all of them."""
    rng = np.random.default_rng(6)
    values = 0.05 * rng.normal(size=200)
    shared = np.full((200, 200), 0.04)
    assert random_effects(values, shared, {}).se == pytest.approx(0.2, abs=0.01)
    with pytest.raises(AnalysisError, match="at least 2 pairs"):
        random_effects(values[:1], shared[:1, :1], {})
