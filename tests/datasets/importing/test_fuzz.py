"""Malformed files: always a table that is true to the file, or one refusal; never a traceback."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.datasets.importing import import_file
from silicus.errors import DataError

from .files import HONESTY, HONESTY_SPEC, write
from .mutations import outcome

CELLS = st.sampled_from(
    ["", "NA", "0", "1", "2", "-1", "1.5", "1e3", "nan", "inf", "high", "low", "High", " low ",
     "alice", '"', 'a"b', "a,b", "a\nb", "é", "\u2028", "=1+1", "9" * 30, "\x00"]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=5, max_size=7), max_size=8)
CUTS = st.tuples(st.integers(0, len(HONESTY)), st.integers(0, 20), st.binary(max_size=4))


def imported(content: bytes, on_invalid: str):
    """Return what an import of these bytes gives, or None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        data, spec = write(Path(folder), "", HONESTY_SPEC)
        data.write_bytes(content)
        try:
            return import_file(data, spec, on_invalid=on_invalid)
        except DataError:
            return None


@settings(deadline=None, max_examples=150)
@given(ROWS, st.booleans(), st.sampled_from(["raise", "drop"]))
def test_import_when_cells_are_arbitrary_then_refused_or_true_to_the_file(rows, quoted, on_invalid):
    """Every decision is a row with a known choice, and every other row is listed."""
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, quoting=quoting, lineterminator="\n")
    writer.writerow(["person", "wave", "trial", "bonus", "report", "told"])
    writer.writerows(rows)
    made = imported(stream.getvalue().encode(), on_invalid)
    if made is None:
        return
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert made.decisions.height + len(set(made.dropped["line"])) == len(filled)
    usable = [row for row in rows if row[4].strip() in ("high", "low") and row[0].strip()]
    assert made.decisions.height <= len(usable)
    chosen = sorted(made.decisions["choice"].to_list())
    assert sum(chosen) <= sum(row[4].strip() == "low" for row in usable)


@settings(deadline=None, max_examples=150)
@given(CUTS, st.sampled_from(["raise", "drop"]))
def test_import_when_bytes_are_cut_out_or_put_in_then_never_a_traceback(cut, on_invalid):
    """A truncated or damaged file is refused, or its rows are those that are still whole."""
    start, length, inserted = cut
    raw = HONESTY.encode()
    made = imported(raw[:start] + inserted + raw[start + length :], on_invalid)
    if made is not None:
        assert made.decisions["choice"].is_in([0, 1]).all()


@pytest.mark.parametrize("start", range(0, 260, 65))
def test_import_when_file_and_spec_are_mutated_then_taken_refused_or_counted(start, tmp_path):
    """A row, a counted drop or a clear error; all 10,000 by ``benchmarks/import_mutations.py``."""
    found = {outcome(number, tmp_path) for number in range(start, start + 65)}
    assert found == {"taken", "refused"}
