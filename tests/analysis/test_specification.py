"""Specification curve and variance decomposition."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from silicus.analysis import analyse
from silicus.analysis.specification import specification_curve, variance_shares
from silicus.errors import AnalysisError

from .tables import choices, scores


@pytest.fixture
def results() -> pl.DataFrame:
    """Two predictors in three formulations and two formats."""
    rng = np.random.default_rng(1)
    table = choices(rng=rng)
    parts = [
        scores(table, name, rng=rng, formulation=wording, format_=form)
        for name in "ab"
        for wording in ("baseline", "expert", "observer")
        for form in ("plain", "chat")
    ]
    native = {"a": "chat", "b": "plain"}
    return analyse(
        table, pl.concat(parts), comparisons=[("a", "b")], n_resamples=30, native_formats=native
    )


def test_curve_is_sorted_and_complete(results: pl.DataFrame) -> None:
    """Three formulations by native, plain and chat."""
    curve = specification_curve(results)
    assert len(curve) == 9
    assert curve["estimate"].is_sorted()
    assert curve["rank"].to_list() == list(range(1, 10))
    zero = (curve["ci_low"] > 0) | (curve["ci_high"] < 0)
    assert curve["excludes_zero"].equals(zero, check_names=False)


def test_wordings_join_by_formulation(results: pl.DataFrame) -> None:
    """Columns that say what a formulation consists of become factors; a gap is an error."""
    wordings = pl.DataFrame(
        {
            "formulation": ["baseline", "expert", "observer"],
            "persona": ["none", "expert", "none"],
        }
    )
    curve = specification_curve(results, wordings=wordings)
    assert set(curve["persona"]) == {"none", "expert"}
    with pytest.raises(AnalysisError, match="observer"):
        specification_curve(results, wordings=wordings.head(2))


def test_variance_shares_are_the_type_two_anova_of_statsmodels(results: pl.DataFrame) -> None:
    """Also where a cell is missing."""
    curve = specification_curve(results, metric="log_loss", differences=False).filter(
        pl.col("predictor_id") != "base_rate"
    )[1:]
    factors = ["formulation", "format", "predictor_id"]
    shares = variance_shares(curve, factors)
    table = pd.DataFrame({name: curve[name].to_list() for name in ["estimate", *factors]})
    fit = ols("estimate ~ C(formulation) + C(format) + C(predictor_id)", data=table).fit()
    expected = anova_lm(fit, typ=2)
    np.testing.assert_allclose(shares["sum_of_squares"], expected["sum_sq"], rtol=1e-8, atol=1e-12)
    np.testing.assert_array_equal(shares["df"], expected["df"].astype(int))


def test_variance_shares_of_a_balanced_design_add_up_to_one(results: pl.DataFrame) -> None:
    """Each share is of the total."""
    curve = specification_curve(results, metric="log_loss", differences=False).filter(
        pl.col("predictor_id") != "base_rate"
    )
    shares = variance_shares(curve, ["formulation", "format", "predictor_id"])
    assert shares["share"].sum() == pytest.approx(1)
    with pytest.raises(AnalysisError, match="Known columns"):
        variance_shares(curve, ["colour"])
    with pytest.raises(AnalysisError, match="cannot be decomposed"):
        variance_shares(curve.head(3), ["formulation", "format", "predictor_id"])


def test_curve_of_an_unknown_metric_lists_the_known(results: pl.DataFrame) -> None:
    """A typo is not an empty picture."""
    with pytest.raises(AnalysisError, match="Known metrics"):
        specification_curve(results, metric="pearson")
