"""Where the files of a data set are, and whether they are the published ones.

Looked up in this order: embedded in the package; the mirror that the environment variable
``SILICUS_DATA`` names; the user's data folder (``SILICUS_USER_DATA``, or the platform's), into
which :func:`silicus.datasets.fetch` downloads. Nothing is downloaded unless asked for.
"""

import hashlib
import os
from importlib.resources import files
from pathlib import Path

import platformdirs

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.github import git_blob
from silicus.errors import DataError


def user_folder() -> Path:
    """Return the folder of downloaded and imported data sets."""
    root = os.environ.get("SILICUS_USER_DATA")
    return Path(root) if root else Path(platformdirs.user_data_dir("silicus")) / "data"


def mirror_folder() -> Path | None:
    """Return the mirror of published data, if ``SILICUS_DATA`` names one."""
    root = os.environ.get("SILICUS_DATA")
    return Path(root) if root else None


def places(dataset: Dataset) -> list[Path]:
    """Return the folders in which a data set may be, the first being preferred."""
    if dataset.root is not None:
        return [dataset.root]
    if dataset.folder is None:
        return [Path(str(files("silicus.datasets") / "data"))]
    mirror = mirror_folder()
    roots = [root for root in (mirror, user_folder()) if root is not None]
    return [root / dataset.folder for root in roots]


def is_at_hand(dataset: Dataset) -> bool:
    """Return whether some place holds the first file of a data set."""
    return _place(dataset) is not None


def locate(dataset: Dataset) -> Path:
    """Return the folder that holds the files of a data set, each verified by its checksum.

    Raises
    ------
    DataError
        If the data set is not on this machine, a file is missing, or a checksum differs.
    """
    place = _place(dataset)
    if place is None:
        looked = ", ".join(str(folder) for folder in places(dataset))
        raise DataError(
            f"data set {dataset.name}: not on this machine (looked in {looked}). "
            f"Run: silicus data get {dataset.name}"
        )
    for file in dataset.files_in(place):
        verify(dataset, place, file)
    return place


def verify(dataset: Dataset, folder: Path, file: SourceFile) -> None:
    """Raise unless a file is there and has the published checksum.

    Raises
    ------
    DataError
    """
    path = folder / file.path
    if not path.is_file():
        raise DataError(
            f"data set {dataset.name}: the file {path} is missing. "
            f"Run: silicus data get {dataset.name}"
        )
    found = checksum(path, file)
    if found != file.sha256:
        if dataset.root is not None:
            fix = "Import it again"
        elif dataset.folder is None:
            fix = "Install silicus again"
        elif folder.parent == mirror_folder():
            fix = (
                f"The mirror that SILICUS_DATA names is damaged: restore the file there, or unset "
                f"SILICUS_DATA and run: silicus data get {dataset.name}"
            )
        else:
            fix = f"Run: silicus data get {dataset.name}"
        raise DataError(
            f"data set {dataset.name}: the file {path} is not the published one: its "
            f"checksum (sha256) is {found}, expected {file.sha256}. {fix}"
        )


def sha256(path: Path) -> str:
    """Return the checksum of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksum(path: Path, file: SourceFile) -> str:
    """Return the checksum of a file, of the kind that is known of it."""
    return f"git:{git_blob(path)}" if file.sha256.startswith("git:") else sha256(path)


def _place(dataset: Dataset) -> Path | None:
    return next((folder for folder in places(dataset) if dataset.is_in(folder)), None)
