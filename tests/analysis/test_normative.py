"""The normative bias regression."""

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from silicus.analysis.normative import normative_bias
from silicus.errors import AnalysisError

from .tables import choices, rates, scores, value


def study() -> tuple:
    """Base follows people, aligned follows the theory."""
    rng = np.random.default_rng(1)
    truth = np.repeat(rng.uniform(0.1, 0.9, 40), 10)
    table = choices(40, 10, rng=rng, choice=(rng.uniform(size=400) > truth).astype(int))
    table = table.with_columns(target=pl.lit(0, pl.Int32))
    theory = np.tile(rng.choice([0.0, 0.5, 1.0], size=10), 40)
    noise = 0.1 * rng.normal(size=(2, 400))
    base = np.clip(0.2 + 0.6 * truth + noise[0], 0, 1)
    aligned = np.clip(0.1 + 0.8 * theory + noise[1], 0, 1)
    named = {"base": base, "aligned": aligned, "nash": theory}
    predicted = {
        name: scores(table, name, rng=rng, probs=np.column_stack([p, 1 - p]))
        for name, p in named.items()
    }
    return table, pl.concat(predicted.values()), named


def test_weights_equal_the_clustered_regression_of_statsmodels() -> None:
    """And their change is the difference of the two models' weights."""
    table, predicted, named = study()
    result = normative_bias(table, predicted, "nash", comparisons=[("aligned", "base")])
    y = (table["choice"] == 0).to_numpy().astype(float)
    design = np.column_stack([np.ones(400), y, named["nash"]])
    found = {}
    for name in ("base", "aligned"):
        fit = sm.OLS(named[name], design).fit(
            cov_type="cluster", cov_kwds={"groups": np.repeat(np.arange(40), 10)}, use_t=True
        )
        for index, metric in ((1, "human_weight"), (2, "normative_weight")):
            row = value(result, metric, name, slice="theory=nash")
            found[name, metric] = row["estimate"]
            assert row["estimate"] == pytest.approx(fit.params[index])
            assert [row["ci_low"], row["ci_high"]] == pytest.approx(fit.conf_int()[index])
            assert row["p_value"] == pytest.approx(fit.pvalues[index], abs=1e-12)
            assert (row["unit"], row["n_units"]) == ("participant", 40)
    assert found["aligned", "normative_weight"] > 0.6 > 0.2 > found["base", "normative_weight"]
    for metric in ("human_weight", "normative_weight"):
        change = value(result, metric, "aligned", reference_id="base", slice="theory=nash")
        assert change["estimate"] == pytest.approx(found["aligned", metric] - found["base", metric])


def test_weights_are_null_with_a_reason_where_they_cannot_be_told_apart() -> None:
    """A theory that never varies, and one that is what people did."""
    table, predicted, _ = study()
    rng = np.random.default_rng(2)
    y = (table["choice"] == 0).to_numpy().astype(float)
    for probs, words in (
        (np.full((400, 2), 0.5), "do not vary"),
        (np.column_stack([y, 1 - y]), "cannot be told apart"),
    ):
        both = pl.concat([predicted, scores(table, "odd", rng=rng, probs=probs)])
        row = value(
            normative_bias(table, both, "odd"), "normative_weight", "base", slice="theory=odd"
        )
        assert row["estimate"] is None
        assert words in row["note"]


def test_normative_bias_on_rates_is_robust_and_says_that_rows_are_the_unit() -> None:
    """Aggregates have no people to cluster by."""
    rng = np.random.default_rng(3)
    table = rates(40, rng=rng)
    both = pl.concat([scores(table, name, rng=rng) for name in ("m", "ev")])
    row = value(normative_bias(table, both, "ev"), "normative_weight", "m", slice="theory=ev")
    assert row["unit"] == "row"
    assert "too narrow" in row["note"]


def test_normative_bias_of_an_unscored_theory_is_refused() -> None:
    """The name is checked first."""
    table, predicted, _ = study()
    with pytest.raises(AnalysisError, match="unknown predictor"):
        normative_bias(table, predicted, "nsh")
