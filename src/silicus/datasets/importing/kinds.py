"""What a file is, told by its first bytes rather than by its name."""

import json
import zipfile
from pathlib import Path

from silicus.errors import DataError

TABLE_FILES = "CSV, Excel, Parquet, JSON, SPSS (.sav) or Stata (.dta)"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"<stata_dta>", "stata"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
_NOT_TABLES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF. Take the table out of it"),
    (b"\x1f\x8b", "compressed with gzip (or an R data file). Unpack it, or export it as CSV"),
    (b"BZh", "compressed with bzip2. Unpack it"),
    (b"\xfd7zXZ", "compressed with xz. Unpack it"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it"),
    (b"Rar!", "a RAR archive. Unpack it"),
    (b"SQLite format 3", "an SQLite database. Export the table as CSV"),
    (b"RDX", "an R data file. Export it in R with write.csv"),
    (b"\x80\x04", "a Python pickle, which is never opened. Export it as CSV"),
    (b"\x80\x05", "a Python pickle, which is never opened. Export it as CSV"),
    (b"ARROW1", "an Arrow file. Save it as Parquet"),
    (b"\x89HDF", "an HDF5 (or MATLAB) file. Export the table as CSV"),
    (b"MATLAB", "a MATLAB file. Export the table as CSV"),
    (b"\x89PNG", "a picture. Give the table itself"),
)
_WORKBOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_NAMED = {
    ".parquet": ("parquet", "a Parquet file"),
    ".xlsx": ("workbook", "a workbook"),
    ".xlsb": ("workbook", "a workbook"),
    ".ods": ("workbook", "a workbook"),
    ".sav": ("spss", "an SPSS file"),
    ".dta": ("stata", "a Stata file"),
}
"""What a name promises."""
_OLD_STATA = (0x6C, 0x6E, 0x6F, 0x71, 0x72, 0x73)


def kind_of_file(path: Path) -> str:
    """Return ``parquet``, ``workbook``, ``spss``, ``stata``, ``json``, ``json lines`` or ``text``.

    Raises
    ------
    DataError
        If the file is not there, is empty, or is plainly no table: says what it is.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(65536)
    except OSError as cause:
        raise DataError(
            f"{path} is not there or cannot be read ({cause.strerror}). Give the path of a file: "
            f"{TABLE_FILES}."
        ) from cause
    kind = _told(path, head)
    wanted, called = _NAMED.get(path.suffix.lower(), (kind, ""))
    if kind != wanted:
        raise DataError(
            f"{path.name} is not {called}, as its name says, but {kind}. Save it again, or give it "
            "the name of what it is."
        )
    return kind


def _told(path: Path, head: bytes) -> str:
    if not head:
        raise DataError(f"{path.name} is empty. Its first line must name the columns.")
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    for signature, what in _NOT_TABLES:
        if head.startswith(signature):
            raise DataError(f"{path.name} is {what}.")
    if head.startswith(b"PK\x03\x04"):
        return _inside_zip(path)
    if path.suffix.lower() == ".dta" and head[0] in _OLD_STATA:
        return "stata"
    return _kind_of_text(path, head)


def _inside_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as cause:
        raise DataError(
            f"{path.name} is a damaged workbook or ZIP archive: {cause}. Save it again."
        ) from cause
    if any(name in names for name in _WORKBOOKS):
        return "workbook"
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    raise DataError(f"{path.name} is a ZIP archive with {shown}. Unpack it and give the table.")


def _kind_of_text(path: Path, head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = start[:200].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<table")):
        raise DataError(
            f"{path.name} is a web page (HTML), not a table, whatever its name. Export CSV or "
            "Excel from the program itself."
        )
    if lowered.startswith((b"<?xml", b"<")):
        raise DataError(f"{path.name} is XML, not a table. Export it as CSV.")
    if start[:1] == b"[":
        return "json"
    if start[:1] == b"{":
        return "json lines" if _is_record(start.split(b"\n", 1)[0], whole=len(head)) else "json"
    return "text"


def _is_record(line: bytes, *, whole: int) -> bool:
    """Return whether a line is a JSON record of its own (or is longer than what was read)."""
    if len(line) >= whole - 8:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
