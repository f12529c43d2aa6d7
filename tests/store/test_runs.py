"""A run folder is written whole or not at all, by one process at a time."""

import polars as pl
import pytest

from silicus.errors import StoreError
from silicus.schema import Result
from silicus.store import Run
from silicus.store.atomic import write


def test_folder_when_locked_refuses_a_second_writer(tmp_path):
    """Two processes never write to one run folder."""
    with (
        Run(tmp_path / "run"),
        pytest.raises(StoreError, match="another process is writing"),
        Run(tmp_path / "run"),
    ):
        pass


def test_write_when_it_fails_half_way_leaves_the_old_file(tmp_path):
    """A write that fails leaves the file that was there, and nothing else."""
    path = tmp_path / "table"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"half of the new")
        raise OSError("disk full")

    with pytest.raises(StoreError, match=r"cannot be written: disk full.*what was computed"):
        write(path, fail)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["table"]


def test_table_when_missing_names_the_command(tmp_path):
    """Reading a table of a run that never finished says how to finish it."""
    with pytest.raises(StoreError, match=r"silicus run STUDY\.yaml --out"):
        Run(tmp_path).read_table("results")


def test_table_when_corrupt_is_refused(tmp_path):
    """A Parquet file that is not whole is refused by name."""
    (tmp_path / "scores.parquet").write_bytes(b"PAR1 this is no table")
    with pytest.raises(StoreError, match=r"scores\.parquet is not a readable Parquet file"):
        Run(tmp_path).read_table("scores")


def test_table_when_of_another_schema_is_refused_on_writing(tmp_path):
    """A table that breaks its schema never reaches the disk."""
    with pytest.raises(StoreError, match="missing from the Score table"):
        Run(tmp_path).write_table("scores", pl.DataFrame({"a": [1]}))
    assert not (tmp_path / "scores.parquet").exists()


def test_results_when_written_come_back_equal(tmp_path):
    """A table read again is the table written."""
    table = Result.create_empty()
    run = Run(tmp_path)
    run.write_table("results", table)
    assert run.read_table("results").equals(table)


def test_manifest_when_not_json_is_refused(tmp_path):
    """A manifest edited into something else is refused, and says that scores are kept."""
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match=r"manifest\.json is not JSON.*are kept"):
        _ = Run(tmp_path).manifest
