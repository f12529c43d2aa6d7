"""Data sets by name: reading them whole, describing them, checking their counts."""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from silicus import plugins
from silicus.datasets.base import Dataset
from silicus.datasets.download import fetch_files
from silicus.datasets.files import is_at_hand, locate, mirror_folder, places, user_folder
from silicus.datasets.importing.library import find_imported, imported_names
from silicus.errors import DataError, StudyError, unknown_name
from silicus.schema import Decision, check

MANY_FILES = 20
"""Above this number of files a description gives one checksum over all of them."""


def get(name: str) -> Dataset:
    """Return the data set of a name, built in or imported, without reading anything.

    Parameters
    ----------
    name : str
        A name, or the path of the folder of an imported data set.

    Raises
    ------
    StudyError
        If there is no such data set; suggests the nearest name.
    """
    if name not in plugins.known("datasets"):
        imported = find_imported(name)
        if imported is None:
            raise StudyError(unknown_name("data set", name, names()))
        return imported
    dataset: Dataset = plugins.load("datasets", name)()
    return dataset


def names() -> list[str]:
    """Return the names of all data sets, built in, from a distribution, or imported here."""
    return [*plugins.known("datasets"), *imported_names()]


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
    folder = locate(dataset)
    table = check(dataset.read(folder), Decision, where=f"data set {name}")
    for row in _counts(dataset, table, folder):
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
    place = _place(dataset)
    counts = dataset.counts_in(place if place is not None else places(dataset)[0])
    return {
        "name": dataset.name,
        "title": dataset.title,
        "families": list(dataset.families),
        "citation": dataset.citation,
        "licence": dataset.licence,
        "source": dataset.source,
        "aggregate": dataset.aggregate,
        "n_decisions": counts.n_decisions,
        "n_choices": counts.n_choices,
        "n_participants": counts.n_participants,
        "dropped": dict(dataset.dropped),
        "overlaps": list(dataset.overlaps),
        "notes": list(dataset.notes),
        "files": _checksums(dataset, place),
        "at_hand": is_at_hand(dataset),
    }


def catalogue() -> pl.DataFrame:
    """Return one row per data set: name, families, counts, and whether it is on this machine."""
    rows = []
    for name in names():
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
    return [name for name in names() if is_at_hand(get(name))]


def check_counts(name: str) -> pl.DataFrame:
    """Read a data set whole and return its counts beside those its source states.

    Returns
    -------
    polars.DataFrame
        Columns ``name``, ``what``, ``found``, ``expected`` (null where the source gives none) and
        ``agrees``.
    """
    dataset = get(name)
    folder = locate(dataset)
    table = check(dataset.read(folder), Decision, where=f"data set {name}")
    rows = _counts(dataset, table, folder)
    if dataset.counts_in(folder).n_decisions is not None:
        rows += [
            {"what": f"left out: {why}", "found": n, "expected": None}
            for why, n in dataset.dropped.items()
        ]
    return pl.DataFrame(
        [{"name": name, **row} for row in rows],
        schema={
            "name": pl.String,
            "what": pl.String,
            "found": pl.Int64,
            "expected": pl.Int64,
        },
    ).with_columns(
        pl.when(pl.col("what").str.starts_with("left out"))
        .then(pl.lit("left out"))
        .when(pl.col("expected").is_null())
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


def _place(dataset: Dataset) -> Path | None:
    return next((folder for folder in places(dataset) if dataset.is_in(folder)), None)


def _checksums(dataset: Dataset, place: Path | None) -> dict[str, str]:
    """Return the checksum of each file, or one over all where there are many."""
    files = dataset.files if place is None else dataset.files_in(place)
    if len(files) <= MANY_FILES:
        return {file.path: file.sha256 for file in files}
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in files)
    return {f"{len(files)} files": hashlib.sha256(lines.encode()).hexdigest()}


def _counts(dataset: Dataset, table: pl.DataFrame, folder: Path) -> list[dict[str, Any]]:
    """Return what was found beside what is documented for the files in a folder."""
    expected = dataset.counts_in(folder)
    known = table["n_choices"].null_count() == 0
    counts: list[dict[str, Any]] = [
        {"what": "decisions", "found": table.height, "expected": expected.n_decisions},
        {
            "what": "choices",
            "found": int(table["n_choices"].sum()) if known else None,
            "expected": expected.n_choices if known else None,
        },
    ]
    if expected.choices:
        made = table.select(pl.col("options").list.get(pl.col("choice"))).to_series()
        counts += [
            {"what": f"choices of {label}", "found": int((made == label).sum()), "expected": n}
            for label, n in expected.choices.items()
        ]
    counts += [
        {"what": what, "found": found, "expected": documented}
        for what, (found, documented) in dataset.extra_counts(table).items()
    ]
    people = table["participant_id"].drop_nulls().n_unique()
    if people:
        counts.append(
            {"what": "participants", "found": people, "expected": expected.n_participants}
        )
    return counts
