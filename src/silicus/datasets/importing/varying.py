"""The game and the options of each round of a play, and what changed between rounds.

A value that a row takes from a column holds for the round of the row. Where rounds of one play
differ, every later history gets an event that says what the values were before
(:mod:`silicus.terms`); what a kind of game cannot tell anew in a round must not change.
"""

import json
from collections.abc import Mapping
from typing import Any

from silicus.datasets.importing.source import InvalidRow, SourceRow
from silicus.datasets.importing.spec import Spec, cells
from silicus.datasets.importing.values import places
from silicus.terms import BY_ROUND, OPTIONS, changed, event

Terms = tuple[str, tuple[str, ...]]
"""A game as JSON, and the options."""


class Told:
    """What the rows of one play, given in their order, tell of the terms of its rounds."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._terms: Terms | None = None
        self._told: list[tuple[int, int]] = []
        self._silent: list[int] = []

    def take(self, row: SourceRow, number: int, terms: Terms | None) -> list[dict[str, Any]]:
        """Return the events that a row brings into later histories: one, if it changed the terms.

        Parameters
        ----------
        row : SourceRow
        number : int
            Its round.
        terms : Terms or None
            None where the row does not tell them.

        Raises
        ------
        InvalidRow
            If something changed that holds for a whole play, or within a round, or while it is
            not known what it was in a round before.
        """
        told = [at for at, _ in self._told]
        if terms is None:
            if number not in told and number not in self._silent:
                self._silent.append(number)
            return []
        before, self._terms = self._terms, terms
        last = self._told[-1] if self._told else None
        if not told or told[-1] != number:
            self._told.append((number, row.line))
        if number in self._silent:
            self._silent.remove(number)
        if before is None or before == terms or last is None:
            return []
        old, new = _plain(before), _plain(terms)
        self._refuse(row, number, last, old, new)
        return [{**event(number - 1, changed(old, new)), "shown_before": False}]

    def _refuse(
        self,
        row: SourceRow,
        number: int,
        last: tuple[int, int],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> None:
        """Raise for a change that could not be told truly."""
        kind = str(new["kind"])
        known = (*BY_ROUND.get(kind, ()), OPTIONS)
        changes = sorted(changed(old, new), key=lambda key: key in known)
        place, was, found = _difference(old, new, changes[0])
        column = places(self._spec.game).get(place)
        shown = row.text(column, optional=True) if column else None
        name = row.original(column) if column else f"game.{place}"
        value = _shown(found) if shown is None else shown
        since = f"{_shown(was)} as in round {last[0]} (line {last[1]})"
        if last[0] == number:
            raise InvalidRow(name, value, f"{since}: a round has one value of {place}")
        if changes[0] not in known:
            raise InvalidRow(
                name,
                value,
                f"{since}: a game of kind {kind} cannot tell a {place} that changes from round to "
                "round (use kind custom, or name in columns.play what tells plays apart)",
            )
        if self._silent:
            raise InvalidRow(
                name,
                value,
                f"{since}, or a row of round {self._silent[0]} that says what {place} was then",
            )


def tells_terms(spec: Spec, row: SourceRow) -> bool:
    """Return whether a row has a value in every column that the game takes one from."""
    told = [*spec.game.values(), spec.offered]
    needed = [cell for cell in cells(told) if not cell.optional]
    return bool(needed) and all(row.values.get(cell.column) is not None for cell in needed)


def _plain(terms: Terms) -> dict[str, Any]:
    game, options = terms
    return {**json.loads(game), OPTIONS: list(options)}


def _shown(value: Any) -> str:
    """Return a value as a file has it: a whole number without the point that JSON gave it."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def _difference(old: Any, new: Any, key: str) -> tuple[str, Any, Any]:
    """Return the first place below a key at which two values differ, and both values."""
    place, was, found = key, old.get(key), new.get(key)
    while type(was) is type(found):
        if isinstance(was, dict) and was.keys() == found.keys():
            inner: Any = next(name for name in was if was[name] != found[name])
        elif isinstance(was, list) and len(was) == len(found):
            inner = next(at for at in range(len(was)) if was[at] != found[at])
        else:
            break
        place, was, found = f"{place}.{inner}", was[inner], found[inner]
    return place, was, found
