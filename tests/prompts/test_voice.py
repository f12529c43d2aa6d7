"""Grammatical person and numbers."""

from hypothesis import given
from hypothesis import strategies as st

from silicus.prompts.voice import Voice, either, number


@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda x: round(x, 4)))
def test_number_when_printed_then_reads_back_without_trailing_zeros(value: float) -> None:
    """A printed number is the number, and has no zeros or point at the end."""
    text = number(value)
    assert float(text.replace(",", "")) == value or value == 0
    assert "." not in text or text[-1] not in "0."


def test_voice_when_third_person_then_only_marks_change() -> None:
    """Nouns and verbs follow the person; given texts and other words do not."""
    line = "{You} {are} here, {your} key {press=} and {them} {go~} on with {their} move."
    given = {"press": "{you} {are}"}
    assert Voice("you").say(line, **given) == (
        "You are here, your key {you} {are} and the other player goes on with the other player's "
        "move."
    )
    assert Voice("the participant").say(line, **given) == (
        "The participant is here, the participant's key {you} {are} and the other player goes on "
        "with the other player's move."
    )
    assert Voice("the other player", "you").say(line, **given) == (
        "The other player is here, the other player's key {you} {are} and you go on with your move."
    )


def test_either_when_one_or_none_then_has_no_joint() -> None:
    """An enumeration of one is that one."""
    assert either(["F"]) == "F"
    assert either([]) == ""
