"""Data sets as transcripts of Psych-101, written and read back."""

import json
import re

import polars as pl
import pytest

from silicus import datasets, prompts
from silicus.datasets.importing import import_data
from silicus.errors import StudyError
from silicus.study import transcripts
from tests.datasets.importing.files import EVENTS, EVENTS_SPEC, HONESTY, HONESTY_SPEC, write
from tests.datasets.importing.test_otree import EXPORT
from tests.datasets.importing.test_otree import SPEC as TASK


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))


def imported(folder, text, spec):
    """Import a small file; return the name."""
    data, described = write(folder, text, spec)
    import_data(data, described)
    return spec["name"]


def back(folder, out):
    """Import an exported file with a spec of three lines; return its decisions."""
    spec = folder / "back.yaml"
    spec.write_text('name: back\ntitle: "Back"\nfamily: custom\nlayout: transcript\ntarget: "#1"\n')
    import_data(out, spec)
    return datasets.load("back")


def taken(table):
    """Return the chosen options, participant by participant."""
    return [
        group.select(pl.col("options").list.get(pl.col("choice"))).to_series().to_list()
        for _, group in table.group_by("participant_id", maintain_order=True)
    ]


CASES = {
    "own words": (HONESTY, HONESTY_SPEC),
    "offers": (EVENTS, EVENTS_SPEC),
    "matrix": (EXPORT.read_text(encoding="utf-8"), TASK),
}


@pytest.mark.parametrize(("text", "spec"), CASES.values(), ids=CASES)
def test_export_when_read_back_then_same_decisions_choices_and_words(tmp_path, text, spec):
    """Options, choices and the words before each choice survive the way out and in."""
    name = imported(tmp_path, text, spec)
    out = tmp_path / "out.jsonl"
    facts = transcripts.export(name, out)
    first = datasets.load(name)
    second = back(tmp_path, out)
    assert facts["decisions"] == first.height == second.height
    assert taken(second) == taken(first.sort("play_id", "round", maintain_order=True)) or sorted(
        map(str, taken(second))
    ) == sorted(map(str, taken(first)))
    assert second["options"].to_list() == [list(spec_options(first))] * second.height
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    told = prompts.write(second, format="plain")["messages"].to_list()
    expected = [
        line["text"][: mark.start()] for line in lines for mark in re.finditer("<<", line["text"])
    ]
    assert [turns[0]["content"] for turns in told] == expected


def spec_options(table):
    """Return the options that all rows have."""
    assert table["options"].n_unique() == 1
    return table["options"][0].to_list()


def test_export_when_a_play_is_told_then_as_the_baseline_tells_it(tmp_path):
    """The words are those of the baseline prompt, but for how an answer is written."""
    name = imported(tmp_path, HONESTY, HONESTY_SPEC)
    out = tmp_path / "out.jsonl"
    transcripts.export(name, out)
    last = prompts.write(datasets.load(name), format="plain")["messages"][4][0]["content"]
    text = json.loads(out.read_text(encoding="utf-8").splitlines()[1])["text"]
    rules = r"Answer with [^\n]*\n"
    plain = re.sub(rules, "", re.sub(r'\{"decision": "(\w+)"\}', r"<<\1>>", last))
    assert re.sub(rules, "", text) == plain + "<<six>>"


def test_export_when_a_transcript_then_the_texts_come_back(tmp_path):
    """What was imported as a transcript is exported to the letter, up to its last choice."""
    text = 'Press J or F. "Now":  <<J>> then <<F>> and on'
    source = tmp_path / "source.jsonl"
    source.write_text(json.dumps({"text": text, "participant": "1", "experiment": "e"}) + "\n")
    back(tmp_path, source)
    out = tmp_path / "out.jsonl"
    transcripts.export("back", out)
    assert json.loads(out.read_text())["text"] == text.removesuffix(" and on")


def test_export_when_it_cannot_be_then_refused(tmp_path):
    """Rates, an unknown format and a file that is there are refused."""
    with pytest.raises(StudyError, match="holds rates"):
        transcripts.export("sample_ultimatum", tmp_path / "a.jsonl")
    name = imported(tmp_path, HONESTY, HONESTY_SPEC)
    with pytest.raises(StudyError, match='unknown format "psych102"'):
        transcripts.export(name, tmp_path / "a.jsonl", format="psych102")
    transcripts.export(name, tmp_path / "a.jsonl")
    with pytest.raises(StudyError, match="is there already"):
        transcripts.export(name, tmp_path / "a.jsonl")
