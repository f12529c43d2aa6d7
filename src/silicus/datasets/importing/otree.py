"""oTree's all-apps-wide export: one row per participant and round of one app, made from it."""

import re
from collections import defaultdict
from pathlib import Path

from silicus.datasets.importing.source import SourceRow
from silicus.errors import DataError, unknown_name

_FIELD = re.compile(r"(?P<app>.+)\.(?P<round>\d+)\.(?P<rest>(player|group|subsession)\..+)")

PARTICIPANT, SESSION = "participant.code", "session.code"
ROUND, GROUP = "subsession.round_number", "group.id_in_subsession"
IS_BOT = "participant._is_bot"
PARTNER = "partner."
"""Columns of the other player of a group of two: ``partner.player.choice``."""


def apps(columns: list[str]) -> dict[str, int]:
    """Return the apps in an export, and how many rounds each has; none if it is no export."""
    rounds: dict[str, int] = {}
    if PARTICIPANT not in columns:
        return rounds
    for match in filter(None, map(_FIELD.fullmatch, columns)):
        rounds[match["app"]] = max(rounds.get(match["app"], 0), int(match["round"]))
    return rounds


def long_columns(columns: list[str], app: str) -> list[str]:
    """Return the columns of the rows that :func:`long_rows` makes."""
    shared = [name for name in columns if name.startswith(("participant.", "session."))]
    own = _own_columns(columns, app)
    return [*shared, *own, *(PARTNER + name for name in own)]


def _own_columns(columns: list[str], app: str) -> list[str]:
    own = [m["rest"] for m in filter(None, map(_FIELD.fullmatch, columns)) if m["app"] == app]
    return list(dict.fromkeys(own))


def long_rows(path: Path, columns: list[str], rows: list[SourceRow], app: str) -> list[SourceRow]:
    """Return one row per participant and round of an app.

    Columns that begin with the app and a round lose both (``player.choice``); those of the other
    player of a group of two appear as ``partner.player.choice``.

    Raises
    ------
    DataError
        If the file is no such export, or has no such app.
    """
    found = apps(columns)
    if not found:
        raise DataError(
            f"{path.name} is no all-apps-wide export of oTree: it has no column {PARTICIPANT} or "
            "none like APP.1.player.FIELD. Export all apps, wide, as CSV."
        )
    if app not in found:
        raise DataError(f"{path.name}: {unknown_name('app', app, found)}")
    shared = [name for name in columns if name.startswith(("participant.", "session."))]
    own = _own_columns(columns, app)
    made = []
    for row in rows:
        for number in range(1, found[app] + 1):
            originals = {name: f"{app}.{number}.{name}" for name in own}
            values = {name: row.values[name] for name in shared}
            values |= {name: row.values.get(original) for name, original in originals.items()}
            made.append(SourceRow(row.line, values, originals))
    groups: dict[tuple[str | None, ...], list[SourceRow]] = defaultdict(list)
    for row in made:
        groups[row.values.get(SESSION), row.values.get(ROUND), row.values.get(GROUP)].append(row)
    for members in groups.values():
        if len(members) == 2:
            for row, other in (members, members[::-1]):
                row.values.update({PARTNER + name: other.values[name] for name in own})
                row.originals.update(
                    {PARTNER + name: f"{other.originals[name]} (line {other.line})" for name in own}
                )
    return made
