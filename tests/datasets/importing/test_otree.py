"""A real all-apps-wide export of oTree, made by the bots of the project beside it."""

import csv
from pathlib import Path

import pytest

from silicus.datasets.importing import import_file
from silicus.errors import DataError
from silicus.games import read_game

from .files import nth, told, write

EXPORT = Path(__file__).parent.parent / "otree_app" / "all_apps_wide.csv"
SPEC = {
    "name": "shared_task",
    "title": "A task shared for four rounds",
    "family": "repeated_matrix",
    "layout": "otree",
    "otree": {"app": "shared_task", "bots": True},
    "columns": {"choice": "player.effort"},
    "choices": {"1": "Work", "0": "Rest"},
    "target": "Work",
    "history": [{"actor": "other", "kind": "move", "action": {"column": "partner.player.effort"}}],
    "game": {
        "kind": "matrix",
        "name": "shared task",
        "actions": ["Work", "Rest"],
        "other_actions": ["Work", "Rest"],
        "own": [[6, 1], [8, 3]],
        "other": [[6, 8], [1, 3]],
        "n_rounds": 4,
        "opponent": "human",
    },
}


def copy_of_export(folder, old="", new=""):
    """Write the export and the spec into a folder, a text of the export replaced."""
    text = EXPORT.read_text(encoding="utf-8")
    assert old in text
    return write(folder, text.replace(old, new, 1), SPEC, "all_apps_wide.csv")


def test_import_when_exported_by_otree_then_rounds_and_partners_are_found(tmp_path):
    """Six people, four rounds; the other's choice is that of the same group and round."""
    data, spec = copy_of_export(tmp_path)
    table = import_file(data, spec).decisions
    assert table.height == 24
    assert table["participant_id"].n_unique() == 6
    with EXPORT.open(encoding="utf-8", newline="") as stream:
        first, second = list(csv.DictReader(stream))[:2]
    name = {"1": "Work", "0": "Rest"}
    expected = [
        (number, actor, "move", name[row[f"shared_task.{number}.player.effort"]])
        for number in (1, 2, 3)
        for actor, row in (("self", first), ("other", second))
    ]
    assert told(nth(table, 3)) == expected
    assert nth(table, 3)["choice"] == 1


def test_payoffs_when_compared_with_otree_then_the_games_table(tmp_path):
    """What the game pays for both moves is what oTree paid in each round."""
    data, spec = copy_of_export(tmp_path)
    table = import_file(data, spec).decisions
    game = read_game(table["game"][0])
    with EXPORT.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for index in range(6):
        row = nth(table, index * 4 + 3)
        moves = [event["action"] for event in row["history"]]
        for number in range(3):
            own, other = (game.actions.index(move) for move in moves[2 * number : 2 * number + 2])
            paid = float(rows[index][f"shared_task.{number + 1}.player.payoff"])
            assert game.own[own][other] == paid


def test_import_when_bots_are_not_allowed_then_refused(tmp_path):
    """Bots are no people: without saying so they are refused."""
    spec = {**SPEC, "otree": {"app": "shared_task"}}
    paths = write(tmp_path, EXPORT.read_text(encoding="utf-8"), spec)
    with pytest.raises(DataError, match=r"participant\._is_bot.*a person, not a bot"):
        import_file(*paths)


def test_import_when_a_round_was_not_played_then_the_wide_column_is_named(tmp_path):
    """An empty cell of round 3 is named as in the export; dropping it drops round 4 as well."""
    data, spec = copy_of_export(tmp_path, "30,1,2,1,,1.0,1,40", "30,1,2,1,,1.0,,40")
    with pytest.raises(DataError, match=r'line 2, column "shared_task\.3\.player\.effort"'):
        import_file(data, spec)
    made = import_file(data, spec, on_invalid="drop")
    # The partner's histories would lack that move, so rounds 3 and 4 of both are left out.
    assert made.decisions.height == 20
    assert set(made.dropped["line"]) == {2, 3}


def test_import_when_app_or_column_is_unknown_then_the_nearest_is_told(tmp_path):
    """Names of apps and fields are checked against the export."""
    text = EXPORT.read_text(encoding="utf-8")
    with pytest.raises(DataError, match=r'unknown app "shared_tusk".*did you mean "shared_task"'):
        import_file(*write(tmp_path, text, {**SPEC, "otree": {"app": "shared_tusk"}}))
    with pytest.raises(DataError, match=r'unknown column "player\.efort".*"player\.effort"'):
        import_file(*write(tmp_path, text, {**SPEC, "columns": {"choice": "player.efort"}}))
    with pytest.raises(DataError, match="is no export of oTree"):
        import_file(*write(tmp_path, "a,b\n1,2\n", SPEC))


TRUSTING = {
    "name": "trusting",
    "title": "Half back, or nothing",
    "family": "custom",
    "layout": "otree",
    "otree": {"app": "trusting", "bots": True},
    "where": {"player.role": "Receiver"},
    "columns": {"choice": "group.returned"},
    "choices": {"half": "half", "nothing": "nothing"},
    "target": "half",
    "history": [
        {"actor": "other", "kind": "sent", "amount": {"column": "group.sent"}, "seen": "before"}
    ],
    "game": {"kind": "custom", "name": "trust", "rules": "{{ options }}", "ask": "{{ round }}?"},
}


def test_import_when_choices_are_fields_of_the_group_then_taken_from_who_made_them(tmp_path):
    """``where`` takes the receivers; what the sender did in this round was seen before."""
    text = EXPORT.read_text(encoding="utf-8")
    made = import_file(*write(tmp_path, text, TRUSTING))
    assert (made.decisions.height, made.n_passed_over) == (6, 6)
    assert made.decisions["choice"].to_list() == [1, 1, 0, 0, 0, 0]
    assert told(nth(made.decisions, 5)) == [
        (1, "other", "sent", 9.0),
        (1, "self", "move", "half"),
        (2, "other", "sent", 9.0),
    ]
