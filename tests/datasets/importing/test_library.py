"""Imported data sets are kept, found by name and by path, and checked when they are read."""

import json

import pytest

from silicus import datasets
from silicus.errors import DataError, StudyError

from .files import HONESTY, HONESTY_SPEC, write


def test_import_data_when_done_then_found_by_name_and_path(tmp_path):
    """The name works like that of a published data set, and so does the folder."""
    facts = datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    assert (facts["decisions"], facts["participants"], facts["dropped"]) == (5, 2, 0)
    table = datasets.load("honesty")
    assert table.height == 5
    assert datasets.load(facts["folder"]).equals(table)
    assert "honesty" in datasets.catalogue()["name"]
    assert "honesty" in datasets.at_hand()
    described = datasets.describe("honesty")
    assert described["title"] == "Reports of a die"
    assert datasets.describe(facts["folder"]) == described
    assert described["files"]["decisions.parquet"]
    assert set(datasets.check_counts("honesty")["agrees"]) == {"yes"}


def test_import_data_when_repeated_then_replaces_the_old_one(tmp_path):
    """The newer import of a name is the one that is read."""
    datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    shorter = "".join(HONESTY.splitlines(keepends=True)[:3])
    datasets.import_data(*write(tmp_path, shorter, HONESTY_SPEC))
    assert datasets.load("honesty").height == 2


def test_import_data_when_it_fails_then_the_old_one_stays(tmp_path):
    """A refused import changes nothing."""
    datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    with pytest.raises(DataError):
        datasets.import_data(*write(tmp_path, HONESTY.replace("low", "lo"), HONESTY_SPEC))
    assert datasets.load("honesty").height == 5


def test_import_data_when_rows_are_dropped_then_the_list_is_kept(tmp_path):
    """dropped.csv beside the table has line, column, value found and value expected."""
    bad = HONESTY.replace("bob,1,2,5,low", "bob,1,2,5,maybe")
    facts = datasets.import_data(*write(tmp_path, bad, HONESTY_SPEC), on_invalid="drop")
    assert facts["dropped"] == 2
    lines = (tmp_path / "user/imported/honesty/dropped.csv").read_text().splitlines()
    assert lines[:2] == ["line,column,found,expected", '5,report,maybe,"one of high, low"']
    assert datasets.describe("honesty")["dropped"] == {"rows listed in dropped.csv": 2}


def test_load_when_the_table_was_edited_then_refused(tmp_path):
    """The checksum in the manifest is checked whenever the table is read."""
    facts = datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    path = tmp_path / "user/imported/honesty/decisions.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(DataError, match=r"not the published one|Import it again"):
        datasets.load("honesty")
    (path.parent / "manifest.json").write_text(json.dumps({"facts": 1}))
    with pytest.raises(DataError, match=r"is damaged.*Import it again"):
        datasets.load(facts["folder"])


def test_import_data_when_the_name_is_taken_by_a_published_one_then_refused(tmp_path):
    """An own data set cannot hide a published one."""
    with pytest.raises(DataError, match="is the name of a built-in data set"):
        datasets.import_data(*write(tmp_path, HONESTY, {**HONESTY_SPEC, "name": "casino"}))


def test_load_when_the_name_is_unknown_then_imported_ones_are_suggested_too(tmp_path):
    """Nearest names include what was imported here."""
    datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    with pytest.raises(StudyError, match='unknown data set "honestly": did you mean "honesty"'):
        datasets.load("honestly")


def test_fetch_when_imported_then_refused(tmp_path):
    """There is nothing to download for an own data set."""
    datasets.import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    with pytest.raises(DataError, match="nothing to download"):
        datasets.fetch("honesty")
