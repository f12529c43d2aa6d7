"""What every prompt owes, whatever the family."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import PromptError, StudyError
from silicus.prompts import write

from .cases import CASES, event, moves, pairs_of_rounds, repeated, table, ultimatum

FORMATS = ("plain", "chat")
formats = st.sampled_from(FORMATS)


def written(row: dict[str, Any], format: str, **kwargs: Any) -> dict[str, Any]:
    return write(table(row), format=format, **kwargs).row(0, named=True)


def text_of(prompt: dict[str, Any]) -> str:
    return "\n".join(m["content"] for m in prompt["messages"]) + prompt["answer_prefix"]


@settings(max_examples=30, deadline=None)
@given(case=st.sampled_from(sorted(CASES)), format=formats, choice=st.sampled_from([0, 1]))
def test_write_when_this_choice_differs_then_the_prompt_is_the_same(
    case: str, format: str, choice: int
) -> None:
    """The choice that is to be predicted shows nowhere, neither as a choice nor as a rate."""
    before = written(CASES[case], format)
    assert written({**CASES[case], "choice": choice}, format) == before
    rate = {
        "choice": None,
        "choice_rate": [1.0, *[0.0] * (len(CASES[case]["options"]) - 1)],
        "n_choices": 40,
        "target": 1,
    }
    assert written({**CASES[case], **rate}, format) == before


@settings(max_examples=30, deadline=None)
@given(
    past=pairs_of_rounds.filter(lambda pairs: pairs.count(" ") < 8),
    future=st.lists(st.sampled_from(["JJ", "JF", "FJ", "FF"]), min_size=1, max_size=1),
    format=formats,
)
def test_write_when_later_rounds_differ_then_the_prompt_is_the_same(
    past: str, future: list[str], format: str
) -> None:
    """What is decided later in the same table changes no earlier prompt."""
    now = repeated(past, decision_id="now")
    alone = write(table(now), format=format).row(0, named=True)
    later = repeated(f"{past} {future[0]}".strip(), decision_id="later", choice=1)
    both = write(table(later, now), format=format)
    assert both.row(1, named=True) == alone


@settings(max_examples=30, deadline=None)
@given(
    pairs=pairs_of_rounds.filter(bool),
    game=st.sampled_from([{}, {"n_rounds": None, "continuation": 0.9}]),
)
def test_plain_when_a_round_is_added_then_the_earlier_text_is_its_beginning(
    pairs: str, game: dict[str, Any]
) -> None:
    """Round t's whole prompt, answer prefix included, begins round t + 1's."""
    rounds = pairs.split()
    before = written(repeated(" ".join(rounds[:-1]), game=game), "plain")
    after = written(repeated(pairs, game=game), "plain")
    assert len(before["messages"]) == len(after["messages"]) == 1
    assert text_of(after).startswith(text_of(before))


@settings(max_examples=30, deadline=None)
@given(pairs=pairs_of_rounds.filter(bool))
def test_chat_when_a_round_is_added_then_the_earlier_turns_are_its_beginning(pairs: str) -> None:
    """Round t's turns begin round t + 1's, which adds this answer and the next question."""
    rounds = pairs.split()
    before = written(repeated(" ".join(rounds[:-1])), "chat")["messages"]
    after = written(repeated(pairs), "chat")["messages"]
    assert after[: len(before)] == before
    assert [turn["role"] for turn in after[len(before) :]] == ["assistant", "user"]
    assert json.loads(after[-2]["content"]) == {"decision": rounds[-1][0]}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_prompt_when_written_then_ends_where_scoring_begins(case: str, format: str) -> None:
    """The text ends with a space and a quote, never with a space or line break."""
    prompt = written(CASES[case], format)
    assert text_of(prompt).endswith('{"decision": "')
    assert prompt["messages"][-1]["role"] == "user"
    assert prompt["forms"] == [[label] for label in CASES[case]["options"]]


@pytest.mark.parametrize("case", CASES)
def test_forms_when_ended_then_none_is_the_beginning_of_another(case: str) -> None:
    """Options are disjoint events: no option with its end begins another one with its end."""
    prompt = written(CASES[case], "plain")
    ended = [form + end for option in prompt["forms"] for form in option for end in prompt["ends"]]
    for first, second in itertools.permutations(ended, 2):
        assert not second.startswith(first)


@pytest.mark.parametrize("format", FORMATS)
def test_prompt_id_when_anything_differs_then_differs(format: str) -> None:
    """The id is a hash of the content: equal for equal prompts, else different."""
    one = written(ultimatum(0.35), format)["prompt_id"]
    assert written(ultimatum(0.35), format)["prompt_id"] == one
    others = {
        written(ultimatum(0.3), format)["prompt_id"],
        written(ultimatum(0.35, decision_id="d2"), format)["prompt_id"],
        written(ultimatum(0.35), "chat" if format == "plain" else "plain")["prompt_id"],
    }
    assert one not in others
    assert len(others) == 3


def test_history_when_in_one_message_then_holds_what_the_turns_hold() -> None:
    """One message has the same words in the same order, and is marked in the formulation."""
    turns = written(repeated("JJ FJ"), "chat")
    single = written(repeated("JJ FJ"), "chat", history="message")
    assert [m["role"] for m in single["messages"]] == ["system", "user"]
    words = " ".join(m["content"] for m in turns["messages"]).split()
    assert " ".join(m["content"] for m in single["messages"]).split() == words
    assert single["formulation"] == "baseline+one_message"


def test_write_when_a_round_has_no_own_answer_then_the_next_question_tells_it() -> None:
    """A round in which the participant did not answer stands in the next user turn."""
    row = repeated("JJ", round=2)
    row["history"] = [e for e in row["history"] if e["actor"] == "other"]
    messages = written(row, "chat")["messages"]
    assert [m["role"] for m in messages] == ["system", "user"]
    assert "Result of round 1: The other player chose J." in messages[1]["content"]


@pytest.mark.parametrize("format", FORMATS)
def test_write_when_the_table_is_empty_then_returns_an_empty_prompt_table(format: str) -> None:
    """No decisions give no prompts, with the columns of a Prompt table."""
    prompts = write(table(repeated()).clear(), format=format)
    assert prompts.height == 0
    assert "messages" in prompts.columns


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"format": "plane"}, 'unknown format "plane": did you mean "plain"'),
        ({"format": "chat", "history": "turn"}, 'unknown history "turn": did you mean "turns"'),
        (
            {"format": "chat", "formulation": "basline"},
            'unknown formulation "basline": did you mean "baseline"',
        ),
        (
            {"format": "chat", "formulation": "baseline+option_reversed"},
            'did you mean "options_reversed"',
        ),
    ],
)
def test_write_when_a_name_is_unknown_then_names_the_nearest(
    kwargs: dict[str, Any], message: str
) -> None:
    """Every unknown name is refused with the nearest known one."""
    with pytest.raises(StudyError, match=message):
        write(table(repeated()), **kwargs)


def test_write_when_the_other_moved_in_this_round_then_is_refused() -> None:
    """A same-round move of the other player would give the future away (pitfall 17)."""
    row = repeated("JJ")
    row["history"] = [*row["history"], event(2, "other", "move", "F")]
    with pytest.raises(
        PromptError, match=r"d1: round 2 of the history holds \"move\" of \"other\""
    ):
        write(table(row), format="plain")


def test_write_when_an_event_is_unknown_then_is_refused_not_left_out() -> None:
    """Nothing in a history is silently dropped."""
    row = repeated("JJ")
    row["history"] = [*row["history"], event(1, "other", "gesture", text="waves")]
    with pytest.raises(PromptError, match="gesture"):
        write(table(row), format="plain")


def test_write_when_a_past_answer_is_no_option_then_names_decision_and_options() -> None:
    """A past choice outside the options is an error of the recoding, and said so."""
    row = repeated("JJ")
    row["history"] = [*moves("JJ")[1:], event(1, "self", "move", "K")]
    with pytest.raises(PromptError, match=r'd1: the history holds the own answer "K".*F or J'):
        write(table(row), format="plain")
