"""Qualtrics' exports: three header rows, of which the first names the columns.

The second row holds the texts of the questions, the third the import ids as JSON
(``{"ImportId":"startDate","timeZone":"America/Denver"}``).

References
----------
.. [1] Qualtrics Support, "Understanding Your Dataset": the first three rows of a CSV export.
"""

import re

from silicus.datasets.importing.delimited import Records

PARTICIPANT = "ResponseId"
_IMPORT_ID = re.compile(r'\{\s*"ImportId"\s*:.*\}', re.DOTALL)


def is_export(records: Records) -> bool:
    """Return whether the second record after the header holds import ids alone."""
    if len(records) < 2:
        return False
    ids = [value for value in records[1][1] if value]
    return bool(ids) and all(_IMPORT_ID.fullmatch(value.strip()) for value in ids)


def without_headers(columns: list[str], records: Records) -> tuple[list[str], Records]:
    """Return the columns and, of a Qualtrics export, the records without the headers."""
    return columns, records[2:] if is_export(records) else records


def status_rows(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the values of Status and Finished that real, finished answers have.

    An export with choice texts has the words, one with numeric values the codes.
    """
    known = {"Status": ("IP Address", "0"), "Finished": ("True", "TRUE", "true", "1")}
    return {
        column: found
        for column, good in known.items()
        if (found := [value for value in values.get(column, []) if value in good])
    }
