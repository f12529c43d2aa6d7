"""The cluster bootstrap and the sign-flip test against plain loops."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.stats import pearsonr, t

from silicus.analysis import analyse
from silicus.analysis.moments import Moment, estimate, ratio
from silicus.analysis.resampling import (
    ClusterBootstrap,
    generator,
    percentile_interval,
    sign_flip_p,
    sort_by_unit,
    stretched_interval,
)
from silicus.errors import AnalysisError

from .intervals import looped_interval
from .tables import choices, matrix, scores, shares, value


def test_interval_equals_a_loop_that_really_draws_people() -> None:
    """Concatenating the drawn people's rows, replicate by replicate, gives the same interval."""
    rng = np.random.default_rng(1)
    whole = choices(15, 5, rng=rng)
    # People decide from one to five times, so that they have unequal weight.
    table = whole.filter(pl.col("round") <= 1 + pl.int_range(pl.len()) // 5 % 5)
    predicted = scores(table, "m", rng=rng)
    result = analyse(table, predicted, n_resamples=300, seed=11)

    ordered, units = sort_by_unit(table)
    p, y = matrix(predicted, ordered, "option_prob"), shares(ordered)
    rows, target = np.arange(len(ordered)), ordered["target"].to_numpy()
    x, human, loss = p[rows, target], y[rows, target], -np.log((p * y).sum(axis=1))
    counts = ClusterBootstrap.draw(
        units.n_units, 300, generator(11, "toy", "bargaining", "bootstrap")
    ).counts
    for metric, statistic in (
        ("pearson_r", lambda drawn: pearsonr(x[drawn], human[drawn]).statistic),
        ("log_loss", lambda drawn: loss[drawn].mean()),
    ):
        row = value(result, metric, "m")
        assert [row["ci_low"], row["ci_high"]] == pytest.approx(
            looped_interval(statistic, units.codes, counts), abs=1e-9
        )


def test_draw_counts_every_replicate_to_the_number_of_units() -> None:
    """Each replicate draws as many units as there are, each unit once on average."""
    counts = ClusterBootstrap.draw(40, 500, np.random.default_rng(0)).counts
    assert (counts.sum(axis=1) == 40).all()
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.25)
    assert counts.var() == pytest.approx(39 / 40, abs=0.05)


@pytest.mark.parametrize(("n_units", "n_resamples"), [(0, 10), (10, 0)])
def test_draw_when_there_is_nothing_to_draw_fails(n_units: int, n_resamples: int) -> None:
    """A bootstrap with no rows must fail, not answer 0 (inspect_ai's bootstrap_stderr)."""
    with pytest.raises(AnalysisError, match="at least one unit"):
        ClusterBootstrap.draw(n_units, n_resamples, np.random.default_rng(0))


def test_sort_by_unit_when_there_are_no_decisions_fails() -> None:
    """No decision, no unit."""
    with pytest.raises(AnalysisError, match="0 rows"):
        sort_by_unit(choices(rng=np.random.default_rng(0)).head(0))


def test_sign_flip_p_is_near_the_exact_test_over_all_flips() -> None:
    """With 8 units all 256 flips can be listed; the random test agrees with them."""
    totals = np.random.default_rng(5).normal(0.6, 1.0, size=8)
    flips = np.array(list(product([-1, 1], repeat=8)))
    exact = (np.abs(flips @ totals) >= abs(totals.sum()) - 1e-12).mean()
    p = sign_flip_p(totals[:, None], 20_000, np.random.default_rng(1))[0]
    assert p == pytest.approx(exact, abs=0.01)


def test_sign_flip_p_of_equal_predictors_is_one() -> None:
    """No difference at all is never significant."""
    assert sign_flip_p(np.zeros((10, 1)), 99, np.random.default_rng(0))[0] == 1.0


def test_percentile_interval_when_many_replicates_are_undefined_gives_none() -> None:
    """A few undefined replicates are left out and counted; a tenth of them void the interval."""
    values = np.random.default_rng(0).normal(size=(100, 3))
    values[:5, 1] = np.nan
    values[:20, 2] = np.nan
    interval = percentile_interval(values, 0.9, [10**6, 10**6, 10**6])
    assert interval.notes == (
        "",
        "5 of 100 replicates had no value and were left out",
        "20 of 100 replicates had no value: no interval",
    )
    assert interval.low[1] == pytest.approx(np.quantile(values[5:, 1], 0.05), abs=1e-5)
    assert np.isnan(interval.low[2])


@pytest.mark.parametrize("n_people", [1, 2, 4])
def test_few_people_give_no_interval_and_no_test_and_say_why(n_people: int) -> None:
    """Nothing can be said about other people from a handful."""
    rng = np.random.default_rng(2)
    table = choices(n_people, 20, rng=rng)
    both = pl.concat([scores(table, name, rng=rng) for name in "mn"])
    result = analyse(table, both, comparisons=[("m", "n")], n_resamples=20)
    for row in result.iter_rows(named=True):
        assert (row["ci_low"], row["p_value"], row["unit"]) == (None, None, None)
        if row["estimate"] is not None:
            assert f"too few people: {n_people}, fewer than the 5" in row["note"]


def test_people_who_all_choose_alike_have_no_interval_of_width_zero() -> None:
    """A resample that cannot differ is not an interval."""
    rng = np.random.default_rng(3)
    one = choices(1, 8, rng=rng)
    table = pl.concat(
        one.with_columns(
            decision_id=pl.lit(f"{person}-") + pl.col("decision_id"),
            participant_id=pl.lit(f"p{person}"),
            play_id=pl.lit(f"g{person}"),
        )
        for person in range(7)
    )
    p = np.tile(rng.uniform(0.1, 0.9, 8), 7)
    same = scores(table, "m", rng=rng, probs=np.column_stack([p, 1 - p]), mass=np.ones(56))
    result = analyse(table, same, n_resamples=50)
    for metric in ("pearson_r", "log_loss", "option_mass"):
        row = value(result, metric, "m")
        assert row["estimate"] is not None
        assert (row["ci_low"], row["ci_high"]) == (None, None)
        assert "resampling changes nothing" in row["note"]


@pytest.mark.parametrize("n_units", [5, 8, 20])
def test_interval_of_a_mean_covers_it_for_few_units_of_unequal_weight(n_units: int) -> None:
    """Nineteen of twenty intervals hold the true mean, where percentiles hold it less often."""
    rng = np.random.default_rng(n_units)
    covered, percentile = [], []
    for _ in range(600):
        size = np.maximum(1, rng.lognormal(2, 0.9, n_units)).round()
        sums = np.column_stack([size, size * (0.8 * rng.normal(size=n_units))])
        sums[:, 1] += np.sqrt(size) * rng.normal(size=n_units)
        moment = Moment((sums[None, :, 0], sums[None, :, 1]), ratio, ("",))
        found = estimate({"mean": moment}, ClusterBootstrap.draw(n_units, 400, rng))["mean"]
        interval = stretched_interval(
            found.value, found.replicates, found.jackknife, found.df, 0.95, np.array([n_units])
        )
        covered.append(interval.low[0] <= 0 <= interval.high[0])
        low, high = np.quantile(found.replicates, [0.025, 0.975])
        percentile.append(low <= 0 <= high)
    assert 0.925 < np.mean(covered) < 0.98
    assert np.mean(percentile) < np.mean(covered)


def test_interval_when_rows_repeat_within_people_does_not_shrink() -> None:
    """Copying every decision of every person ten times adds no person, so no precision."""
    rng = np.random.default_rng(3)
    table = choices(20, 3, rng=rng)
    predicted = scores(table, "m", rng=rng)
    copies = [
        (
            table.with_columns(decision_id=pl.col("decision_id") + f"-{copy}"),
            predicted.with_columns(decision_id=pl.col("decision_id") + f"-{copy}"),
        )
        for copy in range(10)
    ]
    once = value(analyse(table, predicted, n_resamples=200, seed=4), "log_loss", "m")
    often = value(
        analyse(
            pl.concat(decisions for decisions, _ in copies),
            pl.concat(table for _, table in copies),
            n_resamples=200,
            seed=4,
        ),
        "log_loss",
        "m",
    )
    assert often["n_decisions"] == 10 * once["n_decisions"]
    for name in ("estimate", "ci_low", "ci_high"):
        assert often[name] == pytest.approx(once[name], abs=1e-12)


def test_expanded_tail_makes_the_interval_of_a_mean_that_of_students_t() -> None:
    """For a mean over few units the interval is as wide as the t interval, not narrower."""
    values = np.random.default_rng(4).normal(size=10)
    draws = np.random.default_rng(5).integers(10, size=(200_000, 10))
    means = values[draws].mean(axis=1)
    interval = percentile_interval(means[:, None], 0.95, 10)
    half = t.isf(0.025, 9) * values.std(ddof=1) / 10**0.5
    assert interval.high[0] - interval.low[0] == pytest.approx(2 * half, rel=0.05)
