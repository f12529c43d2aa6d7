"""A run folder: manifest, the four tables, the report, and the journal of scores.

::

    RUN/
      manifest.json      what was run: data, models, settings given and in force, versions, seed
      decisions.parquet  prompts.parquet  scores.parquet  results.parquet
      renderings.parquet each prompt as each model saw it, with the key of its score
      report.html
      journal/           scores as they were computed; what makes a run resumable
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import dataframely as dy
import polars as pl
from filelock import FileLock, Timeout

from silicus.errors import StoreError
from silicus.schema import Decision, Prompt, Result, Score, check
from silicus.store import atomic
from silicus.store.journal import Journal

TABLES: dict[str, type[dy.Schema]] = {
    "decisions": Decision,
    "prompts": Prompt,
    "scores": Score,
    "results": Result,
}


class Run:
    """One run folder; use as a context manager to hold its lock while writing.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / ".lock", timeout=0)
        self._journal: Journal | None = None

    def __enter__(self) -> Self:
        """Make the folder if needed and lock it against a second process.

        Raises
        ------
        StoreError
            If another process is writing to it, or it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout as cause:
            raise StoreError(
                f"another process is writing to the run folder {self.folder}. Wait for it, or "
                "choose another --out."
            ) from cause
        except OSError as cause:
            raise StoreError(
                f"run folder {self.folder} cannot be made: {cause}. Choose another --out."
            ) from cause
        atomic.remove_leftovers(self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._journal is not None:
                self._journal.flush()
        finally:
            self._lock.release()

    @property
    def journal(self) -> Journal:
        """Return the journal of scores, read on first use."""
        if self._journal is None:
            self._journal = Journal(self.folder / "journal")
        return self._journal

    @property
    def manifest(self) -> dict[str, Any]:
        """Return the manifest.

        Raises
        ------
        StoreError
            If there is none or it is not readable.
        """
        content = atomic.read_json(self.folder / "manifest.json")
        if not isinstance(content, dict):
            raise StoreError(f"{self.folder / 'manifest.json'} is not a manifest (no mapping).")
        return content

    def started(self) -> bool:
        """Tell whether a run has been begun in this folder."""
        return (self.folder / "manifest.json").is_file()

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write the manifest."""
        atomic.write_json(self.folder / "manifest.json", manifest)

    def write_table(self, name: str, table: pl.DataFrame) -> None:
        """Write one of :data:`TABLES` after checking it; further columns are kept."""
        check(table, TABLES[name], where=f"{name} of run {self.folder}", error=StoreError)
        atomic.write_table(self.folder / f"{name}.parquet", table)

    def read_table(self, name: str) -> pl.DataFrame:
        """Return one of :data:`TABLES`.

        Raises
        ------
        StoreError
            If it is missing, damaged or not of its schema.
        """
        path = self.folder / f"{name}.parquet"
        table = atomic.read_table(path)
        if name == "scores" and "fold" not in table.columns:  # a run of silicus 0.1
            table = table.with_columns(fold=pl.lit(None, dtype=pl.Int32))
        check(table, TABLES[name], where=str(path), error=StoreError)
        return table

    def write_extra(self, name: str, table: pl.DataFrame) -> None:
        """Write a further table that no schema governs."""
        atomic.write_table(self.folder / f"{name}.parquet", table)

    def write_joined(self, name: str, parts: Sequence[Path]) -> None:
        """Write a table whose parts, checked before, lie in files of their own."""
        atomic.join_tables(self.folder / f"{name}.parquet", parts)

    def read_some(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        *,
        where: pl.Expr | None = None,
    ) -> pl.DataFrame:
        """Return some columns and rows of any table; what is not asked for is not read."""
        return atomic.read_table(self.folder / f"{name}.parquet", columns=columns, where=where)

    def read_extra(self, name: str) -> pl.DataFrame:
        """Return a table written by :meth:`write_extra`."""
        return atomic.read_table(self.folder / f"{name}.parquet")

    def write_report(self, page: str) -> Path:
        """Write the page and return its path."""
        path = self.folder / "report.html"
        atomic.write_text(path, page)
        return path
