"""Theories of repeated games: memory-one rules as printed, and a regression that learns them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import AnalysisError, DataError, StudyError
from silicus.terms import event
from silicus.theory import cross_fit, theory_named
from silicus.theory.history_logit import FEATURES, HistoryLogit, features
from silicus.theory.past import last_moves
from silicus.theory.repeat_last import RepeatLast
from silicus.theory.tit_for_tat import TitForTat
from silicus.theory.win_stay import WinStay
from tests.prompts.cases import repeated
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, dilemma, matrix, moves, table


class TestRepeatLast(TheoryContract):
    name = "repeat_last"
    kinds = ("matrix",)


class TestTitForTat(TheoryContract):
    name = "tit_for_tat"
    kinds = ("matrix",)


class TestWinStay(TheoryContract):
    name = "win_stay"
    kinds = ("matrix",)


class TestHistoryLogit(TheoryContract):
    name = "history_logit"
    kinds = ("matrix",)


def after(own, other, game=None, **more):
    game = game or dilemma()
    return decision(game, round=len(own) + 1, history=moves(own, other), **more)


@pytest.mark.parametrize(
    ("theory", "rule"),
    [(RepeatLast(), (1, 1, 0, 0)), (TitForTat(), (1, 0, 1, 0)), (WinStay(), (1, 0, 0, 1))],
)
def test_rule_when_written_as_cooperation_after_cc_cd_dc_dd_is_the_printed_one(theory, rule):
    """Nowak and Sigmund 1993, p. 56: tit for tat is (1, 0, 1, 0), Pavlov (1, 0, 0, 1)."""
    rows = [after(own, other) for own in "AB" for other in "AB"]
    assert tuple(first for first, _ in chance(theory, *rows)) == rule


@pytest.mark.parametrize(
    ("theory", "first"), [(RepeatLast(), (0.5, 0.5)), (TitForTat(), (1, 0)), (WinStay(), (1, 0))]
)
def test_rule_when_nothing_has_happened_opens_as_documented(theory, first):
    """Tit for tat and Pavlov open with cooperation, habit has nothing to repeat; without a
    cooperative action all are even."""
    assert chance(theory, decision(dilemma())) == [first]
    plain = matrix(((10, 0), (0, 7)), ((7, 0), (0, 10)), n_rounds=10)
    assert chance(theory, decision(plain)) == [(0.5, 0.5)]


def test_repeat_last_when_a_model_only_copies_scores_exactly_like_it():
    """A model that gives the own last move all probability has the scores of repeat_last."""
    rng = np.random.default_rng(1)
    rows, copies = [], []
    for _ in range(200):
        n = int(rng.integers(1, 10))
        own, other = ("".join(rng.choice(list("AB"), n)) for _ in range(2))
        rows.append(after(own, other))
        copies.append((float(own[-1] == "A"), float(own[-1] == "B")))
    assert chance(RepeatLast(), *rows) == copies


def test_win_stay_when_there_are_three_actions_shifts_to_each_other_one():
    """A loss moves on evenly."""
    game = matrix(np.eye(3).tolist(), np.eye(3).tolist(), n_rounds=5)
    assert chance(WinStay(), after("A", "B", game), after("A", "A", game)) == [
        (0, 0.5, 0.5),
        (1, 0, 0),
    ]


def test_rules_when_the_game_is_played_once_abstain():
    """A one-shot game has no history to read."""
    once = table(decision(matrix(((8, 0), (10, 5)), ((8, 10), (0, 5)))))
    for name in ("repeat_last", "tit_for_tat", "win_stay", "history_logit"):
        assert not theory_named(name).applies(once).any()


def test_tit_for_tat_when_the_players_actions_differ_abstains():
    """There is nothing to copy where the other has other actions."""
    game = dilemma(other_actions=("X", "Y"))
    assert not TitForTat().applies(table(decision(game))).any()
    assert RepeatLast().applies(table(decision(game))).all()


def test_last_moves_when_moves_of_this_round_are_present_leaves_them_out():
    """The other's move of the same round is the future (or, in sequence, no habit)."""
    row = after("AB", "BB")
    now = moves("ABA", "BBA")[5:]
    leaky = row | {"history": [*row["history"], *now]}
    found = last_moves(table(row, leaky))
    assert found.row(0) == found.row(1) == ("B", "B", 1, 2, 0, 2)


def test_last_moves_when_a_move_is_no_action_names_the_decision():
    """A stray label is a fault of the loader."""
    with pytest.raises(DataError, match=r"decision d00000: the history has the move 'Q' of 'self'"):
        RepeatLast().predict(table(after("Q", "A")))


@settings(deadline=None, max_examples=40)
@given(st.text("AB", min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_last_moves_when_events_are_shuffled_go_by_their_rounds(own, random):
    """The order of events in the list does not matter, their rounds do."""
    other = own[::-1]
    row = after(own, other)
    mixed = list(row["history"])
    random.shuffle(mixed)
    found = last_moves(table(row | {"history": mixed})).row(0, named=True)
    assert (found["own"], found["other"]) == (own[-1], other[-1])
    assert (found["own_first"], found["n_own"]) == (own.count("A"), len(own))


def play(n_people, weights, seed, n_rounds=10):
    """Return plays whose choices follow the regression with these weights."""
    rng = np.random.default_rng(seed)
    rows, own, other = [], [""] * n_people, [""] * n_people
    for _ in range(n_rounds):
        step = [after(own[i], other[i], participant_id=f"p{i}") for i in range(n_people)]
        p = 1 / (1 + np.exp(-features(table(*step)) @ np.array(weights)))
        for i, first in enumerate(rng.random(n_people) < p):
            rows.append(step[i] | {"choice": int(not first)})
            own[i] += "A" if first else "B"
            other[i] += "A" if rng.random() < 0.5 else "B"
    return table(*rows)


def test_history_logit_when_people_follow_one_recovers_its_weights():
    """The weights come back within sampling error, and beat the rule of thumb on new people."""
    truth = {"constant": -0.2, "own_last": 1.2, "other_last": 0.8, "both_last": 0.3}
    weights = [truth.get(name, 0.0) for name in FEATURES]
    people = play(600, weights, seed=2)
    found = HistoryLogit().fit(people).estimates
    assert set(found.values) == {f"game/{name}" for name in FEATURES}
    for name, value in zip(FEATURES, weights, strict=True):
        assert found.values[f"game/{name}"] == pytest.approx(value, abs=0.35), name
    scores = cross_fit(HistoryLogit(), people, rng=np.random.default_rng(0)).scores
    taken = scores.join(
        people.select("decision_id", pl.col("choice").alias("option")), on=["decision_id", "option"]
    )
    assert -taken["logprob"].mean() < 0.62


def test_history_logit_when_a_game_was_not_in_training_is_refused():
    """Weights belong to a game: another game's choices are not guessed."""
    rows = [after("A", "B", participant_id=f"p{i}", choice=i % 2) for i in range(8)]
    fitted = HistoryLogit().fit(table(*rows))
    with pytest.raises(AnalysisError, match="not fitted on any decision of game other"):
        fitted.predict(table(after("A", "B", dilemma(name="other"))))


def test_history_logit_when_all_do_the_same_is_refused():
    """Nothing can be learned from one action alone."""
    rows = [after("A", "B", participant_id=f"p{i}") for i in range(4)]
    with pytest.raises(AnalysisError, match="all training choices are the same action"):
        HistoryLogit().fit(table(*rows))
    with pytest.raises(StudyError, match="penalty is 0"):
        HistoryLogit(0)


def test_win_stay_when_payoffs_changed_then_a_round_is_judged_by_its_own():
    """A move that won in its round is kept, though it would have lost with the payoffs of now."""
    before = {"own": [[9, 9], [0, 0]], "other": [[5, 0], [10, 8]]}
    now = {"own": ((0, 0), (9, 9))}
    row = repeated("FJ", game=now)
    changed = row | {"history": [*row["history"], event(1, before)]}
    assert WinStay().chances(table(row)) == [(0.0, 1.0)]
    assert WinStay().chances(table(changed)) == [(1.0, 0.0)]


def test_last_moves_when_actions_were_renamed_then_they_are_told_in_the_names_of_now():
    """Letters that are drawn anew each round stand for the same actions, by their place."""
    row = repeated("FJ")
    history = [{**one, "action": {"F": "Q", "J": "Z"}[one["action"]]} for one in row["history"]] + [
        event(1, {"options": ["Q", "Z"], "actions": ["Q", "Z"], "other_actions": ["Q", "Z"]})
    ]
    found = last_moves(table(row | {"history": history}))
    assert found.equals(last_moves(table(row)))
