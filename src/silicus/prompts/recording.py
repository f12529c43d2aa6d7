"""A whole play in words, what was chosen included: the decisions of one play as one text."""

from collections.abc import Iterable
from typing import Any

from silicus.errors import PromptError
from silicus.games.transcript import CLOSE, OPEN
from silicus.prompts import formats, transcript
from silicus.prompts.base import AnswerStyle, Counterbalance, Formulation, Page, Situation
from silicus.prompts.series import script_of
from silicus.prompts.writing import family_of, situation_of

_MARKED = Formulation(
    name="transcript",
    answer=AnswerStyle(
        prefix=OPEN,
        close=CLOSE,
        ends=(CLOSE,),
        ask="Answer with {whose=} choice and nothing else: {listed=}.",
        spaced=False,
    ),
)


def record(decisions: Iterable[dict[str, Any]]) -> str:
    """Return the baseline text of a play, each choice between << and >>.

    Only the choices of the decisions are marked: what looks like a mark elsewhere (an own move that
    a time-out made, a message with <<) is written with plain quotation marks.

    Parameters
    ----------
    decisions : iterable of dict
        Rows of a Decision table: those of one play, in the order of their rounds.

    Raises
    ------
    PromptError
        If a decision cannot be put into words, or the text of a round does not go on where that
        of the round before ended.
    """
    written, before = "", ""
    for decision in decisions:
        situation = situation_of(decision)
        raw = _told(situation)
        answer = f"{OPEN}{situation.options[decision['choice']]}{CLOSE}"
        if before and not raw.startswith(before):
            if OPEN in raw and any(event.actor == "self" for event in situation.history):
                raise PromptError(
                    f"{situation.where}: its text does not go on where that of the round before "
                    "ended, so the play is no single text and cannot be exported as one."
                )
            written += "\n\n"
            before = ""
        written += unmarked(raw.removeprefix(before)) + answer
        before = raw + answer
    return written


def unmarked(text: str) -> str:
    """Return a text without marks of choices.

    Examples
    --------
    >>> unmarked("Answer with your choice: <<J>> or <<F>>.")
    'Answer with your choice: "J" or "F".'
    """
    return text.replace(OPEN, '"').replace(CLOSE, '"')


def _told(situation: Situation) -> str:
    """Return the text up to the choice, earlier answers marked."""
    if situation.game.kind == transcript.KIND:
        asked = transcript.told(situation, shown="baseline", format="plain", one_message=False)
        return asked.messages[0]["content"]
    page = Page(family_of(situation), situation, _MARKED, Counterbalance())
    return formats.plain(script_of(page))[0]["content"]
