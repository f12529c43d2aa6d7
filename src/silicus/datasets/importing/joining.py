"""Several tables of the same games: the columns of further files added to the rows of the first."""

from pathlib import Path

from silicus.datasets.importing.source import InvalidRow, SourceRow, read_rows, require_columns
from silicus.datasets.importing.spec import Join, Spec
from silicus.datasets.importing.unfolding import Failed
from silicus.errors import DataError


def joined(
    path: Path, spec: Spec, columns: list[str], rows: list[SourceRow], where: str
) -> tuple[list[str], list[SourceRow], list[Failed]]:
    """Return the columns and rows with those of all joined tables, and the rows without a match.

    A file of a join is looked for beside the data. Each of its rows must be told apart by the
    columns ``on``; values are compared as they are written.

    Raises
    ------
    DataError
        If a table is missing, has no such column, has one key twice, or brings a column that is
        already there.
    """
    failed: list[Failed] = []
    for join in spec.join:
        further = (path if path.is_dir() else path.parent) / join.file
        own, found = read_rows(further, spec.missing, spec.numerals, join.sheet)
        require_columns(further, own, list(join.keys), where)
        require_columns(path, columns, list(join.keys), where)
        new = [name for name in own if name not in join.keys]
        there = sorted(set(new) & set(columns))
        if there:
            raise DataError(
                f'{where}: both {path.name} and {further.name} have a column "{there[0]}". Rename '
                "one."
            )
        by_key = _by_key(further, join, found)
        matched = []
        for row in rows:
            partner = by_key.get(_key(join, row))
            if partner is None:
                shown = ", ".join(row.values.get(name) or "" for name in join.keys)
                cause = InvalidRow(
                    row.original(join.keys[0]), shown, f"a row of {further.name} with that value"
                )
                failed.append(Failed(row.line, cause))
                continue
            values = {name: partner.values[name] for name in new}
            originals = {
                name: f"{partner.original(name)} ({further.name}, line {partner.line})"
                for name in new
            }
            matched.append(
                SourceRow(row.line, {**row.values, **values}, {**row.originals, **originals})
            )
        columns, rows = [*columns, *new], matched
    return columns, rows, failed


def _by_key(
    further: Path, join: Join, rows: list[SourceRow]
) -> dict[tuple[str | None, ...], SourceRow]:
    by_key: dict[tuple[str | None, ...], SourceRow] = {}
    for row in rows:
        key = _key(join, row)
        if key in by_key:
            shown = ", ".join(str(value) for value in key)
            raise DataError(
                f"{further.name}, line {row.line}: {', '.join(join.keys)} {shown} is there twice "
                f"(first in line {by_key[key].line}), so it is not known which row is meant."
            )
        by_key[key] = row
    return by_key


def _key(join: Join, row: SourceRow) -> tuple[str | None, ...]:
    return tuple(row.values.get(name) for name in join.keys)
