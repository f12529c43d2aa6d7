"""Several decisions from one row: questions side by side, a threshold, a whole strategy.

The questions of a row (``items``) are decisions of their own. A threshold (the smallest offer that
a person would accept) and a strategy (what a person would do in each case) are *one* act that says
what the person would decide in several cases: its decisions share their play and round, and the
analysis counts them together as one decision (see :mod:`silicus.analysis.panel`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from silicus.datasets.importing.source import InvalidRow, SourceRow

ITEM, PART = "item", "part"
"""Columns made here: the place of a question in its row, of a case in its act."""
THRESHOLD, STRATEGY = "threshold.choice", "strategy.choice"
"""Columns made here: what the act says for a case."""

Constant = str | float | bool


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ItemColumn(_Part):
    """The column of the file in which an item has a value."""

    column: str


class Threshold(_Part):
    """A column that holds the smallest value of ``over`` from which on an option is taken.

    ``values`` are the cases that could have come; each becomes a decision. In a tie, where the
    case is the threshold itself, ``ties`` says which option is taken.
    """

    column: str
    over: str = Field(min_length=1)
    values: tuple[float, ...] = Field(min_length=1)
    at_least: str = "accept"
    below: str = "reject"
    ties: Literal["at_least", "below"] = "at_least"

    @model_validator(mode="after")
    def _distinct(self) -> "Threshold":
        if len(set(self.values)) != len(self.values):
            raise ValueError("values has one number twice")
        if self.at_least == self.below:
            raise ValueError(f"at_least and below are the same option, {self.below}")
        return self


class Strategy(_Part):
    """What a person would choose in each case of ``over``: case: column.

    ``columns`` may also be a pattern with ``{}`` for the case (``give_if_{}``), with ``values``.
    """

    over: str = Field(min_length=1)
    columns: dict[str, str] | str
    values: tuple[str, ...] = ()

    @property
    def cases(self) -> dict[str, str]:
        """Return the column of each case."""
        if isinstance(self.columns, str):
            return {value: self.columns.replace("{}", value) for value in self.values}
        return self.columns

    @model_validator(mode="after")
    def _told(self) -> "Strategy":
        pattern = isinstance(self.columns, str)
        if pattern != bool(self.values) or (pattern and "{}" not in self.columns):
            raise ValueError('columns must be case: column, or a pattern like "c{}" with values')
        if len(set(self.cases)) != len(self.cases) or not self.cases:
            raise ValueError("each case must be named once")
        return self


class Failed(NamedTuple):
    """A row that could not be unfolded."""

    line: int
    cause: InvalidRow


class Unfolded(NamedTuple):
    """The columns and rows after unfolding, and the rows that could not be."""

    columns: list[str]
    rows: list[SourceRow]
    failed: list[Failed]


def by_items(
    columns: list[str], rows: list[SourceRow], items: tuple[Mapping[str, Any], ...]
) -> Unfolded:
    """Return each row once for each item, with the item's values in columns of its own.

    An item whose columns are all empty was not shown to that person, and gives no row.
    """
    names = list(dict.fromkeys(name for item in items for name in item))
    made = []
    for row in rows:
        for number, item in enumerate(items, start=1):
            values = {**row.values, ITEM: str(number)} | dict.fromkeys(names)
            originals = dict(row.originals)
            taken = []
            for name, value in item.items():
                if isinstance(value, ItemColumn):
                    values[name] = row.values[value.column]
                    originals[name] = row.original(value.column)
                    taken.append(values[name])
                else:
                    values[name] = _as_text(value)
            if taken and all(value is None for value in taken):
                continue
            made.append(SourceRow(row.line, values, originals, row.written))
    return Unfolded([*columns, ITEM, *names], made, [])


def by_threshold(columns: list[str], rows: list[SourceRow], threshold: Threshold) -> Unfolded:
    """Return each row once for each value that could have come, with the option it implies."""
    made, failed = [], []
    for row in rows:
        try:
            least = row.number(threshold.column)
        except InvalidRow as cause:
            failed.append(Failed(row.line, cause))
            continue
        original = {THRESHOLD: row.original(threshold.column)}
        for number, value in enumerate(threshold.values, start=1):
            reached = value > least or (value == least and threshold.ties == "at_least")
            cells = {
                threshold.over: _as_text(value),
                THRESHOLD: threshold.at_least if reached else threshold.below,
                PART: str(number),
            }
            made.append(
                SourceRow(
                    row.line, {**row.values, **cells}, {**row.originals, **original}, row.written
                )
            )
    return Unfolded([*columns, threshold.over, THRESHOLD, PART], made, failed)


def by_strategy(columns: list[str], rows: list[SourceRow], strategy: Strategy) -> Unfolded:
    """Return each row once for each case, with what the person would choose in it."""
    made = []
    for row in rows:
        for number, (case, column) in enumerate(strategy.cases.items(), start=1):
            cells = {strategy.over: case, STRATEGY: row.values[column], PART: str(number)}
            originals = {**row.originals, STRATEGY: row.original(column)}
            made.append(SourceRow(row.line, {**row.values, **cells}, originals, row.written))
    return Unfolded([*columns, strategy.over, STRATEGY, PART], made, [])


def needed_columns(
    items: tuple[Mapping[str, Any], ...], threshold: Threshold | None, strategy: Strategy | None
) -> Iterator[str]:
    """Yield the columns of the file that unfolding reads."""
    for item in items:
        yield from (value.column for value in item.values() if isinstance(value, ItemColumn))
    if threshold is not None:
        yield threshold.column
    if strategy is not None:
        yield from strategy.cases.values()


def _as_text(value: Constant) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
