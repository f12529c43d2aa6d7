"""oTree's exports: one row per participant and round of an app, made from all apps, wide, or one.

The export of all apps has a row per participant and columns ``APP.ROUND.player.FIELD``; the export
of one app has a row per participant and round and columns ``player.FIELD``.
"""

import re
from collections import defaultdict
from pathlib import Path

from silicus.datasets.importing.numerals import parse_number
from silicus.datasets.importing.source import SourceRow
from silicus.errors import DataError, unknown_name

_FIELD = re.compile(r"(?P<app>.+)\.(?P<round>\d+)\.(?P<rest>(player|group|subsession)\..+)")

PARTICIPANT, SESSION = "participant.code", "session.code"
ROUND, GROUP = "subsession.round_number", "group.id_in_subsession"
IS_BOT = "participant._is_bot"
APP = "app"
"""Column made here: the app of a row."""
PLACE, LAST_PLACE = "participant._index_in_pages", "participant._max_page_index"
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


def is_one_app(columns: list[str]) -> bool:
    """Return whether the columns are those of the export of one app."""
    own = any(name.startswith("player.") for name in columns)
    return own and {PARTICIPANT, ROUND, GROUP} <= set(columns)


def arranged(
    path: Path, columns: list[str], rows: list[SourceRow], wanted: tuple[str, ...]
) -> tuple[list[str], list[SourceRow]]:
    """Return one row per participant and round of the apps wanted, and the columns of the rows.

    Columns that begin with the app and a round lose both (``player.choice``); those of the other
    player of a group of two appear as ``partner.player.choice``; ``app`` names the app.

    Parameters
    ----------
    path : Path
    columns : list of str
    rows : list of SourceRow
    wanted : tuple of str
        Apps of an all-apps-wide export; none for the export of one app.

    Raises
    ------
    DataError
        If the file is no such export, or has no such app.
    """
    if is_one_app(columns):
        if len(wanted) > 1:
            raise DataError(
                f"{path.name} is the export of one app, so otree.app cannot be several. Leave it "
                "out, or give the export of all apps."
            )
        own = [n for n in columns if n.startswith(("player.", "group.", "subsession."))]
        name = wanted[0] if wanted else "this app"
        made = [
            SourceRow(r.line, {**r.values, APP: name}, dict(r.originals), r.written) for r in rows
        ]
        return [*columns, APP, *_partners(made, own)], made
    found = apps(columns)
    if not found:
        raise DataError(
            f"{path.name} is no export of oTree: it has no column {PARTICIPANT}, or none like "
            "APP.1.player.FIELD or player.FIELD. Export all apps, wide, as CSV."
        )
    if not wanted:
        raise DataError(
            f"{path.name} is an export of all apps. Say which: otree: {{app: NAME}}, of "
            f"{', '.join(found)}."
        )
    made, fields = [], dict[str, None]()
    for app in wanted:
        if app not in found:
            raise DataError(f"{path.name}: {unknown_name('app', app, found)}")
        made += _long_rows(columns, rows, app, found[app])
        fields |= dict.fromkeys(_own_columns(columns, app))
    for row in made:
        row.values.update({name: None for name in fields if name not in row.values})
    shared = [name for name in columns if name.startswith(("participant.", "session."))]
    return [*shared, APP, *fields, *_partners(made, list(fields))], made


def is_unreached(row: SourceRow) -> bool:
    """Return whether a participant left before this round: nothing of the player is filled in.

    Only of a participant who did not come to the last page; fields that oTree fills in by itself
    (ids, the role, a payoff of 0) do not count.
    """
    place, last = (parse_number(row.values.get(name) or "") for name in (PLACE, LAST_PLACE))
    if place is None or last is None or place > last:
        return False
    own = [
        value
        for name, value in row.values.items()
        if name.startswith("player.")
        and name not in ("player.id_in_group", "player.role", "player.payoff")
    ]
    return all(value is None for value in own)


def _own_columns(columns: list[str], app: str) -> list[str]:
    own = [m["rest"] for m in filter(None, map(_FIELD.fullmatch, columns)) if m["app"] == app]
    return list(dict.fromkeys(own))


def _long_rows(
    columns: list[str], rows: list[SourceRow], app: str, n_rounds: int
) -> list[SourceRow]:
    """Return one row per participant and round of an app of the all-apps-wide export."""
    shared = [name for name in columns if name.startswith(("participant.", "session."))]
    own = _own_columns(columns, app)
    made = []
    for row in rows:
        for number in range(1, n_rounds + 1):
            originals = {name: f"{app}.{number}.{name}" for name in own}
            values = {name: row.values[name] for name in shared} | {APP: app}
            values |= {name: row.values.get(original) for name, original in originals.items()}
            made.append(SourceRow(row.line, values, originals, row.written))
    return made


def _partners(rows: list[SourceRow], own: list[str]) -> list[str]:
    """Give each row of a group of two the other's fields; return the names of these columns."""
    groups: dict[tuple[str | None, ...], list[SourceRow]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.values.get(name) for name in (SESSION, APP, ROUND, GROUP))].append(row)
    for members in groups.values():
        if len(members) == 2:
            for row, other in (members, members[::-1]):
                row.values.update({PARTNER + name: other.values[name] for name in own})
                row.originals.update(
                    {PARTNER + name: f"{other.original(name)} (line {other.line})" for name in own}
                )
    return [PARTNER + name for name in own]
