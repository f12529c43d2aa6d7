"""Bounds over the probability that a model gave to none of the options."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from silicus.analysis import analyse
from silicus.analysis.mass_bounds import correlation_bounds, mass_bounds

from .tables import choices, matrix, rates, scores, shares, value


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_allocation_of_the_rest_leaves_the_bounds(seed: int) -> None:
    """Random ways to hand out the missing probability stay inside, for r and log-loss."""
    rng = np.random.default_rng(seed)
    table = choices(6, 5, rng=rng)
    predicted = scores(table, "m", rng=rng)
    result = mass_bounds(table, predicted, n_resamples=10)
    limits = {
        name: value(result, name, "m")["estimate"]
        for name in ("log_loss_lower", "log_loss_upper", "pearson_r_lower", "pearson_r_upper")
    }
    rows, target = np.arange(len(table)), table["target"].to_numpy()
    mass = matrix(predicted, table, "option_mass")[:, :1]
    p, y = matrix(predicted, table, "option_prob") * mass, shares(table)
    for _ in range(30):
        given_out = p + (1 - mass) * rng.dirichlet([0.2, 0.2], size=len(table))
        loss = -np.log((given_out * y).sum(axis=1)).mean()
        assert limits["log_loss_lower"] - 1e-9 <= loss <= limits["log_loss_upper"] + 1e-9
        r = pearsonr(given_out[rows, target], y[rows, target]).statistic
        assert limits["pearson_r_lower"] - 1e-6 <= r <= limits["pearson_r_upper"] + 1e-6
    best = p + (1 - mass) * y
    assert limits["log_loss_lower"] == pytest.approx(-np.log((best * y).sum(axis=1)).mean())


def test_correlation_bounds_equal_a_fine_search_in_few_dimensions() -> None:
    """For three decisions every corner and edge can be tried."""
    low, high = np.array([0.1, 0.4, 0.2]), np.array([0.5, 0.9, 0.3])
    y = np.array([1.0, 0.0, 1.0])
    axes = [np.linspace(a, b, 41) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 3)
    grid = grid - grid.mean(axis=1, keepdims=True)
    v = (y - y.mean()) / np.linalg.norm(y - y.mean())
    r = grid @ v / np.linalg.norm(grid, axis=1)
    found = correlation_bounds(low, high, y)
    assert found[0] <= r.min() + 1e-3
    assert found[1] >= r.max() - 1e-3
    assert found[0] == pytest.approx(r.min(), abs=0.02)
    assert found[1] == pytest.approx(r.max(), abs=0.02)


def test_bounds_with_full_mass_are_the_estimate() -> None:
    """Nothing is missing, so nothing is open."""
    rng = np.random.default_rng(1)
    table = choices(rng=rng)
    full = scores(table, "m", rng=rng, mass=np.ones(len(table)))
    bounds, plain = mass_bounds(table, full, n_resamples=10), analyse(table, full, n_resamples=10)
    for metric in ("pearson_r", "log_loss"):
        for side in ("lower", "upper"):
            assert value(bounds, f"{metric}_{side}", "m")["estimate"] == pytest.approx(
                value(plain, metric, "m")["estimate"], abs=1e-6
            )


def test_bounds_of_rates_let_the_rest_meet_the_rate() -> None:
    """The lowest loss of a rate is where the prediction is nearest to it."""
    rng = np.random.default_rng(2)
    table = rates(12, rng=rng)
    predicted = scores(table, "m", rng=rng)
    row = value(mass_bounds(table, predicted, n_resamples=10), "log_loss_lower", "m")
    mass = matrix(predicted, table, "option_mass")[:, 0]
    p, q, n = matrix(predicted, table, "option_prob"), shares(table), table["n_choices"].to_numpy()
    losses = []
    for i in range(len(table)):
        x = p[i, 0] * mass[i] + (1 - mass[i]) * np.linspace(0, 1, 20_001)
        losses.append((-(q[i, 0] * np.log(x) + q[i, 1] * np.log(1 - x))).min())
    assert row["estimate"] == pytest.approx(np.average(losses, weights=n), abs=1e-6)
    assert "every way" in row["note"]


def test_bounds_of_a_difference_contain_every_way_for_both() -> None:
    """Best for one against worst for the other."""
    rng = np.random.default_rng(3)
    table = choices(rng=rng)
    both = pl.concat([scores(table, name, rng=rng) for name in "ab"])
    result = mass_bounds(table, both, comparisons=[("a", "b")], n_resamples=20)
    lower, upper = (
        value(result, f"log_loss_{side}", "a", reference_id="b")["estimate"]
        for side in ("lower", "upper")
    )
    ends = {
        (name, side): value(result, f"log_loss_{side}", name)["estimate"]
        for name in "ab"
        for side in ("lower", "upper")
    }
    assert lower == pytest.approx(ends["a", "lower"] - ends["b", "upper"])
    assert upper == pytest.approx(ends["a", "upper"] - ends["b", "lower"])
