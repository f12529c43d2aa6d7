"""Own files as rows of texts: CSV, Parquet and Excel, each row with the line it stands on."""

import csv
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from silicus.errors import DataError, unknown_name

SEPARATORS = ",;\t|"
_WITH_COMMA = re.compile(r"[-+]?\d*,\d+")


class InvalidRow(Exception):  # noqa: N818 - never leaves the importer
    """A row that cannot be used: which column, what was found, what was expected."""

    def __init__(self, column: str, found: str | None, expected: str) -> None:
        super().__init__(column, found, expected)
        self.column, self.found, self.expected = column, found, expected


@dataclass(frozen=True)
class SourceRow:
    """One row: its line (or record) in the file, and its cells; an empty cell is None.

    ``originals`` gives the name of a column in the file, where rows were rearranged.
    """

    line: int
    values: dict[str, str | None]
    originals: dict[str, str] = field(default_factory=dict)

    def text(self, column: str, *, optional: bool = False) -> str | None:
        """Return a cell as a text.

        Raises
        ------
        InvalidRow
            If it is empty and not optional.
        """
        value = self.values.get(column)
        if value is None and not optional:
            raise InvalidRow(self.original(column), None, "a value")
        return value

    def required(self, column: str) -> str:
        """Return a cell that must not be empty."""
        return self.text(column) or ""

    def number(self, column: str) -> float:
        """Return a cell as a finite number."""
        value = self.required(column)
        found = parse_number(value)
        if found is None:
            raise InvalidRow(self.original(column), value, "a number")
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


def parse_number(text: str) -> float | None:
    """Return a text as a finite number, or None; no thousands separators, point as decimal.

    Examples
    --------
    >>> parse_number("1.50"), parse_number("1,50"), parse_number("nan")
    (1.5, None, None)
    """
    if "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_rows(
    path: Path, missing: tuple[str, ...], decimal: str = "."
) -> tuple[list[str], list[SourceRow]]:
    """Return the columns and rows of a CSV, Parquet or Excel file.

    A column without a name is called ``column1`` (by its place); rows without any value are
    passed over. Where the decimal sign is a comma, numbers are returned with a point.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, or a row has another number of fields.
    """
    if not path.is_file():
        raise DataError(f"{path} is not there. Give the path of a CSV, Parquet or Excel file.")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        columns, rows = _from_table(path, _read_parquet(path))
    elif suffix in (".xlsx", ".xls", ".xlsb", ".ods"):
        columns, rows = _from_table(path, _read_excel(path))
    else:
        columns, rows = _read_csv(path)
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
                else _pointed(value.strip(), decimal)
                for name, value in zip(columns, values, strict=True)
            },
        )
        for line, values in rows
    ]


def _pointed(value: str, decimal: str) -> str:
    """Return a number with a comma as one with a point, and any other text as it is."""
    if decimal == "," and _WITH_COMMA.fullmatch(value):
        return value.replace(",", ".")
    return value


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, list[str | None]]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise DataError(
            f"{path.name} is not UTF-8 text (byte {cause.start}). Save it as CSV in UTF-8."
        ) from cause
    except OSError as cause:
        raise DataError(f"{path} cannot be read: {cause}.") from cause
    if "\0" in text:
        raise DataError(f"{path.name} is not a text file. Give a CSV, Parquet or Excel file.")
    header = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    limit = csv.field_size_limit()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: list[tuple[int, list[str | None]]] = []
    columns: list[str] = []
    try:
        for record in reader:
            if not columns:
                columns = [name.strip() for name in record]
                continue
            if not record:
                continue
            if len(record) != len(columns):
                raise DataError(
                    f"{path.name}, line {reader.line_num}: expected {len(columns)} fields as in "
                    f"the header, found {len(record)}. Quote fields that hold a separator."
                )
            records.append((reader.line_num, [*record]))
    except csv.Error as cause:
        raise DataError(
            f"{path.name}, line {reader.line_num}: not a CSV row: {cause} (fields may have up to "
            f"{limit} characters)."
        ) from cause
    if not columns:
        raise DataError(f"{path.name} is empty. Its first line must name the columns.")
    return columns, records


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as cause:
        raise DataError(f"{path.name} is not a Parquet file: {cause}.") from cause


def _read_excel(path: Path) -> pl.DataFrame:
    try:
        import fastexcel

        # As texts: dates and numbers are parsed by the spec, not guessed by the reader.
        sheet = fastexcel.read_excel(path).load_sheet(0, dtypes="string")
        return pl.DataFrame(sheet.to_arrow())
    except Exception as cause:  # the library has no common class of its errors
        raise DataError(
            f"{path.name} cannot be read as a workbook: {cause}. Save it again, or as CSV."
        ) from cause


def _from_table(
    path: Path, table: pl.DataFrame
) -> tuple[list[str], list[tuple[int, list[str | None]]]]:
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
