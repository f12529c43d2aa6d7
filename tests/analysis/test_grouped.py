"""Cross-fitted predictors that know nothing have an r of 0, or none, everywhere."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse, calibration, history_scores, noise_ceilings, within_groups
from silicus.analysis.grouped import within_folds
from silicus.analysis.panel import build_panels
from silicus.analysis.resampling import ClusterBootstrap

from .tables import choices, scores, value

GAMES = [f'{{"kind":"ultimatum","share_offered":{0.05 * (1 + k):g}}}' for k in range(12)]


def blind(n_people: int, n_situations: int, each: int, rng: np.random.Generator) -> pl.DataFrame:
    """People of different levels who choose without regard to the situation."""
    level = np.clip(0.5 + 0.2 * rng.normal(size=n_people), 0.02, 0.98)
    n = n_people * each
    taken = (rng.uniform(size=n) > np.repeat(level, each)).astype(int)
    table = choices(n_people, each, rng=rng, choice=taken).with_columns(
        target=pl.lit(0, pl.Int32), round=pl.lit(1, pl.Int32)
    )
    games = [GAMES[k % n_situations] for k in range(n)]
    return table.with_columns(game=pl.Series(games))


def test_one_situation_leaves_cross_fitted_predictors_without_r() -> None:
    """A share learnt from others is one number in each fold: nothing tells situations apart."""
    rng = np.random.default_rng(1)
    table = blind(40, 1, 8, rng)
    predicted = history_scores(table, boosted=False)
    found = pl.concat(
        [
            analyse(table, predicted, n_resamples=60),
            noise_ceilings(table, predicted, n_resamples=60),
            calibration(table, predicted, n_resamples=60),
        ]
    )
    for metric in ("pearson_r", "noise_ceiling_pearson_r", "reachable_share_pearson_r",
                   "calibration_slope"):  # fmt: skip
        row = value(found, metric, "history_saturated")
        assert row["estimate"] is None
        assert row["note"]
    assert value(found, "log_loss", "history_saturated")["estimate"] is not None


@pytest.mark.parametrize(("n_situations", "each"), [(3, 3), (12, 12)])
def test_knowing_nothing_is_worth_an_r_of_nothing(n_situations: int, each: int) -> None:
    """Over many data sets the mean r over folds is 0, where that of all together is below."""
    rng = np.random.default_rng(n_situations)
    inside, pooled, within = [], [], []
    for seed in range(60):
        table = blind(10, n_situations, each, rng)
        predicted = history_scores(table, boosted=False, seed=seed)
        row = value(analyse(table, predicted, n_resamples=2), "pearson_r", "history_saturated")
        inside.append(row["estimate"])
        bare = predicted.with_columns(fold=pl.lit(None, pl.Int32))
        row = value(analyse(table, bare, n_resamples=2), "pearson_r", "history_saturated")
        pooled.append(row["estimate"])
        row = value(
            within_groups(table, predicted, n_resamples=2),
            "pearson_r_within_configuration",
            "history_saturated",
        )
        within.append(row["estimate"])
    error = np.std(inside, ddof=1) / len(inside) ** 0.5
    assert abs(np.mean(inside)) < 3 * error
    assert np.mean(pooled) < np.mean(inside) - 3 * error
    assert within == [None] * len(within)


def test_r_of_a_cross_fitted_predictor_is_the_mean_of_the_folds() -> None:
    """The figure is a plain correlation in every fold, averaged by their numbers of decisions."""
    rng = np.random.default_rng(4)
    table = blind(20, 12, 12, rng)
    fold = np.minimum(np.arange(len(table)) // 12 % 5, 3)
    predicted = scores(table, "m", rng=rng)
    own = table.select("decision_id").with_columns(fold=pl.Series(fold, dtype=pl.Int32))
    predicted = predicted.drop("fold").join(own, on="decision_id")
    x = predicted.filter(option=0)["option_prob"].to_numpy()
    y = (table["choice"] == 0).to_numpy().astype(float)
    each = [np.corrcoef(x[fold == number], y[fold == number])[0, 1] for number in range(4)]
    row = value(analyse(table, predicted, n_resamples=20), "pearson_r", "m")
    assert row["estimate"] == pytest.approx(np.average(each, weights=np.bincount(fold)))
    assert "mean over the folds" in row["note"]


def test_within_folds_when_no_decision_is_left_then_no_value_and_said() -> None:
    """A cross-fitted run that shares no decision with another has no r, and no traceback."""
    rng = np.random.default_rng(3)
    table = choices(8, 2, rng=rng)
    panel = build_panels(table, scores(table, "m", rng=rng))[0]
    bootstrap = ClusterBootstrap.draw(panel.units.n_units, 20, rng)
    none = np.zeros((1, len(table)))
    found = within_folds(panel, panel.whole.target_prob[:1], panel.human, none, [0], bootstrap)
    assert np.isnan(found.value).all()
    assert found.replicates.shape == (20, 1)
    assert "no decision left" in found.notes[0]
