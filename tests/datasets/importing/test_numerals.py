"""Numbers, workbooks and labelled files: read rightly or refused, never another value."""

import datetime

import pytest

from silicus.datasets.importing import draft_spec, import_file
from silicus.datasets.importing.numerals import Numerals, guessed, parse_number
from silicus.datasets.importing.source import read_rows
from silicus.errors import DataError
from silicus.games import read_game

from .files import write

CASES = [
    (Numerals(), "1.5", 1.5), (Numerals(), "1,5", None), (Numerals(), "1,234", None),
    (Numerals(), "1.234", 1.234), (Numerals(), "45%", None), (Numerals(), "$5", None),
    (Numerals(","), "1,5", 1.5), (Numerals(","), "1.5", None), (Numerals(","), "1.234", None),
    (Numerals(","), "1.234,5", None), (Numerals(","), "12", 12), (Numerals(","), "-,5", -0.5),
    (Numerals(",", "."), "1.234", 1234), (Numerals(",", "."), "1.234,56", 1234.56),
    (Numerals(",", "."), "1.5", None), (Numerals(",", "."), "12.34", None),
    (Numerals(",", "."), "1.234.567", 1234567), (Numerals(".", ","), "1,234.5", 1234.5),
    (Numerals(".", ","), "1,23", None), (Numerals(".", "'"), "1'234.5", 1234.5),
    (Numerals(",", " "), "1\u202f234,5", 1234.5), (Numerals(",", " "), "1\u00a0234", 1234),
    (Numerals(percent="shares"), "45%", 0.45), (Numerals(percent="numbers"), "45 %", 45),
    (Numerals(",", percent="shares"), "12,5 %", 0.125), (Numerals(), "1e3", 1000),
    (Numerals(","), "1.5e3", None), (Numerals(percent="shares"), "%", None),
]  # fmt: skip


@pytest.mark.parametrize(("numerals", "text", "value"), CASES)
def test_pointed_when_read_as_number_then_that_value_or_none(numerals, text, value):
    """A text is the number that its file means by it, or no number."""
    assert parse_number(numerals.pointed(text)) == value


def test_pointed_when_no_number_then_unchanged():
    """Dates, ids and words stay as they are in every file."""
    for text in ("01.02.2026", "a,b", "p1,5", "1,2,3", "x%", "2026-01-02", ""):
        for numerals in (Numerals(), Numerals(",", "."), Numerals(".", ",", "shares")):
            assert numerals.pointed(text) == text


def test_guessed_when_a_comma_cannot_be_thousands_then_decimal():
    """1,234 may be either, so it is not taken for a decimal comma."""
    assert guessed(["1,5", "2"]) == Numerals(",")
    assert guessed(["1.234,5"]) == Numerals(",", ".")
    assert guessed(["1.5", "2"]) == Numerals()
    assert guessed(["1,234"]) == guessed(["1.234"]) == Numerals()
    assert guessed(["1,234.5"]) == guessed(["1,234,567"]) == Numerals(".", ",")


SPEC = {
    "name": "shop", "title": "Shop", "family": "custom", "layout": "decisions",
    "columns": {"participant": "who", "choice": "bought"}, "plays": "independent",
    "choices": {"yes": "yes", "no": "no"}, "target": "yes",
    "game": {"kind": "custom", "name": "g", "parameters": {"price": {"column": "price"}},
             "rules": "{{ options }}", "ask": "{{ price | number }}?"},
}  # fmt: skip


@pytest.mark.parametrize("cell", ["1.234", "1.234,5"])
def test_import_when_points_group_digits_then_only_as_the_spec_says(tmp_path, cell):
    """Beside decimal commas a point is never taken for a decimal point."""
    text = f"who;price;bought\na;{cell};yes\nb;2,5;no\n"
    table = import_file(
        *write(tmp_path, text, {**SPEC, "decimal": ",", "thousands": "."})
    ).decisions
    price = read_game(table["game"][0]).parameters["price"]
    assert price == (1234 if cell == "1.234" else 1234.5)
    spec = {**SPEC, "decimal": ",", "columns": {**SPEC["columns"], "n": "price"}}
    spec["history"] = [{"actor": "nature", "kind": "price", "amount": {"column": "price"}}]
    with pytest.raises(DataError, match=r"thousands"):
        import_file(*write(tmp_path, text, spec))


def workbook(path, rows, *, merge=None, other=None):
    """Write rows to a workbook."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    if other:
        book.create_sheet(other).append(["x"])
    book.save(path)


HEAD = ["who", "price", "bought"]


def test_read_when_workbook_has_dates_and_numbers_then_their_texts(tmp_path):
    """Dates are ISO texts and not serial numbers; numbers have their shortest text."""
    path = tmp_path / "a.xlsx"
    workbook(path, [["d", "x", "n"], [datetime.datetime(2026, 1, 5), 1.5, 10**12]])
    assert read_rows(path, ("",))[1][0].values == {
        "d": "2026-01-05 00:00:00", "x": "1.5", "n": "1000000000000",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([HEAD, ["a", "#N/A", "yes"]], {}, r"cell B2: shows the error #N/A"),
        ([HEAD, ["a", "=1+1", "yes"]], {}, r"cell B2: a formula without a stored value"),
        ([HEAD, ["a", 1, "yes"], [None, 2, "no"]], {"merge": "A2:A3"}, r"A2:A3 are merged"),
        ([HEAD, ["a", 1, "yes"]], {"other": "notes"}, r"several sheets with data: Sheet, notes"),
        ([HEAD, ["a", 1, "yes", "stray"]], {}, r"right of the last column"),
    ],
)
def test_import_when_a_workbook_hides_values_then_refused(tmp_path, rows, options, message):
    """Errors, formulas without values, merged cells and several sheets are never guessed."""
    data = tmp_path / "a.xlsx"
    workbook(data, rows, **options)
    _, spec = write(tmp_path, "", SPEC)
    with pytest.raises(DataError, match=message):
        import_file(data, spec)


def test_import_when_the_sheet_is_named_then_it_is_read(tmp_path):
    """``sheet`` chooses among several; an unknown one is told."""
    data = tmp_path / "a.xlsx"
    workbook(data, [HEAD, ["a", 1, "yes"], ["b", 2, "no"]], other="notes")
    _, spec = write(tmp_path, "", {**SPEC, "sheet": "Sheet"})
    assert import_file(data, spec).decisions.height == 2
    _, spec = write(tmp_path, "", {**SPEC, "sheet": "Sheat"})
    with pytest.raises(DataError, match=r'unknown sheet "Sheat".*"Sheet"'):
        import_file(data, spec)


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_import_when_values_are_labelled_then_labels_with_codes_beside_them(tmp_path, suffix):
    """SPSS and Stata: labels are the values, codes in NAME.code, missing cells empty."""
    pyreadstat = pytest.importorskip("pyreadstat")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"who": ["a", "b", "c"], "bought": [1.0, 2.0, 9.0],
                              "price": [1.5, 2.0, float("nan")]})  # fmt: skip
    data = tmp_path / f"survey{suffix}"
    save = pyreadstat.write_sav if suffix == ".sav" else pyreadstat.write_dta
    save(frame, str(data), variable_value_labels={"bought": {1: "Ja", 2: "Nein"}})
    columns, rows = read_rows(data, ("",))
    assert columns == ["who", "bought", "bought.code", "price"]
    assert [list(row.values.values()) for row in rows] == [
        ["a", "Ja", "1", "1.5"], ["b", "Nein", "2", "2"], ["c", "9", "9", None],
    ]  # fmt: skip
    assert "labelled values" in draft_spec(data).splitlines()[0]


def test_read_when_two_codes_have_one_label_then_told_apart(tmp_path):
    """No two codes become one value."""
    pyreadstat = pytest.importorskip("pyreadstat")
    pandas = pytest.importorskip("pandas")
    data = tmp_path / "a.sav"
    frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(
        frame, str(data), variable_value_labels={"x": {1: "other", 2: "other", 3: "no"}}
    )
    found = [row.values["x"] for row in read_rows(data, ("",))[1]]
    assert found == ["other (1)", "other (2)", "no"]
