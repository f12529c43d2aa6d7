"""Exports of oTree, Qualtrics, jsPsych, Gorilla and PsychoPy: recognised, drafted and imported."""

import csv
import json
import re
from pathlib import Path

import polars as pl
import pytest

from silicus.datasets.importing import draft_spec, import_file
from silicus.datasets.importing.source import read_rows
from silicus.errors import DataError
from silicus.games import read_game

from .exports import GORILLA, JSPSYCH, PSYCHOPY, QUALTRICS, with_date
from .files import told, write
from .test_otree import EXPORT, SPEC

ONE_APP = EXPORT.with_name("shared_task.csv")


def edited(draft: str) -> str:
    """Return a draft in which only the words were written that it asks for."""
    return re.sub(r"EDIT: ", "", draft)


def imported(path: Path, tmp_path: Path, *changes: tuple[str, str]):
    """Return what the edited draft of a file gives."""
    text = edited(draft_spec(path))
    for old, new in changes:
        assert old in text, text
        text = text.replace(old, new)
    spec = tmp_path / "draft.yaml"
    spec.write_text(text, encoding="utf-8")
    return import_file(path, spec)


def chosen(made) -> list[str]:
    """Return the options that were taken, in order."""
    table = made.decisions
    return table.select(pl.col("options").list.get(pl.col("choice"))).to_series().to_list()


def test_draft_when_qualtrics_then_headers_previews_and_unfinished_are_left_out(tmp_path):
    """Three header rows, one with a line break; a preview and an unfinished answer are passed."""
    data = tmp_path / "survey.csv"
    data.write_text(with_date(QUALTRICS), encoding="utf-8")
    assert "Qualtrics export" in draft_spec(data).splitlines()[0]
    made = imported(data, tmp_path)
    assert chosen(made) == ["Yes", "No", "No", "Yes", "No"]
    assert (made.n_passed_over, made.dropped.height) == (2, 0)
    assert made.decisions["participant_id"].n_unique() == 3


def test_draft_when_qualtrics_is_a_workbook_or_utf_16_then_the_same(tmp_path):
    """The three rows are known by the import ids, whatever the file holds them in."""
    text = with_date(QUALTRICS)
    path = tmp_path / "survey.tsv"
    rows = list(csv.reader(text.splitlines(keepends=True)))
    with path.open("w", encoding="utf-16", newline="") as stream:
        csv.writer(stream, delimiter="\t").writerows(rows)
    assert chosen(imported(path, tmp_path)) == ["Yes", "No", "No", "Yes", "No"]
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "survey.xlsx")
    assert chosen(imported(tmp_path / "survey.xlsx", tmp_path)) == ["Yes", "No", "No", "Yes", "No"]


def test_draft_when_jspsych_then_rows_of_the_choice_are_found(tmp_path):
    """JSON of trials of all kinds; numbers stay as written; rounds are counted."""
    data = tmp_path / "jatos.json"
    data.write_text(JSPSYCH, encoding="utf-8")
    first = draft_spec(data).splitlines()[0]
    assert "JSON, not CSV" in first
    assert "jsPsych" in first
    button = ('["html-keyboard-response"]', '["html-button-response"]')
    made = imported(data, tmp_path, button)
    assert made.decisions["round"].to_list() == [1, 2, 1]
    assert chosen(made) == ["what 0 means", "what 1 means", "what 1 means"]
    _, rows = read_rows(data, ("",))
    assert [row.values["prize"] for row in rows[1:3]] == ["4.50", "1e1"]
    assert [row.values["rt"] for row in rows[1:3]] == ["1034", None]
    assert rows[3].values["response.Q0"] == "none"
    assert rows[1].values["paid"] == "true"


def test_read_when_json_lines_then_same_as_array_and_csv(tmp_path):
    """The two forms of JSON and the CSV of the same trials give the same cells."""
    trials = json.loads(JSPSYCH)
    lines = tmp_path / "data.jsonl"
    lines.write_text("".join(json.dumps(one) + "\n" for one in trials), encoding="utf-8")
    assert "JSON lines, not CSV" in draft_spec(lines).splitlines()[0]
    array = tmp_path / "data.json"
    array.write_text(json.dumps(trials), encoding="utf-8")
    assert [r.values for r in read_rows(lines, ("",))[1]] == [
        r.values for r in read_rows(array, ("",))[1]
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": 2\n', "line 2: not a JSON record"),
        ('{"a": 1}\n[1]\n', "line 2: expected a JSON record"),
        ('[{"a": 1, "a": 2}]', "a key is there twice"),
        ("[1, 2]", "record 1: expected a JSON record"),
    ],
)
def test_read_when_json_is_damaged_then_line_or_record_is_told(tmp_path, text, message):
    """What is no record is refused where it stands."""
    data = tmp_path / "data.json"
    data.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        draft_spec(data)


def test_draft_when_gorilla_then_responses_alone_are_rows(tmp_path):
    """Content, the beginning of the task and END OF FILE are no choices."""
    data = tmp_path / "gorilla.csv"
    data.write_text(GORILLA, encoding="utf-8")
    assert "Gorilla export" in draft_spec(data).splitlines()[0]
    made = imported(data, tmp_path)
    assert chosen(made) == ["Buy", "Leave", "Leave"]
    assert made.decisions["round"].to_list() == [1, 2, 1]
    assert made.n_passed_over == 3


def test_draft_when_psychopy_then_files_of_a_folder_are_one_table(tmp_path):
    """A file per participant; routines outside the loop have no trial; thisN begins at 0."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in PSYCHOPY.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert "PsychoPy" in draft_spec(folder).splitlines()[0]
    made = imported(folder, tmp_path)
    assert chosen(made) == ["left", "right", "right"]
    assert made.decisions["round"].to_list() == [1, 2, 1]
    assert made.decisions["participant_id"].n_unique() == 2


def test_import_when_a_row_of_a_folder_is_wrong_then_its_file_is_told(tmp_path):
    """Lines are counted in each file, so the file is named with the column."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in PSYCHOPY.items():
        (folder / name).write_text(text.replace("0.6,p2", "0.6,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"line 2, column \"participant \(of p2_bets_2026.csv\)\""):
        imported(folder, tmp_path)


def test_draft_when_otree_exports_one_app_then_partners_are_there_too(tmp_path):
    """The real per-app export gives the same play as the export of all apps (bots, run anew)."""
    assert "export of one app" in draft_spec(ONE_APP).splitlines()[0]
    _, spec = write(tmp_path, "", {**SPEC, "otree": {"bots": True}})
    table = import_file(ONE_APP, spec).decisions
    with ONE_APP.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert table.height == len(rows) == 24
    name = {"1": "Work", "0": "Rest"}
    taken = table.select(pl.col("options").list.get(pl.col("choice"))).to_series().to_list()
    assert sorted(taken) == sorted(name[row["player.effort"]] for row in rows)
    last = table.filter(pl.col("round") == 4).row(0, named=True)
    assert [one[1] for one in told(last)] == ["self", "other"] * 3


def test_import_when_several_apps_then_each_is_a_play(tmp_path):
    """Two apps with the same fields, as in two treatments, are read from one export."""
    text = EXPORT.read_text(encoding="utf-8").replace("trusting.", "second_task.")
    text = text.replace("group.sent", "player.effort")
    rows = list(csv.reader(text.splitlines()))
    place = [n for n, name in enumerate(rows[0]) if name.startswith("second_task")]
    effort = [n for n in place if rows[0][n].endswith("player.effort")]
    for row in rows[1:]:
        for n in effort:
            row[n] = "1"
    data = tmp_path / "apps.csv"
    with data.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    both = {**SPEC, "otree": {"app": ["shared_task", "second_task"], "bots": True}}
    _, spec = write(tmp_path, "", both)
    table = import_file(data, spec).decisions
    assert table.height == 24 + 6 * len(effort)
    assert table["play_id"].n_unique() == 12


def test_import_when_a_participant_left_then_refused_or_passed_over_and_counted(tmp_path):
    """Rounds never reached are not dropped in silence: unfinished: true counts them."""
    rows = list(csv.reader(EXPORT.read_text(encoding="utf-8").splitlines()))
    head, first = rows[0], rows[1]
    for n, name in enumerate(head):
        if re.match(r"shared_task\.[34]\.player\.(effort|guess)", name):
            first[n] = ""
    first[head.index("participant._index_in_pages")] = "9"
    data = tmp_path / "left.csv"
    with data.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    _, spec = write(tmp_path, "", {**SPEC, "history": []})
    with pytest.raises(DataError, match=r"shared_task\.3\.player\.effort.*expected a value"):
        import_file(data, spec)
    options = {**SPEC, "history": [], "otree": {**SPEC["otree"], "unfinished": True}}
    _, spec = write(tmp_path, "", options)
    made = import_file(data, spec)
    assert (made.decisions.height, made.n_unreached) == (22, 2)
    # One who did come to the end and left a field empty is still refused.
    first[head.index("participant._index_in_pages")] = "99"
    with data.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    with pytest.raises(DataError, match="expected a value"):
        import_file(data, spec)


def test_import_when_a_time_out_chose_then_told_but_no_decision(tmp_path):
    """The move of a time-out is in the next history; the person did not decide it."""
    text = "who,round,move,late\nann,1,C,0\nann,2,D,1\nann,3,C,0\nben,1,,1\nben,2,C,0\n"
    spec = {
        "name": "late", "title": "Late", "family": "custom", "layout": "decisions",
        "columns": {"participant": "who", "round": "round", "choice": "move"},
        "choices": {"C": "C", "D": "D"}, "target": "C", "not_chosen": {"late": 1},
        "game": {"kind": "custom", "name": "g", "rules": "{{ options }}", "ask": "Which?"},
    }  # fmt: skip
    table = import_file(*write(tmp_path, text, spec)).decisions
    assert table["round"].to_list() == [1, 3, 2]
    assert told(table.row(1, named=True)) == [(1, "self", "move", "C"), (2, "self", "move", "D")]
    assert told(table.row(2, named=True)) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layout": "rates", "counts": {"C": "a", "D": "b"}, "not_chosen": {"late": "1"}},
         "not_chosen means nothing with layout rates"),
        ({"rounded_to": 0.01}, "rounded_to means nothing with layout decisions"),
        ({"otree": {"app": "x"}}, "otree means nothing with layout decisions"),
        ({"sheet": "one"}, "is no workbook, so it has no sheet"),
    ],
)  # fmt: skip
def test_import_when_a_key_would_be_left_unread_then_refused(tmp_path, changes, message):
    """No key of a spec is ignored in silence."""
    spec = {
        "name": "keys", "title": "Keys", "family": "custom", "layout": "decisions",
        "columns": {"participant": "who", "choice": "move"}, "choices": {"C": "C", "D": "D"},
        "target": "C", "plays": "independent",
        "game": {"kind": "custom", "name": "g", "rules": "{{ options }}", "ask": "Which?"},
    }  # fmt: skip
    with pytest.raises(DataError, match=message):
        import_file(*write(tmp_path, "who,move\nann,C\n", {**spec, **changes}))


def test_draft_when_no_program_is_known_then_said(tmp_path):
    """A table of one's own is called that."""
    data = tmp_path / "own.csv"
    data.write_text("person;choice;pay\na;x;1,5\nb;y;2,25\n", encoding="utf-8")
    draft = draft_spec(data)
    assert "no program's export that is known" in draft.splitlines()[0]
    assert 'decimal: ","' in draft
    assert read_game(import_file(data, _saved(tmp_path, edited(draft))).decisions["game"][0])


def _saved(folder: Path, text: str) -> Path:
    path = folder / "saved.yaml"
    path.write_text(text, encoding="utf-8")
    return path
