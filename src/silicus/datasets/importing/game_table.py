"""A second file with one row per game, joined to the rows of the first by the name of the game."""

from pathlib import Path

from silicus.datasets.importing.source import SourceRow, read_rows, require_columns
from silicus.datasets.importing.spec import Spec
from silicus.errors import DataError, unknown_name


def with_games(
    path: Path, columns: list[str], rows: list[SourceRow], spec: Spec, spec_path: Path
) -> tuple[list[str], list[SourceRow]]:
    """Return the columns and rows with those of the game that each row names.

    Names are compared as texts: "7" and "007" are two games.

    Raises
    ------
    DataError
        If the file of games cannot be read, has a game twice or a column that the first file has,
        or lacks a game that a row names.
    """
    if spec.games is None:
        return columns, rows
    by, file = spec.games.by, spec_path.parent / spec.games.file
    names, games = read_rows(file, spec.missing, spec.numerals)
    require_columns(file, names, [by], str(spec_path))
    require_columns(path, columns, [by], str(spec_path))
    doubled = [name for name in names if name in columns and name != by]
    if doubled:
        raise DataError(
            f'{file.name}: the column "{doubled[0]}" is also in {path.name}. Rename one of them.'
        )
    known: dict[str, SourceRow] = {}
    for game in games:
        name = game.values[by]
        if name is None or name in known:
            what = "has no name" if name is None else f'"{name}" is there twice'
            raise DataError(f'{file.name}, line {game.line}, column "{by}": the game {what}.')
        known[name] = game
    added = [name for name in names if name != by]
    for row in rows:
        name = row.values[by]
        if name is not None and name not in known:
            raise DataError(
                f'{path.name}, line {row.line}, column "{by}": {unknown_name("game", name, known)} '
                f"Add it to {file.name}."
            )
        found = known[name].values if name is not None else {}
        row.values.update({one: found.get(one) for one in added})
        row.originals.update({one: f"{one} (of {file.name})" for one in added})
    return [*columns, *added], rows
