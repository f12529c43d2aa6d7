"""Agreement against brute force, SciPy and statsmodels."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from statsmodels.stats.weightstats import DescrStatsW

from silicus.analysis import analyse
from silicus.errors import AnalysisError

from .tables import choices, matrix, rates, scores, shares, value


@pytest.mark.parametrize("n_options", [2, 3])
def test_agreement_of_choices_equals_brute_force(n_options: int) -> None:
    """r is SciPy's, log-loss and Brier are what a loop over the rows gives."""
    rng = np.random.default_rng(1)
    people = choices(rng=rng, n_options=n_options)
    table = scores(people, "m", rng=rng)
    result = analyse(people, table, n_resamples=20, seed=1)

    p, y = matrix(table, people, "option_prob"), shares(people)
    target = people["target"].to_numpy()
    rows = np.arange(len(people))
    chosen = people["choice"].to_numpy()
    assert value(result, "pearson_r", "m")["estimate"] == pytest.approx(
        pearsonr(p[rows, target], (chosen == target).astype(float)).statistic, abs=1e-12
    )
    loss = -sum(np.log(p[i, chosen[i]]) for i in rows) / len(rows)
    assert value(result, "log_loss", "m")["estimate"] == pytest.approx(loss, abs=1e-12)
    brier = sum(0.5 * ((p[i] - y[i]) ** 2).sum() for i in rows) / len(rows)
    assert value(result, "brier", "m")["estimate"] == pytest.approx(brier, abs=1e-12)
    mass = matrix(table, people, "option_mass")[:, 0].mean()
    assert value(result, "option_mass", "m")["estimate"] == pytest.approx(mass, abs=1e-12)
    first = matrix(table, people, "first_token_prob")
    assert value(result, "pearson_r_first_token", "m")["estimate"] == pytest.approx(
        pearsonr(first[rows, target], (chosen == target).astype(float)).statistic, abs=1e-12
    )
    first_loss = -np.log(first[rows, chosen]).mean()
    assert value(result, "log_loss_first_token", "m")["estimate"] == pytest.approx(first_loss)


@pytest.mark.parametrize("n_options", [2, 3])
def test_agreement_of_rates_is_weighted_by_n_where_its_name_says_so(n_options: int) -> None:
    """pearson_r counts each rate once, pearson_r_weighted n times; losses are per choice."""
    rng = np.random.default_rng(2)
    table = rates(rng=rng, n_options=n_options)
    predicted = scores(table, "m", rng=rng)
    result = analyse(table, predicted, n_resamples=20, seed=1)

    p, q, n = matrix(predicted, table, "option_prob"), shares(table), table["n_choices"].to_numpy()
    rows, target = np.arange(len(table)), table["target"].to_numpy()
    x, y = p[rows, target], q[rows, target]
    assert value(result, "pearson_r", "m")["estimate"] == pytest.approx(pearsonr(x, y).statistic)
    weighted = DescrStatsW(np.column_stack([x, y]), weights=n).corrcoef[0, 1]
    assert value(result, "pearson_r_weighted", "m")["estimate"] == pytest.approx(weighted)
    every = [
        -np.log(p[i, k])
        for i in rows
        for k in range(n_options)
        for _ in range(round(n[i] * q[i, k]))
    ]
    loss = value(result, "log_loss", "m")
    assert loss["estimate"] == pytest.approx(np.mean(every))
    assert loss["n_choices"] == len(every)
    squares = [
        0.5 * ((p[i] - np.eye(n_options)[k]) ** 2).sum()
        for i in rows
        for k in range(n_options)
        for _ in range(round(n[i] * q[i, k]))
    ]
    assert value(result, "brier", "m")["estimate"] == pytest.approx(np.mean(squares))


def test_agreement_when_rows_are_aggregates_says_that_the_interval_is_too_narrow() -> None:
    """Only aggregates resample rows, and the note says what that costs."""
    rng = np.random.default_rng(3)
    table = rates(rng=rng)
    row = value(analyse(table, scores(table, "m", rng=rng), n_resamples=50), "pearson_r", "m")
    assert row["unit"] == "row"
    assert "too narrow" in row["note"]
    assert row["n_participants"] is None


@pytest.mark.parametrize(
    ("gone", "unit", "n_units"),
    [([], "participant", 12), (["participant_id"], "session", 6), (["both"], "play", 12)],
)
def test_agreement_resamples_the_largest_unit_that_is_known(
    gone: list[str], unit: str, n_units: int
) -> None:
    """People where there are ids, else sessions, else plays."""
    rng = np.random.default_rng(4)
    table = choices(rng=rng)
    session = pl.Series("session_id", [f"s{index % 6}" for index in range(len(table))])
    if "both" not in gone:
        table = table.with_columns(session)
    if gone:
        table = table.with_columns(pl.lit(None, pl.String).alias("participant_id"))
    row = value(analyse(table, scores(table, "m", rng=rng), n_resamples=50), "pearson_r", "m")
    assert (row["unit"], row["n_units"]) == (unit, n_units)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_agreement_when_predictions_are_constant_is_null_with_the_reason() -> None:
    """A constant has no correlation; its log-loss is still a number."""
    rng = np.random.default_rng(5)
    table = choices(rng=rng)
    flat = scores(table, "flat", rng=rng, probs=np.full((len(table), 2), 0.5))
    result = analyse(table, flat, n_resamples=20)
    row = value(result, "pearson_r", "flat")
    assert row["estimate"] is None
    assert row["ci_low"] is None
    assert "constant" in row["note"]
    assert value(result, "log_loss", "flat")["estimate"] == pytest.approx(np.log(2))


def test_agreement_when_people_do_not_vary_is_null_with_the_reason() -> None:
    """Where everybody takes the target option, r says nothing."""
    rng = np.random.default_rng(6)
    table = choices(rng=rng)
    table = table.with_columns(choice=pl.col("target"))
    row = value(analyse(table, scores(table, "m", rng=rng), n_resamples=20), "pearson_r", "m")
    assert row["estimate"] is None
    assert "do not vary" in row["note"]


def test_agreement_when_a_taken_option_has_probability_zero_has_no_log_loss() -> None:
    """An impossible choice that happened has no finite log-loss: null, counted, not clipped."""
    rng = np.random.default_rng(7)
    table = choices(rng=rng)
    probs = np.tile([1.0, 0.0], (len(table), 1))
    probs[0] = [0.5, 0.5]
    row = value(
        analyse(table, scores(table, "sure", rng=rng, probs=probs), n_resamples=20),
        "log_loss",
        "sure",
    )
    wrong = int((table["choice"].to_numpy()[1:] == 1).sum())
    assert row["estimate"] is None
    assert f"infinite: {wrong} decisions" in row["note"]


def test_agreement_when_a_probability_underflows_uses_its_logarithm() -> None:
    """exp(-2000) is 0 as a float, but the log-loss is 2000 nats, not infinite."""
    rng = np.random.default_rng(8)
    table = choices(2, 2, rng=rng, choice=np.array([0, 0, 1, 1]))
    flat = scores(table, "m", rng=rng, mass=np.ones(4), probs=np.tile([1.0, 0.0], (4, 1)))
    flat = flat.with_columns(
        logprob=pl.when(pl.col("option") == 1).then(-2000.0).otherwise(pl.col("logprob"))
    )
    row = value(analyse(table, flat, n_resamples=20), "log_loss", "m")
    assert row["estimate"] == pytest.approx(1000.0)


def test_mass_slice_shows_the_unfiltered_result_first_and_counts_what_drops() -> None:
    """The filter on option mass is an addition, computed on the remaining decisions."""
    rng = np.random.default_rng(9)
    table = choices(rng=rng)
    predicted = scores(table, "m", rng=rng)
    result = analyse(table, predicted, n_resamples=20)
    slices = result.filter(pl.col("predictor_id") == "m")["slice"].to_list()
    assert slices == sorted(slices, key=lambda name: name != "all")
    kept = matrix(predicted, table, "option_mass")[:, 0] >= 0.8
    row = value(result, "pearson_r", "m", slice="option_mass>=0.8")
    assert row["n_decisions"] == kept.sum()
    assert f"{(~kept).sum()} of {len(table)} decisions dropped" in row["note"]
    p, y = matrix(predicted, table, "option_prob"), shares(table)
    target = table["target"].to_numpy()
    rows = np.arange(len(table))
    expected = pearsonr(p[rows, target][kept], y[rows, target][kept]).statistic
    assert row["estimate"] == pytest.approx(expected)


def test_agreement_when_no_decision_has_the_mass_is_null_not_nan() -> None:
    """An empty slice has 0 decisions, no estimate and a reason."""
    rng = np.random.default_rng(10)
    table = choices(rng=rng)
    low = scores(table, "low", rng=rng, mass=np.full(len(table), 0.1))
    row = value(analyse(table, low, n_resamples=20), "log_loss", "low", slice="option_mass>=0.8")
    assert (row["estimate"], row["n_decisions"]) == (None, 0)
    assert "no decision left" in row["note"]


def test_agreement_when_some_decisions_have_no_score_says_how_many() -> None:
    """Missing scores are counted, not filled in."""
    rng = np.random.default_rng(11)
    table = choices(rng=rng)
    row = value(
        analyse(table, scores(table.head(60), "m", rng=rng), n_resamples=50), "log_loss", "m"
    )
    assert row["n_decisions"] == 60
    assert "12 of 72 decisions have no score" in row["note"]


def test_base_rate_is_the_floor_of_every_family() -> None:
    """Its log-loss is the entropy of the target share, its r is not defined."""
    rng = np.random.default_rng(12)
    table = choices(rng=rng)
    result = analyse(table, scores(table, "m", rng=rng), n_resamples=20)
    p = (table["choice"] == table["target"]).mean()
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert value(result, "log_loss", "base_rate")["estimate"] == pytest.approx(entropy)
    assert value(result, "pearson_r", "base_rate")["estimate"] is None


def test_first_token_metrics_are_absent_where_nothing_has_first_tokens() -> None:
    """A theory has no tokens, so it has no such rows."""
    rng = np.random.default_rng(13)
    table = choices(rng=rng)
    result = analyse(table, scores(table, "theory", rng=rng, first_token=False), n_resamples=20)
    assert result.filter(pl.col("metric").str.ends_with("_first_token")).is_empty()


@pytest.mark.parametrize("what", ["missing", "twice", "beyond", "nan", "unknown", "empty"])
def test_analyse_when_scores_do_not_fit_names_the_decision(what: str) -> None:
    """Incomplete, doubled, impossible, undefined and foreign scores are refused, not averaged."""
    rng = np.random.default_rng(14)
    table = choices(rng=rng)
    good = scores(table, "m", rng=rng)
    bad, words = {
        "missing": (good.slice(1), "1 of 2 options scored"),
        "twice": (pl.concat([good, good.head(1)]), "2 scores for one option"),
        "beyond": (good.with_columns(option=pl.col("option") + 1), "option 2 does not exist"),
        "nan": (good.with_columns(option_prob=pl.lit(float("nan"))), "not a number"),
        "unknown": (good.with_columns(decision_id=pl.lit("elsewhere")), "belong to no decision"),
        "empty": (good.head(0), "0 rows"),
    }[what]
    with pytest.raises(AnalysisError, match=words):
        analyse(table, bad, n_resamples=20)


@pytest.mark.parametrize(
    "settings_", [{"n_resamples": 0}, {"seed": -1}, {"ci_level": 1.0}, {"ci_level": 95}]
)
def test_analyse_when_a_setting_is_impossible_says_so(settings_: dict) -> None:
    """No replicates, a negative seed and a level of 95 are errors."""
    rng = np.random.default_rng(15)
    table = choices(rng=rng)
    with pytest.raises(AnalysisError, match=next(iter(settings_))):
        analyse(table, scores(table, "m", rng=rng), **settings_)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 0.9), shift=st.floats(0.0, 0.1))
def test_pearson_r_ignores_scale_and_shift_and_log_loss_does_not(
    seed: int, scale: float, shift: float
) -> None:
    """Squeezing the probabilities leaves r as it is."""
    rng = np.random.default_rng(seed)
    table = choices(8, 5, rng=rng).with_columns(target=pl.lit(0, pl.Int32))
    p = rng.uniform(0.01, 0.99, size=len(table))
    squeezed = shift + scale * p
    both = pl.concat(
        [
            scores(table, "m", rng=rng, probs=np.column_stack([p, 1 - p])),
            scores(table, "s", rng=rng, probs=np.column_stack([squeezed, 1 - squeezed])),
        ]
    )
    result = analyse(table, both, n_resamples=30, seed=seed)
    one, other = value(result, "pearson_r", "m"), value(result, "pearson_r", "s")
    for name in ("estimate", "ci_low", "ci_high"):
        if one[name] is None:
            assert other[name] is None
        else:
            assert one[name] == pytest.approx(other[name], abs=1e-9)
            assert -1 <= one[name] <= 1


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_results_depend_neither_on_row_order_nor_on_other_data(seed: int) -> None:
    """Shuffled tables and further data sets and predictors give the same rows."""
    rng = np.random.default_rng(seed)
    table, more = choices(6, 4, rng=rng), rates(10, rng=rng)
    mine, theirs = scores(table, "m", rng=rng), scores(more, "m", rng=rng)
    extra = scores(table, "other", rng=rng)
    alone = analyse(table, mine, n_resamples=30, seed=3)
    shuffled = analyse(
        pl.concat([more, table]).sample(fraction=1, shuffle=True, seed=seed),
        pl.concat([extra, theirs, mine]).sample(fraction=1, shuffle=True, seed=seed),
        n_resamples=30,
        seed=3,
    ).filter(pl.col("dataset") == "toy", pl.col("predictor_id") != "other")
    same = [name for name in alone.columns if name not in ("estimate", "ci_low", "ci_high")]
    assert alone.select(same).equals(shuffled.select(same))
    for name in ("estimate", "ci_low", "ci_high"):
        np.testing.assert_allclose(
            alone[name].cast(float).to_numpy(), shuffled[name].cast(float).to_numpy(), atol=1e-10
        )


@pytest.mark.parametrize("n_options", [2, 3, 5])
@pytest.mark.parametrize("kind", ["choices", "rates"])
def test_free_r_does_not_depend_on_which_option_is_the_target(n_options: int, kind: str) -> None:
    """Any naming of targets gives the correlation of all options about 1/k, by a plain loop."""
    rng = np.random.default_rng(n_options)
    make = choices if kind == "choices" else rates
    table = make(rng=rng, n_options=n_options)
    predicted = scores(table, "m", rng=rng)
    p, y = matrix(predicted, table, "option_prob"), shares(table)
    about = [z - 1 / n_options for z in (p, y)]
    expected = (about[0] * about[1]).sum() / np.sqrt((about[0] ** 2).sum() * (about[1] ** 2).sum())
    for _ in range(3):
        turned = table.with_columns(
            target=pl.Series(rng.integers(n_options, size=len(table)), dtype=pl.Int32)
        )
        row = value(analyse(turned, predicted, n_resamples=50), "pearson_r_free", "m")
        assert row["estimate"] == pytest.approx(expected)
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
    if n_options == 2:
        both = [np.concatenate([z[:, 0], z[:, 1]]) for z in (p, y)]
        assert row["estimate"] == pytest.approx(np.corrcoef(*both)[0, 1])


def test_free_r_of_a_constant_or_of_equal_shares_does_not_exist() -> None:
    """Saying the same everywhere is no knowledge; people who choose all options alike have none."""
    rng = np.random.default_rng(9)
    table = choices(rng=rng).with_columns(target=pl.lit(0, pl.Int32))
    flat = scores(table, "flat", rng=rng, probs=np.tile([0.7, 0.3], (len(table), 1)))
    row = value(analyse(table, flat, n_resamples=20), "pearson_r_free", "flat")
    assert row["estimate"] is None
    assert "constant" in row["note"]
