"""A report as files."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from silicus.errors import StoreError
from silicus.report import embed

from .pages import export, page


def test_export_when_read_back_then_tables_and_figures_are_those_of_the_page(
    tmp_path: Path, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Parquet and CSV hold every number; each figure is an SVG and a PNG; the page is the page."""
    written = export(manifest, results, [], tmp_path)
    assert all(path.stat().st_size > 0 for path in written)
    assert sorted(written) == sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page(manifest, results, [])
    parquet = pl.read_parquet(tmp_path / "tables" / "results.parquet")
    assert_frame_equal(parquet, results, check_row_order=False)
    csv = pl.read_csv(tmp_path / "tables" / "results.csv", schema=results.schema)
    assert_frame_equal(csv.with_columns(pl.col("note").fill_null("")), parquet)
    wide = pl.read_csv(tmp_path / "tables" / "agreement.csv")
    assert len(wide) == 16
    figures = {path.stem for path in written if path.suffix == ".svg"}
    assert figures == {
        "agreement",
        "base-against-aligned",
        "difference",
        "option-mass",
        "by-part-1",
        "stand_in_card",
    }
    for path in written:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        if path.suffix == ".svg":
            assert "currentColor" not in path.read_text(encoding="utf-8")


def test_export_when_the_folder_is_a_file_then_the_error_says_where(
    tmp_path: Path, manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """A place that cannot be written is named, with what to do."""
    (tmp_path / "out").write_text("occupied")
    with pytest.raises(StoreError, match=r"out: .*--out"):
        export(manifest, results, [], tmp_path / "out")


def test_on_paper_when_data_hold_the_word_then_only_the_ink_is_changed() -> None:
    """A model called currentColor keeps its name."""
    spec = {"mark": {"fill": "currentColor"}, "datasets": {"d": [{"a": "currentColor"}]}}
    done = embed.on_paper(spec)
    assert done["mark"]["fill"].startswith("#")
    assert done["datasets"] == spec["datasets"]
    assert embed.sized(done) == done
