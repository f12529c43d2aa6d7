"""Payoff tables written as text: "40 10; 20 80", "[[40,10],[20,80]]", "3,3 | 0,5; 5,0 | 1,1".

A text is read in every way in which people write such tables, and a reading counts only where it
gives a table of the game's own size: rows are the own actions, columns the other player's. Two
readings that differ are an ambiguity, and are refused with both.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from silicus.datasets.importing.numerals import parse_number

Table = tuple[tuple[float, ...], ...]
Pairs = tuple[tuple[tuple[float, float], ...], ...]
_T = TypeVar("_T")

_ROWS = {";": ";", "\n": "lines", "/": "/", "|": "|", "\\\\": "\\\\"}
_ENTRIES = {",": "commas", " ": "spaces", "&": "&", ";": ";", "|": "|"}
_WITHIN = {",": "commas", "/": "/", ":": ":", ";": ";", " ": "spaces"}
_NUMBER = r"[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?"
_BRACKETS = str.maketrans("([{}])\N{MINUS SIGN}", "[[[]]]-")


class NoTable(ValueError):  # noqa: N818 - says what is wrong with a text, never leaves the importer
    """A text that is no payoff table of the size wanted, or several; ends "expected ..."."""


def payoff_table(text: str, rows: int, columns: int, *, decimal: str = ".") -> Table:
    """Return one player's payoffs, by own action (row) and the other's (column).

    Parameters
    ----------
    text : str
    rows, columns : int
        How many actions the participant and the other player have.
    decimal : str
        ``","`` where numbers have a decimal comma, which else separates.

    Raises
    ------
    NoTable
        If no reading, or more than one, gives ``rows`` x ``columns`` numbers.

    Examples
    --------
    >>> payoff_table("40,20/10,80", 2, 2)
    ((40.0, 20.0), (10.0, 80.0))
    >>> payoff_table("1 2 3 4", 2, 2)
    Traceback (most recent call last):
    silicus.datasets.importing.payoffs.NoTable: one reading, not 2: 1 2; 3 4 (row by row) or 1 3; \
2 4 (column by column)
    """
    found: dict[Table, str] = {}
    for cells, how in _grids(text, _ENTRIES):
        numbers = [[_number(cell, how, decimal) for cell in row] for row in cells]
        for table, told in _sized(numbers, rows, columns):
            found.setdefault(table, told or how)
    if not found and decimal != ",":
        meant: Table | None = None
        with suppress(NoTable):
            meant = payoff_table(text, rows, columns, decimal=",")
        if meant is not None:
            raise NoTable(
                f"one reading, not 2: {_plain(meant)} (with decimal commas: say decimal: ',') or "
                "pairs of payoffs (give them as payoffs)"
            )
    return _only(found, rows, columns, _plain)


def payoff_pairs(text: str, rows: int, columns: int) -> Pairs:
    """Return both players' payoffs, the own one first, by own action and the other's.

    Raises
    ------
    NoTable
        If no reading, or more than one, gives ``rows`` x ``columns`` pairs.

    Examples
    --------
    >>> payoff_pairs("3,3 | 0,5; 5,0 | 1,1", 2, 2)
    (((3.0, 3.0), (0.0, 5.0)), ((5.0, 0.0), (1.0, 1.0)))
    """
    found: dict[Pairs, str] = {}
    # Brackets around the two numbers of a pair only say that they belong together.
    inner = re.sub(
        rf"\[\s*({_NUMBER})\s*[,;:/ ]\s*({_NUMBER})\s*\]", r" <\1:\2> ", text.translate(_BRACKETS)
    )
    for cells, how in _grids(inner if "<" in inner else text, _ENTRIES):
        for within in [":"] if "<" in inner else _WITHIN:
            if within in how:
                continue
            pairs = [[_pair(cell.strip(" <>"), within) for cell in row] for row in cells]
            for table, told in _sized(pairs, rows, columns):
                found.setdefault(table, told or how)
    return _only(found, rows, columns, _plain_pairs)


def _grids(text: str, entries: dict[str, str]) -> Iterator[tuple[list[list[str]], str]]:
    """Yield the cells of a text for every way to cut it into rows and cells, and how it was cut."""
    text = text.translate(_BRACKETS).strip()
    groups = re.findall(r"\[([^\[\]]*)\]", text)
    if "[" in text:
        if "[[" in re.sub(r"\s", "", text) or len(groups) > 1:
            yield from _cut([one.strip() for one in groups], entries, "brackets")
            return
        text = text.strip("[] ")
    for separator in _ROWS:
        if separator in text:
            parts = [
                part.strip(" <>") if "<" not in part else part for part in text.split(separator)
            ]
            yield from _cut([one for one in parts if one.strip()], entries, separator)
    yield from _cut([text], entries, "")


def _cut(
    rows: list[str], entries: dict[str, str], separator: str
) -> Iterator[tuple[list[list[str]], str]]:
    for entry in entries:
        if entry == separator:
            continue
        cells = [re.split(r"[ \t]+" if entry == " " else re.escape(entry), row) for row in rows]
        yield [[cell.strip() for cell in row if cell.strip()] for row in cells], separator + entry


def _number(text: str, how: str, decimal: str = ".") -> float | None:
    """Return a number; a comma is a decimal sign only where it separates nothing."""
    if decimal == "," and re.fullmatch(r"[-+]?\d*,\d+", text) and "," not in how:
        text = text.replace(",", ".")
    return parse_number(text)


def _pair(text: str, within: str) -> tuple[float, float] | None:
    parts = text.split() if within == " " else text.split(within)
    numbers = [_number(part.strip(), within) for part in parts]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    return numbers[0], numbers[1]


def _sized(cells: Sequence[Sequence[Any]], rows: int, columns: int) -> Iterator[tuple[Any, str]]:
    """Yield tables of the size wanted; of a single line of cells, both ways to fill one."""
    if any(cell is None for row in cells for cell in row):
        return
    if len(cells) == rows and all(len(row) == columns for row in cells):
        yield tuple(tuple(row) for row in cells), ""
        return
    flat = [cell for row in cells for cell in row]
    if len(flat) == rows * columns and 1 in (len(cells), max(map(len, cells))):
        by_row = [tuple(flat[i * columns : (i + 1) * columns]) for i in range(rows)]
        by_column = [tuple(flat[i::rows]) for i in range(rows)]
        yield tuple(by_row), "row by row"
        yield tuple(by_column), "column by column"


def _only(found: dict[_T, str], rows: int, columns: int, plain: Callable[[_T], str]) -> _T:
    """Return the one table that was found."""
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise NoTable(
            f"payoffs for {rows} x {columns} actions, like "
            f'"{"; ".join([" ".join("1" for _ in range(columns))] * rows)}"'
        )
    readings = " or ".join(
        f"{plain(table)}" + (f" ({how})" if how.startswith(("row", "column")) else "")
        for table, how in found.items()
    )
    raise NoTable(f"one reading, not {len(found)}: {readings}")


def _plain(table: Table) -> str:
    return "; ".join(" ".join(f"{number:g}" for number in row) for row in table)


def _plain_pairs(table: Pairs) -> str:
    return "; ".join(" ".join(f"({a:g}, {b:g})" for a, b in row) for row in table)
