"""Responders who think to the end: bargaining, negotiation, known moves, ties."""

import polars as pl
import pytest

from silicus.errors import DataError, StudyError
from silicus.theory.subgame_perfect import SubgamePerfect
from tests.theory.contract import TheoryContract
from tests.theory.tables import (
    bargaining,
    chance,
    contribution,
    decision,
    event,
    negotiation,
    symmetric,
    table,
    ultimatum,
)

ACCEPT, REJECT = (1, 0), (0, 1)


class TestSubgamePerfect(TheoryContract):
    name = "subgame_perfect"
    kinds = ("bargaining", "ultimatum", "negotiation", "contribution")


class TestAsIfComplete(TheoryContract):
    name = "subgame_perfect_as_if_complete"
    kinds = ("bargaining", "ultimatum", "negotiation", "contribution")


def answer(game, amount, round=1, theory=None):
    row = decision(game, round=round, history=[event(round, "other", "offer", amount=amount)])
    return chance(theory or SubgamePerfect(), row)[0]


def test_bargaining_when_there_is_no_end_accepts_from_rubinsteins_share():
    """Rubinstein 1982: with discounts .9 the responder accepts 47.37 of 100 and more."""
    assert answer(bargaining(), 47.3) == REJECT
    assert answer(bargaining(), 47.4) == ACCEPT


def test_bargaining_when_discounts_differ_uses_both():
    """d_own (1 - d_other) / (1 - d_own d_other): .643 for a patient, .357 for an impatient one."""
    patient = bargaining(own_discount=0.9, other_discount=0.8)
    hasty = bargaining(own_discount=0.8, other_discount=0.9)
    assert (answer(patient, 64.2), answer(patient, 64.4)) == (REJECT, ACCEPT)
    assert (answer(hasty, 28.5), answer(hasty, 28.6)) == (REJECT, ACCEPT)


def test_bargaining_when_the_limit_was_told_counts_the_rounds_left():
    """In the last round anything goes; one before, own discount; a limit not told is no limit."""
    told = bargaining(max_rounds=12, limit_told=True)
    assert answer(told, 0.1, round=12) == ACCEPT
    assert (answer(told, 89.9, round=11), answer(told, 90.1, round=11)) == (REJECT, ACCEPT)
    assert (answer(told, 8.9, round=10), answer(told, 9.1, round=10)) == (REJECT, ACCEPT)
    assert answer(bargaining(max_rounds=12), 47.3, round=12) == REJECT


def test_bargaining_when_all_are_patient_needs_a_limit():
    """Without discounting the last proposer gets all; without an end anything is possible."""
    patient = {"own_discount": 1, "other_discount": 1}
    row = decision(bargaining(**patient), history=[event(1, "other", "offer", amount=50)])
    assert not SubgamePerfect().applies(table(row)).any()
    told = bargaining(**patient, max_rounds=12, limit_told=True)
    assert answer(told, 99, round=1) == REJECT
    assert answer(told, 1, round=2) == ACCEPT


def test_bargaining_when_the_others_discount_is_unknown_abstains_unless_told_to_assume():
    """Incomplete information has many equilibria: no prediction by default."""
    game = bargaining(complete_information=False)
    row = decision(game, history=[event(1, "other", "offer", amount=60)])
    assert not SubgamePerfect().applies(table(row)).any()
    assert answer(game, 60, theory=SubgamePerfect("as_if_complete")) == ACCEPT


def test_ties_when_an_offer_is_worth_waiting_for_follow_the_setting():
    """Exactly the cut-off shares the probability, or is accepted or rejected where so asked."""
    cut = 100 * 0.9 / 1.9
    for tie, expected in (("half", (0.5, 0.5)), ("accept", ACCEPT), ("reject", (0, 1))):
        theory = SubgamePerfect(tie=tie)
        assert answer(bargaining(), cut, theory=theory) == expected
        assert chance(theory, decision(ultimatum(0.0))) == [expected]
        assert chance(theory, decision(ultimatum(0.01))) == [ACCEPT]
        assert answer(bargaining(), cut + 1, theory=theory) == ACCEPT
    assert chance(SubgamePerfect(), decision(ultimatum(0.0))) == [(0.5, 0.5)]


@pytest.mark.parametrize(
    ("role", "round", "price", "expected"),
    [
        ("seller", 2, 101, (1, 0, 0)),
        ("seller", 2, 99, (0, 0.5, 0.5)),
        ("buyer", 1, 119, (0, 1, 0)),
        ("buyer", 1, 101, (0, 1, 0)),
        ("buyer", 1, 100, (0.5, 0.5, 0)),
        ("buyer", 9, 101, (0, 1, 0)),
    ],
)
def test_negotiation_when_the_buyer_proposes_last_gives_the_buyer_all(role, round, price, expected):
    """Ten rounds, the seller first: the buyer proposes last and pays no more than the seller's
    value; the seller accepts whatever is above it, and at the tie either answer is as good."""
    own, other = (100, 120) if role == "seller" else (120, 100)
    game = negotiation(role=role, own_value=own, other_value=other)
    assert answer(game, price, round=round) == expected


def test_negotiation_when_trade_has_no_gains_takes_only_what_beats_own_value():
    """Where the seller values it more, only a mistaken price is accepted."""
    game = negotiation(own_value=80, other_value=100)
    assert answer(game, 90) == (0, 0.5, 0.5)
    assert answer(game, 70) == (1, 0, 0)
    assert answer(game, 80) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    hidden = decision(negotiation(complete_information=False))
    assert not SubgamePerfect().applies(table(hidden)).any()
    endless = decision(negotiation(limit_told=False))
    assert not SubgamePerfect().applies(table(endless)).any()


def test_second_mover_when_the_others_move_is_known_replies_best():
    """A coordination game with a known move is matched; equal replies share the probability."""
    game = symmetric(((3, 0), (0, 2)), sequential=True)
    rows = [decision(game, history=[event(1, "other", "move", move)]) for move in "AB"]
    assert chance(SubgamePerfect(), *rows) == [ACCEPT, REJECT]
    flat = symmetric(((1, 0), (1, 2)), sequential=True)
    row = decision(flat, history=[event(1, "other", "move", "A")])
    assert chance(SubgamePerfect(), row) == [(0.5, 0.5)]
    assert not SubgamePerfect().applies(table(decision(symmetric(((3, 0), (0, 2)))))).any()


def test_contribution_when_the_partner_has_given_keeps_the_money():
    """A selfish second mover gives nothing."""
    assert chance(SubgamePerfect(), decision(contribution())) == [(0, 1)]


def test_answer_when_there_is_no_offer_names_the_decision():
    """A history without an offer of this round is a fault of the loader."""
    early = decision(bargaining(), round=3, history=[event(1, "other", "offer", amount=50)])
    with pytest.raises(
        DataError, match='decision d00000: round 3 of a bargaining game has no "offer"'
    ):
        SubgamePerfect().predict(table(early))


def test_settings_when_unknown_are_refused():
    """A mistyped assumption names what there is."""
    with pytest.raises(StudyError, match="'abstain', 'as_if_complete'"):
        SubgamePerfect("guess")


def test_predict_when_offers_differ_gives_a_score_row_each():
    """Options keep their order in the Score table."""
    rows = [decision(ultimatum(share)) for share in (0.1, 0.5)]
    scores = SubgamePerfect().predict(table(*rows))
    assert scores.filter(pl.col("option") == 0)["option_prob"].to_list() == [1, 1]
    assert scores.filter(pl.col("option") == 1)["logprob"].to_list() == [float("-inf")] * 2


class TestAcceptTies(TheoryContract):
    name = "subgame_perfect_accept"
    kinds = ("bargaining", "ultimatum", "negotiation", "contribution")


class TestRejectTies(TheoryContract):
    name = "subgame_perfect_reject"
    kinds = ("bargaining", "ultimatum", "negotiation", "contribution")
