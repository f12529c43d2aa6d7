"""Paired differences between two predictors."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from silicus.analysis import analyse
from silicus.analysis.resampling import ClusterBootstrap, generator, sort_by_unit
from silicus.errors import AnalysisError

from .intervals import looped_interval
from .tables import choices, matrix, rates, scores, shares, value


def test_difference_interval_equals_a_paired_loop() -> None:
    """Both predictors meet the same drawn people in every replicate."""
    rng = np.random.default_rng(1)
    table = choices(14, 6, rng=rng)
    a, b = scores(table, "a", rng=rng), scores(table, "b", rng=rng, format_="chat")
    result = analyse(
        table, pl.concat([a, b]), comparisons=[("b", "a")], n_resamples=200, seed=5, ci_level=0.9
    )
    ordered, units = sort_by_unit(table)
    rows, target = np.arange(len(ordered)), ordered["target"].to_numpy()
    y = shares(ordered)
    human = y[rows, target]
    columns = []
    for predicted in (b, a):
        p = matrix(predicted, ordered, "option_prob")
        columns.append((p[rows, target], -np.log((p * y).sum(axis=1))))
    counts = ClusterBootstrap.draw(
        units.n_units, 200, generator(5, "toy", "bargaining", "bootstrap")
    ).counts

    def r(drawn: np.ndarray) -> float:
        first, second = (pearsonr(x[drawn], human[drawn]).statistic for x, _ in columns)
        return first - second

    def loss(drawn: np.ndarray) -> float:
        return (columns[0][1] - columns[1][1])[drawn].mean()

    for metric, statistic in (("pearson_r", r), ("log_loss", loss)):
        row = value(result, metric, "b", reference_id="a")
        alone = [value(result, metric, name)["estimate"] for name in ("b", "a")]
        assert row["estimate"] == pytest.approx(alone[0] - alone[1], abs=1e-12)
        assert [row["ci_low"], row["ci_high"]] == pytest.approx(
            looped_interval(statistic, units.codes, counts, 0.9), abs=1e-9
        )
        assert (row["unit"], row["n_units"], row["n_participants"]) == ("participant", 14, 14)
    assert value(result, "log_loss", "b", reference_id="a")["format"] == "chat|plain"


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_difference_turned_round_changes_only_its_sign(seed: int) -> None:
    """a minus b is minus (b minus a), with the same p-value."""
    rng = np.random.default_rng(seed)
    table = rates(15, rng=rng)
    both = pl.concat([scores(table, name, rng=rng) for name in "ab"])
    result = analyse(table, both, comparisons=[("a", "b"), ("b", "a")], n_resamples=50, seed=seed)
    for metric in ("pearson_r", "pearson_r_weighted", "log_loss", "brier"):
        one = value(result, metric, "a", reference_id="b")
        other = value(result, metric, "b", reference_id="a")
        assert one["estimate"] == pytest.approx(-other["estimate"], abs=1e-12)
        assert one["ci_low"] == pytest.approx(-other["ci_high"], abs=1e-12)
        assert one["p_value"] == other["p_value"]


@pytest.mark.parametrize("noise", [0.0, 1e-9])
def test_difference_of_a_predictor_with_itself_is_not_tested(noise: float) -> None:
    """The same probabilities under another name differ in nothing, or in float noise alone."""
    rng = np.random.default_rng(2)
    table = choices(rng=rng)
    a = scores(table, "a", rng=rng)
    p = matrix(a, table, "option_prob") + noise * rng.choice([-1, 1], (len(table), 1)) * [1, -1]
    mass = matrix(a, table, "option_mass")[:, 0]
    twin = scores(table, "twin", rng=rng, probs=p, mass=mass)
    result = analyse(table, pl.concat([a, twin]), comparisons=[("twin", "a")], n_resamples=50)
    row = value(result, "log_loss", "twin", reference_id="a")
    assert row["estimate"] == pytest.approx(0, abs=1e-8)
    assert (row["ci_low"], row["ci_high"], row["p_value"]) == (None, None, None)
    assert "predict the same" in row["note"]


def test_difference_uses_only_decisions_that_both_have_scored() -> None:
    """A predictor that refused the long prompts is compared on the others, and this is said."""
    rng = np.random.default_rng(3)
    table = choices(rng=rng)
    a, b = scores(table, "a", rng=rng), scores(table.head(60), "b", rng=rng)
    result = analyse(table, pl.concat([a, b]), comparisons=[("a", "b")], n_resamples=100)
    row = value(result, "log_loss", "a", reference_id="b")
    short = analyse(table.head(60), scores_of(a, table.head(60)), n_resamples=50)
    mine = value(short, "log_loss", "a")["estimate"]
    assert row["n_decisions"] == 60
    assert row["estimate"] == pytest.approx(mine - value(result, "log_loss", "b")["estimate"])
    assert "12 of 72 decisions are not scored by both" in row["note"]


def scores_of(table: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    return table.join(decisions.select("decision_id"), on="decision_id", how="semi")


def test_true_probabilities_beat_a_coin_clearly() -> None:
    """With people who follow p, p is better than one half and the test sees it."""
    rng = np.random.default_rng(4)
    p = np.repeat(rng.uniform(0.05, 0.95, size=40), 10)
    table = choices(40, 10, rng=rng, choice=(rng.uniform(size=400) > p).astype(int))
    truth = scores(table, "truth", rng=rng, probs=np.column_stack([p, 1 - p]))
    coin = scores(table, "coin", rng=rng, probs=np.full((400, 2), 0.5))
    result = analyse(
        table, pl.concat([truth, coin]), comparisons=[("truth", "coin")], n_resamples=999
    )
    row = value(result, "log_loss", "truth", reference_id="coin")
    assert row["ci_high"] < 0
    assert row["p_value"] == pytest.approx(0.001)
    r = value(result, "pearson_r", "truth", reference_id="coin")
    assert r["estimate"] is None
    assert "coin: predictions are constant" in r["note"]


def test_comparison_with_base_rate_needs_no_scores_of_it() -> None:
    """The floor is there for every comparison."""
    rng = np.random.default_rng(5)
    table = choices(rng=rng)
    a = scores(table, "a", rng=rng)
    result = analyse(table, a, comparisons=[("a", "base_rate")], n_resamples=50)
    row = value(result, "log_loss", "a", reference_id="base_rate")
    alone = [value(result, "log_loss", name)["estimate"] for name in ("a", "base_rate")]
    assert row["estimate"] == pytest.approx(alone[0] - alone[1])


def test_comparison_when_both_have_both_formats_is_native_first_then_like_with_like() -> None:
    """Base plain against aligned chat, and the two controls of the same format."""
    rng = np.random.default_rng(6)
    table = choices(rng=rng)
    both = pl.concat(
        [scores(table, name, rng=rng, format_=form) for name in "ab" for form in ("plain", "chat")]
    )
    result = analyse(
        table,
        both,
        comparisons=[("a", "b")],
        n_resamples=50,
        native_formats={"a": "plain", "b": "chat"},
    )
    pairs = result.filter(pl.col("reference_id") == "b", pl.col("metric") == "log_loss")
    assert set(pairs["format"]) == {"plain|chat", "plain", "chat"}
    with pytest.raises(AnalysisError, match="native format of a is not clear"):
        analyse(table, both, comparisons=[("a", "b")], n_resamples=50)


@pytest.mark.parametrize(
    ("comparison", "words"),
    [(("a", "bee"), "unknown predictor"), (("a", "elsewhere"), "no scores on the same decisions")],
)
def test_comparison_that_cannot_be_made_is_refused(comparison: tuple[str, str], words: str) -> None:
    """A misspelt predictor and one of another data set are errors, not empty tables."""
    rng = np.random.default_rng(7)
    table, more = choices(rng=rng), rates(rng=rng)
    both = pl.concat([scores(table, "a", rng=rng), scores(more, "elsewhere", rng=rng)])
    with pytest.raises(AnalysisError, match=words):
        analyse(pl.concat([table, more]), both, comparisons=[comparison], n_resamples=20)
