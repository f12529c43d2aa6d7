"""Level-k reasoning in the game made for it, and ties."""

import pytest

from silicus.errors import StudyError
from silicus.theory.level_k import LevelK
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, matrix, symmetric
from tests.theory.test_nash import ELEVEN_TO_TWENTY


class TestLevelK(TheoryContract):
    name = "level_k"
    kinds = ("matrix",)


class TestLevelTwo(TheoryContract):
    name = "level_k_2"
    kinds = ("matrix",)


@pytest.mark.parametrize(("level", "asks"), [(1, 19), (2, 18), (3, 17), (4, 16)])
def test_level_k_when_asked_for_eleven_to_twenty_undercuts_by_one_a_step(level, asks):
    """Arad and Rubinstein 2012, section I: level 1 asks for 19 (also against even choice), level 2
    for 18, level 3 for 17."""
    expected = tuple(float(asks == 11 + index) for index in range(10))
    assert chance(LevelK(level), decision(ELEVEN_TO_TWENTY)) == [expected]


def test_level_zero_when_asked_chooses_evenly():
    """Level 0 does not reason."""
    assert chance(LevelK(0), decision(ELEVEN_TO_TWENTY)) == [pytest.approx((0.1,) * 10)]


def test_level_one_when_two_actions_are_equally_good_shares_the_probability():
    """A tie is split, not broken by the order of actions."""
    tied = symmetric(((3, 1), (1, 3)))
    assert chance(LevelK(1), decision(tied)) == [(0.5, 0.5)]


def test_level_two_when_players_differ_replies_to_the_others_level_one():
    """The other player's payoffs, not one's own, decide what the other does."""
    game = matrix(((4, 0), (3, 3)), ((0, 5), (0, 5)))
    assert chance(LevelK(1), decision(game)) == [(0, 1)]
    assert chance(LevelK(2), decision(game)) == [(0, 1)]
    other_way = matrix(((4, 0), (3, 3)), ((5, 0), (5, 0)))
    assert chance(LevelK(2), decision(other_way)) == [(1, 0)]


def test_level_when_negative_is_refused():
    """Levels count from 0."""
    with pytest.raises(StudyError, match="levels count from 0"):
        LevelK(-1)
