"""A table that crosses a border is what its schema says, or is refused with its first bad row."""

import polars as pl
import pytest

from silicus.errors import DataError
from silicus.games import LotteryChoice, configuration, read_game
from silicus.schema import Decision, check, target_rate

GAME = LotteryChoice(
    lotteries=(({"probability": 1, "payoff": 3},), ({"probability": 1, "payoff": 4},)),
    payoff_unit="dollars",
).model_dump_json()

ROW = {
    "decision_id": "d1",
    "dataset": "made",
    "family": "lottery",
    "participant_id": "p1",
    "session_id": None,
    "play_id": "p1",
    "round": 2,
    "game": GAME,
    "history": [],
    "options": ["A", "B"],
    "target": 0,
    "choice": 1,
    "choice_rate": None,
    "n_choices": 1,
    "n_participants": None,
}


def table(**changes):
    return pl.DataFrame([{**ROW, **changes}], schema=Decision.create_empty().schema)


def event(**changes):
    given = {"round": 1, "actor": "self", "kind": "move", "action": "A"}
    return {**given, "amount": None, "text": None, **changes}


def test_row_when_good_passes():
    """A decision that follows the schema comes back unchanged."""
    assert check(table(), Decision, where="made").equals(table())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"choice": 2}, "choice is among the options"),
        ({"choice": None}, "either choice or choice rate"),
        ({"choice_rate": [0.5, 0.5]}, "either choice or choice rate"),
        ({"choice": None, "choice_rate": [0.5, 0.4], "n_choices": 9}, "choice rate sums to one"),
        ({"choice": None, "choice_rate": [1.0], "n_choices": 9}, "choice rate sums to one"),
        ({"options": ["A", "A"]}, "options are distinct"),
        ({"target": 2}, "target is among the options"),
        ({"family": "poker"}, "family is known"),
        ({"n_choices": 3}, "individual choices count one"),
        ({"history": [event(round=3)]}, "history ends by this round"),
        ({"history": [event(round=2)]}, "own moves in history are of earlier rounds"),
        ({"round": 0}, "round: min"),
    ],
)
def test_row_when_wrong_names_the_rule_and_the_row(changes, rule):
    """A wrong row is refused with the rule it breaks, its decision and the remedy."""
    with pytest.raises(DataError, match=rf"made: 1 of 1 rows break the rule \"{rule}.*d1"):
        check(table(**changes), Decision, where="made")


def test_column_when_missing_is_named():
    """A missing column is named together with what was found."""
    with pytest.raises(DataError, match=r"column\(s\) options missing from the Decision table"):
        check(table().drop("options"), Decision, where="made")


def test_other_players_move_of_this_round_may_be_shown_before():
    """An offer of the same round may stand in the history; an own answer may not."""
    offer = event(round=2, actor="other", kind="offer", action=None, amount=3.0)
    assert len(check(table(history=[offer]), Decision, where="made")) == 1


def test_target_rate_is_the_share_of_the_target_option():
    """Choices and rates give the share of the target option alike."""
    rates = {"choice": None, "choice_rate": [0.25, 0.75], "n_choices": 8}
    both = pl.concat([table(), table(decision_id="d2", **rates)])
    assert target_rate(both).to_list() == [0.0, 0.25]


def test_game_when_not_valid_names_the_field():
    """Game parameters that make no game are refused by field."""
    with pytest.raises(DataError, match=r"d9: game parameters are not valid: lottery"):
        read_game('{"kind": "lottery", "lotteries": [], "payoff_unit": 3}', where="d9")


def test_configuration_gives_one_column_per_scalar_parameter():
    """Scalar game parameters become columns by decision."""
    columns = configuration(table())
    assert columns["payoff_unit"].to_list() == ["dollars"]
    assert columns["decision_id"].to_list() == ["d1"]
