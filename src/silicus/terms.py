"""The terms of a round: the game and the options as they were in it, where rounds differ.

``Decision.game`` and ``Decision.options`` are those of the decision's own round. Where a game's
parameters or the names of its options change from round to round, the history says what they
were before: an event of kind :data:`TERMS`, which "happens" at the end of the last round in which
the old values held, has in ``text`` a JSON object of what changed afterwards, with the old
values. A play whose terms stay the same has no such event, and no decision knows of a change
before the round in which it came.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from silicus.games import read_game

TERMS = "terms"
"""Kind of the events of "nature" that say what the terms were up to and in their round."""

OPTIONS = "options"
"""Key of the options among the terms; all other keys are parameters of the game."""

BY_ROUND: Mapping[str, tuple[str, ...]] = {
    "matrix": (
        *("name", "actions", "other_actions", "own", "other", "payoff_unit", "labels", "topology"),
    ),
    "bargaining": ("total", "payoff_unit"),
    "negotiation": ("own_value", "other_value", "labels", "outsider", "payoff_unit"),
    "persuasion": ("price", "chance_of_high", "worth_high", "worth_low", "payoff_unit"),
    "hotel": ("threshold", "labels", "payoff_unit"),
    "issues": (
        *("issues", "packages", "own_points", "own_reasons", "walk_away_points"),
        *("labels", "payoff_unit"),
    ),
    "lottery": (
        *("lotteries", "payoff_unit", "hypothetical", "feedback", "ambiguous", "correlation"),
    ),
    "ultimatum": ("total", "share_offered", "payoff_unit"),
    "contribution": ("other_share", "endowment", "multiplier", "labels", "payoff_unit"),
    "custom": ("name", "parameters", "rules", "ask", "outcome", "other"),
}
"""Per kind of game, the parameters that may change from round to round, each round being told with
its own; all others hold for a whole play."""


class Terms(NamedTuple):
    """What held in the rounds up to and including ``until``."""

    until: int
    game: Any
    options: tuple[str, ...]


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs between the terms of two rounds, with the values of the first.

    Parameters
    ----------
    before, after : mapping
        Parameters of the game as plain values, and :data:`OPTIONS`.

    Examples
    --------
    >>> changed({"kind": "bargaining", "total": 100}, {"kind": "bargaining", "total": 200})
    {'total': 100}
    """
    return {key: value for key, value in before.items() if after.get(key) != value}


def event(number: int, terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that says what the terms were up to and in a round."""
    return {
        "round": number,
        "actor": "nature",
        "kind": TERMS,
        "action": None,
        "amount": None,
        "text": json.dumps(terms, ensure_ascii=False),
    }


def earlier(
    game: str, options: Sequence[str], history: Iterable[Mapping[str, Any]]
) -> tuple[Terms, ...]:
    """Return the terms of earlier rounds that differ from the present ones, in their order.

    Parameters
    ----------
    game : str
        ``Decision.game``.
    options : sequence of str
        ``Decision.options``.
    history : iterable of mapping
        ``Decision.history``.

    Raises
    ------
    DataError
        If what changed makes no valid game.
    """
    told = tuple((one["round"], one["text"]) for one in history if one["kind"] == TERMS)
    return _earlier(game, tuple(options), told) if told else ()


@lru_cache(maxsize=4096)
def _earlier(
    game: str, options: tuple[str, ...], told: tuple[tuple[int, str], ...]
) -> tuple[Terms, ...]:
    values = json.loads(game)
    found = []
    # Backwards, since each event says what was different before it.
    for until, text in sorted(told, reverse=True):
        change = json.loads(text)
        options = tuple(change.pop(OPTIONS, options))
        values = {**values, **change}
        found.append(Terms(until, _game(json.dumps(values, ensure_ascii=False)), options))
    return tuple(reversed(found))


@lru_cache(maxsize=4096)
def _game(text: str) -> Any:
    return read_game(text, where="the terms of an earlier round")


def in_round(terms: Sequence[Terms], number: int, present: Terms) -> Terms:
    """Return the terms of a round, given those of :func:`earlier` and the present ones."""
    return next((one for one in terms if number <= one.until), present)
