"""The options of a row: the same in every row, or its own (``offered``)."""

from typing import NamedTuple

from silicus.datasets.importing.source import InvalidRow, SourceRow
from silicus.datasets.importing.spec import Cell, Spec, nth
from silicus.datasets.importing.values import cell_value, recoded


class Offer(NamedTuple):
    """The options of a row in their order, and the place of each among those of the spec."""

    options: tuple[str, ...]
    places: tuple[int, ...]


def offer(spec: Spec, row: SourceRow) -> Offer:
    """Return the options of a row.

    Raises
    ------
    InvalidRow
        If there are fewer than two, or two of one name.
    """
    if not spec.offered:
        return Offer(spec.options, tuple(range(len(spec.options))))
    listed: list[str | None] = []
    columns = []
    for one in (spec.offered,) if isinstance(spec.offered, Cell) else spec.offered:
        if not isinstance(one, Cell):
            listed.append(one)
            continue
        columns.append(row.original(one.column))
        value = cell_value(one, row)
        parts = [value] if one.split is None else split(one, str(value or ""))
        listed += [None if part is None else str(part) for part in parts]
    there = [(name, place) for place, name in enumerate(listed) if name is not None]
    names = tuple(name for name, _ in there)
    if len(set(names)) < len(names) or len(names) < 2:
        what = "options with different names" if len(names) > 1 else "at least two options"
        raise InvalidRow(", ".join(columns), ", ".join(names), what)
    return Offer(names, tuple(place for _, place in there))


def split(cell: Cell, text: str) -> list[str]:
    """Return the parts of a cell that holds several, without the spaces around them."""
    return [part.strip() for part in text.split(cell.split) if part.strip()]


def said(spec: Spec, value: str, offered: Offer) -> str | None:
    """Return the option that a value of the file means in a row, or None.

    Where the spec lists what is ``offered``, the value is the name of an option, unless ``choices``
    say what it means: another name, or ``"#2"`` for the second one listed.
    """
    meant = recoded(spec, value)
    place = nth(meant) if spec.offered and meant else None
    if place is not None:
        return offered.options[offered.places.index(place)] if place in offered.places else None
    if meant is None and spec.offered and value in offered.options:
        return value
    return meant


def chosen(spec: Spec, row: SourceRow, column: str, offered: Offer) -> int:
    """Return which of its options a row took.

    Raises
    ------
    InvalidRow
        If it is none of them.
    """
    value = row.required(column)
    option = said(spec, value, offered)
    if option not in offered.options:
        known = ", ".join(spec.choices or offered.options)
        raise InvalidRow(row.original(column), value, f"one of {known}")
    return offered.options.index(option)


def target(spec: Spec, row: SourceRow, offered: Offer) -> int:
    """Return which option of a row is the target.

    Raises
    ------
    InvalidRow
        If the row does not have it.
    """
    place = nth(spec.target) if spec.offered else None
    if place is not None and place in offered.places:
        return offered.places.index(place)
    if place is None and spec.target in offered.options:
        return offered.options.index(spec.target)
    raise InvalidRow("target", spec.target, f"one of the options {', '.join(offered.options)}")
