"""One-shot problems in turn: the kind stays typed, so theories apply, and the history is told."""

import polars as pl
import pytest

from silicus import prompts, theory
from silicus.datasets.importing import import_file
from silicus.errors import DataError
from silicus.games import read_game

from .files import told, write

LOTTERIES = """who,trial,win,chance,pick,got
ann,1,10,50,risky,0
ann,2,20,25,safe,4
ann,3,30,10,risky,30
ben,1,20,25,risky,20
"""
LOTTERY = {
    "name": "bets", "title": "Bets in turn", "family": "lottery", "layout": "decisions",
    "columns": {"participant": "who", "round": "trial", "choice": "pick"},
    "choices": {"risky": "risky", "safe": "safe"}, "target": "risky",
    "history": [{"actor": "self", "kind": "payoff", "amount": {"column": "got"}}],
    "game": {
        "kind": "lottery", "payoff_unit": "points",
        "lotteries": [
            [{"probability": {"column": "chance", "scale": 0.01}, "payoff": {"column": "win"}},
             {"probability": {"column": "chance", "scale": 0.01, "one_minus": True}, "payoff": 0}],
            [{"probability": 1, "payoff": 4}],
        ],
    },
}  # fmt: skip

GAMES = """who,game,tt,me,you
ann,1,5,up,left
ann,2,9,down,right
ann,3,7,up,left
"""
MATRIX = {
    "name": "strangers", "title": "Games against strangers", "family": "one_shot_matrix",
    "layout": "decisions", "columns": {"participant": "who", "round": "game", "choice": "me"},
    "choices": {"up": "up", "down": "down"}, "target": "up",
    "history": [{"actor": "other", "kind": "move", "action": {"column": "you"}}],
    "game": {
        "kind": "matrix", "name": "g", "actions": ["up", "down"], "other_actions": ["left",
        "right"], "own": [[3, 0], [{"column": "tt"}, 1]], "other": [[3, 5], [0, 1]],
        "in_series": True,
    },
}  # fmt: skip


def texts(table, **options):
    """Return the prompts, each as one text."""
    found = prompts.write(table, format="plain", **options)["messages"].to_list()
    return [turns[0]["content"] for turns in found]


def test_import_when_lotteries_in_turn_then_typed_and_earlier_ones_are_told(tmp_path):
    """Each problem with its own numbers, the answer and what it paid; nothing of this one's."""
    table = import_file(*write(tmp_path, LOTTERIES, LOTTERY)).decisions
    assert [read_game(text).lotteries[0][0].payoff for text in table["game"]] == [10, 20, 30, 20]
    first, _, third, other = texts(table)
    for one in (
        "win 10 points with a chance of 50%", "You got 0 points",
        "win 20 points with a chance of 25%", "You got 4 points",
        "win 30 points with a chance of 10%",
    ):  # fmt: skip
        assert third.count(one) == 1, one
    assert third.index("10 points") < third.index("20 points") < third.index("30 points")
    assert "You got 30" not in third
    assert third.startswith(first.rstrip("\n"))
    assert "win 10" not in other


def test_import_when_no_feedback_then_choices_alone_are_told(tmp_path):
    """Without payoffs in the history nothing is said to have come of a choice."""
    table = import_file(*write(tmp_path, LOTTERIES, {**LOTTERY, "history": []})).decisions
    third = texts(table)[2]
    assert "got" not in third
    assert third.count('{"decision": "risky"}\n\nRound 2.') == 1


def test_theories_when_problems_come_in_turn_then_same_as_alone(tmp_path):
    """Expected value computes with each problem as with one that stands alone."""
    series = import_file(*write(tmp_path, LOTTERIES, LOTTERY)).decisions
    alone = {**LOTTERY, "plays": "independent", "history": []}
    single = import_file(*write(tmp_path, LOTTERIES, alone)).decisions
    found = []
    for table in (series, single):
        scores = theory.theory_named("expected_value").predict(table)
        found.append(
            scores.filter(pl.col("option") == 0).sort("decision_id")["option_prob"].to_list()
        )
    assert sorted(found[0]) == sorted(found[1])
    assert len(found[0]) == 4


def test_import_when_games_against_strangers_then_each_is_told_once(tmp_path):
    """Payoffs of each game, what the other did, and gains from the table of that game."""
    table = import_file(*write(tmp_path, GAMES, MATRIX)).decisions
    assert told(table.row(1, named=True))[:2] == [
        (1, "self", "move", "up"), (1, "other", "move", "left"),
    ]  # fmt: skip
    third = texts(table)[2]
    assert "The other player chose left. You got 3 points. The other player got 3" in third
    assert "You got 1 point." in third
    assert third.count("you get 9 points") == 1
    assert third.count("you get 7 points") == 1
    assert "with another person" in third
    scores = theory.theory_named("nash").predict(table)
    assert scores.height == 2 * 3


def test_import_when_series_has_more_than_one_round_each_then_refused(tmp_path):
    """A repeated game is no series of one-shot games."""
    spec = {**MATRIX, "game": {**MATRIX["game"], "n_rounds": 3}}
    with pytest.raises(DataError, match="n_rounds must be 1"):
        import_file(*write(tmp_path, GAMES, spec))


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("formulation", prompts.formulations())
def test_prompts_when_in_a_series_then_every_formulation_has_words(tmp_path, formulation, format):
    """All wordings and formats, with labels swapped, for both kinds."""
    for text, spec in ((LOTTERIES, LOTTERY), (GAMES, MATRIX)):
        table = import_file(*write(tmp_path, text, spec)).decisions
        for name in (formulation, f"{formulation}+options_reversed+neutral_labels"):
            made = prompts.write(table, formulation=name, format=format)
            assert made.height == table.height
