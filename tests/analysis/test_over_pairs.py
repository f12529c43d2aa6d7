"""Differences over many pairs."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse
from silicus.analysis.over_pairs import over_pairs
from silicus.errors import AnalysisError

from .tables import choices, scores, value


def study(seed: int = 0, n_pairs: int = 6, *, edge: float = 0.0) -> tuple:
    """People, scores of ``n_pairs`` pairs and the pair table; base models know more by ``edge``."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.uniform(0.1, 0.9, 25), 8)
    table = choices(25, 8, rng=rng, choice=(rng.uniform(size=200) > truth).astype(int))
    table = table.with_columns(target=pl.lit(0, pl.Int32))
    parts, rows = [], []
    for index in range(n_pairs):
        for side, share, form in (("b", 0.4 + edge, "plain"), ("a", 0.4, "chat")):
            p = np.clip(share * truth + (1 - share) * rng.uniform(size=200), 0.02, 0.98)
            name = f"{side}{index}"
            probs = np.column_stack([p, 1 - p])
            parts.append(scores(table, name, rng=rng, probs=probs, format_=form))
        rows.append(
            (f"pair{index}", f"b{index}", f"a{index}", f"F{index % 3}", f"P{index % 2}", 2.0**index)
        )
    pairs = pl.DataFrame(
        rows,
        schema=["pair_id", "base", "aligned", "model_family", "provider", "size_billion"],
        orient="row",
    )
    return table, pl.concat(parts), pairs


def row_of(result: pl.DataFrame, metric: str, **filters: object) -> dict:
    return value(result, metric, "base", reference_id="aligned", **filters)


def test_mean_and_median_are_those_of_the_single_comparisons() -> None:
    """The figures over pairs are made of the pair-by-pair differences."""
    table, predicted, pairs = study()
    result = over_pairs(table, predicted, pairs, n_resamples=200, seed=1)
    single = analyse(
        table,
        predicted,
        comparisons=list(pairs.select("base", "aligned").rows()),
        n_resamples=200,
        seed=1,
    )
    for metric in ("pearson_r", "log_loss"):
        gaps = [
            value(single, metric, base, reference_id=aligned)["estimate"]
            for base, aligned in pairs.select("base", "aligned").rows()
        ]
        assert row_of(result, f"{metric}_mean_over_pairs")["estimate"] == pytest.approx(
            np.mean(gaps)
        )
        these = row_of(result, f"{metric}_mean_over_these_pairs")
        assert these["estimate"] == pytest.approx(np.mean(gaps))
        median = row_of(result, f"{metric}_median_over_pairs")
        assert median["estimate"] == pytest.approx(np.median(gaps))
        share = row_of(result, f"{metric}_share_of_pairs_positive")
        assert share["estimate"] == pytest.approx(np.mean(np.array(gaps) > 0))
    assert row_of(result, "pearson_r_mean_over_pairs")["unit"] == "participant and model family"
    assert row_of(result, "pearson_r_mean_over_pairs")["n_units"] == 3


def test_these_pairs_with_one_pair_have_the_interval_of_the_comparison() -> None:
    """The same draws serve both analyses."""
    table, predicted, pairs = study(n_pairs=1)
    result = over_pairs(table, predicted, pairs, n_resamples=200, seed=1)
    single = analyse(table, predicted, comparisons=[("b0", "a0")], n_resamples=200, seed=1)
    one = row_of(result, "pearson_r_mean_over_these_pairs")
    other = value(single, "pearson_r", "b0", reference_id="a0")
    assert [one["ci_low"], one["ci_high"]] == pytest.approx([other["ci_low"], other["ci_high"]])
    whole = row_of(result, "pearson_r_mean_over_pairs")
    assert "nothing about other families" in whole["note"]
    assert whole["unit"] == "participant"


def test_a_clear_advantage_of_base_models_is_found_with_its_sign() -> None:
    """Positive r gap, negative log-loss gap, larger than the minimum detectable effect."""
    table, predicted, pairs = study(edge=0.5)
    result = over_pairs(table, predicted, pairs, n_resamples=300, seed=1)
    r, loss = (row_of(result, f"{m}_mean_over_pairs") for m in ("pearson_r", "log_loss"))
    assert r["ci_low"] > 0
    assert loss["ci_high"] < 0
    assert r["p_value"] < 0.05
    assert r["estimate"] > row_of(result, "pearson_r_minimum_detectable")["estimate"] > 0
    tree = row_of(result, "pearson_r_hierarchical")
    assert tree["estimate"] == pytest.approx(r["estimate"], abs=0.05)
    assert "standard deviation between: pair" in tree["note"]
    median = row_of(result, "pearson_r_median_over_pairs")
    assert median["ci_low"] < median["estimate"] < median["ci_high"]


def test_sizes_and_families_are_slices_of_the_pairs() -> None:
    """Each pair is in one size class and one family; the slope needs no class."""
    table, predicted, pairs = study()
    result = over_pairs(table, predicted, pairs, n_resamples=100, seed=1)
    wanted = "pearson_r_mean_over_these_pairs"
    sizes = result.filter(pl.col("metric") == wanted, pl.col("slice").str.starts_with("size"))
    assert set(sizes["slice"]) == {
        "size_billion=0 to 3",
        "size_billion=3 to 7",
        "size_billion=7 to 14",
        "size_billion=14+",
    }
    families = result.filter(pl.col("metric") == wanted, pl.col("slice").str.starts_with("model"))
    mean = row_of(result, wanted)["estimate"]
    assert families["estimate"].mean() == pytest.approx(mean)
    gaps = [
        row_of(over_pairs(table, predicted, pairs[[index]], n_resamples=2), wanted)["estimate"]
        for index in range(6)
    ]
    slope = row_of(result, "pearson_r_slope_per_size_doubling")
    assert slope["estimate"] == pytest.approx(np.polyfit(np.arange(6), gaps, 1)[0])


def test_pairs_without_scores_are_left_out_and_counted() -> None:
    """A study may list more pairs than it has run."""
    table, predicted, pairs = study()
    more = pl.concat(
        [pairs, pairs.head(1).with_columns(pair_id=pl.lit("unrun"), base=pl.lit("b99"))]
    )
    row = row_of(over_pairs(table, predicted, more, n_resamples=50), "pearson_r_mean_over_pairs")
    assert "1 listed pairs are not scored" in row["note"]
    assert "6 pairs of 3 model families" in row["note"]


def test_a_pair_with_constant_predictions_is_left_out_of_r_and_named() -> None:
    """r has no value there; the log-loss has."""
    table, predicted, pairs = study()
    flat = scores(table, "b0", rng=np.random.default_rng(0), probs=np.full((len(table), 2), 0.5))
    predicted = pl.concat([predicted.filter(pl.col("predictor_id") != "b0"), flat])
    result = over_pairs(table, predicted, pairs, n_resamples=50)
    assert (
        "1 of 6 pairs have no value (pair0)" in row_of(result, "pearson_r_mean_over_pairs")["note"]
    )
    assert "6 pairs" in row_of(result, "log_loss_mean_over_pairs")["note"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pairs: pairs.drop("model_family"), "model_family"),
        (lambda pairs: pairs.head(0), "at least one row"),
        (lambda pairs: pl.concat([pairs, pairs]), "occurs twice"),
        (lambda pairs: pairs.with_columns(base=pl.lit("zz")), "unknown predictor"),
        (
            lambda pairs: pairs.with_columns(model_family=pl.lit(None, pl.String)),
            "null in model_family",
        ),
    ],
)
def test_over_pairs_when_the_pair_table_is_wrong_says_what(change, words: str) -> None:
    """Missing columns, no row, doubled ids, unknown models and nulls are refused."""
    table, predicted, pairs = study()
    with pytest.raises(AnalysisError, match=words):
        over_pairs(table, predicted, change(pairs), n_resamples=20)
