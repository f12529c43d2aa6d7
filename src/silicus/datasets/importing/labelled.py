"""SPSS and Stata files as records: labelled values by their labels, the codes kept beside them."""

from pathlib import Path
from typing import Any

from silicus.datasets.importing.delimited import Records
from silicus.errors import DataError

CODE = ".code"
"""Ends the name of the column with the codes of a labelled variable: ``choice.code``."""


def read_labelled(path: Path, kind: str) -> tuple[list[str], Records]:
    """Return the variables of a file and its cases, numbered from 1.

    A variable with value labels gives two columns: ``NAME`` with the labels (the code where a value
    has none, the label and the code where two codes have one label) and ``NAME.code``. Missing
    values, those that the file declares as such included, are empty cells.

    Raises
    ------
    DataError
        If the file cannot be read, or the reader is not installed.
    """
    try:
        import pyreadstat
    except ImportError as cause:
        raise DataError(
            f"{path.name} is an {'SPSS' if kind == 'spss' else 'Stata'} file; reading it needs a "
            'package that is not installed: pip install "silicus[labelled]"'
        ) from cause
    read = pyreadstat.read_sav if kind == "spss" else pyreadstat.read_dta
    try:
        table, meta = read(str(path), output_format="dict")
    except Exception as cause:  # the library has no common class of its errors
        raise DataError(
            f"{path.name} cannot be read as an {kind.upper()} file: {cause}. Save it again, or as "
            "CSV."
        ) from cause
    columns: list[str] = []
    cells: list[list[str | None]] = []
    for name in meta.column_names:
        codes = [_text(value) for value in table[name]]
        labels = {
            _text(code): str(text)
            for code, text in meta.variable_value_labels.get(name, {}).items()
        }
        columns.append(name)
        if not labels:
            cells.append(codes)
            continue
        texts = list(labels.values())
        doubled = {text for text in texts if texts.count(text) > 1}
        shown = {
            code: f"{text} ({code})" if text in doubled else text for code, text in labels.items()
        }
        cells.append([None if code is None else shown.get(code, code) for code in codes])
        columns.append(name + CODE)
        cells.append(codes)
    return columns, [
        (number, list(values)) for number, values in enumerate(zip(*cells, strict=True), start=1)
    ]


def _text(value: Any) -> str | None:
    """Return a value as its text, whole numbers without a point; None where it is missing."""
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return value if isinstance(value, str) else str(value)
