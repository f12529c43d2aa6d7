"""What is taken from the rows of a file, play by play, and what is left out."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from silicus.datasets.importing.source import InvalidRow, SourceRow
from silicus.datasets.importing.spec import Spec
from silicus.datasets.importing.varying import Terms, Told

Play = tuple[str, ...]

ONE_EACH = (
    "one decision for each round of a play (name columns.round and columns.play, or say "
    "plays: independent)"
)


BROKEN_OFF = "a play without gaps; an earlier row broke it off"


@dataclass
class Harvest:
    """What was taken from a file: decisions, what happened around them, and what was left out.

    ``rescaled`` holds how far each row of rounded shares missed 1. Each row that was left out is a
    mapping with ``line``, ``column``, ``found`` and ``expected``.
    """

    decisions: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    rescaled: list[float] = field(default_factory=list)

    def drop(self, line: int, column: str, found: str | None, expected: str) -> None:
        """Note a row that cannot be used."""
        shown = "" if found is None else found
        self.dropped.append({"line": line, "column": column, "found": shown, "expected": expected})


@dataclass(frozen=True)
class Taken:
    """One row that can be used; ``terms`` are the game and options that it tells of its round."""

    source: SourceRow
    round: int
    decision: dict[str, Any] | None
    events: list[dict[str, Any]]
    terms: Terms | None = None

    @property
    def line(self) -> int:
        """Return the line of the row."""
        return self.source.line

    def seen_afterwards(self) -> "Taken":
        """Return the row with its events seen only after the choice of their round."""
        return replace(self, events=[{**event, "shown_before": False} for event in self.events])


class Plays:
    """Rows by play; a play ends before the first row of it that cannot be used.

    What came later in such a play would have a history with a gap, so it is left out too.
    """

    def __init__(self, harvest: Harvest, spec: Spec) -> None:
        self._harvest = harvest
        self._spec = spec
        self._rows: dict[Play, list[Taken]] = defaultdict(list)
        self._ends: dict[Play, int] = {}

    def take(self, play: Play, row: Taken) -> None:
        """Add a row to its play."""
        self._rows[play].append(row)

    def end(self, play: Play, number: int) -> None:
        """Let a play end before this round."""
        self._ends[play] = min(number, self._ends.get(play, number))

    def gather(self, *, name: Callable[[Play], str], round_column: str) -> None:
        """Move what can be used into the harvest, in the order of plays and rounds."""
        for play, rows in self._rows.items():
            play_id = name(play)
            rows = sorted(rows, key=lambda one: one.round)
            end, why_end = self._ends.get(play), BROKEN_OFF
            doubled = _first_doubled(rows)
            if doubled is not None and (end is None or doubled <= end):
                end, why_end = doubled, ONE_EACH
            expected = 1
            told = Told(self._spec)
            for row in rows:
                why = why_end if end is not None and row.round >= end else ""
                if not why and row.round > expected:
                    end = row.round
                    why = why_end = f"round {expected} of this play before it, which is missing"
                if why:
                    self._harvest.drop(row.line, round_column, str(row.round), why)
                    continue
                try:
                    changes = told.take(row.source, row.round, row.terms)
                except InvalidRow as cause:
                    self._harvest.drop(row.line, cause.column, cause.found, cause.expected)
                    end, why_end = row.round, BROKEN_OFF
                    continue
                self._harvest.events += [{**one, "play_id": play_id} for one in changes]
                if row.decision is not None:
                    self._harvest.decisions.append({**row.decision, "play_id": play_id})
                self._harvest.events += [
                    {**one, "play_id": play_id, "round": row.round} for one in row.events
                ]
                expected = max(expected, row.round + 1)


def _first_doubled(rows: list[Taken]) -> int | None:
    """Return the first round in which a play has more than one decision."""
    decided = [row.round for row in rows if row.decision is not None]
    return next((one for one, two in pairwise(decided) if one == two), None)
