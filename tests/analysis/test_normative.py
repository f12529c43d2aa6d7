"""The normative bias: people measured twice, so that the noise of choices moves nothing."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import base_rate_scores, history_scores
from silicus.analysis.normative import normative_bias
from silicus.analysis.panel import build_panels
from silicus.analysis.repeated_choice import RepeatedChoices
from silicus.errors import AnalysisError
from silicus.schema import Decision, check

from .tables import choices, rates, scores, value

N_GAMES = 24


def games(n: int) -> list[str]:
    """A game text for each situation."""
    return [f'{{"kind":"ultimatum","share_offered":{(1 + k) / (n + 1):.4f}}}' for k in range(n)]


def planted(
    n_people: int,
    rng: np.random.Generator,
    *,
    n_games: int = N_GAMES,
    n_options: int = 2,
    share: float = 1.0,
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Single choices, people's true rate of the target in each row, and a theory without them.

    People differ in level; with ``share`` below 1 they meet from a few to most of the games.
    """
    rate = rng.uniform(0.1, 0.9, n_games)
    theory = rng.choice([0.0, 0.5, 1.0], size=n_games)
    level = rng.normal(0, 0.05, n_people)
    chance = np.clip(rate[None, :] + level[:, None], 0, 1).ravel()
    other = rng.integers(1, n_options, size=chance.size)
    taken = np.where(rng.uniform(size=chance.size) < chance, 0, other)
    table = choices(n_people, n_games, rng=rng, n_options=n_options, choice=taken).with_columns(
        target=pl.lit(0, pl.Int32),
        round=pl.lit(1, pl.Int32),
        game=pl.Series(games(n_games) * n_people),
    )
    met = rng.uniform(size=len(table)) < np.repeat(rng.uniform(share / 2, share, n_people), n_games)
    met = met if share < 1 else np.ones(len(table), dtype=bool)
    rows = np.flatnonzero(met)
    return table[rows], np.tile(rate, n_people)[rows], np.tile(theory, n_people)[rows]


def counted(table: pl.DataFrame) -> pl.DataFrame:
    """The same choices as counts for each game."""
    groups = table.group_by("game", maintain_order=True).agg(
        pl.col("choice").eq(0).mean().alias("rate"), pl.len().alias("n")
    )
    out = rates(len(groups), rng=np.random.default_rng(0)).with_columns(
        target=pl.lit(0, pl.Int32),
        game=groups["game"],
        choice_rate=pl.Series([[r, 1 - r] for r in groups["rate"]]),
        n_choices=groups["n"].cast(pl.Int32),
    )
    return check(out, Decision, where="test")


def both(p: np.ndarray, n_options: int = 2) -> np.ndarray:
    """Probabilities of all options for a target probability."""
    rest = (1 - p) / (n_options - 1)
    return np.column_stack([p, *[rest] * (n_options - 1)])


def weights(result: pl.DataFrame, name: str, **filters: object) -> tuple[dict, dict]:
    """Return the rows of both weights."""
    wanted = {"slice": "theory=nash", **filters}
    people, theory = (
        value(result, metric, name, **wanted) for metric in ("human_weight", "normative_weight")
    )
    return people, theory


@pytest.mark.parametrize("n_options", [2, 3, 5])
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_who_knows_peoples_rates_follows_people_and_not_the_theory(
    n_options: int, share: float
) -> None:
    """Weights of 1 and 0 lie inside the intervals for single choices, and near the estimates."""
    rng = np.random.default_rng(n_options)
    table, rate, theory = planted(60, rng, n_options=n_options, share=share)
    predicted = pl.concat(
        [
            scores(table, "people", rng=rng, probs=both(rate, n_options)),
            scores(table, "nash", rng=rng, probs=both(theory, n_options)),
            scores(table, "mixed", rng=rng, probs=both(0.2 + 0.4 * rate + 0.3 * theory, n_options)),
            history_scores(table, boosted=False),
        ]
    )
    result = normative_bias(table, predicted, "nash", comparisons=[("mixed", "people")])
    for name, truth, filters in (
        ("people", (1, 0), {}),
        ("mixed", (0.4, 0.3), {}),
        ("history_saturated", (1, 0), {}),
        ("mixed", (-0.6, 0.3), {"reference_id": "people"}),
    ):
        for row, true in zip(weights(result, name, **filters), truth, strict=True):
            assert row["estimate"] == pytest.approx(true, abs=0.15)
            assert row["ci_low"] - 0.02 < true < row["ci_high"] + 0.02
            assert "reliability" in row["note"]
            assert row["p_value"] is not None


def test_counts_and_single_choices_give_the_same_weights() -> None:
    """The same choices as counts lead to the same numbers, but for what people have in common."""
    rng = np.random.default_rng(7)
    table, rate, theory = planted(60, rng)
    few = counted(table)
    found = []
    for own, p, q in ((table, rate, theory), (few, rate[:N_GAMES], theory[:N_GAMES])):
        predicted = pl.concat(
            [
                scores(own, "people", rng=rng, probs=both(p)),
                scores(own, "nash", rng=rng, probs=both(q)),
            ]
        )
        found.append(weights(normative_bias(own, predicted, "nash"), "people"))
    for single, count in zip(*found, strict=True):
        assert single["estimate"] == pytest.approx(count["estimate"], abs=0.03)
        assert count["ci_low"] < single["estimate"] < count["ci_high"]
    assert found[1][0]["unit"] == "row"


def test_weights_are_right_on_average_and_covered_for_few_people() -> None:
    """Over many small studies neither weight is attenuated, and intervals hold the truth."""
    rng = np.random.default_rng(8)
    estimates, covered = [], []
    for _ in range(40):
        table, rate, theory = planted(20, rng)
        predicted = pl.concat(
            [
                scores(table, "m", rng=rng, probs=both(0.1 + 0.5 * rate + 0.3 * theory)),
                scores(table, "nash", rng=rng, probs=both(theory)),
            ]
        )
        rows = weights(normative_bias(table, predicted, "nash"), "m")
        if rows[0]["estimate"] is None:
            continue
        estimates.append([row["estimate"] for row in rows])
        covered.append(
            [
                row["ci_low"] < true < row["ci_high"]
                for row, true in zip(rows, (0.5, 0.3), strict=True)
            ]
        )
    assert len(estimates) > 30
    error = np.std(estimates, axis=0, ddof=1) / len(estimates) ** 0.5
    assert (np.abs(np.mean(estimates, axis=0) - [0.5, 0.3]) < 3.5 * error).all()
    assert (np.mean(covered, axis=0) > 0.88).all()


def test_products_without_a_person_equal_those_of_a_table_without_the_person() -> None:
    """Leaving out in closed form is leaving out rows, for people, situations and cells."""
    rng = np.random.default_rng(9)
    table, rate, theory = planted(9, rng, n_games=6, share=0.9)
    predicted = pl.concat(
        [scores(table, name, rng=rng, probs=both(p)) for name, p in (("m", rate), ("nash", theory))]
    )
    panel = build_panels(table, predicted)[0]
    codes = panel.decisions["game"].rank("dense").to_numpy().astype(np.int64) - 1
    model, prescribed = panel.whole.target_prob

    def data(rows: np.ndarray) -> RepeatedChoices:
        return RepeatedChoices.of(panel, codes, model, prescribed, rows)

    everything = np.ones(len(codes), dtype=bool)
    whole = data(everything)
    assert whole.kept.all()
    for person, situation in ((0, None), (None, 2), (3, 1)):
        gone = everything.copy()
        if person is not None:
            gone &= panel.units.codes == person
        if situation is not None:
            gone &= codes == situation
        assert gone.any()
        direct = data(~gone).whole()
        if person is None:
            fast, place = whole.without_situations(), situation
        elif situation is None:
            fast, place = whole.without_people(), person
        else:
            fast = whole.without_cells()
            place = np.flatnonzero((whole.person == person) & (whole.situation == situation))[0]
        for name in direct._fields:
            assert getattr(fast, name)[place] == pytest.approx(getattr(direct, name), abs=1e-10)


def test_the_squared_rate_pairs_different_people_only() -> None:
    """The product free of error equals a loop over all pairs of different people."""
    rng = np.random.default_rng(10)
    table, rate, _ = planted(7, rng, n_games=5)
    predicted = scores(table, "m", rng=rng, probs=both(rate))
    panel = build_panels(table, predicted)[0]
    codes = panel.decisions["game"].rank("dense").to_numpy().astype(np.int64) - 1
    model = panel.whole.target_prob[0]
    found = RepeatedChoices.of(panel, codes, model, model, np.ones(len(codes), bool)).whole()
    y = np.array([panel.human[codes == code] for code in range(5)])
    pairs = [(i, j) for i in range(7) for j in range(7) if i != j]
    within = 7 * sum(np.mean([row[i] * row[j] for i, j in pairs]) for row in y)
    across = np.mean([y[s, i] * y[u, j] for s in range(5) for u in range(5) for i, j in pairs])
    assert found.pp == pytest.approx(within - 35 * across)


def test_a_situation_that_occurs_once_leaves_the_question_without_an_answer() -> None:
    """With a history of one's own nobody else can be asked."""
    rng = np.random.default_rng(11)
    table, rate, theory = planted(20, rng)
    alone = table.with_columns(
        game=pl.Series(games(len(table))),
    )
    predicted = pl.concat(
        [scores(alone, n, rng=rng, probs=both(p)) for n, p in (("m", rate), ("nash", theory))]
    )
    for row in weights(normative_bias(alone, predicted, "nash"), "m"):
        assert (row["estimate"], row["ci_low"], row["p_value"]) == (None, None, None)
        assert "cannot be answered" in row["note"]


def test_rates_that_are_all_chance_are_not_corrected_for_it() -> None:
    """Where people choose alike in every situation there is nothing to follow."""
    rng = np.random.default_rng(12)
    table, rate, theory = planted(20, rng)
    table = table.with_columns(choice=pl.Series(rng.integers(2, size=len(table)), dtype=pl.Int32))
    predicted = pl.concat(
        [scores(table, n, rng=rng, probs=both(p)) for n, p in (("m", rate), ("nash", theory))]
    )
    row = weights(normative_bias(table, predicted, "nash"), "m")[0]
    assert row["estimate"] is None
    assert "reliability" in row["note"]


def test_constants_and_twins_have_no_weights_and_say_why() -> None:
    """A base rate, a theory that never varies, and one that says what people do."""
    rng = np.random.default_rng(13)
    table, rate, theory = planted(40, rng)
    flat = both(np.full(len(table), 0.5) + 1e-9 * rng.normal(size=len(table)))
    named = {"m": rng.uniform(size=len(table)), "nash": theory, "flat": flat[:, 0], "twin": rate}
    predicted = pl.concat(
        [
            *(scores(table, name, rng=rng, probs=both(p)) for name, p in named.items()),
            base_rate_scores(table),
        ]
    )
    for name, towards, words in (
        ("base_rate", "nash", "predictor's probabilities do not vary"),
        ("flat", "nash", "predictor's probabilities do not vary"),
        ("m", "flat", "theory's predictions do not vary"),
        ("m", "twin", "cannot be told apart"),
    ):
        result = normative_bias(table, predicted, towards)
        for metric in ("human_weight", "normative_weight"):
            row = value(result, metric, name, slice=f"theory={towards}")
            assert (row["estimate"], row["ci_low"], row["p_value"]) == (None, None, None)
            assert words in row["note"]


def test_few_people_are_too_few() -> None:
    """Three people measure each other, but nothing is said of others."""
    rng = np.random.default_rng(14)
    table, rate, theory = planted(4, rng)
    predicted = pl.concat(
        [scores(table, n, rng=rng, probs=both(p)) for n, p in (("m", rate), ("nash", theory))]
    )
    row = weights(normative_bias(table, predicted, "nash"), "m")[0]
    assert "too few people" in row["note"]


def test_normative_bias_of_an_unscored_theory_is_refused() -> None:
    """The name is checked first."""
    rng = np.random.default_rng(15)
    table, rate, _ = planted(6, rng)
    predicted = scores(table, "m", rng=rng, probs=both(rate))
    with pytest.raises(AnalysisError, match="unknown predictor"):
        normative_bias(table, predicted, "nsh")
