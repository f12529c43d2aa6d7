"""Decision table to Prompt table: one row per decision, in one formulation and one format."""

import hashlib
import json
from functools import lru_cache
from typing import Any, Literal

import polars as pl

from silicus import plugins
from silicus.errors import PromptError, StudyError, unknown_name
from silicus.games import read_game
from silicus.prompts import formats, series, transcript
from silicus.prompts.auction import AUCTION
from silicus.prompts.bargaining import BARGAINING, ULTIMATUM
from silicus.prompts.base import (
    Counterbalance,
    Event,
    Family,
    Formulation,
    Page,
    Script,
    Situation,
    Step,
)
from silicus.prompts.centipede import CENTIPEDE
from silicus.prompts.contribution import CONTRIBUTION
from silicus.prompts.custom import CUSTOM
from silicus.prompts.dictator import DICTATOR
from silicus.prompts.formulations import BY_NAME
from silicus.prompts.guessing import GUESSING
from silicus.prompts.lottery import LOTTERY
from silicus.prompts.matrix import MATRIX
from silicus.prompts.minimum_effort import MINIMUM_EFFORT
from silicus.prompts.negotiation import ISSUES, NEGOTIATION
from silicus.prompts.persuasion import HOTEL, PERSUASION
from silicus.prompts.public_goods import PUBLIC_GOODS, THRESHOLD
from silicus.prompts.trust import TRUST
from silicus.schema import FORMATS, Prompt, check
from silicus.terms import TERMS, earlier

FAMILIES: dict[str, Family] = {
    family.kind: family
    for family in (
        MATRIX,
        ULTIMATUM,
        LOTTERY,
        BARGAINING,
        NEGOTIATION,
        ISSUES,
        PERSUASION,
        HOTEL,
        CONTRIBUTION,
        DICTATOR,
        TRUST,
        PUBLIC_GOODS,
        THRESHOLD,
        GUESSING,
        MINIMUM_EFFORT,
        CENTIPEDE,
        AUCTION,
        CUSTOM,
    )
}
"""How each kind of game is put into words."""

COUNTERBALANCES = tuple(Counterbalance.__dataclass_fields__)
"""What can be swapped; written after a formulation's name: ``"baseline+options_reversed"``."""

ONE_MESSAGE = "one_message"
"""Mark of a chat prompt whose whole history stands in one message."""

_COLUMNS = Prompt.create_empty().schema
_SEEN = ("decision_id", "game", "round", "options", "history")


def formulations() -> list[str]:
    """Return the names of the fourteen formulations of silicus, ``baseline`` first."""
    return list(BY_NAME)


def counterbalances() -> list[str]:
    """Return what can be swapped, each crossed with any formulation by ``+``."""
    return list(COUNTERBALANCES)


def write(
    decisions: pl.DataFrame,
    *,
    formulation: str = "baseline",
    format: str,
    history: Literal["turns", "message"] = "turns",
) -> pl.DataFrame:
    """Put decisions into words.

    Only the situation and its history are read, never the choice.

    Parameters
    ----------
    decisions : Decision table
    formulation : str
        One of :func:`formulations`, or one that an installed distribution brings (entry-point
        group ``silicus.formulations``), with any of :func:`counterbalances` joined by ``+``, for
        instance ``"observer+options_reversed+neutral_labels"``.
    format : str
        ``"plain"`` or ``"chat"``.
    history : str
        In chat format: past rounds as dialogue ``"turns"``, or all in one ``"message"``
        (then the formulation of the rows ends with ``"+one_message"``).

    Returns
    -------
    Prompt table
        In the order of the decisions.

    Raises
    ------
    StudyError
        If a name is unknown; the nearest one is suggested.
    PromptError
        If a decision cannot be put into words; names it.

    References
    ----------
    .. [1] Shapira, Tennenholtz & Reichart 2026, Tables 1 and 4 (the fourteen formulations).
    """
    shown = shown_as(formulation, format=format, history=history)
    wording, balance, one_message = _parse(shown)
    rows = [
        _row(decision, wording, balance, shown, format, one_message)
        for decision in decisions.select(_SEEN).iter_rows(named=True)
    ]
    table = pl.DataFrame(rows, schema=_COLUMNS)
    return check(table, Prompt, where=f"prompts {shown}, {format}", error=PromptError)


def shown_as(
    formulation: str, *, format: str, history: Literal["turns", "message"] = "turns"
) -> str:
    """Return the name under which :func:`write` puts a formulation into the Prompt table.

    Two names that mean the same words in a format become one: swaps have a fixed order, and only
    a chat has its history in one message.

    Examples
    --------
    >>> shown_as("baseline+one_message", format="plain")
    'baseline'
    >>> shown_as("baseline", format="chat", history="message")
    'baseline+one_message'

    Raises
    ------
    StudyError
        If a name is unknown; the nearest one is suggested.
    """
    if format not in FORMATS:
        raise StudyError(unknown_name("format", format, FORMATS))
    if history not in ("turns", "message"):
        raise StudyError(unknown_name("history", history, ("turns", "message")))
    wording, balance, one_message = _parse(formulation)
    marks = [mark for mark in COUNTERBALANCES if getattr(balance, mark)]
    if format == "chat" and (one_message or history == "message"):
        marks.append(ONE_MESSAGE)
    return "+".join([wording.name, *marks])


def check_formulation(formulation: str) -> None:
    """Refuse a formulation that :func:`write` would not know.

    Raises
    ------
    StudyError
        If a part of the name is unknown; the nearest one is suggested.
    """
    _parse(formulation)


def _parse(formulation: str) -> tuple[Formulation, Counterbalance, bool]:
    """Return the formulation, what is swapped, and whether the history goes into one message."""
    name, *marks = formulation.split("+")
    wording = BY_NAME.get(name) or _own(name)
    for mark in marks:
        if mark not in (*COUNTERBALANCES, ONE_MESSAGE):
            raise StudyError(
                unknown_name("counterbalancing", mark, (*COUNTERBALANCES, ONE_MESSAGE))
            )
    balance = Counterbalance(**{mark: True for mark in marks if mark != ONE_MESSAGE})
    return wording, balance, ONE_MESSAGE in marks


def _own(name: str) -> Formulation:
    """Return the formulation that an installed distribution brings under a name."""
    known = plugins.known("formulations")
    if name not in known:
        raise StudyError(unknown_name("formulation", name, [*BY_NAME, *known]))
    found = plugins.load("formulations", name)
    if not isinstance(found, Formulation) or found.name != name:
        what = f'a formulation called "{found.name}"' if isinstance(found, Formulation) else "none"
        raise StudyError(
            f'formulation "{name}": {known[name]} should be a silicus.prompts.Formulation of that '
            f"name, and is {what}. Correct the object or its entry point."
        )
    return found


@lru_cache(maxsize=4096)
def _read(game: str) -> Any:
    return read_game(game)


def situation_of(decision: dict[str, Any]) -> Situation:
    """Return a row of a Decision table as the participant saw it: all but the choice."""
    return Situation(
        decision_id=decision["decision_id"],
        game=_read(decision["game"]),
        round=decision["round"],
        options=tuple(decision["options"]),
        history=tuple(Event(**one) for one in decision["history"] if one["kind"] != TERMS),
        earlier=earlier(decision["game"], decision["options"], decision["history"]),
    )


def family_of(situation: Situation) -> Family:
    """Return what puts the kind of game of a decision into words.

    Raises
    ------
    PromptError
        If there are no words for it.
    """
    family = FAMILIES.get(situation.game.kind)
    if family is None:
        raise PromptError(
            f"{situation.where}: {unknown_name('kind of game', situation.game.kind, FAMILIES)} "
            "It cannot be put into words; use a custom template."
        )
    return family


def _row(
    decision: dict[str, Any],
    wording: Formulation,
    balance: Counterbalance,
    shown: str,
    format: str,
    one_message: bool,
) -> dict[str, Any]:
    situation = situation_of(decision)
    if situation.game.kind == transcript.KIND:
        told = transcript.told(situation, shown=shown, format=format, one_message=one_message)
        return _identified(situation, shown, format, told._asdict())
    family = family_of(situation)
    page = Page(family, situation, wording, balance)
    if page.formulation.numbers_only:
        script = Script("", (Step(family.numbers(page)),))
    else:
        script = series.script_of(page)
    if format == "plain":
        messages = formats.plain(script)
    elif one_message:
        messages = formats.single_message(script)
    else:
        messages = formats.dialogue(script)
    asked = {
        "messages": messages,
        "answer_prefix": page.formulation.answer.prefix,
        "forms": [page.forms(option) for option in range(len(situation.options))],
        "ends": list(page.ends),
    }
    return _identified(situation, shown, format, asked)


def _identified(
    situation: Situation, shown: str, format: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """Return a row of the Prompt table, its id a hash of all that it holds."""
    content = {
        "decision_id": situation.decision_id,
        "formulation": shown,
        "format": format,
        **asked,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return {"prompt_id": hashlib.sha256(text.encode()).hexdigest()[:32], **content}
