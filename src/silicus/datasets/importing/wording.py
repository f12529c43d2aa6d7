"""What is wrong with a value of a spec or a game, in the words of whoever wrote it.

The checks of a spec are made by a schema; nothing of its insides (types, patterns, dictionaries)
may stand in a message.
"""

import re
from collections.abc import Mapping
from typing import Any

_PATTERNS = {
    "string_pattern_mismatch": "a name of small letters, digits and _, beginning with a letter",
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "keys with values",
    "mapping_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "tuple_type": "a list",
    "list_type": "a list",
    "missing": "a value",
}
_BOUNDS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number from {} on"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number up to {}"),
}
_UNION = re.compile(r"(Cell|str|int|float|bool|constrained-str|tuple\[.*|nullable\[.*|function-.*)")


class SpecError(ValueError):
    """A mistake at a place of a spec; ``where`` is the path of keys and positions to it."""

    def __init__(self, where: tuple[Any, ...], message: str) -> None:
        super().__init__(message)
        self.where = where


def place(error: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the path of keys and positions to what is wrong, as the user wrote them."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SpecError):
        return cause.where
    return tuple(
        part for part in error["loc"] if not (isinstance(part, str) and _UNION.fullmatch(part))
    )


def expected(error: Mapping[str, Any]) -> str:
    """Return what a value should have been, of one error of the schema."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        key, text = _BOUNDS[kind]
        return text.format(f"{context[key]:g}")
    if kind == "literal_error":
        return "one of " + str(context["expected"]).replace("'", "").replace(" or ", ", ")
    if kind in ("too_short", "tuple_too_short"):
        return f"a list of at least {context.get('min_length', 1)}"
    if kind in _PATTERNS:
        return _PATTERNS[kind]
    return re.sub(r"^(Value error|Assertion failed), ", "", str(error["msg"])).rstrip(".")


def shown(value: Any) -> str:
    """Return a value as its writer would know it again; of a container only what it holds.

    Examples
    --------
    >>> shown("abc"), shown(2.0), shown(True), shown([1, 2]), shown({"a": 1})
    ('"abc"', '2', 'true', 'a list of 2', 'the key(s) a')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, Mapping):
        return f"the key(s) {', '.join(map(str, value))}" if value else "nothing"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return "nothing" if value is None else f'"{value!s:.80}"'
