"""JSON as rows: an array of records, or one record a line; records inside records are spread."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from silicus.datasets.importing.delimited import Records, decoded
from silicus.errors import DataError


class _TwiceError(ValueError):
    """A record that has one key twice."""


def read_json(path: Path, kind: str) -> tuple[list[str], Records]:
    """Return the keys of all records as columns, and the records with their line or number.

    Numbers stay as they are written; ``true`` and ``false`` are those words, ``null`` an empty
    cell; the record ``{"response": {"Q0": 3}}`` has the column ``response.Q0``; a list is kept as
    its JSON text.

    Parameters
    ----------
    path : Path
    kind : str
        ``json`` (one array of records) or ``json lines``.

    Raises
    ------
    DataError
        If it is not that.
    """
    text = decoded(path)
    found = list(_lines(path, text) if kind == "json lines" else _array(path, text))
    columns: dict[str, None] = {}
    spread = []
    for place, record in found:
        cells: dict[str, str | None] = {}
        for name, value in _cells(record):
            if name in cells:
                raise DataError(
                    f'{path.name}, record {place}: "{name}" is there twice. Rename one.'
                )
            cells[name] = value
            columns[name] = None
        spread.append((place, cells))
    if not columns:
        raise DataError(f"{path.name} holds no records.")
    return list(columns), [
        (place, [cells.get(name) for name in columns]) for place, cells in spread
    ]


def _loads(text: str) -> Any:
    return json.loads(
        text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_once
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _TwiceError("a key is there twice in one record")
    return record


def _lines(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _loads(line)
        except ValueError as cause:
            raise DataError(f"{path.name}, line {number}: not a JSON record: {cause}.") from cause
        if not isinstance(record, dict):
            raise DataError(f"{path.name}, line {number}: expected a JSON record like {{...}}.")
        yield number, record


def _array(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = _loads(text)
    except ValueError as cause:
        raise DataError(
            f"{path.name} is neither one JSON array of records nor one record a line: {cause}."
        ) from cause
    if isinstance(content, dict):
        keys = ", ".join(list(content)[:5])
        raise DataError(
            f"{path.name} is one JSON record (with {keys}), not an array of records. Save the "
            "array of trials by itself."
        )
    # Participants' arrays may be put into one: [[trial, trial], [trial]].
    flat = [one for item in content for one in (item if isinstance(item, list) else [item])]
    for number, record in enumerate(flat, start=1):
        if not isinstance(record, dict):
            raise DataError(f"{path.name}, record {number}: expected a JSON record like {{...}}.")
        yield number, record


def _cells(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    for key, value in record.items():
        name = prefix + key
        if isinstance(value, dict) and value:
            yield from _cells(value, f"{name}.")
        elif isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, list | dict):
            yield name, json.dumps(value, ensure_ascii=False)
        else:
            yield name, value
