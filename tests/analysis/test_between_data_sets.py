"""Unknown is told apart from different: heterogeneity between data sets of one family."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.meta_analysis import combine_effects

from silicus.analysis import analyse, heterogeneity
from silicus.analysis.between_data_sets import ACROSS, compare
from tests.analysis.tables import choices, scores, value


def test_pooled_measures_are_those_of_statsmodels() -> None:
    """Q, the Paule-Mandel variance and the random-effects mean agree with statsmodels."""
    rng = np.random.default_rng(3)
    values, errors = rng.normal(0.2, 0.3, size=6), rng.uniform(0.05, 0.2, size=6)
    ours = compare(values, errors, np.full(6, 50), 0.95)
    theirs = combine_effects(values, errors**2, method_re="iterated", use_t=True)
    assert ours.q == pytest.approx(theirs.q)
    assert ours.sd**2 == pytest.approx(theirs.tau2, rel=1e-4)
    assert ours.mean == pytest.approx(theirs.mean_effect_re, rel=1e-4)
    assert ours.i2 == pytest.approx(theirs.i2)
    assert ours.sd_low < ours.sd < ours.sd_high


def test_two_data_sets_are_compared_as_welch_compares_two_means() -> None:
    """The test of homogeneity is Welch's t test where there are two data sets."""
    rng = np.random.default_rng(4)
    samples = [rng.normal(0.0, 1.0, size=12), rng.normal(0.8, 2.0, size=7)]
    values = np.array([sample.mean() for sample in samples])
    errors = np.array([sample.std(ddof=1) / len(sample) ** 0.5 for sample in samples])
    ours = compare(values, errors, np.array([11, 6]), 0.95)
    assert ours.p_homogeneous == pytest.approx(ttest_ind(*samples, equal_var=False).pvalue)


def test_homogeneity_is_rejected_in_one_of_twenty_equal_families() -> None:
    """With few units per data set the test keeps its level, and one sign is rejected rarely."""
    rng = np.random.default_rng(5)
    sizes = np.array([6, 9, 14])
    rejected, opposite = [], []
    for _ in range(2000):
        samples = [rng.normal(0.1, 1 + k, size=n) for k, n in enumerate(sizes)]
        values = np.array([sample.mean() for sample in samples])
        errors = np.array([sample.std(ddof=1) / len(sample) ** 0.5 for sample in samples])
        found = compare(values, errors, sizes - 1, 0.95)
        rejected.append(found.p_homogeneous < 0.05)
        opposite.append(found.p_one_sign < 0.05)
    assert 0.035 < np.mean(rejected) < 0.065
    assert np.mean(opposite) < 0.06


def _study(advantages: dict[str, float]) -> pl.DataFrame:
    """Results of "first" against "second", first being better in a data set by its advantage."""
    rng = np.random.default_rng(6)
    decisions, tables = [], []
    for dataset, advantage in advantages.items():
        own = choices(30, 10, rng=rng, dataset=dataset)
        own = own.with_columns(target=pl.lit(0, pl.Int32))
        took = (own["choice"] == 0).to_numpy().astype(float)
        decisions.append(own)
        for name, knows in (("first", advantage), ("second", -advantage)):
            p = np.clip(0.5 + knows * (took - 0.5) + rng.normal(0, 0.1, len(took)), 0.05, 0.95)
            tables.append(scores(own, name, rng=rng, probs=np.column_stack([p, 1 - p])))
    return analyse(
        pl.concat(decisions),
        pl.concat(tables),
        comparisons=[("first", "second")],
        n_resamples=500,
    )


def test_data_sets_that_differ_are_not_called_open() -> None:
    """Two clear differences of opposite sign are reported as that, with both tests."""
    found = heterogeneity(_study({"one": 0.2, "two": -0.2}))
    between = value(found, "log_loss_between_datasets_sd", "first", reference_id="second")
    opposite = value(found, "log_loss_opposite_signs", "first", reference_id="second")
    mean = value(found, "log_loss_mean_over_datasets", "first", reference_id="second")
    assert between["dataset"] == ACROSS
    assert between["unit"] == "data set"
    assert between["p_value"] < 0.001
    assert between["ci_low"] > 0
    assert opposite["estimate"] == 1
    assert opposite["p_value"] < 0.001
    assert mean["ci_low"] < 0 < mean["ci_high"]
    assert "one -0." in between["note"]
    assert "two +0." in between["note"]
    assert between["n_decisions"] == 600
    assert between["n_units"] == 2


def test_data_sets_that_agree_are_not_called_different() -> None:
    """The same advantage in both data sets leaves neither test with anything to reject."""
    found = heterogeneity(_study({"one": 0.1, "two": 0.1}))
    between = value(found, "log_loss_between_datasets_sd", "first", reference_id="second")
    opposite = value(found, "log_loss_opposite_signs", "first", reference_id="second")
    assert between["p_value"] > 0.05
    assert between["ci_low"] == 0
    assert opposite["estimate"] == 0
    assert opposite["p_value"] == 1


def test_one_data_set_has_no_heterogeneity() -> None:
    """There are no rows, and no error, where a family has a single data set."""
    assert heterogeneity(_study({"one": 0.1})).is_empty()
