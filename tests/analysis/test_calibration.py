"""Calibration against brute force."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis.calibration import calibration
from silicus.errors import AnalysisError

from .tables import choices, matrix, rates, scores, shares, value


@pytest.mark.parametrize("aggregate", [False, True])
def test_calibration_equals_brute_force(aggregate: bool) -> None:
    """Bias, slope, error and every bin are what weighted loops give."""
    rng = np.random.default_rng(1)
    table = rates(80, rng=rng) if aggregate else choices(20, 8, rng=rng)
    predicted = scores(table, "m", rng=rng)
    result = calibration(table, predicted, n_bins=5, n_resamples=50)
    rows, target = np.arange(len(table)), table["target"].to_numpy()
    x = matrix(predicted, table, "option_prob")[rows, target]
    y, n = shares(table)[rows, target], table["n_choices"].to_numpy()
    assert value(result, "calibration_bias", "m")["estimate"] == pytest.approx(
        np.average(y - x, weights=n)
    )
    slope = np.polyfit(x, y, 1, w=np.sqrt(n))[0]
    assert value(result, "calibration_slope", "m")["estimate"] == pytest.approx(slope)
    error = 0.0
    for low in np.arange(0, 1, 0.2):
        own = (x >= low - 1e-12) & (x < low + 0.2 - 1e-12)
        name = f"target_prob={low:.3g} to {low + 0.2:.3g}"
        error += n[own].sum() / n.sum() * abs(np.average(y[own] - x[own], weights=n[own]))
        rate = value(result, "calibration_human_rate", "m", slice=name)
        assert rate["estimate"] == pytest.approx(np.average(y[own], weights=n[own]))
        assert rate["n_decisions"] == own.sum()
        mean = value(result, "calibration_mean_prob", "m", slice=name)
        assert mean["estimate"] == pytest.approx(np.average(x[own], weights=n[own]))
    assert value(result, "calibration_error", "m")["estimate"] == pytest.approx(error)


def test_calibration_of_the_true_probabilities_has_slope_one() -> None:
    """And of the same probabilities made too extreme, a slope below one."""
    rng = np.random.default_rng(2)
    p = rng.uniform(0.1, 0.9, 3000)
    table = choices(300, 10, rng=rng, choice=(rng.uniform(size=3000) > p).astype(int))
    table = table.with_columns(target=pl.lit(0, pl.Int32))
    extreme = p**3 / (p**3 + (1 - p) ** 3)
    both = pl.concat(
        [
            scores(table, name, rng=rng, probs=np.column_stack([q, 1 - q]))
            for name, q in (("true", p), ("extreme", extreme))
        ]
    )
    result = calibration(table, both, n_resamples=200)
    good, bad = (value(result, "calibration_slope", name) for name in ("true", "extreme"))
    assert good["ci_low"] < 1 < good["ci_high"]
    assert bad["ci_high"] < 1
    errors = [value(result, "calibration_error", name)["estimate"] for name in ("true", "extreme")]
    assert errors[0] < errors[1]


def test_calibration_of_a_constant_has_no_slope_but_a_bias() -> None:
    """The base rate has bias 0 by construction, and no slope."""
    rng = np.random.default_rng(3)
    table = choices(rng=rng)
    result = calibration(table, scores(table, "m", rng=rng), n_resamples=20)
    assert value(result, "calibration_bias", "base_rate")["estimate"] == pytest.approx(0, abs=1e-12)
    slope = value(result, "calibration_slope", "base_rate")
    assert slope["estimate"] is None
    assert "constant" in slope["note"]
    with pytest.raises(AnalysisError, match="n_bins"):
        calibration(table, scores(table, "m", rng=rng), n_bins=0)
