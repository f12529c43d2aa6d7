"""The best theory: chosen by cross-validation among training people, never by those predicted."""

import numpy as np
import polars as pl
import pytest

from silicus import plugins
from silicus.errors import AnalysisError
from silicus.theory import cross_fit, theory_named
from silicus.theory.best import BEST, RIVALS, BestTheory, chosen, noisy_name
from tests.theory.contract import TheoryContract
from tests.theory.tables import decision, dilemma, lotteries, moves, symmetric, table


class TestBestTheory(TheoryContract):
    name = "best_theory"
    kinds = (
        "matrix",
        "ultimatum",
        "lottery",
        "bargaining",
        "negotiation",
        "issues",
        "persuasion",
        "contribution",
    )


def repeated(copying: str, n_people: int, seed: int, first: int = 0) -> pl.DataFrame:
    """Return people who mostly copy the other's last move (``"other"``) or their own."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(first, first + n_people):
        own, other = "", ""
        for turn in range(1, 9):
            last = (other if copying == "other" else own)[-1:] or "A"
            move = last if rng.random() < 0.9 else "AB"[last == "A"]
            rows.append(
                decision(
                    dilemma(),
                    participant_id=f"p{person:03d}",
                    play_id=f"g{person:03d}",
                    decision_id=f"{person:03d}/{turn}",
                    round=turn,
                    history=moves(own, other),
                    choice="AB".index(move),
                )
            )
            own, other = own + move, other + rng.choice(["A", "B"])
    return table(*rows)


def test_fit_when_people_follow_one_theory_chooses_it():
    """The planted theory is the choice of every fold."""
    for copying, name in (("other", "tit_for_tat_tremble"), ("own", "repeat_last_tremble")):
        people = repeated(copying, 20, seed=1)
        rival = BestTheory(only=("nash", "tit_for_tat", "repeat_last", "win_stay"))
        found = cross_fit(rival, people, rng=np.random.default_rng(2))
        picked = {
            text for text in found.parameters["parameter"].to_list() if text.startswith("chosen/")
        }
        assert picked == {f"chosen/{name}"}


def test_fit_when_a_theory_wins_only_on_those_predicted_does_not_choose_it():
    """People who are not in training follow another theory: it predicts them better, unchosen."""
    training = repeated("other", 20, seed=3)
    predicted = repeated("own", 20, seed=4, first=20)
    candidates = ("tit_for_tat_tremble", "repeat_last_tremble")
    fitted = BestTheory(only=candidates).fit(training)
    assert set(fitted.chosen.values()) == {"tit_for_tat_tremble"}
    loss = {}
    for theory in (fitted, theory_named("repeat_last_tremble").fit(training)):
        taken = theory.predict(predicted).join(
            predicted.select("decision_id", pl.col("choice").alias("option")),
            on=["decision_id", "option"],
        )
        loss[theory.predictor_id] = -taken["logprob"].mean()
    assert loss["repeat_last_tremble"] < loss[BEST] - 0.1


def test_cross_fit_when_the_predicted_people_had_chosen_otherwise_is_the_same_for_them():
    """Flipping all choices of one fold's people leaves their own predictions as they were."""
    people = repeated("other", 15, seed=5)
    rival = BestTheory(only=("tit_for_tat", "repeat_last", "win_stay"))
    before = cross_fit(rival, people, rng=np.random.default_rng(6)).scores
    units = people["participant_id"].unique(maintain_order=True)
    fold = pl.Series(np.random.default_rng(6).permutation(len(units)) % 5)
    mine = people["participant_id"].is_in(units.filter(fold == 0).implode())
    flipped = people.with_columns(
        choice=pl.when(mine).then(1 - pl.col("choice")).otherwise(pl.col("choice"))
    )
    after = cross_fit(rival, flipped, rng=np.random.default_rng(6)).scores
    own = pl.col("decision_id").is_in(people.filter(mine)["decision_id"].implode())
    assert after.filter(own).equals(before.filter(own))
    assert not after.filter(~own).equals(before.filter(~own))


def test_fit_when_some_abstain_chooses_apart_where_they_do():
    """Ambiguous lotteries, from which theories of risk abstain, leave the others their choice."""
    told = lotteries([(3, 1)], [(4, 0.8), (0, 0.2)])
    hidden = told.model_copy(update={"ambiguous": (False, True)})
    rows = [
        decision(game, participant_id=f"p{i}", choice=int(i % 3 == 0))
        for i in range(12)
        for game in (told, hidden)
    ]
    fitted = BestTheory(only=("expected_value", "expected_utility")).fit(table(*rows))
    assert fitted.applies(table(*rows)).to_list() == [True, False] * 12
    assert len(fitted.chosen) == 1


def test_fit_when_a_candidate_cannot_be_fitted_goes_on_with_the_others():
    """A candidate that has nothing to fit on is told in the note and left out."""
    flat = decision(lotteries([(3, 1)], [(3, 1)]))
    people = table(*(flat | {"participant_id": f"p{i}", "choice": i % 2} for i in range(9)))
    fitted = BestTheory(only=("cpt_fitted_logit", "expected_value_tremble")).fit(people)
    assert set(fitted.chosen.values()) == {"expected_value_tremble"}
    assert "cpt_fitted_logit is no candidate: theory cpt_fitted_logit" in fitted.estimates.note


def test_fit_when_there_are_two_people_says_that_it_takes_three():
    """A choice among candidates needs people to judge them by."""
    rows = [decision(symmetric(((8, 0), (10, 5)))) | {"participant_id": f"p{i}"} for i in range(2)]
    with pytest.raises(AnalysisError, match=r"no candidate.*needs 3 or more participants"):
        BestTheory(only=("qre_range", "cognitive_hierarchy")).fit(table(*rows))


def test_candidates_when_a_theory_rules_options_out_are_its_noisy_form():
    """No candidate can be ruined by one slip, and none is a learning machine."""
    also = ("nash_pure", "cpt", "history_logit", "level_k_2", BEST)
    candidates = BestTheory(also=also).candidates
    assert not any(theory.deterministic or theory.learnt for theory in candidates.values())
    assert {"nash_pure_tremble", "cpt_tremble", "level_k_2_tremble"} <= set(candidates)
    assert BEST not in candidates
    assert set(RIVALS) <= set(candidates)


@pytest.mark.parametrize("name", sorted(plugins.BUILT_IN["theories"]))
def test_noisy_name_when_given_any_theory_is_one_without_zeros(name):
    """Every deterministic theory has a registered noisy form."""
    assert not theory_named(noisy_name(name)).deterministic


def test_chosen_when_told_counts_the_folds_by_data_set():
    """The sentence says which theory was chosen where, most often first."""
    rows = [
        ("a", 0, "chosen/x"),
        ("a", 1, "chosen/x"),
        ("a", 2, "chosen/y"),
        ("a", 2, "log_loss/y"),
        ("b", 0, "1/chosen/z"),
    ]
    found = pl.DataFrame(rows, schema=["dataset", "fold", "parameter"], orient="row")
    assert (
        chosen(found)
        == "a: chosen x in 2 of 3 folds, y in 1 of 3 folds; b: chosen z in 1 of 1 folds"
    )
