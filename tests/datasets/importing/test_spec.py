"""Mistakes in a spec are told with their line and the nearest name."""

import copy

import pytest

from silicus.datasets.importing.spec import read_spec
from silicus.datasets.importing.values import check_game
from silicus.errors import DataError

from .files import HONESTY_SPEC, write

LINES = """name: my_data
title: T
family: custom
layout: decisions
columns:
  participant: id
  choice: c
choices: {1: yes_, 0: no_}
target: yes_
game:
  kind: custom
  name: g
  rules: r
  ask: a
"""

MISTAKES = {
    "typo in a key": ("layout:", "layuot:", 'line 4: unknown key "layuot": did you mean "layout"'),
    "typo in a column": ("  choice: c", "  choise: c", 'line 7: unknown key "choise".*"choice"'),
    "family": ("family: custom", "family: custum", 'unknown family "custum": did you mean'),
    "kind": ("kind: custom", "kind: matrx", 'unknown kind of game "matrx".*"matrix"'),
    "target": ("target: yes_", "target: yes", 'unknown option as target "yes".*"yes_"'),
    "missing": ("title: T\n", "", 'the key "title" is missing'),
    "no yaml": ("layout: decisions", "layout: [", "line [56]: this is not valid YAML"),
    "name": ("name: my_data", "name: My data", "line 1: name: expected a name of small letters"),
    "layout needs": ("  choice: c\n", "", "layout decisions needs columns: choice"),
    "unedited": ("rules: r", 'rules: "EDIT: what was told"', "line 13: game.rules still holds"),
    "typo in a cell": (
        "rules: r",
        "other: {column: x, scael: 2}\n  rules: r",
        'unknown key "scael"',
    ),
    "a list": (LINES, "- a\n- b\n", "line 1: expected keys like"),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_read_spec_when_there_is_a_mistake_then_line_and_remedy_are_told(
    tmp_path, old, new, message
):
    """Each mistake is one paragraph with its line."""
    path = tmp_path / "spec.yaml"
    assert old in LINES
    path.write_text(LINES.replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        read_spec(path)


def test_read_spec_when_values_look_like_numbers_then_they_stay_texts(tmp_path):
    """The values 1 and 0 of a column are texts, as they are in the file."""
    path = tmp_path / "spec.yaml"
    path.write_text(LINES)
    assert read_spec(path).choices == {"1": "yes_", "0": "no_"}
    path.write_text(LINES.replace("{1: yes_, 0: no_}", "{True: yes_, False: no_}"))
    assert set(read_spec(path).choices) == {"true", "false"}


def test_check_game_when_a_template_is_broken_then_refused(tmp_path):
    """A template that cannot be parsed is found before any row is read."""
    spec = copy.deepcopy(HONESTY_SPEC)
    spec["game"]["ask"] = "{% if round %}"
    _, path = write(tmp_path, "", spec)
    with pytest.raises(DataError, match=r"game\.ask: not a valid template"):
        check_game(read_spec(path), "spec.yaml")


def test_check_game_when_actions_are_not_the_options_then_refused(tmp_path):
    """The actions of a matrix game are the options."""
    spec = copy.deepcopy(HONESTY_SPEC)
    spec["game"] = {
        "kind": "matrix",
        "name": "g",
        "actions": ["up", "down"],
        "other_actions": ["x"],
        "own": [[1], [2]],
        "other": [[1], [2]],
    }
    spec["history"] = []
    _, path = write(tmp_path, "", spec)
    with pytest.raises(DataError, match=r"game\.actions must be the options six, other"):
        check_game(read_spec(path), "spec.yaml")


UNFIT = {
    "history without words": (
        {"kind": "ultimatum", "share_offered": 0.5},
        {"plays": "independent", "history": [{"actor": "self", "kind": "payoff", "amount": 1}]},
        "game of kind ultimatum has a history only in a series",
    ),
    "unknown event": (
        {"kind": "bargaining"},
        {"history": [{"actor": "other", "kind": "ofer", "amount": 1}]},
        'unknown kind of event in a game of kind bargaining "ofer": did you mean "offer"',
    ),
    "options": (
        {"kind": "ultimatum", "share_offered": 0.5},
        {"plays": "independent"},
        "the options of a game of kind ultimatum are accept and reject, found six, other",
    ),
    "labels": (
        {"kind": "contribution", "other_share": 0.5, "labels": {"six": "give"}},
        {"plays": "independent"},
        r"game\.labels must say what each of the options six, other means",
    ),
}


@pytest.mark.parametrize(("game", "changes", "message"), UNFIT.values(), ids=UNFIT)
def test_spec_when_history_or_options_do_not_fit_the_game_then_refused(
    tmp_path, game, changes, message
):
    """What could not be put into words later is refused at the import."""
    spec = {**copy.deepcopy(HONESTY_SPEC), "history": [], "game": game, **changes}
    _, path = write(tmp_path, "", spec)
    with pytest.raises(DataError, match=message):
        check_game(read_spec(path), "spec.yaml")
