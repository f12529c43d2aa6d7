"""A transcript as it stands: its text up to the choice, nothing added in plain format.

In plain format the prompt ends right before ``<<``, which begins the answer, and ``>>`` ends it: a
model is scored on what stands between them, as in Psych-101 [1]_. In chat format the words between
the choices are the user's turns and each choice an answer, after one sentence on how to go on.

References
----------
.. [1] Binz et al. 2025, "A foundation model to predict and capture human cognition", Methods.
"""

from typing import NamedTuple

from silicus.errors import PromptError
from silicus.games.transcript import CLOSE, OPEN
from silicus.prompts.base import Situation

KIND = "transcript"
HOW_TO_ANSWER = (
    "What follows is the record of one participant in an experiment, piece by piece. After each "
    f"piece, give the participant's next choice and nothing else, between {OPEN} and {CLOSE}."
)


class Told(NamedTuple):
    """What is asked of a model: messages, how the answer begins, options, and what ends them."""

    messages: list[dict[str, str]]
    answer_prefix: str
    forms: list[list[str]]
    ends: list[str]


def told(situation: Situation, *, shown: str, format: str, one_message: bool) -> Told:
    """Return a decision of a transcript in a format.

    Raises
    ------
    PromptError
        If another formulation than the plain baseline is asked for: words of a source cannot be
        said otherwise; or if the history is not that of a transcript.
    """
    if shown.removesuffix("+one_message") != "baseline":
        raise PromptError(
            f"{situation.where}: a transcript is told in the words of its source, so it has the "
            f'formulation "baseline" alone, not "{shown}". Study it apart, with baseline.'
        )
    pieces = _pieces(situation)
    options = [[option] for option in situation.options]
    if format == "plain" or one_message:
        text = "".join(piece + (answer or "") for piece, answer in pieces)
        turns = [{"role": "user", "content": text}]
    else:
        turns = _turns(pieces)
    if format != "plain":
        turns = [{"role": "system", "content": HOW_TO_ANSWER}, *turns]
    return Told(turns, OPEN, options, [CLOSE])


def _pieces(situation: Situation) -> list[tuple[str, str | None]]:
    """Return the words before each choice and the choice, the last one (to be made) None."""
    pieces: list[tuple[str, str | None]] = []
    waiting = ""
    for event in situation.history:
        if (event.actor, event.kind) == ("nature", "text"):
            waiting += event.text or ""
        elif (event.actor, event.kind) == ("self", "move") and event.action is not None:
            pieces.append((waiting, f"{OPEN}{event.action}{CLOSE}"))
            waiting = ""
        else:
            raise PromptError(
                f'{situation.where}: the history of a transcript holds "{event.kind}" of '
                f'"{event.actor}", which it cannot tell. Import the transcript again.'
            )
    return [*pieces, (waiting, None)]


def _turns(pieces: list[tuple[str, str | None]]) -> list[dict[str, str]]:
    """Return user turns and answers; a choice with no words after it stays inside a user turn."""
    turns: list[dict[str, str]] = []
    said = ""
    following = [piece for piece, _ in pieces[1:]]
    for (piece, answer), after in zip(pieces, [*following, ""], strict=True):
        said += piece
        if answer is None:
            break
        if after.strip() and said.strip():
            turns += [
                {"role": "user", "content": said},
                {"role": "assistant", "content": answer},
            ]
            said = ""
        else:
            said += answer
    return [*turns, {"role": "user", "content": said}]
