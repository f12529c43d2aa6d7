"""Holm and Benjamini-Hochberg over Result tables."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse
from silicus.analysis.multiplicity import adjusted, declared_and_exploratory
from silicus.errors import AnalysisError

from .tables import choices, scores


@pytest.fixture
def results() -> pl.DataFrame:
    """Four tests of log-loss differences in two families."""
    rng = np.random.default_rng(1)
    parts, predicted = [], []
    for family in ("bargaining", "negotiation"):
        table = choices(rng=rng, family=family, dataset=family)
        parts.append(table)
        predicted += [scores(table, name, rng=rng, mass=np.ones(len(table))) for name in "abc"]
    return analyse(
        pl.concat(parts),
        pl.concat(predicted),
        comparisons=[("a", "b"), ("a", "c")],
        n_resamples=200,
    )


def test_holm_and_bh_equal_their_definitions(results: pl.DataFrame) -> None:
    """Step-down m, m-1, ... and step-up m/1, m/2, ... on the sorted p-values."""
    raw = results["p_value"].drop_nulls().to_numpy()
    order, m = np.argsort(raw), len(raw)
    holm, bh = np.empty(m), np.empty(m)
    holm[order] = np.minimum(np.maximum.accumulate((m - np.arange(m)) * raw[order]), 1)
    bh[order] = np.minimum.accumulate((m / (np.arange(m) + 1) * raw[order])[::-1])[::-1].clip(0, 1)
    for method, expected in (("holm", holm), ("fdr_bh", bh)):
        table = adjusted(results, method)
        np.testing.assert_allclose(table["p_value"].drop_nulls().to_numpy(), expected)
        assert table.drop("p_value", "note").equals(results.drop("p_value", "note"))
        notes = table.filter(pl.col("p_value").is_not_null())["note"]
        assert notes.str.contains(f"over {m} tests, p before").all()
        rest = table.filter(pl.col("p_value").is_null())["note"]
        assert not rest.str.contains("over 4 tests").any()


def test_declared_comparisons_are_one_holm_family_and_the_rest_is_exploration(
    results: pl.DataFrame,
) -> None:
    """What was declared beforehand pays only for itself."""
    declared = [{"family": "bargaining", "metric": "log_loss", "reference_id": "b"}]
    table = declared_and_exploratory(results, declared)
    row = table.filter(pl.col("note").str.contains("Holm over 1 tests"))
    assert len(row) == 1
    raw = results.filter(
        pl.col("family") == "bargaining",
        pl.col("metric") == "log_loss",
        pl.col("reference_id") == "b",
    )["p_value"]
    assert row["p_value"].equals(raw, check_names=False)
    assert table["note"].str.contains("Benjamini-Hochberg over 3 tests").sum() == 3


def test_a_declared_comparison_that_was_never_made_is_an_error(results: pl.DataFrame) -> None:
    """It must not vanish in silence; nor may a column be misspelt or a method unknown."""
    with pytest.raises(AnalysisError, match="matches no row"):
        declared_and_exploratory(results, [{"family": "lottery"}])
    with pytest.raises(AnalysisError, match="colum"):
        declared_and_exploratory(results, [{"famly": "lottery"}])
    with pytest.raises(AnalysisError, match="unknown adjustment"):
        adjusted(results, "bonferoni")
