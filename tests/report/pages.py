"""Pages of synthetic runs, with the answer that a study would give them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from silicus import report
from silicus.study.answering import answered


def page(
    manifest: Mapping[str, Any], results: pl.DataFrame, examples: Sequence[Mapping[str, Any]]
) -> str:
    """Return the page of a synthetic run."""
    return report.page(manifest, results, examples, answered(manifest, results))


def export(
    manifest: Mapping[str, Any],
    results: pl.DataFrame,
    examples: Sequence[Mapping[str, Any]],
    out: Path,
) -> list[Path]:
    """Write the files of a synthetic run."""
    return report.export(manifest, results, examples, answered(manifest, results), out)
