"""Transcripts as in Psych-101: choices found, words kept to the letter, options known and told."""

import csv
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.datasets.importing import draft_spec, import_data, import_file
from silicus.datasets.importing.source import InvalidRow
from silicus.datasets.importing.transcript_text import options_of, parse, told_options
from silicus.errors import DataError, PromptError
from silicus.games import read_game
from silicus.prompts import write as write_prompts

from .files import write

BANDIT = (
    "You can choose between two slot machines labelled J and F.\n"
    'You see: «quotes», "…" and  double  spaces.\n\n'
    "You press <<J>>. You win 3 points.\nYou press <<F>>. You lose 1 point.\nYou press <<J>>."
)
RATING = "Rate each word on a scale from 1 to 4.\nTable: <<4>>.\nSadness: <<1>>.\n"
BARE = "Say a colour. <<red>> Again: <<blue>> Again: <<red>>\n"
LINES = [
    {"text": BANDIT, "experiment": "bandit/2arm.csv", "participant": "0", "age": 31, "sex": None},
    {"text": RATING, "experiment": "words", "participant": "0", "age": 22.5, "sex": "f"},
    {"text": BARE, "experiment": "colours", "participant": "7", "age": 40, "sex": "m"},
]
SPEC = {
    "name": "told", "title": "Told", "family": "custom", "layout": "transcript", "target": "#1",
}  # fmt: skip


def saved(folder, lines=LINES, **changes):
    """Write lines and a spec; return the paths."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return write(folder, text, {**SPEC, **changes}, "told.jsonl")


def test_import_when_transcripts_then_choices_options_and_fields_are_those_of_the_text(tmp_path):
    """Counts and choices against a regular expression over the raw texts."""
    made = import_file(*saved(tmp_path))
    raw = [re.findall("<<(.*?)>>", line["text"]) for line in LINES]
    table = made.decisions
    assert table.height == sum(map(len, raw))
    taken = table.select(pl.col("options").list.get(pl.col("choice"))).to_series().to_list()
    assert taken == [choice for choices in raw for choice in choices]
    assert table["options"][0].to_list() == ["J", "F"]
    assert table["options"][3].to_list() == ["1", "2", "3", "4"]
    assert table["options"][5].to_list() == ["blue", "red"]
    games = [read_game(text) for text in table["game"].unique(maintain_order=True)]
    assert [game.options_from for game in games] == ["instructions", "instructions", "used"]
    assert games[1].parameters == {"age": "22.5", "sex": "f"}
    assert games[0].name == "bandit/2arm.csv"
    # Two experiments number their participants alike, and they are not one person.
    assert table["participant_id"].n_unique() == 3
    assert any("tells something of later choices" in note for note in made.notes)


def test_prompts_when_plain_then_exactly_the_text_up_to_the_choice(tmp_path):
    """Every prompt is the raw text before its <<; the answer begins with << and ends with >>."""
    table = import_file(*saved(tmp_path)).decisions
    prompts = write_prompts(table, format="plain")
    expected = [
        line["text"][: mark.start()] for line in LINES for mark in re.finditer("<<", line["text"])
    ]
    assert [row[0]["content"] for row in prompts["messages"]] == expected
    assert set(prompts["answer_prefix"]) == {"<<"}
    assert prompts["forms"][0].to_list() == [["J"], ["F"]]
    assert prompts["ends"][0].to_list() == [">>"]


def test_prompts_when_chat_then_words_are_turns_and_choices_answers(tmp_path):
    """The turns put together are the text; one_message is the text in one turn."""
    table = import_file(*saved(tmp_path)).decisions
    chat = write_prompts(table, format="chat")["messages"].to_list()
    plain = write_prompts(table, format="plain")["messages"].to_list()
    for turns, whole in zip(chat, plain, strict=True):
        assert turns[0]["role"] == "system"
        roles = [turn["role"] for turn in turns[1:]]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
        assert roles[-1] == "user"
        assert "".join(turn["content"] for turn in turns[1:]) == whole[0]["content"]
    one = write_prompts(table, format="chat", history="message")["messages"].to_list()
    assert [turns[1]["content"] for turns in one] == [turns[0]["content"] for turns in plain]


def test_prompts_when_choices_touch_then_turns_still_alternate(tmp_path):
    """Choices without words between them stay in the user's turn."""
    line = {"text": "Pick two of A and B: <<A>><<B>> done, again <<A>>", "participant": "1"}
    table = import_file(*saved(tmp_path, [line])).decisions
    for turns in write_prompts(table, format="chat")["messages"].to_list():
        assert all(turn["content"] for turn in turns)
        roles = [turn["role"] for turn in turns[1:]]
        assert roles == (["user", "assistant"] * 3)[: len(roles)]


def test_prompts_when_another_formulation_then_refused(tmp_path):
    """The words of a source cannot be said otherwise."""
    table = import_file(*saved(tmp_path)).decisions
    for name in ("observer", "baseline+options_reversed"):
        with pytest.raises(PromptError, match="in the words of its source"):
            write_prompts(table, formulation=name, format="plain")


WORDS = st.text(st.sampled_from("ab <\n>Ü.") | st.characters(codec="utf-8"), max_size=12).filter(
    lambda text: "<<" not in text and ">>" not in text and text[-1:] not in "<>"
    and text[:1] not in "<>"
)  # fmt: skip
PIECES = st.lists(st.tuples(WORDS, st.sampled_from(["J", "F", "10", "1", "no way"])), min_size=1)


@settings(deadline=None, max_examples=200)
@given(PIECES, WORDS)
def test_parse_when_put_together_then_words_and_choices_come_back(pieces, rest):
    """Any words and choices survive; what comes after the last choice is told to nobody."""
    text = "".join(f"{words}<<{choice}>>" for words, choice in pieces) + rest
    found = parse(text, "text")
    assert found.words == [words for words, _ in pieces]
    assert found.choices == [choice for _, choice in pieces]


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 900), st.integers(0, 30), st.binary(max_size=4))
def test_import_when_bytes_are_cut_out_or_put_in_then_never_a_traceback(start, length, inserted):
    """A damaged file is refused, or its choices are those of the texts that are still whole."""
    raw = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES).encode()
    raw = raw[:start] + inserted + raw[start + length :]
    with tempfile.TemporaryDirectory() as folder:
        data, spec = write(Path(folder), "", SPEC, "told.jsonl")
        data.write_bytes(raw)
        try:
            table = import_file(data, spec, on_invalid="drop").decisions
        except DataError:
            return
    found = [row["options"][row["choice"]] for row in table.iter_rows(named=True)]
    texts = [json.loads(line).get("text") or "" for line in raw.decode("utf-8-sig").split("\n")
             if line.strip()]  # fmt: skip
    allowed = [re.findall("<<(.*?)>>", text, re.DOTALL) for text in texts]
    assert Counter(found) <= Counter(choice for choices in allowed for choice in choices)


def test_import_when_the_future_changes_then_earlier_prompts_do_not(tmp_path):
    """Nothing of the current or a later choice gets into a prompt (options declared)."""
    options = {"options": ["J", "F"]}
    before = import_file(*saved(tmp_path, LINES[:1], transcript=options)).decisions
    changed = BANDIT.replace("<<F>>. You lose 1", "<<J>>. You win 9")
    lines = [{**LINES[0], "text": changed}]
    after = import_file(*saved(tmp_path, lines, transcript=options)).decisions
    first, second = (write_prompts(table, format="plain") for table in (before, after))
    assert first["prompt_id"][:2].to_list() == second["prompt_id"][:2].to_list()
    assert first["prompt_id"][2] != second["prompt_id"][2]


BAD = {
    "not closed": ("a <<J", r"character 3 .*a \">>\" after"),
    "not opened": ("a J>> b <<F>>", r"character 4 .*a \"<<\" before"),
    "nested": ("a <<J <<F>> >>", r"character 7 .*before the next"),
    "empty choice": ("a << >> b", r"a choice between"),
    "no choice": ("just words", r"a text with choices"),
    "one option": ("press the key <<J>> and <<J>>", r"at least two options"),
    "empty": ("", r"expected a value"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_import_when_a_text_is_damaged_then_experiment_participant_and_place(
    tmp_path, text, message
):
    """One bad text is refused, or left out alone and listed."""
    line = {"text": text, "experiment": "exp9", "participant": "p3"}
    paths = saved(tmp_path, [LINES[0], line])
    with pytest.raises(DataError, match=rf"line 2, column .*{message}") as refused:
        import_file(*paths)
    assert "(experiment exp9, participant p3)" in str(refused.value)
    made = import_file(*paths, on_invalid="drop")
    assert (made.decisions.height, made.dropped["line"].to_list()) == (3, [2])


def test_import_when_a_choice_is_not_declared_then_refused(tmp_path):
    """Declared options hold for all transcripts, or for one experiment."""
    with pytest.raises(DataError, match=r'choice 2 \(experiment bandit/2arm.csv.*found "F"'):
        import_file(*saved(tmp_path, transcript={"options": ["J", "K"]}))
    options = {"colours": ["red", "blue", "green"]}
    table = import_file(*saved(tmp_path, transcript={"options": options})).decisions
    assert table["options"][5].to_list() == ["red", "blue", "green"]
    assert table["options"][0].to_list() == ["J", "F"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Press F for the left and J for the right.", ["F", "J"]),
        ("two options labelled K and P. Press the corresponding key.", ["K", "P"]),
        ("machines labeled A, B, C and D. Press Z to continue.", ["A", "B", "C", "D"]),
        ("Press the key 'yes' if so and 'no' if not.", ["yes", "no"]),
        ("You can press either the key J or the key R.", ["J", "R"]),
        ("To select machine Y, press Y. To select machine V, press V.", ["Y", "V"]),
        ("If it is a word, press Q. Otherwise, press W.", ["Q", "W"]),
        ("Do what you like.", []),
    ],
)
def test_told_options_when_instructions_name_keys_then_those(text, options):
    """The key map of the instructions, in its order."""
    assert told_options(text) == options


def test_options_when_a_choice_is_not_in_the_instructions_then_those_used():
    """Instructions that do not name what was chosen are not believed."""
    parsed = parse("Press J or F. <<K>> <<J>>", "text")
    assert options_of(parsed, None, "text") == (["J", "K"], "used")
    with pytest.raises(InvalidRow):
        options_of(parsed, ["J", "F"], "text")


def test_import_when_csv_or_parquet_then_the_same(tmp_path):
    """The three kinds of file give one table, long fields included."""
    long = {**LINES[0], "text": "x" * 200_000 + BANDIT}
    lines = [{key: None if v is None else str(v) for key, v in one.items()}
             for one in (long, *LINES[1:])]  # fmt: skip
    expected = import_file(*saved(tmp_path, lines)).decisions
    pl.DataFrame(lines).write_parquet(tmp_path / "told.parquet")
    with (tmp_path / "told.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    for name in ("told.parquet", "told.csv"):
        made = import_file(tmp_path / name, tmp_path / "spec.yaml")
        assert made.decisions.equals(expected)


def test_draft_when_transcripts_then_imports_as_it_is(tmp_path):
    """Nothing has to be filled in."""
    data, spec = saved(tmp_path)
    draft = draft_spec(data)
    assert "JSON lines, not CSV" in draft
    spec.write_text(draft, encoding="utf-8")
    facts = import_data(data, spec)
    assert (facts["decisions"], facts["participants"]) == (8, 3)
    assert any("used" in note or "chose" in note for note in facts["notes"])


def test_import_when_participants_are_drawn_then_so_many_and_the_same_again(tmp_path):
    """A seed draws people, not lines; where: takes experiments."""
    lines = [{"text": BARE, "experiment": "c", "participant": str(n)} for n in range(20)] * 2
    draw = {"participants": 5, "seed": 3}
    one, two = (import_file(*saved(tmp_path, lines, transcript=draw)) for _ in range(2))
    assert one.decisions.equals(two.decisions)
    assert one.decisions["participant_id"].n_unique() == 5
    assert (one.decisions.height, one.n_passed_over) == (5 * 2 * 3, 30)
    some = import_file(*saved(tmp_path, where={"experiment": "words"}))
    assert (some.decisions.height, some.n_passed_over) == (2, 2)
    with pytest.raises(DataError, match="has 20 participants, fewer than the 21"):
        import_file(*saved(tmp_path, lines, transcript={"participants": 21}))


def test_import_when_histories_are_too_large_then_refused_before_they_are_made(
    tmp_path, monkeypatch
):
    """The refusal names the line and how to take a part."""
    monkeypatch.setattr("silicus.datasets.importing.transcript.MOST_EVENTS", 15)
    with pytest.raises(DataError, match=r"line 3: the histories .* more than 15 events"):
        import_file(*saved(tmp_path))


def test_spec_when_a_key_means_nothing_for_transcripts_then_refused(tmp_path):
    """No key is ignored."""
    with pytest.raises(DataError, match="first_round cannot be given with layout transcript"):
        import_file(*saved(tmp_path, first_round=0))
