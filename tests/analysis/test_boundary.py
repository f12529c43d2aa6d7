"""Slices of the decisions and their simultaneous bands."""

import json

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse
from silicus.analysis.boundary import boundary, slices
from silicus.errors import AnalysisError

from .tables import choices, scores, value


def study(n_people: int = 30, n_rounds: int = 5) -> tuple:
    """Aligned models know round one, base models the later rounds; two kinds of games."""
    rng = np.random.default_rng(1)
    n = n_people * n_rounds
    truth = rng.uniform(0.05, 0.95, n)
    table = choices(n_people, n_rounds, rng=rng, choice=(rng.uniform(size=n) > truth).astype(int))
    kinds = [
        {"kind": "ultimatum", "share_offered": 0.2, "payoff_unit": unit}
        for unit in ("dollars", "points")
    ]
    table = table.with_columns(
        target=pl.lit(0, pl.Int32),
        game=pl.Series([json.dumps(kinds[(row // n_rounds) % 2]) for row in range(n)]),
    )
    first = (table["round"] == 1).to_numpy()
    parts, rows = [], []
    for index in range(4):
        for side, knows, form in (("b", ~first, "plain"), ("a", first, "chat")):
            p = np.clip(np.where(knows, truth, 0.5) + 0.05 * rng.normal(size=n), 0.02, 0.98)
            parts.append(
                scores(
                    table,
                    f"{side}{index}",
                    rng=rng,
                    probs=np.column_stack([p, 1 - p]),
                    format_=form,
                )
            )
        rows.append((f"pair{index}", f"b{index}", f"a{index}", f"F{index}"))
    pairs = pl.DataFrame(rows, schema=["pair_id", "base", "aligned", "model_family"], orient="row")
    return table, pl.concat(parts), pairs


def test_first_round_turns_and_the_contrast_sees_it() -> None:
    """Aligned ahead in round one, base after it, and the change is significant."""
    table, predicted, pairs = study(n_people=150)
    result = boundary(table, predicted, pairs, by=["first_round"], n_resamples=300)
    gap = {
        name: value(
            result,
            "log_loss_mean_over_pairs",
            "base",
            reference_id="aligned",
            slice=f"first_round={name}",
        )
        for name in ("yes", "no")
    }
    assert gap["yes"]["estimate"] > 0 > gap["no"]["estimate"]
    contrast = value(result, "log_loss_first_minus_later", "base", reference_id="aligned")
    assert contrast["estimate"] == pytest.approx(gap["yes"]["estimate"] - gap["no"]["estimate"])
    assert contrast["ci_low"] < contrast["estimate"] < contrast["ci_high"]
    assert contrast["p_value"] < 0.05


def test_each_slice_is_the_analysis_of_its_decisions() -> None:
    """Round 3 alone gives the figures of the slice round=3, for the gap and for each side."""
    table, predicted, pairs = study()
    result = boundary(table, predicted, pairs, by=["round"], n_resamples=100)
    third = table.filter(pl.col("round") == 3)
    own = predicted.join(third, on="decision_id", how="semi")
    single = analyse(
        third, own, comparisons=list(pairs.select("base", "aligned").rows()), n_resamples=20
    )
    for metric in ("pearson_r", "log_loss"):
        means = {
            side: np.mean([value(single, metric, f"{side[0]}{i}")["estimate"] for i in range(4)])
            for side in ("base", "aligned")
        }
        wanted = f"{metric}_mean_over_pairs"
        gap = value(result, wanted, "base", reference_id="aligned", slice="round=3")
        assert gap["estimate"] == pytest.approx(means["base"] - means["aligned"])
        assert "simultaneous band over 5 slices" in gap["note"]
        for side, mean in means.items():
            assert value(result, wanted, side, slice="round=3")["estimate"] == pytest.approx(mean)


def test_bands_over_more_slices_are_wider_than_over_one() -> None:
    """Looking at five rounds costs width: the band of round=1 exceeds that of two slices."""
    table, predicted, pairs = study()
    result = boundary(table, predicted, pairs.head(1), by=["first_round", "round"], n_resamples=500)
    width = {}
    for name in ("first_round=yes", "round=1"):
        row = value(result, "log_loss_mean_over_pairs", "base", reference_id="aligned", slice=name)
        width[name] = row["ci_high"] - row["ci_low"]
    assert width["round=1"] > width["first_round=yes"]


def test_configuration_splits_by_every_parameter_that_varies() -> None:
    """The unit of payoff varies here and nothing else does."""
    table, predicted, pairs = study()
    result = boundary(table, predicted, pairs, by=["configuration"], n_resamples=50)
    assert set(result["slice"]) == {"payoff_unit=dollars", "payoff_unit=points"}
    with pytest.raises(AnalysisError, match="nothing to slice by colour"):
        boundary(table, predicted, pairs, by=["colour"], n_resamples=50)


def test_numbers_of_many_values_are_cut_into_quarters() -> None:
    """Every decision with a number is in exactly one quarter of about equal size."""
    rng = np.random.default_rng(2)
    table = choices(40, 1, rng=rng)
    offers = rng.uniform(0, 0.5, 40)
    games = [json.dumps({"kind": "ultimatum", "share_offered": offer}) for offer in offers]
    labels = slices(table.with_columns(game=pl.Series(games)), ["share_offered"])["share_offered"]
    assert labels.null_count() == 0
    assert labels.value_counts()["count"].to_list() == [10, 10, 10, 10]
    top = labels.to_list()[int(np.argmax(offers))]
    low, high = (float(border) for border in top.split(" to "))
    assert low <= offers.max() <= high + 1e-6
