"""What does not vary has no r, no slope, no test, whatever noise floats add to it."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import (
    analyse,
    boundary,
    calibration,
    declared_and_exploratory,
    noise_ceilings,
    over_pairs,
    pair_table,
    win_grid,
    within_groups,
)
from silicus.analysis.dependent_correlations import steiger, williams
from silicus.errors import AnalysisError

from .tables import choices, rates, scores, value

SLOPES = ("pearson_r", "calibration_slope", "reachable_share_pearson_r")


def noisy_constant(table: pl.DataFrame, name: str, noise: float, rng: np.random.Generator):
    """A predictor of .7 for the target in every decision, with noise like that of floats."""
    sign = rng.choice([-1.0, 1.0], size=len(table))
    p = 0.7 + noise * sign * rng.uniform(0.5, 1, len(table))
    target = table["target"].to_numpy()
    probs = np.column_stack([np.where(target == 0, p, 1 - p), np.where(target == 0, 1 - p, p)])
    return scores(table, name, rng=rng, probs=probs, mass=np.ones(len(table)), first_token=False)


@pytest.mark.parametrize("noise", [0.0, 1e-16, 1e-12, 1e-9, 1e-7])
@pytest.mark.parametrize("kind", ["choices", "rates"])
def test_a_constant_has_no_r_no_slope_and_no_test_in_any_analysis(noise: float, kind: str) -> None:
    """Every figure that needs variation is null and says why, in every analysis."""
    rng = np.random.default_rng(1)
    table = choices(14, 8, rng=rng) if kind == "choices" else rates(40, rng=rng)
    flat = noisy_constant(table, "flat", noise, rng)
    flatter = noisy_constant(table, "flatter", noise, rng)
    both = pl.concat([flat, flatter, scores(table, "model", rng=rng)])
    found = pl.concat(
        [
            analyse(table, both, comparisons=[("flat", "flatter")], n_resamples=60),
            within_groups(table, both, comparisons=[("flat", "model")], n_resamples=60),
            calibration(table, both, n_resamples=60),
            noise_ceilings(table, both, n_resamples=60),
        ]
    ).filter(pl.col("predictor_id") == "flat")
    needing = found.filter(pl.any_horizontal(pl.col("metric").str.starts_with(s) for s in SLOPES))
    assert len(needing) >= 4
    assert needing["estimate"].null_count() == len(needing)
    assert needing["ci_low"].null_count() == len(needing)
    assert (needing["note"] != "").all()
    assert found["p_value"].null_count() == len(found)
    tested = declared_and_exploratory(found, [])
    assert tested["p_value"].null_count() == len(tested)


@pytest.mark.parametrize("noise", [0.0, 1e-12, 1e-7])
def test_a_pair_of_constants_has_no_gap_and_wins_nothing(noise: float) -> None:
    """Over pairs, in slices and among the wins a constant is left out, not counted as 0."""
    rng = np.random.default_rng(2)
    table = choices(14, 6, rng=rng)
    names = ["b1", "a1", "b2", "a2"]
    parts = [scores(table, name, rng=rng, first_token=False) for name in names[:3]]
    both = pl.concat([*parts, noisy_constant(table, "a2", noise, rng)])
    pairs = pl.DataFrame(
        {
            "pair_id": ["one", "two"],
            "base": ["b1", "b2"],
            "aligned": ["a1", "a2"],
            "model_family": ["f", "g"],
        }
    )
    mean = value(
        over_pairs(table, both, pairs, n_resamples=60),
        "pearson_r_mean_over_these_pairs",
        "base",
        reference_id="aligned",
    )
    assert "1 pair of" in mean["note"]
    sliced = boundary(table, both, pairs, by=["round"], n_resamples=60)
    gaps = sliced.filter(metric="pearson_r_mean_over_pairs")
    assert gaps["note"].str.contains("two").all()
    counted = pair_table(table, both, pairs)
    assert counted.filter(pair_id="two")["r_aligned"].to_list() == [None]
    assert win_grid(counted, least_masses=[0], least_rs=[None])["n_undefined"].to_list() == [1, 1]


def test_a_constant_within_a_slice_or_a_fold_has_no_r_there() -> None:
    """A predictor that varies between rounds alone has an r, but none within rounds."""
    rng = np.random.default_rng(3)
    table = choices(14, 6, rng=rng).with_columns(target=pl.lit(0, pl.Int32))
    p = 0.2 + 0.1 * table["round"].to_numpy() + 1e-9 * rng.normal(size=len(table))
    by_round = scores(table, "m", rng=rng, probs=np.column_stack([p, 1 - p]))
    assert value(analyse(table, by_round, n_resamples=60), "pearson_r", "m")["estimate"] is not None
    within = value(within_groups(table, by_round, n_resamples=60), "pearson_r_within_round", "m")
    assert within["estimate"] is None
    assert "constant" in within["note"]


def test_tests_of_dependent_correlations_refuse_an_r_that_is_not_defined() -> None:
    """A NaN is not compared with anything."""
    for test in (williams, steiger):
        with pytest.raises(AnalysisError, match="not defined"):
            test(float("nan"), 0.3, 0.2, 100)
