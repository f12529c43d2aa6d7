"""Somebody's own experiment, put into words by templates."""

import pytest

from silicus.errors import PromptError
from silicus.prompts import write

from .cases import custom, table


def written(**changes: object) -> str:
    prompt = write(table(custom(**changes)), format="plain").row(0, named=True)
    return str(prompt["messages"][0]["content"])


def test_custom_when_a_round_is_added_then_the_earlier_text_is_its_beginning() -> None:
    """The rounds of an own game share their text as those of built-in ones do."""
    for rounds in (1, 2, 3):
        assert written(rounds=rounds + 1).startswith(written(rounds=rounds))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"rules": "{{ strat }}"},
            'template "rules" of game "growing pot".*\'strat\' is undefined',
        ),
        ({"ask": "{% if %}"}, 'template "ask" of game "growing pot" cannot be filled in'),
        ({"ask": " "}, 'template "ask" .* gives no text for round 1'),
        ({"rules": "{{ unit | percent }}"}, 'template "rules" of game "growing pot"'),
        ({"rules": "{{ parameters.__class__.__mro__ }}"}, "unsafe|undefined"),
        ({"rules": "{% include 'secret.txt' %}"}, "cannot be filled in"),
        ({"ask": "{% set _ = events.append(1) %}{{ events }}"}, "cannot be filled in"),
    ],
)
def test_custom_when_a_template_cannot_be_filled_in_then_names_it(
    changes: dict[str, str], message: str
) -> None:
    """A bad template, an unknown parameter or an unsafe one is one paragraph, no traceback."""
    with pytest.raises(PromptError, match=message):
        written(**changes)


def test_custom_when_this_round_has_events_then_asks_with_them_alone() -> None:
    """The question sees what was shown before the answer, not what came of it."""
    ask = "Seen {{ seen | length }}. Round {{ round }}?"
    assert written(rounds=2, ask=ask).count("Seen 0.") == 2
