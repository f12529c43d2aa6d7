"""r within rounds and within configurations."""

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy.stats import pearsonr

from silicus.analysis import analyse
from silicus.analysis.resampling import ClusterBootstrap, generator, sort_by_unit
from silicus.analysis.within import within_groups

from .intervals import looped_interval
from .tables import choices, matrix, rates, scores, shares, value


def centred(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    means = {group: x[groups == group].mean() for group in np.unique(groups)}
    return x - np.array([means[group] for group in groups])


def test_within_round_r_and_interval_equal_a_loop_that_centres_every_replicate() -> None:
    """Group means are taken anew among the drawn people."""
    rng = np.random.default_rng(1)
    table = choices(12, 6, rng=rng)
    predicted = scores(table, "m", rng=rng)
    row = value(
        within_groups(table, predicted, n_resamples=150, seed=2), "pearson_r_within_round", "m"
    )
    ordered, units = sort_by_unit(table)
    rows, target = np.arange(len(ordered)), ordered["target"].to_numpy()
    x = matrix(predicted, ordered, "option_prob")[rows, target]
    y, groups = shares(ordered)[rows, target], ordered["round"].to_numpy()
    assert row["estimate"] == pytest.approx(
        pearsonr(centred(x, groups), centred(y, groups)).statistic
    )
    dummies = sm.add_constant(np.eye(7)[groups][:, 2:])
    residuals = [sm.OLS(z, dummies).fit().resid for z in (x, y)]
    assert row["estimate"] == pytest.approx(pearsonr(*residuals).statistic)
    counts = ClusterBootstrap.draw(12, 150, generator(2, "toy", "bargaining", "bootstrap")).counts

    def r(drawn: np.ndarray) -> float:
        z, t = centred(x[drawn], groups[drawn]), centred(y[drawn], groups[drawn])
        return pearsonr(z, t).statistic

    assert [row["ci_low"], row["ci_high"]] == pytest.approx(
        looped_interval(r, units.codes, counts), abs=1e-9
    )


def test_a_predictor_that_knows_only_the_level_of_rounds_has_nothing_within_them() -> None:
    """Simpson: a high r over all rounds, and none within."""
    rng = np.random.default_rng(2)
    level = np.tile(np.linspace(0.1, 0.9, 6), 60)
    table = choices(60, 6, rng=rng, choice=(rng.uniform(size=360) > level).astype(int))
    table = table.with_columns(target=pl.lit(0, pl.Int32))
    knows = np.clip(level + 0.001 * rng.normal(size=360), 0, 1)
    predicted = scores(table, "m", rng=rng, probs=np.column_stack([knows, 1 - knows]))
    over_all = value(analyse(table, predicted, n_resamples=100), "pearson_r", "m")
    inside = value(within_groups(table, predicted, n_resamples=100), "pearson_r_within_round", "m")
    assert over_all["ci_low"] > 0.3
    assert inside["ci_low"] < 0 < inside["ci_high"]


def test_within_groups_compares_on_shared_decisions_and_names_the_groups() -> None:
    """Differences come with the same replicates; a constant has no r within groups either."""
    rng = np.random.default_rng(3)
    table = choices(rng=rng)
    both = pl.concat([scores(table, name, rng=rng) for name in "ab"])
    result = within_groups(table, both, comparisons=[("a", "b")], n_resamples=50)
    gap = value(result, "pearson_r_within_round", "a", reference_id="b")
    alone = [value(result, "pearson_r_within_round", name)["estimate"] for name in "ab"]
    assert gap["estimate"] == pytest.approx(alone[0] - alone[1])
    assert "within 6 groups" in gap["note"]
    floor = value(result, "pearson_r_within_round", "base_rate")
    assert floor["estimate"] is None
    assert "constant" in floor["note"]
    assert "pearson_r_within_configuration" not in set(result["metric"])


def test_within_groups_of_single_decisions_has_no_rows() -> None:
    """One rate per game leaves nothing within games."""
    rng = np.random.default_rng(4)
    table = rates(rng=rng)
    games = [f'{{"kind":"ultimatum","share_offered":{index / 100}}}' for index in range(len(table))]
    table = table.with_columns(game=pl.Series(games))
    assert within_groups(table, scores(table, "m", rng=rng), n_resamples=20).is_empty()
