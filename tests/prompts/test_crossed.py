"""What is swapped, and the format, swap nothing else, whatever the formulation."""

import functools
import itertools
import json
import re
from collections import Counter
from typing import Any

import pytest

from silicus.prompts import counterbalances, formulations, write
from silicus.prompts.writing import FAMILIES
from silicus.schema import END_OF_TURN

from .cases import CASES, table

SHOWN = (("plain", "turns"), ("chat", "turns"), ("chat", "message"))
"""Each format, in chat with the history in turns and in one message."""

LETTERED = [
    case
    for case, row in CASES.items()
    if json.loads(row["game"])["kind"] in ("matrix", "lottery")
    and all(len(label) == 1 for label in row["options"])
]
"""Cases whose options are letters without a meaning of their own."""

COUNTED = [case for case, row in CASES.items() if FAMILIES[json.loads(row["game"])["kind"]].counted]
"""Cases whose options are amounts, which have no other names."""

MATRIX = [case for case in LETTERED if json.loads(CASES[case]["game"])["kind"] == "matrix"]


@functools.cache
def all_written(formulation: str, format: str, history: Any = "turns") -> dict[str, Any]:
    neutral = "neutral_labels" in formulation
    rows = [
        {**row, "decision_id": case}
        for case, row in CASES.items()
        if not (neutral and case in COUNTED)
    ]
    prompts = write(table(*rows), formulation=formulation, format=format, history=history)
    return {prompt["decision_id"]: prompt for prompt in prompts.iter_rows(named=True)}


def text_of(prompt: dict[str, Any]) -> str:
    return "\n\n".join(message["content"] for message in prompt["messages"]).rstrip("\n")


MARKED = ["", *(f"+{mark}" for mark in counterbalances()), "+" + "+".join(counterbalances())]


@pytest.mark.parametrize("mark", MARKED)
@pytest.mark.parametrize("name", formulations())
def test_format_when_changed_then_only_the_turns_differ(name: str, mark: str) -> None:
    """Plain text, turns and one message hold the same words in the same order, and score alike.

    So what holds of the words in one format holds in all.
    """
    kinds = [all_written(name + mark, *shown) for shown in SHOWN]
    for plain, turns, single in ([kind[case] for kind in kinds] for case in kinds[0]):
        words = text_of(turns).split()
        assert text_of(plain).split() == text_of(single).split() == words
        assert len(plain["messages"]) == 1
        assert [m["role"] for m in single["messages"]] in (["system", "user"], ["user"])
        for part in ("forms", "ends", "answer_prefix"):
            assert plain[part] == turns[part] == single[part]


@pytest.mark.parametrize("mark", MARKED)
@pytest.mark.parametrize("name", formulations())
def test_cell_when_counterbalanced_then_ends_where_scoring_begins(name: str, mark: str) -> None:
    """Blank space before an option belongs to it; options stay disjoint; none is lost."""
    for format, history in SHOWN:
        for case, prompt in all_written(name + mark, format, history).items():
            last, prefix = prompt["messages"][-1], prompt["answer_prefix"]
            assert last["role"] == "user"
            assert last["content"].endswith("\n") == (format == "plain")
            assert prefix == prefix.strip()
            assert END_OF_TURN not in last["content"]
            assert len(prompt["forms"]) == len(CASES[case]["options"])
            forms = list(itertools.chain(*prompt["forms"]))
            for form in forms:
                assert form.startswith(" ") == (not prefix.endswith('"'))
                assert form.rstrip() == form != ""
            ended = [form + end for form in forms for end in prompt["ends"]]
            for first, second in itertools.pairwise(sorted(ended)):
                assert not second.startswith(first), (case, first, second)


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("name", formulations())
@pytest.mark.parametrize("case", LETTERED)
def test_neutral_labels_when_put_back_then_nothing_else_has_changed(
    case: str, name: str, format: str
) -> None:
    """Letters without a meaning are replaced everywhere, past answers included, and only they."""
    before = all_written(name, format)[case]
    after = all_written(f"{name}+neutral_labels", format)[case]
    back = dict(zip("PQ", CASES[case]["options"], strict=True))

    def restored(text: str) -> str:
        return re.sub(r"\b[PQ]\b", lambda match: back[match.group()], text)

    assert [restored(m["content"]) for m in after["messages"]] == [
        m["content"] for m in before["messages"]
    ]
    assert [[restored(f) for f in forms] for forms in after["forms"]] == before["forms"]
    for label in CASES[case]["options"]:
        assert not re.search(rf"\b{label}\b", text_of(after))


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("name", formulations())
@pytest.mark.parametrize("mark", ["rows_reversed", "columns_reversed"])
@pytest.mark.parametrize("case", MATRIX)
def test_matrix_when_rows_or_columns_swap_then_four_lines_change_places(
    case: str, mark: str, name: str, format: str
) -> None:
    """In every formulation the four payoffs stand in another order, and nothing else differs."""
    before = text_of(all_written(name, format)[case]).split("\n")
    after = text_of(all_written(f"{name}+{mark}", format)[case]).split("\n")
    moved = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(moved) == 4
    assert moved == list(range(moved[0], moved[0] + 4))
    order = [2, 3, 0, 1] if mark == "rows_reversed" else [1, 0, 3, 2]
    assert [before[moved[0] + i] for i in order] == after[moved[0] : moved[0] + 4]
    unmoved = all_written(name, format)[case]
    assert all_written(f"{name}+{mark}", format)[case]["forms"] == unmoved["forms"]


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("name", formulations())
@pytest.mark.parametrize("case", CASES)
def test_options_reversed_when_written_then_keeps_every_word(
    case: str, name: str, format: str
) -> None:
    """Options change places; the words, the past answers and what is scored stay."""
    before = all_written(name, format)[case]
    after = all_written(f"{name}+options_reversed", format)[case]
    marks = str.maketrans("", "", ".,;:?")
    counts = [Counter(text_of(one).translate(marks).lower().split()) for one in (before, after)]
    assert counts[0] == counts[1]
    for part in ("forms", "ends", "answer_prefix"):
        assert after[part] == before[part]
    told = [
        [m["content"] for m in one["messages"] if m["role"] == "assistant"]
        for one in (before, after)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("case", CASES)
def test_families_when_formulated_then_all_fourteen_are_different_texts(
    case: str, format: str
) -> None:
    """No formulation is another one under a second name, in any family and format."""
    seen = set()
    for name in formulations():
        prompt = all_written(name, format)[case]
        seen.add(text_of(prompt) + prompt["answer_prefix"])
    assert len(seen) == len(formulations())
