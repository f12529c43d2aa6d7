"""Excel and OpenDocument sheets as records; what a cell shows as an error is never left empty."""

import re
import zipfile
from pathlib import Path

import polars as pl

from silicus.datasets.importing.delimited import Records
from silicus.errors import DataError, unknown_name

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)


def read_workbook(path: Path, sheet: str | None) -> tuple[list[str], Records]:
    """Return the columns and records of a sheet; the record's number is the row of the sheet.

    Dates are texts like ``2026-01-05 00:00:00``, numbers their shortest text.

    Parameters
    ----------
    path : Path
    sheet : str or None
        Its name; None: the only sheet that holds anything.

    Raises
    ------
    DataError
        If it cannot be read, the sheet is not told, or a cell is merged with others, shows an
        error (#N/A) or is a formula without a value.
    """
    try:
        import fastexcel

        book = fastexcel.read_excel(path)
        names = list(book.sheet_names)
        # As texts: dates and numbers are parsed by the spec, not guessed by the reader.
        tables = {
            name: pl.DataFrame(book.load_sheet(name, dtypes="string", header_row=None).to_arrow())
            for name in (names if sheet is None else [sheet] if sheet in names else [])
        }
    except Exception as cause:  # the library has no common class of its errors
        raise DataError(
            f"{path.name} cannot be read as a workbook: {cause}. Save it again, or as CSV."
        ) from cause
    if sheet is not None and sheet not in names:
        raise DataError(f"{path.name} has {unknown_name('sheet', sheet, names)}")
    filled = [name for name, table in tables.items() if table.height]
    if len(filled) > 1:
        raise DataError(
            f"{path.name} has several sheets with data: {', '.join(filled)}. Say in the spec which "
            f'is meant: sheet: "{filled[0]}".'
        )
    if not filled:
        raise DataError(f"{path.name} has no rows.")
    _refuse_unreadable(path, filled[0])
    rows = list(tables[filled[0]].iter_rows())
    first = next(number for number, row in enumerate(rows) if any(row))
    header = [(value or "").strip() for value in rows[first]]
    width = max(n for n, name in enumerate(header, start=1) if name)
    for number, row in enumerate(rows[first + 1 :], start=first + 2):
        if any(row[width:]):
            raise DataError(
                f"{path.name}, row {number} of the sheet {filled[0]}: a cell right of the last "
                "column with a name is not empty. Name the column, or empty the cell."
            )
    return header[:width], [
        (number, list(row[:width])) for number, row in enumerate(rows[first + 1 :], start=first + 2)
    ]


def _refuse_unreadable(path: Path, sheet: str) -> None:
    """Raise for cells of an .xlsx sheet whose value the reader would leave empty or repeat."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, sheet)
            content = archive.read(member) if member else b""
    except (OSError, zipfile.BadZipFile, KeyError):
        return  # another format of workbook, which has no such parts
    merged = re.search(rb'<mergeCell\s[^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"', content)
    if merged:
        raise DataError(
            f"{path.name}, sheet {sheet}: the cells {merged[1].decode()} are merged, so only the "
            "first has a value. Unmerge them and fill each."
        )
    for cell in _CELL.finditer(content):
        place = re.search(rb'\br="([A-Z]+\d+)"', cell[1])
        where = f"{path.name}, sheet {sheet}, cell {place[1].decode() if place else '?'}"
        inside = cell[2] or b""
        if b't="e"' in cell[1]:
            value = re.search(rb"<v>(.*?)</v>", inside)
            raise DataError(
                f"{where}: shows the error {value[1].decode() if value else ''}. Correct the "
                "formula, or empty the cell."
            )
        if (b"<f>" in inside or b"<f " in inside) and not re.search(rb"<v>|<is>", inside):
            raise DataError(
                f"{where}: a formula without a stored value. Open the workbook in a spreadsheet "
                "program and save it again."
            )


def _member(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part of an .xlsx archive that holds a sheet."""
    from html import unescape

    book = archive.read("xl/workbook.xml")
    links = archive.read("xl/_rels/workbook.xml.rels").decode()
    for found in _SHEET.findall(book):
        tag = found.decode()
        name, link = re.search(r'\bname="([^"]*)"', tag), re.search(r':id="([^"]*)"', tag)
        if name and link and unescape(name[1]) == sheet:
            for one in re.findall(r"<Relationship\s[^>]*>", links):
                target = re.search(r'Target="([^"]*)"', one)
                if f'Id="{link[1]}"' in one and target:
                    return target[1].lstrip("/") if target[1][0] == "/" else f"xl/{target[1]}"
    return None
