"""Predictors beside the base rate and the best theory."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import against_yardsticks, analyse
from silicus.analysis.yardsticks import best_theory

from .tables import choices, scores


@pytest.fixture
def planted() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forty people, ten decisions each; a good model, a bad one and two theories."""
    rng = np.random.default_rng(3)
    p = rng.uniform(0.1, 0.9, 400)
    decisions = choices(40, 10, rng=rng, choice=(rng.uniform(size=400) > p).astype(int))
    given = {"good": p, "bad": 1 - p, "theory-a": 0.5 + 0.6 * (p - 0.5), "theory-b": 0 * p + 0.5}
    tables = [
        scores(decisions, name, rng=rng, probs=np.stack([own, 1 - own], axis=1))
        for name, own in given.items()
    ]
    return decisions, pl.concat(tables)


def test_against_yardsticks_when_compared_with_analyse_then_the_difference_is_the_same(
    planted: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    """Estimate and interval are those of a declared comparison, without a test."""
    decisions, scored = planted
    found = against_yardsticks(decisions, scored, ["theory-a", "theory-b"], n_resamples=200)
    pairs = [("good", "base_rate"), ("bad", "theory-a")]
    declared = analyse(decisions, scored, comparisons=pairs, n_resamples=200)
    for predictor, reference in pairs:
        which = [
            pl.col("predictor_id") == predictor,
            pl.col("reference_id") == reference,
            pl.col("metric") == "log_loss",
            pl.col("slice") == "all",
        ]
        (mine,) = found.filter(which).to_dicts()
        (theirs,) = declared.filter(which).to_dicts()
        for name in ("estimate", "ci_low", "ci_high", "n_decisions", "n_units"):
            assert mine[name] == pytest.approx(theirs[name], abs=1e-12)
        assert mine["p_value"] is None
    assert set(found["reference_id"]) == {"base_rate", "theory-a"}
    left = against_yardsticks(
        decisions, scored, ["theory-a"], declared=[("good", "base_rate")], n_resamples=50
    )
    assert ("good", "base_rate") not in left.select("predictor_id", "reference_id").rows()


def test_best_theory_when_one_was_chosen_on_other_people_then_it_is_taken() -> None:
    """``best_theory`` goes before a lower log-loss that was found on the test people."""
    losses = {"a": 0.6, "b": 0.5, "best_theory": 0.55, "model": 0.1}
    assert best_theory(losses, ["a", "b", "best_theory"]) == "best_theory"
    assert best_theory(losses, ["a", "b"]) == "b"
    assert best_theory({"a": np.inf}, ["a"]) is None
    assert best_theory({}, []) is None
