"""CSV in its many forms as records: separator, encoding and quoted line breaks as they come."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from silicus.errors import DataError

SEPARATORS = ",;\t|"
_LOOKED_AT = 50
Records = list[tuple[int, list[str | None]]]
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decoded(path: Path) -> str:
    """Return a text file as text: UTF-8, or what its byte order mark says.

    Raises
    ------
    DataError
        If it is in another encoding, or no text.
    """
    try:
        raw = path.read_bytes()
    except OSError as cause:
        raise DataError(f"{path} cannot be read: {cause}.") from cause
    encoding = next((name for mark, name in _BOMS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as cause:
        raise DataError(
            f"{path.name} is not {encoding.upper().removesuffix('-SIG')} text (byte "
            f"{cause.start}). Save it as CSV in UTF-8."
        ) from cause
    if "\0" in text:
        even, odd = raw[0:2000:2].count(0), raw[1:2000:2].count(0)
        if max(even, odd) > min(len(raw), 2000) // 4:
            raise DataError(
                f"{path.name} looks like UTF-16 text without a byte order mark. Save it as CSV in "
                "UTF-8."
            )
        raise DataError(f"{path.name} is not a text file. Give a CSV, Parquet or Excel file.")
    return text


def read_delimited(path: Path) -> tuple[list[str], Records]:
    """Return the names of the columns and the records of a CSV file, each with its last line.

    Raises
    ------
    DataError
        If the file is no CSV, or a record has another number of fields than the header.
    """
    text = decoded(path)
    skipped = 0
    if text[:4].lower() == "sep=" and text[5:6] in "\r\n":  # a line for Excel
        separator = text[4]
        skipped = 1
        text = text.split("\n", 1)[1] if "\n" in text else ""
    else:
        separator = _separator(text)
    limit = csv.field_size_limit()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: Records = []
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
                    f"{path.name}, line {reader.line_num + skipped}: expected {len(columns)} "
                    f"fields as in the header, found {len(record)}. Quote fields that hold a "
                    "separator."
                )
            records.append((reader.line_num + skipped, [*record]))
    except csv.Error as cause:
        raise DataError(
            f"{path.name}, line {reader.line_num + skipped}: not a CSV row: {cause} (fields may "
            f"have up to {limit} characters)."
        ) from cause
    if not columns:
        raise DataError(f"{path.name} is empty. Its first line must name the columns.")
    return columns, records


def _separator(text: str) -> str:
    """Return the separator by which the first records have the same number of fields."""

    def widths(separator: str) -> list[int]:
        return [len(record) for record in islice(_records(text, separator), _LOOKED_AT)]

    best, most = ",", 1
    for separator in SEPARATORS:
        found = widths(separator)
        if found and found[0] > most and len(set(found)) == 1:
            best, most = separator, found[0]
    if most > 1:
        return best
    header = text.lstrip("\r\n").split("\n", 1)[0]
    return max(SEPARATORS, key=header.count)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        yield from (record for record in reader if record)
    except csv.Error:
        return
