"""Nash equilibrium against printed equilibria, and its behaviour in degenerate games."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import DataError, StudyError
from silicus.theory import theory_named
from silicus.theory.nash import Nash, describe, equilibria
from silicus.theory.strategic import payoffs
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, dilemma, matrix, moves, symmetric, table

ELEVEN_TO_TWENTY = symmetric(
    [[mine + 20 * (mine == theirs - 1) for theirs in range(11, 21)] for mine in range(11, 21)]
)
"""Arad and Rubinstein (2012): ask for 11 to 20, and 20 more for exactly one less than the other."""

CHICKEN = symmetric(((0, 7), (2, 6)))


class TestNash(TheoryContract):
    name = "nash"
    kinds = ("matrix",)


class TestNashAll(TheoryContract):
    name = "nash_all"
    kinds = ("matrix",)


class TestNashPure(TheoryContract):
    name = "nash_pure"
    kinds = ("matrix",)


def test_equilibria_when_the_game_is_eleven_to_twenty_hold_the_printed_one():
    """Arad and Rubinstein 2012, Table 1: 15 to 20 with 25, 25, 20, 15, 10 and 5 percent."""
    printed = (0, 0, 0, 0, 0.25, 0.25, 0.20, 0.15, 0.10, 0.05)
    alike = [row for row, column in equilibria(ELEVEN_TO_TWENTY).profiles if row == column]
    assert alike == [pytest.approx(printed)]


def test_equilibria_when_the_game_is_oneills_is_the_printed_mixture():
    """O'Neill 1987, p. 2107: the joker with probability .4, each number with .2."""
    wins = np.ones((4, 4)) - np.eye(4)
    wins[3], wins[:, 3] = 0, 0
    wins[3, 3] = 1
    game = matrix(wins.tolist(), (1 - wins).tolist())
    found = equilibria(game)
    assert found.profiles == (((0.2, 0.2, 0.2, 0.4), (0.2, 0.2, 0.2, 0.4)),)
    assert not found.degenerate


def test_selection_when_there_are_several_follows_the_rule():
    """Chicken has two pure equilibria and one mixed; each rule takes its own."""
    row = decision(CHICKEN)
    mixed = (1 / 3, 2 / 3)
    assert chance(Nash(), row) == [pytest.approx(mixed)]
    assert chance(Nash("pure"), row) == [pytest.approx((0.5, 0.5))]
    assert chance(Nash("all"), row) == [pytest.approx((4 / 9, 5 / 9))]


def test_selection_when_the_equilibrium_is_unique_makes_no_difference():
    """In the prisoner's dilemma every rule defects."""
    for rule in ("mixed", "pure", "all"):
        assert chance(Nash(rule), decision(dilemma())) == [(0, 1)]


def test_pure_selection_when_there_is_no_pure_equilibrium_abstains():
    """Matching pennies has no pure equilibrium: the pure rule says nothing, the mixed one half."""
    pennies = decision(matrix(((1, 0), (0, 1)), ((0, 1), (1, 0))))
    assert not Nash("pure").applies(table(pennies)).any()
    assert Nash("pure").predict(table(pennies)).is_empty()
    assert chance(Nash(), pennies) == [(0.5, 0.5)]


def test_describe_when_a_game_is_degenerate_says_so():
    """gambit#1023, nashpy#57: games with a continuum of equilibria are marked, not hidden."""
    flat = decision(matrix(((1, 1), (1, 1)), ((0, 1), (1, 0))))
    weak = decision(matrix(((1, 1), (1, 0)), ((1, 1), (1, 0))))
    known = describe(table(flat, weak, decision(CHICKEN)))
    assert known["degenerate"].to_list() == [True, True, False]
    assert known.select("n_pure", "n_mixed").row(2) == (2, 1)


def test_nash_when_moves_are_flipped_uses_expected_payoffs():
    """A flip of each move by chance e mixes the payoffs; at one half nothing matters any more."""
    own, _ = payoffs(dilemma(noise=0.25))
    intended = 0.75 * 0.75 * 8 + 0.75 * 0.25 * 0 + 0.25 * 0.75 * 10 + 0.25 * 0.25 * 5
    assert own[0, 0] == pytest.approx(intended)
    assert equilibria(dilemma(noise=0.5)).degenerate
    three = symmetric(np.eye(3).tolist(), noise=0.1)
    with pytest.raises(DataError, match="only defined for two actions"):
        Nash().predict(table(decision(three)))


def test_nash_when_the_others_move_is_known_abstains():
    """Sequential games are for subgame perfection."""
    game = symmetric(((8, 0), (10, 5)), sequential=True)
    assert not Nash().applies(table(decision(game))).any()


def test_nash_when_repeated_is_the_stage_game_whatever_happened():
    """History does not enter."""
    rows = [decision(dilemma(), round=3, history=moves(own, "AB")) for own in ("AA", "BB")]
    assert chance(Nash(), *rows) == [(0, 1), (0, 1)]


def test_nash_when_the_rule_is_unknown_names_the_rules():
    """A mistyped selection is refused."""
    with pytest.raises(StudyError, match="must be one of 'mixed', 'pure', 'all'"):
        Nash("mixd")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=8, max_size=8), st.integers(1, 9), st.integers(-5, 5))
def test_equilibria_when_found_are_mutual_best_replies(cells, scale, shift):
    """No one gains by deviating, and an affine change of payoffs changes nothing."""
    own, other = np.reshape(cells[:4], (2, 2)), np.reshape(cells[4:], (2, 2))
    found = equilibria(matrix(own.tolist(), other.tolist()))
    assert found.profiles
    for row, column in found.profiles:
        worth, other_worth = own @ np.array(column), np.array(row) @ other
        assert np.array(row) @ worth == pytest.approx(worth.max())
        assert np.array(column) @ other_worth == pytest.approx(other_worth.max())
    changed = equilibria(matrix((own * scale + shift).tolist(), other.tolist()))
    assert changed.profiles == found.profiles
    assert changed.degenerate == found.degenerate


def test_nash_when_thousands_of_decisions_share_games_computes_each_once():
    """5,000 decisions of 50 games take well under the time of 5,000 computations."""
    rng = np.random.default_rng(0)
    games = [matrix(*rng.integers(1, 50, (2, 2, 2)).tolist()) for _ in range(50)]
    decisions = table(*(decision(games[index % 50]) for index in range(5000)))
    scores = Nash().predict(decisions)
    assert scores.height == 10_000
    first = scores.head(100)["option_prob"]
    assert scores.slice(100, 100)["option_prob"].equals(first)
    assert scores.select(pl.col("option_prob").is_nan().any()).item() is False


@pytest.mark.parametrize("name", ["symmetric", "payoff_dominant", "risk_dominant"])
def test_named_rules_when_made_have_their_names(name):
    """A selection rule is a theory of its own name in a study, and abstains only with a reason."""
    theory = theory_named(f"nash_{name}")
    assert theory == Nash(name)
    assert theory.predictor_id == f"nash_{name}"


ONLY_SYMMETRIC = symmetric([[0, 3, 3], [5, 0, 1], [4, 2, 0]])
"""Its only symmetric equilibrium is a third each; asymmetric ones stand beside it."""


@pytest.mark.parametrize("turned", [False, True])
def test_symmetric_games_when_both_could_be_either_get_the_symmetric_equilibrium(turned):
    """A third each, not the mean with mixtures that only one of two equal players can play; also
    where the other's payoffs are in another unit, and actions of other names in another order."""
    game = ONLY_SYMMETRIC
    if turned:
        game = game.model_copy(
            update={
                "other_actions": ("z", "x", "y"),
                "own": tuple((row[2], row[0], row[1]) for row in game.own),
                "other": tuple(
                    tuple(5 + 2 * x for x in (row[2], row[0], row[1])) for row in game.other
                ),
            }
        )
    third = pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert chance(Nash(), decision(game)) == [third]
    assert chance(Nash("symmetric"), decision(game)) == [third]
    assert chance(Nash("mean"), decision(game)) == chance(Nash("all"), decision(game)) != [third]


def test_symmetric_rule_when_the_game_is_not_symmetric_abstains_and_says_so():
    """An asymmetric game has no symmetric play; the sentence counts such decisions."""
    lopsided = decision(matrix(((3, 0), (2, 1)), ((1, 2), (3, 0))))
    rows = table(lopsided, decision(CHICKEN))
    assert Nash("symmetric").applies(rows).to_list() == [False, True]
    assert "abstains from 1 of 2 decisions (1: the game is not symmetric)" in (
        Nash("symmetric").silence(rows)
    )


def test_dominance_when_stag_hunt_is_played_takes_stag_or_hare():
    """Harsanyi and Selten 1988, section 3.9: their stag hunt (9 and 8, 7) is payoff dominated by
    the risky equilibrium and risk dominated by the safe one."""
    hunt = decision(symmetric(((9, 0), (8, 7))))
    assert chance(Nash("payoff_dominant"), hunt) == [(1, 0)]
    assert chance(Nash("risk_dominant"), hunt) == [(0, 1)]
    assert chance(Nash(), hunt) == [pytest.approx((7 / 8, 1 / 8))]


def test_dominance_when_the_sexes_fight_has_no_winner():
    """Battle of the sexes: no equilibrium is best for both, and equal risks leave the mixed one."""
    battle = decision(matrix(((2, 0), (0, 1)), ((1, 0), (0, 2))))
    assert not Nash("payoff_dominant").applies(table(battle)).any()
    assert "best for both" in Nash("payoff_dominant").silence(table(battle))
    assert chance(Nash("risk_dominant"), battle) == [pytest.approx((2 / 3, 1 / 3))]


def test_risk_dominance_when_there_is_one_equilibrium_takes_it_and_in_larger_games_abstains():
    """The rule is defined for two strict pure equilibria of two-by-two games."""
    assert chance(Nash("risk_dominant"), decision(dilemma())) == [(0, 1)]
    large = decision(symmetric(((2, 0, 0), (0, 3, 0), (0, 0, 4))))
    assert not Nash("risk_dominant").applies(table(large)).any()
    assert chance(Nash("payoff_dominant"), large) == [(0, 0, 1)]


class TestNashSymmetric(TheoryContract):
    name = "nash_symmetric"
    kinds = ("matrix",)


class TestNashPayoffDominant(TheoryContract):
    name = "nash_payoff_dominant"
    kinds = ("matrix",)


class TestNashRiskDominant(TheoryContract):
    name = "nash_risk_dominant"
    kinds = ("matrix",)
