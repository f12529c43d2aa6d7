"""YAML as plain values, with the lines they stand on."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from silicus.errors import DataError


def read_yaml(path: Path) -> tuple[Any, dict[str, Any]]:
    """Return a YAML mapping twice: with its lines for :func:`line_of`, and as plain values.

    Raises
    ------
    DataError
        If the file cannot be read or is no YAML mapping; gives the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise DataError(f"spec {path} cannot be read: {cause}. Give a YAML file.") from cause
    try:
        # The round-trip loader builds plain values only and remembers lines.
        content = YAML(typ="rt", pure=True).load(text)
    except YAMLError as cause:
        mark = cause.problem_mark if isinstance(cause, MarkedYAMLError) else None
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = cause.problem if isinstance(cause, MarkedYAMLError) else cause
        raise DataError(f"{path}{line}: this is not valid YAML: {problem}.") from cause
    except (ValueError, RecursionError) as cause:
        raise DataError(f"{path}: this is not valid YAML: {cause}.") from cause
    if not isinstance(content, dict):
        raise DataError(
            f"{path}, line 1: expected keys like name, layout and columns, found "
            f"{type(content).__name__}."
        )
    return content, {str(key): _plain(value) for key, value in content.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        # Values of a column are texts, also where YAML reads 1 or true.
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def line_of(content: Any, where: tuple[Any, ...]) -> int:
    """Return the line (from 1) of the deepest part of ``where`` that is in the file."""
    line = 1
    node = content
    for part in where:
        try:
            position = node.lc.item(part) if isinstance(part, int) else node.lc.key(part)
            line = position[0] + 1
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return int(line)
