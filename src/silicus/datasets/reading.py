"""Data sets by name: reading them whole, describing them, checking their counts."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus import plugins
from silicus.datasets.base import Dataset
from silicus.datasets.download import fetch_files
from silicus.datasets.files import is_at_hand, locate, mirror_folder, user_folder
from silicus.errors import DataError
from silicus.schema import Decision, check


def get(name: str) -> Dataset:
    """Return the data set of a name, without reading anything.

    Raises
    ------
    StudyError
        If there is no such data set; suggests the nearest name.
    """
    dataset: Dataset = plugins.load("datasets", name)()
    return dataset


def load(name: str) -> pl.DataFrame:
    """Return the Decision table of a data set, its files, rows and counts verified.

    Parameters
    ----------
    name : str
        As listed by :func:`catalogue`.

    Returns
    -------
    polars.DataFrame
        A Decision table, see :class:`silicus.schema.Decision`.

    Raises
    ------
    StudyError
        If there is no such data set.
    DataError
        If its files are not on this machine or not the published ones, or a row is not what the
        source documents.
    """
    dataset = get(name)
    table = check(dataset.read(locate(dataset)), Decision, where=f"data set {name}")
    for row in _counts(dataset, table):
        if row["expected"] is not None and row["found"] != row["expected"]:
            raise DataError(
                f"data set {name}: found {row['found']} {row['what']}, expected "
                f"{row['expected']}. Restore its files: silicus data get {name}"
            )
    return table


def fetch(name: str, *, progress: bool = True) -> Path:
    """Download a data set from its public source into the user's data folder.

    Parameters
    ----------
    name : str
    progress : bool
        Show a bar on standard error.

    Returns
    -------
    Path
        The folder that holds its files, complete and verified.

    Raises
    ------
    StudyError
        If there is no such data set.
    DataError
        If it cannot be fetched whole; running again continues.
    """
    return fetch_files(get(name), progress=progress)


def describe(name: str) -> dict[str, Any]:
    """Return the facts of a data set: citation, licence, counts, files, notes."""
    dataset = get(name)
    return {
        "name": name,
        "title": dataset.title,
        "families": list(dataset.families),
        "citation": dataset.citation,
        "licence": dataset.licence,
        "source": dataset.source,
        "aggregate": dataset.aggregate,
        "n_decisions": dataset.n_decisions,
        "n_choices": dataset.n_choices or dataset.n_decisions,
        "n_participants": dataset.n_participants,
        "overlaps": list(dataset.overlaps),
        "notes": list(dataset.notes),
        "files": {file.path: file.sha256 for file in dataset.files},
        "at_hand": is_at_hand(dataset),
    }


def catalogue() -> pl.DataFrame:
    """Return one row per data set: name, families, counts, and whether it is on this machine."""
    rows = []
    for name in plugins.known("datasets"):
        facts = describe(name)
        rows.append(
            {
                "name": name,
                "families": ", ".join(facts["families"]),
                "decisions": facts["n_decisions"],
                "choices": facts["n_choices"],
                "participants": facts["n_participants"],
                "rows": "rates" if facts["aggregate"] else "choices",
                "at_hand": "yes" if facts["at_hand"] else "no: silicus data get " + name,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def at_hand() -> list[str]:
    """Return the names of the data sets whose files are on this machine."""
    return [name for name in plugins.known("datasets") if is_at_hand(get(name))]


def check_counts(name: str) -> pl.DataFrame:
    """Read a data set whole and return its counts beside those its source states.

    Returns
    -------
    polars.DataFrame
        Columns ``name``, ``what``, ``found``, ``expected`` (null where the source gives none) and
        ``agrees``.
    """
    dataset = get(name)
    table = check(dataset.read(locate(dataset)), Decision, where=f"data set {name}")
    return pl.DataFrame(
        [{"name": name, **row} for row in _counts(dataset, table)],
        schema={
            "name": pl.String,
            "what": pl.String,
            "found": pl.Int64,
            "expected": pl.Int64,
        },
    ).with_columns(
        pl.when(pl.col("expected").is_null())
        .then(pl.lit("not published"))
        .when(pl.col("expected") == pl.col("found"))
        .then(pl.lit("yes"))
        .otherwise(pl.lit("NO"))
        .alias("agrees")
    )


def where() -> dict[str, str]:
    """Return the folders in which data are looked for."""
    mirror = mirror_folder()
    return {
        "mirror (SILICUS_DATA)": str(mirror) if mirror else "none",
        "downloaded and imported": str(user_folder()),
    }


def _counts(dataset: Dataset, table: pl.DataFrame) -> list[dict[str, Any]]:
    people = table["participant_id"].drop_nulls().n_unique()
    counts = [
        {"what": "decisions", "found": table.height, "expected": dataset.n_decisions},
        {
            "what": "choices",
            "found": int(table["n_choices"].sum()),
            "expected": dataset.n_choices or dataset.n_decisions,
        },
    ]
    if not dataset.aggregate:
        counts.append({"what": "participants", "found": people, "expected": dataset.n_participants})
    return counts
