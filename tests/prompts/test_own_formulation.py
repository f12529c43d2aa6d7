"""Formulations that distributions outside silicus bring."""

from typing import Any

import pytest

from silicus import plugins
from silicus.errors import StudyError
from silicus.prompts import AnswerStyle, Formulation, check_formulation, write

from .cases import CASES, table, ultimatum

HURRIED = Formulation("hurried", persona="You have ten seconds to decide.")
SPOKEN = Formulation(
    "spoken",
    answer=AnswerStyle(
        prefix="I say:", close=".", ends=(".", ","), ask="Say {whose=} choice: {listed=}."
    ),
)
OTHER_NAME = Formulation("calm")
NO_FORMULATION = "You have ten seconds to decide."

KNOWN = {
    "hurried": f"{__name__}:HURRIED",
    "spoken": f"{__name__}:SPOKEN",
    "calmly": f"{__name__}:OTHER_NAME",
    "text": f"{__name__}:NO_FORMULATION",
    "missing": f"{__name__}:MISSING",
}


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution with formulations is installed."""
    monkeypatch.setattr(plugins, "known", {"formulations": KNOWN}.__getitem__)


def written(row: dict[str, Any], formulation: str, format: str = "plain") -> dict[str, Any]:
    return write(table(row), formulation=formulation, format=format).row(0, named=True)


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("format", ["plain", "chat"])
def test_write_when_the_formulation_is_an_own_one_then_its_words_are_used(
    case: str, format: str
) -> None:
    """Every family speaks an own formulation, and the rows carry its name."""
    prompt = written(CASES[case], "hurried", format)
    assert prompt["formulation"] == "hurried"
    assert HURRIED.persona in prompt["messages"][0]["content"]


def test_write_when_an_own_answer_style_is_used_then_it_is_asked_for_and_scored() -> None:
    """The style decides how the answer begins, what counts as it, and what ends it."""
    prompt = written(ultimatum(), "spoken")
    assert prompt["answer_prefix"] == "I say:"
    assert prompt["forms"][0][0] == " accept"
    assert prompt["ends"] == [".", ","]
    assert 'Say your choice: "I say: accept."' in prompt["messages"][0]["content"]


def test_write_when_an_own_formulation_is_counterbalanced_then_both_are_named() -> None:
    """Swaps are crossed with own formulations as with the others."""
    prompt = written(ultimatum(), "hurried+options_reversed")
    assert prompt["formulation"] == "hurried+options_reversed"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("huried", 'unknown formulation "huried": did you mean "hurried"'),
        ("calmly", 'formulation "calmly": .*OTHER_NAME .* is a formulation called "calm"'),
        ("text", 'formulation "text": .*NO_FORMULATION .* is none'),
        ("missing", 'formulation "missing" cannot be loaded'),
    ],
)
def test_check_when_an_own_formulation_is_not_what_it_should_be_then_says_so(
    name: str, message: str
) -> None:
    """A typo, a wrong entry point and a missing object are each told before a run."""
    with pytest.raises(StudyError, match=message):
        check_formulation(name)
