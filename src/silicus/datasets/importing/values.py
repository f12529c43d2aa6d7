"""Values of a spec for one row: fixed, or taken from a column."""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import TypeAdapter, ValidationError

from silicus.datasets.importing.numerals import parse_number
from silicus.datasets.importing.payoffs import NoTable, payoff_pairs, payoff_table
from silicus.datasets.importing.source import InvalidRow, SourceRow, expected_number
from silicus.datasets.importing.spec import Cell, Happening, Spec, cells
from silicus.datasets.importing.wording import expected, place, shown
from silicus.errors import DataError
from silicus.games import Game

_GAMES: TypeAdapter[Any] = TypeAdapter(Game)
TEMPLATES = ("rules", "ask", "outcome")
_TEXTS = (
    *("name", "actions", "other_actions", "payoff_unit", "labels", "topology", "issues"),
    *("own_reasons", "outsider", *TEMPLATES),
)
"""Parameters that are names or words, whatever they look like."""

_PLAIN_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?([eE][-+]?\d+)?")

FIXED_OPTIONS = {
    "ultimatum": ("accept", "reject"),
    "bargaining": ("accept", "reject"),
    "persuasion": ("yes", "no"),
}
"""Options of the kinds of game whose options have one meaning each."""

LABELLED = ("negotiation", "hotel", "issues", "contribution", "threshold", "centipede")
"""Kinds of game whose ``labels`` say what each option means."""


def cell_value(cell: Cell, row: SourceRow) -> str | float | None:
    """Return what a cell of the spec means in a row."""
    text = row.text(cell.column, optional=cell.optional)
    if text is None:
        return None
    if cell.recode is not None:
        if text not in cell.recode:
            raise InvalidRow(row.original(cell.column), text, f"one of {_listed(cell.recode)}")
        return cell.recode[text]
    if cell.scale != 1 or cell.one_minus:
        number = row.number(cell.column) * cell.scale
        # Twelve digits: 0.01 x 30 is 0.3 and not 0.30000000000000004.
        return float(f"{1 - number if cell.one_minus else number:.12g}")
    return text


def as_number(cell: Cell | float | None, row: SourceRow) -> float | None:
    """Return an amount of the spec as a number."""
    if not isinstance(cell, Cell):
        return cell
    value = cell_value(cell, row)
    if value is None or isinstance(value, float | int):
        return value
    number = parse_number(value)
    if number is None:
        raise InvalidRow(row.original(cell.column), value, expected_number(value))
    return number


def recoded(spec: Spec, value: str) -> str | None:
    """Return the option that a value of the choice column means, or None.

    Numbers are compared as numbers (a workbook may have 1.0 for 1), true and false in any case.
    """
    if value in spec.choices:
        return spec.choices[value]
    if value.lower() in ("true", "false"):
        return spec.choices.get(value.lower())
    number = parse_number(value)
    if number is None or not _PLAIN_NUMBER.fullmatch(value):
        return None
    return next((o for key, o in spec.choices.items() if parse_number(key) == number), None)


def game_text(
    spec: Spec, row: SourceRow, number: int, options: Sequence[str], places_of: Sequence[int]
) -> str:
    """Return the game of a row, which is of a certain round, as JSON.

    Parameters
    ----------
    spec : Spec
    row : SourceRow
    number : int
        The round.
    options : sequence of str
        What is offered in the row.
    places_of : sequence of int
        The place of each option among those that the spec lists; lists of the game with one entry
        for each option keep these.

    Raises
    ------
    InvalidRow
        If the values of the row make no valid game; names the column.
    """
    filled = _with_options(spec, _filled(spec, row), row, options, places_of)
    try:
        text, n_rounds = _valid_game(json.dumps(filled))
    except ValidationError as cause:
        error = cause.errors()[0]
        where = ".".join(str(part) for part in place(error)[1:])
        message = expected(error)
        columns = places(spec.game)
        # A mistake may be in one place, or lie in several that do not fit together.
        inside = [c for at, c in columns.items() if _within(at, where) or _within(where, at)]
        if not inside:
            found = "" if isinstance(error["input"], dict) else shown(error["input"]).strip('"')
            raise InvalidRow(f"game.{where}".rstrip("."), found, message) from cause
        texts = [row.text(column, optional=True) or "" for column in dict.fromkeys(inside)]
        name = ", ".join(row.original(column) for column in dict.fromkeys(inside))
        told = f"{message} (for game.{where})" if where else message
        raise InvalidRow(name, ", ".join(texts), told) from cause
    if n_rounds is not None and number > n_rounds:
        key = "game.max_rounds" if "max_rounds" in filled else "game.n_rounds"
        raise InvalidRow(key, str(n_rounds), f"at least {number}, the round of this row")
    if spec.offered:
        _check_offer(spec, row, filled, options)
    return text


def _filled(spec: Spec, row: SourceRow) -> dict[str, Any]:
    """Return the parameters of a game with their cells filled in."""
    return {key: _fill(value, row, texts=key in _TEXTS) for key, value in spec.game.items()}


def _with_options(
    spec: Spec,
    filled: dict[str, Any],
    row: SourceRow,
    options: Sequence[str],
    places_of: Sequence[int],
) -> dict[str, Any]:
    """Return the parameters with what depends on the options, and payoffs read from texts."""
    kind = filled["kind"]
    if isinstance(filled.get("labels"), list):
        named = filled["labels"]
        filled["labels"] = {
            option: named[at]
            for option, at in zip(options, places_of, strict=True)
            if at < len(named)
        }
    if kind == "lottery" and isinstance(filled.get("lotteries"), list):
        for key in ("lotteries", "ambiguous"):
            if isinstance(filled.get(key), list) and len(filled[key]) > max(places_of):
                filled[key] = [filled[key][at] for at in places_of]
        filled["lotteries"] = [_without_empty(one) for one in filled["lotteries"]]
    if kind == "matrix":
        if spec.offered:
            filled.setdefault("actions", list(options))
        _read_payoffs(spec, filled, row)
    return filled


def _without_empty(lottery: Any) -> Any:
    """Return a lottery without the outcomes whose optional cells are empty."""
    if not isinstance(lottery, list):
        return lottery
    return [one for one in lottery if not isinstance(one, dict) or None not in one.values()]


def _read_payoffs(spec: Spec, filled: dict[str, Any], row: SourceRow) -> None:
    """Turn payoffs that are texts into tables of the size that the actions ask for."""
    sizes = [filled.get(key) for key in ("actions", "other_actions")]
    if not all(isinstance(size, list) for size in sizes):
        return
    rows, columns = (len(size) for size in sizes if size is not None)
    for key in ("own", "other", "payoffs"):
        text = filled.get(key)
        if key != "payoffs" and not isinstance(text, str):
            continue
        if text is None:
            continue
        try:
            if key != "payoffs":
                filled[key] = payoff_table(text, rows, columns, decimal=spec.decimal)
                continue
            pairs = payoff_pairs(str(text), rows, columns)
        except NoTable as cause:
            cell = spec.game[key]
            column = row.original(cell.column) if isinstance(cell, Cell) else f"game.{key}"
            raise InvalidRow(column, str(text), str(cause)) from cause
        filled["own"] = [[mine for mine, _ in line] for line in pairs]
        filled["other"] = [[theirs for _, theirs in line] for line in pairs]
        del filled["payoffs"]


def _check_offer(
    spec: Spec, row: SourceRow, filled: dict[str, Any], options: Sequence[str]
) -> None:
    """Raise unless the options of a row are those that its game knows."""
    kind = filled["kind"]
    known: Any = FIXED_OPTIONS.get(kind)
    if kind == "matrix":
        known = filled["actions"]
    if kind in LABELLED:
        known = filled.get("labels") or ()
    exact = kind == "matrix" or kind in LABELLED
    wrong = known is not None and (
        sorted(known) != sorted(options) if exact else not set(options) <= set(known)
    )
    if wrong:
        columns = [row.original(cell.column) for cell in cells(spec.offered)]
        raise InvalidRow(
            ", ".join(columns) or "offered",
            ", ".join(options),
            f"the options that the game has in this row: {_listed(known)}",
        )


@lru_cache(maxsize=4096)
def _valid_game(text: str) -> tuple[str, int | None]:
    """Return a game, defaults filled in, and the number of its rounds where that is fixed."""
    game = _GAMES.validate_json(text)
    n_rounds = getattr(game, "max_rounds", getattr(game, "n_rounds", None))
    if getattr(game, "in_series", False):
        n_rounds = None
    return str(game.model_dump_json()), n_rounds


def _fill(value: Any, row: SourceRow, *, texts: bool = False) -> Any:
    """Return a parameter with its cells filled in; ``texts`` stay what the file has."""
    if isinstance(value, Cell):
        found = cell_value(value, row)
        if value.split is not None and isinstance(found, str):
            parts = [part.strip() for part in found.split(value.split) if part.strip()]
            return parts if texts else [_scalar(part) for part in parts]
        return _text(found) if texts else _scalar(found)
    if isinstance(value, dict):
        return {key: _fill(item, row, texts=texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, row, texts=texts) for item in value]
    return _text(value) if texts else value


def _text(value: Any) -> Any:
    """Return a number of the spec as the text that a file has for it: names are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:.12g}"


def _within(inner: str, outer: str) -> bool:
    """Say whether one place of a game is another or lies inside it."""
    return not outer or inner == outer or inner.startswith(f"{outer}.")


def places(value: Any, where: str = "") -> dict[str, str]:
    """Return which column fills which place of a game (``own.0.1``)."""
    if isinstance(value, Cell):
        return {where: value.column}
    if isinstance(value, dict):
        pairs = [*value.items()]
    elif isinstance(value, list):
        pairs = [*enumerate(value)]
    else:
        return {}
    prefix = f"{where}." if where else ""
    return {
        place: column
        for key, item in pairs
        for place, column in places(item, f"{prefix}{key}").items()
    }


def _scalar(value: str | float | None) -> str | float | int | bool | None:
    """Return a cell as what it looks like: a number, true or false, or a text.

    ``007`` is a name: as a number it would be told as 7.
    """
    if not isinstance(value, str):
        return value
    number = parse_number(value) if _PLAIN_NUMBER.fullmatch(value) else None
    if number is not None:
        return int(number) if number == int(number) and "." not in value else number
    return {"true": True, "false": False}.get(value.lower(), value)


def check_game(spec: Spec, where: str) -> None:
    """Raise for what is wrong with the game of a spec in every row: templates and options.

    Raises
    ------
    DataError
    """
    if spec.game["kind"] == "custom":
        environment = ImmutableSandboxedEnvironment()
        for key in TEMPLATES:
            try:
                environment.parse(str(spec.game.get(key, "")))
            except TemplateSyntaxError as cause:
                raise DataError(
                    f"{where}: game.{key}: not a valid template: {cause.message} (line "
                    f"{cause.lineno} of the text)."
                ) from cause
    else:
        _check_options(spec, where)


def _check_options(spec: Spec, where: str) -> None:
    """Raise unless the options are those that the kind of game knows."""
    kind = spec.game["kind"]
    if spec.offered:
        return
    listed = ", ".join(spec.options)
    if kind in FIXED_OPTIONS and set(spec.options) != set(FIXED_OPTIONS[kind]):
        raise DataError(
            f"{where}: the options of a game of kind {kind} are "
            f"{' and '.join(FIXED_OPTIONS[kind])}, found {listed}. Recode them under choices."
        )
    if kind in LABELLED and set(spec.game.get("labels") or ()) != set(spec.options):
        raise DataError(
            f"{where}: game.labels must say what each of the options {listed} means, found "
            f"{_listed(spec.game.get('labels') or ()) or 'none'}."
        )
    if kind == "matrix":
        actions = spec.game.get("actions")
        if cells(actions):
            raise DataError(
                f"{where}: game.actions come from columns, so that options differ by row: list "
                "the same columns under offered."
            )
        if not isinstance(actions, list) or sorted(map(str, actions)) != sorted(spec.options):
            raise DataError(
                f"{where}: game.actions must be the options {', '.join(spec.options)}, found "
                f"{_listed(actions) if isinstance(actions, list) else shown(actions)}."
            )


def event(
    spec: Spec, entry: Happening, row: SourceRow, meant: Callable[[str], str | None] | None = None
) -> dict[str, Any] | None:
    """Return an event of a row; None where an optional cell is empty.

    ``meant`` says which option a value of the file is; without it the spec's ``choices`` do.
    """
    action: Any = entry.action
    if isinstance(action, Cell):
        value = cell_value(action, row)
        if value is not None and action.recode is None:
            known = recoded(spec, str(value)) if meant is None else meant(str(value))
            value = known or value
        _check_action(spec, entry, action, value, row)
        action = None if value is None else str(value)
    text: Any = entry.text
    if isinstance(text, Cell):
        value = cell_value(text, row)
        text = None if value is None else str(value)
    amount = as_number(entry.amount, row)
    given = (entry.action, entry.amount, entry.text)
    if any(one is not None for one in given) and action is amount is text is None:
        return None
    return {
        "actor": entry.actor,
        "kind": entry.kind,
        "action": action,
        "amount": amount,
        "text": text,
        "shown_before": entry.seen == "before",
    }


def _check_action(spec: Spec, entry: Happening, cell: Cell, value: Any, row: SourceRow) -> None:
    """Raise for a move that the game does not have."""
    if spec.game["kind"] != "matrix" or entry.kind != "move" or value is None:
        return
    key = "actions" if entry.actor == "self" else "other_actions"
    actions = _fill(spec.game.get(key), row, texts=True)
    if isinstance(actions, list) and str(value) not in actions:
        found = row.text(cell.column, optional=True)
        raise InvalidRow(row.original(cell.column), found, f"a move, one of {_listed(actions)}")


def _listed(values: Any) -> str:
    return ", ".join(str(value) for value in values)
