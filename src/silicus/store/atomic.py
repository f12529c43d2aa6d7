"""Files that are either whole or not there, whenever the process ends."""

import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from silicus.errors import StoreError


def write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file next to its place, force it to disk, then move it into place.

    Raises
    ------
    StoreError
        If it cannot be written (full disk, no permission); the old file, if any, is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # An ordinary open, so that who may read the file is for the user's umask to say.
        beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
        try:
            with beside.open("xb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as cause:
        raise StoreError(
            f"{path} cannot be written: {cause}. Free disk space or choose another --out; what "
            "was computed before is kept."
        ) from cause


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8."""
    write(path, lambda file: file.write(text.encode()))


def write_json(path: Path, content: Any) -> None:
    """Write JSON, keys in the order given."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet."""
    write(path, lambda file: table.write_parquet(file, compression="zstd"))


def join_tables(path: Path, parts: Sequence[Path]) -> None:
    """Write tables of the same columns, one after the other, as one; never all in memory."""
    joined = pl.scan_parquet(list(parts))
    write(path, lambda file: joined.sink_parquet(file, compression="zstd"))


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    StoreError
        If it is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise StoreError(f"{path} cannot be read: {cause}. Is this a run folder?") from cause
    except ValueError as cause:
        raise StoreError(
            f"{path} is not JSON: {cause}. Restore it, or run the study again into this folder: "
            "scores already computed are kept."
        ) from cause


def read_table(
    path: Path, *, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> pl.DataFrame:
    """Return a Parquet table, or some of its columns and the rows for which ``where`` holds.

    What is not asked for is not held in memory.

    Raises
    ------
    StoreError
        If it is missing or not whole.
    """
    if not path.is_file():
        raise StoreError(
            f"{path} does not exist. Run the study into this folder first: "
            f"silicus run STUDY.yaml --out {path.parent}"
        )
    try:
        table = pl.scan_parquet(path)
        table = table if where is None else table.filter(where)
        return (table if columns is None else table.select(columns)).collect()
    except (pl.exceptions.PolarsError, OSError) as cause:
        raise StoreError(
            f"{path} is not a readable Parquet file ({cause}). Delete it and run the study again "
            "into this folder: what the other files hold is not computed again."
        ) from cause


def remove_leftovers(folder: Path) -> None:
    """Delete what an interrupted write left next to its place."""
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)
