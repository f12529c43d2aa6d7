"""Own files as rows of texts: CSV, Parquet and Excel, each row with the line it stands on."""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from silicus.datasets.importing import qualtrics
from silicus.datasets.importing.delimited import Records, read_delimited
from silicus.datasets.importing.json_rows import read_json
from silicus.datasets.importing.kinds import kind_of_file
from silicus.datasets.importing.labelled import read_labelled
from silicus.datasets.importing.numerals import NoNumber, Numerals, parse_number
from silicus.datasets.importing.workbook import read_workbook
from silicus.errors import DataError, unknown_name

FILE = "file"
"""The column that names the file of a row, where a folder is read."""


class InvalidRow(Exception):  # noqa: N818 - never leaves the importer
    """A row that cannot be used: which column, what was found, what was expected."""

    def __init__(self, column: str, found: str | None, expected: str) -> None:
        super().__init__(column, found, expected)
        self.column, self.found, self.expected = column, found, expected


@dataclass(frozen=True)
class SourceRow:
    """One row: its line (or record) in the file, and its cells; an empty cell is None.

    ``originals`` gives the name of a column in the file, where rows were rearranged; ``written``
    what stands in cells that are empty because the spec declares their text as missing.
    """

    line: int
    values: dict[str, str | None]
    originals: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)

    def text(self, column: str, *, optional: bool = False) -> str | None:
        """Return a cell as a text.

        Raises
        ------
        InvalidRow
            If it is empty and not optional.
        """
        value = self.values.get(column)
        if value is None and not optional:
            written = self.written.get(self.original(column))
            declared = "" if written is None else " (this text is declared as missing)"
            raise InvalidRow(self.original(column), written, f"a value{declared}")
        return value

    def required(self, column: str) -> str:
        """Return a cell that must not be empty."""
        return self.text(column) or ""

    def number(self, column: str) -> float:
        """Return a cell as a finite number."""
        value = self.required(column)
        found = parse_number(value)
        if found is None:
            raise InvalidRow(self.original(column), value, expected_number(value))
        return found

    def whole(self, column: str, least: int) -> int:
        """Return a cell as a whole number of at least ``least``."""
        value = self.required(column)
        found = parse_number(value)
        if found is None or found != int(found) or not least <= found < 2**31:
            raise InvalidRow(self.original(column), value, f"a whole number from {least} on")
        return int(found)

    def original(self, column: str) -> str:
        """Return the name of a column in the file."""
        return self.originals.get(column, column)


def read_rows(
    path: Path,
    missing: tuple[str, ...],
    numerals: Numerals | None = None,
    sheet: str | None = None,
) -> tuple[list[str], list[SourceRow]]:
    """Return the columns and rows of a file, or of all files of a folder.

    A column without a name is called ``column1`` (by its place); rows without any value are
    passed over. Numbers are returned with a decimal point, whatever the file's ``numerals``. The
    two further header rows of a Qualtrics export are no rows. Files of a folder are put below each
    other, each with its name in the column ``file``.

    Parameters
    ----------
    path : Path
        CSV, JSON, Parquet, a workbook, SPSS or Stata; told by its content, not its name.
    missing : tuple of str
        Texts that stand for an empty cell.
    numerals : Numerals, optional
    sheet : str, optional
        Which sheet of a workbook.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, or a row has another number of fields.
    """
    numerals = numerals or Numerals()
    if path.is_dir():
        return _read_folder(path, missing, numerals, sheet)
    columns, rows = qualtrics.without_headers(*_read(path, sheet))
    columns = [name or f"column{place}" for place, name in enumerate(columns, start=1)]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise DataError(
            f'{path.name}, line 1: the columns include "{doubled[0]}" twice. Rename one.'
        )
    rows = [
        (line, values) for line, values in rows if any(value and value.strip() for value in values)
    ]
    if not rows:
        raise DataError(f"{path.name} has columns but no rows.")
    empty = set(missing)
    return columns, [
        SourceRow(
            line,
            {
                name: None
                if value is None or value.strip() in empty
                else numerals.pointed(value.strip())
                for name, value in zip(columns, values, strict=True)
            },
            written={
                name: value.strip()
                for name, value in zip(columns, values, strict=True)
                if value and value.strip() and value.strip() in empty
            },
        )
        for line, values in rows
    ]


def _read(path: Path, sheet: str | None) -> tuple[list[str], Records]:
    """Return the names of the columns and the records, by whichever reader the file asks for."""
    kind = kind_of_file(path)
    if sheet is not None and kind != "workbook":
        raise DataError(f"{path.name} is no workbook, so it has no sheet. Leave out sheet:.")
    if kind == "parquet":
        return _from_table(path, _read_parquet(path))
    if kind == "workbook":
        return read_workbook(path, sheet)
    if kind in ("spss", "stata"):
        return read_labelled(path, kind)
    return read_json(path, kind) if kind.startswith("json") else read_delimited(path)


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise DataError(f"{path.name} is not a Parquet file: {cause}.") from cause


def _from_table(path: Path, table: pl.DataFrame) -> tuple[list[str], Records]:
    nested = [name for name, kind in table.schema.items() if kind.is_nested()]
    if nested:
        raise DataError(
            f'{path.name}: the column "{nested[0]}" holds lists or records. Spread them over '
            "columns of their own."
        )
    texts = table.select(pl.all().cast(pl.String))
    return table.columns, [
        (line, list(values)) for line, values in enumerate(texts.iter_rows(), start=2)
    ]


def expected_number(found: str) -> str:
    """Return what to say where a text is no number: how the spec may make it one."""
    if isinstance(found, NoNumber):
        return 'a number with a decimal comma (thousands: "." where points group digits)'
    if found.endswith("%"):
        return "a number (percent: shares reads 45% as 0.45, percent: numbers as 45)"
    if "," in found:
        return "a number (see decimal and thousands of the spec)"
    return "a number"


def _read_folder(
    path: Path, missing: tuple[str, ...], numerals: Numerals, sheet: str | None
) -> tuple[list[str], list[SourceRow]]:
    """Return the rows of all files of a folder, those of hidden files left out."""
    files = sorted(one for one in path.iterdir() if one.is_file() and one.name[0] != ".")
    if not files:
        raise DataError(f"{path} is a folder without files. Put the files of one export there.")
    suffixes = sorted({one.suffix.lower() for one in files})
    if len(suffixes) > 1:
        raise DataError(
            f"{path} holds files of several kinds ({', '.join(suffixes)}). Leave only those of the "
            "export there."
        )
    columns: dict[str, None] = {FILE: None}
    rows = []
    for one in files:
        own, found = read_rows(one, missing, numerals, sheet)
        if FILE in own:
            raise DataError(f'{one.name} has a column called "{FILE}". Rename it.')
        columns |= dict.fromkeys(own)
        originals = {name: f"{name} (of {one.name})" for name in own}
        rows += [
            SourceRow(row.line, {FILE: one.stem, **row.values}, originals, row.written)
            for row in found
        ]
    for row in rows:
        row.values.update({name: None for name in columns if name not in row.values})
    return list(columns), rows


def require_columns(path: Path, columns: list[str], wanted: list[str], spec: str) -> None:
    """Raise unless a file has the columns that a spec names.

    Raises
    ------
    DataError
        Names the first missing column and the nearest there is.
    """
    for name in wanted:
        if name not in columns:
            raise DataError(f"{spec}: {path.name} has {unknown_name('column', name, columns)}")
