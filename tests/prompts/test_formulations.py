"""Only the intended words differ between formulations, and what is swapped swaps nothing else."""

import difflib
import functools
import itertools
import json
import re
from collections import Counter
from typing import Any

import pytest

from silicus.prompts import counterbalances, formulations, write
from silicus.prompts.formulations import BY_NAME
from silicus.prompts.writing import FAMILIES
from silicus.schema import END_OF_TURN

from .cases import CASES, table

FORMATS = ("plain", "chat")
PERSONAS = ("naive", "expert", "fairness", "selfish", "emotional")
ANSWER_FORMATS = ("natural_language", "simplified", "minimal")


def with_options_reordered(row: dict[str, Any]) -> dict[str, Any]:
    """Return the same decision with its options recorded the other way round."""
    game = json.loads(row["game"])
    if "lotteries" in game:
        game["lotteries"] = game["lotteries"][::-1]
    return {**row, "options": row["options"][::-1], "game": json.dumps(game)}


@functools.cache
def all_written(formulation: str, format: str, *, reordered: bool = False) -> dict[str, Any]:
    """Return the prompt of every case, by name; ``reordered`` records the options backwards."""
    neutral = "neutral_labels" in formulation
    named = [
        {**(with_options_reordered(row) if reordered else row), "decision_id": case}
        for case, row in CASES.items()
        if not (neutral and is_counted(case))
    ]
    prompts = write(table(*named), formulation=formulation, format=format)
    return {prompt["decision_id"]: prompt for prompt in prompts.iter_rows(named=True)}


def written(case: str, formulation: str = "baseline", format: str = "chat") -> dict[str, Any]:
    prompt: dict[str, Any] = all_written(formulation, format)[case]
    return prompt


def text_of(prompt: dict[str, Any]) -> str:
    return "\n\n".join(message["content"] for message in prompt["messages"])


def is_matrix(case: str) -> bool:
    return bool(json.loads(CASES[case]["game"])["kind"] == "matrix")


def is_counted(case: str) -> bool:
    """Say whether the options of a case are amounts, which have no other names."""
    return FAMILIES[json.loads(CASES[case]["game"])["kind"]].counted


def words_changed(before: str, after: str) -> tuple[set[str], set[str]]:
    """Return the words taken out and put in, by a diff of words without punctuation."""
    marks = str.maketrans("", "", '.,;:?{}"')
    first, second = before.translate(marks).split(), after.translate(marks).split()
    removed: set[str] = set()
    added: set[str] = set()
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for _, a0, a1, b0, b1 in matcher.get_opcodes():
        if first[a0:a1] != second[b0:b1]:
            removed.update(first[a0:a1])
            added.update(second[b0:b1])
    return removed, added


def test_formulations_when_listed_then_are_the_fourteen_of_the_study() -> None:
    """The names and their number are those of Shapira et al. (2026), Tables 1 and 4."""
    assert formulations() == [
        "baseline",
        "predict_human",
        "observer",
        "reversed_roles",
        "naive",
        "expert",
        "fairness",
        "selfish",
        "emotional",
        "natural_language",
        "simplified",
        "minimal",
        "numbers_only",
        "preamble_reversed",
    ]


@pytest.mark.parametrize("case", CASES)
def test_every_cell_when_written_then_ends_where_scoring_begins(case: str) -> None:
    """No cell ends with blank space; the space before an option belongs to the option."""
    for name, format in itertools.product(formulations(), FORMATS):
        prompt = written(case, name, format)
        text = prompt["messages"][-1]["content"]
        assert prompt["messages"][-1]["role"] == "user"
        assert text.endswith("\n") == (format == "plain")
        assert text.rstrip("\n") == text[: -1 if format == "plain" else None]
        prefix = prompt["answer_prefix"]
        assert prefix == prefix.strip()
        for form in itertools.chain(*prompt["forms"]):
            assert form.startswith(" ") == (not prefix.endswith('"'))
            assert form == form.rstrip()
        assert END_OF_TURN not in text


@pytest.mark.parametrize("case", CASES)
def test_every_cell_when_scored_then_options_are_disjoint_events(case: str) -> None:
    """No form with its end begins another one with its end, within an option or between two."""
    for name in formulations():
        prompt = written(case, name)
        ended = [form + e for form in itertools.chain(*prompt["forms"]) for e in prompt["ends"]]
        for first, second in itertools.pairwise(sorted(ended)):
            assert not second.startswith(first), name


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", PERSONAS)
def test_persona_when_taken_out_then_the_baseline_is_left(case: str, name: str) -> None:
    """A persona adds its sentences after the opening and changes nothing else."""
    persona = BY_NAME[name].persona
    text = text_of(written(case, name))
    assert text.count(persona) == 1
    assert text.replace(f" {persona}", "") == text_of(written(case))


@pytest.mark.parametrize("case", CASES)
def test_predict_human_when_compared_then_only_opening_and_question_differ(case: str) -> None:
    """What the person was told stands there word for word."""
    baseline, prompt = text_of(written(case)), text_of(written(case, "predict_human"))
    head = "Predict what a person will choose. The person was told the following.\n\n"
    assert prompt.startswith(head)
    removed, added = words_changed(baseline, prompt.removeprefix(head))
    assert removed <= {"you", "your", "do", "Do"}
    assert added <= {"this", "person", "person's", "does", "Does", "a", "buys", "buy"}


def neutral(text: str, who: str, other: str) -> list[str]:
    """Return the words after the opening, persons as X and Y, verbs without their endings."""
    text = re.sub(r'"[^"\n]*"', "", text.split("\n\n", 1)[1].lower())
    for noun, mark in sorted([(who, "X"), (other, "Y")], key=lambda pair: -len(pair[0])):
        possessive = "your" if noun == "you" else f"{noun}'s"
        text = re.sub(rf"\b{possessive}\b", f"{mark}'s", text)
        text = re.sub(rf"\b{noun}\b", mark, text)
    irregular = {"is": "are", "has": "have", "does": "do", "goes": "go"}
    words = re.findall(r"[\w']+|[^\w\s]", text)
    return [w if w.endswith("'s") else irregular.get(w, w.removesuffix("s")) for w in words]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["observer", "reversed_roles"])
def test_other_person_when_compared_then_only_persons_and_verb_endings_differ(
    case: str, name: str
) -> None:
    """After the opening the text is the baseline's, with persons put in and verbs inflected."""
    family = FAMILIES[json.loads(CASES[case]["game"])["kind"]]
    baseline = neutral(text_of(written(case)), "you", family.other)
    prompt = text_of(written(case, name))
    if name == "observer":
        assert neutral(prompt, "the participant", family.other) == baseline
    else:
        assert neutral(prompt, family.reversed_who, "you") == baseline


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ANSWER_FORMATS)
def test_answer_format_when_answers_are_put_back_then_the_baseline_is_left(
    case: str, name: str
) -> None:
    """Past answers and the instruction differ, and nothing else."""
    baseline, prompt = written(case)["messages"], written(case, name)["messages"]
    assert [m["role"] for m in prompt] == [m["role"] for m in baseline]
    for before, after in zip(baseline, prompt, strict=True):
        if before["role"] == "system":
            start = before["content"].index("Answer with a JSON")
            assert after["content"][:start] == before["content"][:start]
            assert after["content"][start:] != before["content"][start:]
        elif before["role"] == "assistant":
            label = json.loads(before["content"])["decision"]
            option = CASES[case]["options"].index(label)
            form = written(case, name)["forms"][option][0]
            close = "" if name == "simplified" else "."
            assert after["content"] == written(case, name)["answer_prefix"] + form + close
        else:
            assert after["content"] == before["content"]


@pytest.mark.parametrize("case", CASES)
def test_preamble_reversed_when_compared_then_only_the_rules_list_otherwise(case: str) -> None:
    """The rules hold the same words in another order; what follows the rules is the same."""
    baseline, prompt = written(case)["messages"], written(case, "preamble_reversed")["messages"]
    marks = str.maketrans("", "", ".,;")
    assert prompt[0]["content"] != baseline[0]["content"]
    assert Counter(prompt[0]["content"].translate(marks).lower().split()) == Counter(
        baseline[0]["content"].translate(marks).lower().split()
    )
    assert prompt[1:] == baseline[1:]


@pytest.mark.parametrize("case", CASES)
def test_numbers_only_when_written_then_has_no_history_and_no_sentence(case: str) -> None:
    """One turn of labels and numbers."""
    messages = written(case, "numbers_only")["messages"]
    assert [m["role"] for m in messages] == ["user"]
    named = [] if is_counted(case) else CASES[case]["options"]
    labels = sorted({*named, "C", "D"}, key=len, reverse=True)
    text = re.sub(
        "|".join(rf"\b{re.escape(label)}\b" for label in labels), "", messages[0]["content"]
    )
    assert re.fullmatch(r"[-\d,.\s]*", text)
    assert re.search(r"\d", text)


def test_counterbalances_when_listed_then_are_the_four() -> None:
    """Options, labels, rows and columns."""
    expected = ["options_reversed", "neutral_labels", "rows_reversed", "columns_reversed"]
    assert counterbalances() == expected


@pytest.mark.parametrize("name", formulations())
@pytest.mark.parametrize("case", CASES)
def test_options_reversed_when_written_then_is_the_decision_with_options_reordered(
    case: str, name: str
) -> None:
    """Listing options the other way round is all it does; each option keeps its forms."""
    swapped = written(case, f"{name}+options_reversed")
    other = all_written(name, "chat", reordered=True)[case]
    assert swapped["messages"] == other["messages"]
    assert swapped["forms"] == other["forms"][::-1]
    plain = written(case, name)
    assert swapped["forms"] == plain["forms"]
    if name != "numbers_only" or not is_matrix(case):
        assert swapped["messages"] != plain["messages"]


@pytest.mark.parametrize("case", [case for case in CASES if not is_counted(case)])
def test_neutral_labels_when_put_back_then_the_baseline_is_left(case: str) -> None:
    """Only the names of the options change, and their meaning is told where they are words."""
    options = CASES[case]["options"]
    prompt = written(case, "baseline+neutral_labels")
    letters = [forms[0] for forms in prompt["forms"]]
    assert letters == list("PQRSTUVWXYZ"[: len(options)])
    baseline = text_of(written(case))
    text = text_of(prompt)
    if " Here P means" in text:
        text = text.replace(
            text[text.index(" Here P means") : text.index("\n\n", text.index(" Here P"))], ""
        )
    else:
        assert set(baseline.split()) - set(text.split())
    for letter, option in zip(letters, options, strict=True):
        for mark in (" {} ", " {},", " {}.", " {};", " {}?", '"{}"', "\n{}:"):
            text = text.replace(mark.format(letter), mark.format(option))
    assert text == baseline


@pytest.mark.parametrize("mark", ["rows_reversed", "columns_reversed"])
@pytest.mark.parametrize("case", [case for case in CASES if is_matrix(case)])
def test_matrix_when_rows_or_columns_swap_then_only_the_order_of_lines_differs(
    case: str, mark: str
) -> None:
    """The four payoff lines stand in another order, each as it was."""
    baseline, swapped = (
        text_of(written(case, name)).split("\n") for name in ("baseline", f"baseline+{mark}")
    )
    first = next(i for i, line in enumerate(baseline) if line.startswith("If you"))
    order = [2, 3, 0, 1] if mark == "rows_reversed" else [1, 0, 3, 2]
    assert [baseline[first + i] for i in order] == swapped[first : first + 4]
    assert baseline[:first] + baseline[first + 4 :] == swapped[:first] + swapped[first + 4 :]


def test_formulation_when_crossed_then_its_name_says_all_that_was_done() -> None:
    """Marks stand in one order, so that one design has one name."""
    prompt = written("repeated_matrix", "observer+rows_reversed+options_reversed")
    assert prompt["formulation"] == "observer+options_reversed+rows_reversed"
