"""Noise ceilings and the share of the reachable."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse
from silicus.analysis.ceiling import entropy, noise_ceilings
from silicus.analysis.history import history_scores
from silicus.analysis.panel import build_panels
from silicus.schema import Decision, check

from .tables import choices, rates, scores, value


def true_rates(n: int, n_choices: int, rng: np.random.Generator) -> tuple:
    """Rates of ``n_choices`` people around known probabilities."""
    p = rng.uniform(0.1, 0.9, n)
    taken = rng.binomial(n_choices, p)
    table = rates(n, rng=rng).with_columns(
        target=pl.lit(0, pl.Int32),
        choice_rate=pl.Series([[k / n_choices, 1 - k / n_choices] for k in taken]),
        n_choices=pl.lit(n_choices, pl.Int32),
    )
    return check(table, Decision, where="test"), p


def test_ceiling_of_rates_is_what_the_true_probabilities_reach() -> None:
    """r of the truth with the observed rates, and its cross-entropy, lie at the ceilings."""
    rng = np.random.default_rng(1)
    table, p = true_rates(600, 10, rng)
    truth = scores(table, "truth", rng=rng, probs=np.column_stack([p, 1 - p]))
    result = noise_ceilings(table, truth, n_resamples=200)
    plain = analyse(table, truth, n_resamples=20)
    r = value(result, "noise_ceiling_pearson_r", "people")
    assert r["estimate"] == pytest.approx(value(plain, "pearson_r", "truth")["estimate"], abs=0.02)
    assert r["ci_low"] < r["estimate"] < r["ci_high"]
    reliability = value(result, "split_half_reliability", "people")["estimate"]
    assert r["estimate"] == pytest.approx(reliability**0.5)
    loss = value(result, "noise_ceiling_log_loss", "people")["estimate"]
    assert loss == pytest.approx(value(plain, "log_loss", "truth")["estimate"], abs=0.01)
    for metric in ("log_loss", "pearson_r"):
        share = value(result, f"reachable_share_{metric}", "truth")
        assert share["estimate"] == pytest.approx(1, abs=0.1)


def test_ceiling_of_rates_says_where_people_chose_several_times() -> None:
    """Repeats of one person in both halves make the halves too alike."""
    rng = np.random.default_rng(8)
    table, _ = true_rates(60, 10, rng)
    truth = scores(table, "m", rng=rng)
    metric = "noise_ceiling_pearson_r"
    plain = value(noise_ceilings(table, truth, n_resamples=20), metric, "people")
    twice = table.with_columns(n_participants=pl.lit(5, pl.Int32))
    row = value(noise_ceilings(twice, truth, n_resamples=20), metric, "people")
    assert "counted as independent" in row["note"]
    assert "counted as independent" not in plain["note"]
    assert row["estimate"] == plain["estimate"]


def test_entropy_correction_removes_most_of_the_bias_of_few_choices() -> None:
    """Plug-in entropy of ten choices is too low by about 1/20; the estimate is near the truth."""
    rng = np.random.default_rng(2)
    table, p = true_rates(3000, 10, rng)
    panel = build_panels(table, scores(table, "m", rng=rng))[0]
    ids = panel.decisions["decision_id"].to_list()
    place = {name: index for index, name in enumerate(table["decision_id"])}
    truth = p[[place[name] for name in ids]]
    real = -(truth * np.log(truth) + (1 - truth) * np.log(1 - truth))
    q = panel.human
    with np.errstate(divide="ignore", invalid="ignore"):
        plug_in = -np.nan_to_num(q * np.log(q)) - np.nan_to_num((1 - q) * np.log(1 - q))
    assert abs(entropy(panel).mean() - real.mean()) < 0.1 * abs(plug_in.mean() - real.mean())


def test_rates_that_hold_no_signal_have_no_ceiling() -> None:
    """Everybody tosses the same coin: there is nothing to predict above the base rate."""
    rng = np.random.default_rng(3)
    n = 200
    taken = rng.binomial(20, 0.5, n)
    table = rates(n, rng=rng).with_columns(
        target=pl.lit(0, pl.Int32),
        choice_rate=pl.Series([[k / 20, 1 - k / 20] for k in taken]),
        n_choices=pl.lit(20, pl.Int32),
    )
    row = value(
        noise_ceilings(table, scores(table, "m", rng=rng), n_resamples=50),
        "split_half_reliability",
        "people",
    )
    assert row["estimate"] < 0.35


def copying(n_people: int, n_rounds: int, rng: np.random.Generator) -> pl.DataFrame:
    """People who copy the other's last move nine times in ten."""
    other = rng.integers(2, size=(n_people, n_rounds))
    choice = np.where(
        rng.uniform(size=other.shape) < 0.9,
        np.roll(other, 1, axis=1),
        1 - np.roll(other, 1, axis=1),
    )
    choice[:, 0] = rng.integers(2, size=n_people)
    table = choices(n_people, n_rounds, rng=rng, choice=choice.ravel())
    history = [
        [
            {
                "round": r + 1,
                "actor": actor,
                "kind": "move",
                "action": f"o{moves[person, r]}",
                "amount": None,
                "text": None,
            }
            for r in range(t)
            for actor, moves in (("self", choice), ("other", other))
        ]
        for person in range(n_people)
        for t in range(n_rounds)
    ]
    table = table.with_columns(
        history=pl.Series(history, dtype=table.schema["history"]), target=pl.lit(0, pl.Int32)
    )
    return check(table, Decision, where="test")


def test_history_predictors_learn_a_rule_from_other_people() -> None:
    """Who copies the other is predicted by both, near the best that nine in ten allows."""
    rng = np.random.default_rng(4)
    table = copying(40, 8, rng)
    predicted = history_scores(table, seed=1)
    result = noise_ceilings(table, predicted, n_resamples=100)
    ceilings = result.filter(pl.col("metric") == "noise_ceiling_log_loss")
    assert len(ceilings) == 1
    best = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1)) * 7 / 8 + np.log(2) / 8
    assert best < ceilings["estimate"][0] < best + 0.12
    assert "at least this is reachable" in ceilings["note"][0]
    share = value(result, "reachable_share_log_loss", ceilings["predictor_id"][0])
    assert share["estimate"] == pytest.approx(1)


def test_history_predictors_never_learn_from_the_person_they_predict() -> None:
    """People who always repeat their own secret habit cannot be predicted from others."""
    rng = np.random.default_rng(5)
    habit = np.repeat(rng.integers(2, size=60), 6)
    table = choices(60, 6, rng=rng, choice=habit).with_columns(target=pl.lit(0, pl.Int32))
    row = value(
        analyse(table, history_scores(table, seed=2), n_resamples=50),
        "pearson_r",
        "history_boosted",
    )
    assert row["estimate"] is None or row["ci_low"] < 0.1


def test_history_scores_of_three_options_are_distributions_in_option_order() -> None:
    """Whichever option is the target, the probabilities belong to their options."""
    rng = np.random.default_rng(6)
    table = choices(30, 6, rng=rng, n_options=3)
    # Everybody takes the target: its probability must be the highest wherever it stands.
    table = table.with_columns(choice=pl.col("target"))
    predicted = history_scores(table, seed=1)
    sums = predicted.group_by("decision_id", "predictor_id").agg(pl.col("option_prob").sum())
    np.testing.assert_allclose(sums["option_prob"], 1)
    top = predicted.join(table.select("decision_id", "target"), on="decision_id").filter(
        pl.col("option") == pl.col("target")
    )
    assert (top["option_prob"] > 0.9).all()


def test_without_a_history_predictor_individual_choices_have_no_ceiling() -> None:
    """No ceiling is made up."""
    rng = np.random.default_rng(7)
    table = choices(rng=rng)
    assert noise_ceilings(table, scores(table, "m", rng=rng), n_resamples=20).is_empty()


def test_ceiling_when_n_is_unknown_then_none_with_the_reason() -> None:
    """Without the numbers of choices no ceiling is invented."""
    rng = np.random.default_rng(7)
    table = rates(rng=rng).with_columns(n_choices=pl.lit(None, pl.Int32))
    found = noise_ceilings(table, scores(table, "m", rng=rng), n_resamples=50)
    people = found.filter(pl.col("predictor_id") == "people")
    assert people["estimate"].to_list() == [None, None]
    assert all("without the numbers of choices" in note for note in people["note"])
