"""Options, labels and shapes that differ by row or participant; payoff tables as text."""

import hashlib
import json
from pathlib import Path

import pytest
from rich.console import Console

from silicus import prompts
from silicus.datasets.importing import import_data, import_file
from silicus.errors import DataError
from silicus.games import read_game
from silicus.study import read_study, run_study
from tests.backends.loading import tiny_folder

from .files import write

__all__ = ["tiny_folder"]

FACTS = {"name": "pool", "title": "Options differ", "layout": "decisions"}
COLUMNS = {"participant": "who", "round": "round", "choice": "did"}
POOL = {
    **FACTS, "family": "custom", "columns": COLUMNS, "target": "#1",
    "offered": {"column": "shown", "split": "|"},
    "game": {"kind": "custom", "name": "pool", "rules": "{{ You }} {{ verb('pick') }} items.",
             "ask": "Round {{ round }}: which of {{ options }}?"},
}  # fmt: skip
LETTERS = {
    **FACTS, "family": "repeated_matrix", "columns": COLUMNS, "target": "#1",
    "offered": [{"column": "give"}, {"column": "take"}],
    "history": [{"actor": "other", "kind": "move", "action": {"column": "other"}}],
    "game": {
        "kind": "matrix", "name": "pd", "n_rounds": 3, "labels": ["cooperate", "defect"],
        "other_actions": [{"column": "give"}, {"column": "take"}],
        "own": "3 0; 5 1", "other": "3 5; 0 1",
    },
}  # fmt: skip
LOTTERIES = {
    **FACTS, "family": "lottery", "columns": {"participant": "who", "choice": "did"},
    "plays": "independent", "target": "#1", "choices": {"1": "#1", "2": "#2", "3": "#3"},
    "offered": ["A", "B", {"column": "third", "optional": True}],
    "game": {"kind": "lottery", "payoff_unit": "points", "lotteries": [
        [{"probability": 1, "payoff": {"column": "sure"}}],
        [{"probability": 0.5, "payoff": {"column": "win"}}, {"probability": 0.5, "payoff": 0}],
        [{"probability": 1, "payoff": {"column": "more", "optional": True}}],
    ]},
}  # fmt: skip


def table_of(tmp_path, text: str, spec: dict):
    """Return the decisions of a file."""
    return import_file(*write(tmp_path, text, spec)).decisions


def words(table, row: int, **given: str) -> str:
    """Return what a model is shown for a decision."""
    return prompts.write(table[row : row + 1], format="plain", **given)["messages"][0][0]["content"]


def test_import_when_items_are_drawn_anew_each_round_then_past_rounds_keep_theirs(tmp_path):
    """A pool of items: from two to four of them in a round, and the last ones are told as asked."""
    text = "who,round,shown,did\nann,1,tea|milk,milk\nann,2,ale|gin|rum|rye,rum\nann,3,a|b|c,a\n"
    table = table_of(tmp_path, text, POOL)
    assert table["options"].list.len().to_list() == [2, 4, 3]
    assert table["choice"].to_list() == [1, 2, 0]
    told = words(table, 2)
    assert 'Round 1: which of tea or milk?\n{"decision": "milk"}' in told
    assert 'Round 2: which of ale, gin, rum or rye?\n{"decision": "rum"}' in told
    assert told.rstrip().endswith("Round 3: which of a, b or c?")
    neutral = words(table, 2, formulation="baseline+neutral_labels")
    assert 'which of P, Q, R or S?\n{"decision": "R"}' in neutral


def test_import_when_letters_are_random_per_person_then_each_has_their_own(tmp_path):
    """One spec for all: actions, moves and standard names follow the letters of the person."""
    rows = ["ann,1,Q,Z,Q,Z", "ann,2,Q,Z,Z,Z", "bob,1,M,K,K,M", "bob,2,M,K,M,M"]
    text = "\n".join(["who,round,give,take,did,other", *rows]) + "\n"
    table = table_of(tmp_path, text, LETTERS)
    games = [read_game(text) for text in table["game"]]
    assert [game.actions for game in games] == [("Q", "Z")] * 2 + [("M", "K")] * 2
    assert games[2].labels == {"M": "cooperate", "K": "defect"}
    assert games[0].own == games[2].own == ((3, 0), (5, 1))
    assert "You chose K and the other player chose M. You got 5 points" in words(table, 3)


def test_import_when_alternatives_are_two_or_three_then_lotteries_are_as_many(tmp_path):
    """An optional alternative that is empty in a row is not there."""
    text = "who,sure,win,third,more,did\nann,4,9,,,1\nbob,4,9,C,7,3\n"
    table = table_of(tmp_path, text, LOTTERIES)
    assert table["options"].to_list() == [["A", "B"], ["A", "B", "C"]]
    assert [len(read_game(one).lotteries) for one in table["game"]] == [2, 3]
    with pytest.raises(DataError, match='line 2, column "did": found "3"'):
        table_of(tmp_path, "who,sure,win,third,more,did\nann,4,9,,,3\n", LOTTERIES)


GAMES = """game,ours,theirs,own,other
007,up|mid|low,left|right,1 2; 3 4; 5 6,6 5; 4 3; 2 1
7,a|b|c|d|e,w|x|y|z,1 2 3 4/5 6 7 8/9 10 11 12/13 14 15 16/17 18 19 20,\
"[[0,0,0,0],[1,1,1,1],[2,2,2,2],[3,3,3,3],[4,4,4,4]]"
"""


def test_import_when_games_have_a_file_then_shapes_differ_and_numeric_names_are_names(tmp_path):
    """3 x 2 beside 5 x 4, from one table of games; "7" and "007" are two of them."""
    (tmp_path / "games.csv").write_text(GAMES)
    spec = {
        **FACTS, "family": "one_shot_matrix", "columns": {"participant": "who", "choice": "did"},
        "plays": "independent", "target": "#1", "games": {"file": "games.csv", "by": "game"},
        "offered": {"column": "ours", "split": "|"},
        "game": {"kind": "matrix", "name": {"column": "game"}, "own": {"column": "own"},
                 "other_actions": {"column": "theirs", "split": "|"}, "other": {"column": "other"}},
    }  # fmt: skip
    table = table_of(tmp_path, "who,game,did\nann,007,low\nbob,7,d\n", spec)
    small, large = (read_game(text) for text in table["game"])
    assert (small.name, large.name) == ("007", "7")
    assert small.own == ((1, 2), (3, 4), (5, 6))
    assert large.own[3] == (13, 14, 15, 16)
    assert large.other[4] == (4, 4, 4, 4)
    assert "If you choose d and the other player chooses z, you get 16 points" in words(table, 1)
    data, described = write(tmp_path, "who,game,did\nann,007,low\n", spec)
    folder = Path(import_data(data, described)["folder"])
    kept = json.loads((folder / "manifest.json").read_text())
    assert kept["games_sha256"] == hashlib.sha256(GAMES.encode()).hexdigest()
    with pytest.raises(DataError, match=r'line 2, column "game": unknown game "70".*games\.csv'):
        table_of(tmp_path, "who,game,did\nann,70,low\n", spec)


def test_import_when_payoffs_are_recoded_by_the_name_of_the_game_then_read(tmp_path):
    """Short tables stand in the spec itself, as pairs here."""
    game = {
        **LETTERS["game"], "name": {"column": "g"},
        "payoffs": {"column": "g", "recode": {"1": "3,3 | 0,5; 5,0 | 1,1",
                                               "2": "(2,2) (0,9); (9,0) (1,1)"}},
    }  # fmt: skip
    del game["own"], game["other"]
    text = "who,round,give,take,did,other,g\nann,1,Q,Z,Q,Z,1\nbob,1,Q,Z,Q,Z,2\n"
    one, two = (read_game(t) for t in table_of(tmp_path, text, {**LETTERS, "game": game})["game"])
    assert (one.name, two.name) == ("1", "2")
    assert one.own == ((3, 0), (5, 1))
    assert two.other == ((2, 9), (0, 1))


def test_spec_when_payoffs_are_given_twice_then_refused(tmp_path):
    """Neither of two tables is preferred in silence."""
    spec = {**LETTERS, "game": {**LETTERS["game"], "payoffs": "3,3 0,5; 5,0 1,1"}}
    with pytest.raises(DataError, match=r"line \d+: give either payoffs, or own and other"):
        table_of(tmp_path, "who,round,give,take,did,other\nann,1,Q,Z,Q,Z\n", spec)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("40 10 20 80", r"40 10; 20 80 \(row by row\) or 40 20; 10 80 \(column by column\)"),
        ("1,5 2,5; 3,5 4,5", "1.5 2.5; 3.5 4.5 .with decimal commas.* or pairs of payoffs"),
        ("1 2 3; 4 5 6", "payoffs for 2 x 2 actions"),
    ],
)
def test_import_when_a_payoff_text_is_ambiguous_then_refused_with_the_readings(
    tmp_path, text, reading
):
    """No reading is preferred in silence."""
    spec = {**LETTERS, "game": {**LETTERS["game"], "own": {"column": "pay"}}}
    with pytest.raises(DataError, match=rf'column "pay": found "{text}".*{reading}'):
        table_of(tmp_path, f'who,round,give,take,did,other,pay\nann,1,Q,Z,Q,Z,"{text}"\n', spec)


@pytest.mark.parametrize(
    "text",
    [
        "40 10; 20 80", "[[40,10],[20,80]]", "40,10/20,80", "[40 10; 20 80]",
        "[[40 10]\n [20 80]]",
        "40 10\n20 80", "40, 10; 20, 80", "40 10 | 20 80", r"40 & 10 \\ 20 & 80",
        "{{40,10},{20,80}}",
        "((40, 10), (20, 80))", "40\t10\n20\t80", "40.0 10.0; 20.0 80.0", "40|10;20|80",
    ],
)  # fmt: skip
def test_import_when_a_payoff_table_is_text_then_every_usual_notation_is_read(tmp_path, text):
    """All of them say 40 and 10 in the first row, 20 and 80 in the second."""
    spec = {**LETTERS, "game": {**LETTERS["game"], "own": {"column": "pay"}}}
    file = f'who,round,give,take,did,other,pay\nann,1,Q,Z,Q,Z,"{text}"\n'
    assert read_game(table_of(tmp_path, file, spec)["game"][0]).own == ((40, 10), (20, 80))


def test_import_when_an_option_is_offered_twice_then_refused(tmp_path):
    """Two options of one name cannot be told apart."""
    with pytest.raises(DataError, match='column "shown": found "a, a", expected options with diff'):
        table_of(tmp_path, "who,round,shown,did\nann,1,a|a,a\n", POOL)


def test_study_when_decisions_have_two_to_six_options_then_every_analysis_runs(
    tmp_path, tiny_folder
):
    """Agreement, ceilings, calibration, bounds, theories and the page, from a mixed data set."""
    items = "abcdef"
    lines = ["who,round,shown,did"]
    for person in range(12):
        for number in range(1, 6):
            n = 2 + (person + number) % 5
            shown = "|".join(f"{items[place]}{number}" for place in range(n))
            lines.append(f"p{person},{number},{shown},{items[(person * number) % n]}{number}")
    import_data(*write(tmp_path, "\n".join(lines) + "\n", POOL))
    path = tmp_path / "mixed.yaml"
    path.write_text(
        "study: mixed\ndatasets: [pool]\nmodels:\n"
        f'  - {{name: one, source: "folder:{tiny_folder("llama")}", kind: base, provider: A, '
        "format: plain}\n"
        f'  - {{name: two, source: "folder:{tiny_folder("qwen3")}", kind: aligned, provider: B, '
        "format: chat}\ncomparisons:\n  - {base: one, aligned: two}\n"
        "formulations: [baseline, minimal]\nn_resamples: 100\nn_threads: 1\n"
    )
    done = run_study(*read_study(path), path, tmp_path / "out", Console(quiet=True))
    scores, decisions = done.read_table("scores"), done.read_table("decisions")
    one = scores.filter(predictor_id="one", formulation="baseline")
    assert one.height == decisions["options"].list.len().sum()
    results = done.read_table("results")
    found = results.filter(predictor_id="one", slice="all", formulation="baseline")
    assert {"log_loss", "brier", "pearson_r", "option_mass"} <= set(found["metric"])
    assert found.filter(metric="log_loss")["estimate"].is_finite().all()
    assert (done.folder / "report.html").is_file()
