"""From the rows of a file to one row per decision: exports made long, rows unfolded and chosen."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from silicus.datasets.importing import otree, unfolding
from silicus.datasets.importing.joining import joined
from silicus.datasets.importing.source import SourceRow, require_columns
from silicus.datasets.importing.spec import COUNTED, Spec
from silicus.errors import DataError

ANY = "*"
"""In ``where``: any value, but not an empty cell."""


class Arranged(NamedTuple):
    """Rows as the layouts read them; ``failed`` could not be joined or unfolded.

    ``n_passed_over`` counts the rows that ``where`` leaves out, ``n_unreached`` the rounds that
    participants who left never reached.
    """

    columns: list[str]
    rows: list[SourceRow]
    failed: list[unfolding.Failed]
    n_passed_over: int
    n_unreached: int


def arrange(
    path: Path, spec: Spec, columns: list[str], rows: list[SourceRow], where: str
) -> Arranged:
    """Return one row per decision (or event, or situation), in the order of the file.

    Raises
    ------
    DataError
        If a column that is needed is missing, or one that is made is already there.
    """
    unreached = 0
    if spec.layout == "otree" and spec.otree is not None:
        columns, rows = otree.arranged(path, columns, rows, spec.otree.apps)
        if spec.otree.unfinished:
            kept = [row for row in rows if not otree.is_unreached(row)]
            unreached, rows = len(rows) - len(kept), kept
    columns, rows, unmatched = joined(path, spec, columns, rows, where)
    require_columns(path, columns, list(spec.where), where)
    taken = [row for row in rows if fits(row, spec.where)]
    passed_over = len(rows) - len(taken)
    made = unfolding.Unfolded(columns, taken, [])
    needed = list(unfolding.needed_columns(spec.items, spec.threshold, spec.strategy))
    require_columns(path, columns, needed, where)
    if spec.items:
        made = unfolding.by_items(columns, taken, spec.items)
    if spec.threshold is not None:
        made = unfolding.by_threshold(made.columns, made.rows, spec.threshold)
    if spec.strategy is not None:
        made = unfolding.by_strategy(made.columns, made.rows, spec.strategy)
    if spec.columns.round == COUNTED:
        made = _counted(spec, made)
    doubled = sorted({name for name in made.columns if made.columns.count(name) > 1})
    if doubled:
        raise DataError(
            f'{where}: {path.name} already has a column "{doubled[0]}", which the spec makes. '
            "Give the new one another name."
        )
    return Arranged(made.columns, made.rows, [*unmatched, *made.failed], passed_over, unreached)


def fits(row: SourceRow, wanted: Mapping[str, str | tuple[str, ...]]) -> bool:
    """Return whether a row has, in each column, the value or one of the values wanted."""
    for column, values in wanted.items():
        found = row.values.get(column)
        allowed = (values,) if isinstance(values, str) else values
        if found not in allowed and not (ANY in allowed and found is not None):
            return False
    return True


def _counted(spec: Spec, made: unfolding.Unfolded) -> unfolding.Unfolded:
    """Add the place of each row among those of its play; parts of one act have one place."""
    keys = [*spec.columns.participants, spec.columns.session, *spec.columns.plays]
    if spec.layout == "otree":
        keys += [otree.PARTICIPANT]
    counts: dict[tuple[str | None, ...], int] = defaultdict(int)
    for row in made.rows:
        play = tuple(row.values.get(key) for key in keys if key is not None)
        counts[play] += row.values.get(unfolding.PART) in (None, "1")
        row.values[COUNTED] = str(counts[play] + spec.first_round - 1)
    return made._replace(columns=[*made.columns, COUNTED])
