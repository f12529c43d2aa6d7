"""YAML read safely, with the line on which everything stands, so that every mistake has a place.

A file is read by :func:`load` once; :func:`plain` gives its values without their lines, and
:func:`line_of` the line of a place in it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from silicus.errors import SilicusError


def load(path: Path, *, called: str, error: type[SilicusError], form: str = "") -> Any:
    """Return the content of a YAML file, whose parts remember their lines.

    No object but plain values and containers of them is ever built.

    Parameters
    ----------
    path : Path
    called : str
        What such a file is called in messages (``"study file"``).
    error : type of SilicusError
        Raised for whatever is wrong with the file.
    form : str
        A sentence that tells the form of such a file, added where it is not YAML.

    Raises
    ------
    SilicusError
        Of the type ``error``: the file cannot be read, or is not YAML (with the line).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(
            f"{called} {path} cannot be read: {cause}. Give the path of a YAML file in UTF-8."
        ) from cause
    try:
        # The round-trip loader builds plain values only and remembers lines.
        return YAML(typ="rt", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as cause:
        mark = cause.problem_mark if isinstance(cause, MarkedYAMLError) else None
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = cause.problem if isinstance(cause, MarkedYAMLError) else cause
        told = f"{path}{line}: this is not valid YAML: {problem}. {form}"
        raise error(told.rstrip()) from cause


def plain(value: Any, *, key: Callable[[Any], str] = str) -> Any:
    """Return YAML values without their lines; every key becomes a text by ``key``.

    Examples
    --------
    >>> plain({1: [True, "a"], "b": {2.5: None}})
    {'1': [True, 'a'], 'b': {'2.5': None}}
    """
    if isinstance(value, dict):
        return {key(name): plain(item, key=key) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, key=key) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def line_of(content: Any, where: tuple[Any, ...]) -> int:
    """Return the line (from 1) of the deepest part of ``where`` that is in the file.

    Parameters
    ----------
    content
        What :func:`load` returned.
    where : tuple
        Keys of mappings and positions in lists, from the outside.
    """
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
