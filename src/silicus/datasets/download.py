"""Getting the files of a data set from where they are published.

Each file goes to ``NAME.part`` first, continues there after an interruption, and takes its name
only with the right checksum; so a folder never holds half a file, and what is there is not
fetched again.
"""

from pathlib import Path

import requests
from tqdm import tqdm

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.files import checksum, user_folder
from silicus.errors import DataError

TIMEOUT_S = 60
_CHUNK = 1 << 16


def fetch_files(dataset: Dataset, *, progress: bool = True) -> Path:
    """Download what is missing of a data set into the user's data folder; return its folder.

    Parameters
    ----------
    dataset : Dataset
    progress : bool
        Show a bar on standard error.

    Raises
    ------
    DataError
        If the data set is part of the package, its source cannot be reached, or what came is not
        the published file. What was fetched so far is kept.
    """
    if dataset.folder is None:
        raise DataError(
            f"data set {dataset.name} is part of the package: there is nothing to download."
        )
    folder = user_folder() / dataset.folder
    listed = dataset.files_to_fetch()
    dataset.before_fetching(folder, listed)
    wanted = [file for file in listed if not _is_there(folder, file)]
    with (
        requests.Session() as session,
        tqdm(wanted, desc=dataset.name, unit="file", disable=not progress) as bar,
    ):
        for file in bar:
            bar.set_postfix_str(file.path[-40:])
            _fetch(session, dataset, folder, file)
    return folder


def _is_there(folder: Path, file: SourceFile) -> bool:
    path = folder / file.path
    return path.is_file() and checksum(path, file) == file.sha256


def _fetch(session: requests.Session, dataset: Dataset, folder: Path, file: SourceFile) -> None:
    if file.url is None:
        raise DataError(
            f"data set {dataset.name}: {file.path} has no public address. "
            f"Put it into {folder} yourself; source: {dataset.source}"
        )
    path = folder / file.path
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _stream(session, file.url, part)
    except (OSError, requests.RequestException) as cause:
        kept = f" {part.stat().st_size} bytes are kept." if part.is_file() else ""
        raise DataError(
            f"data set {dataset.name}: {file.url} could not be fetched: {cause}.{kept} "
            f"Check the connection and run again: silicus data get {dataset.name}"
        ) from cause
    found = checksum(part, file)
    if found != file.sha256:
        part.unlink()
        raise DataError(
            f"data set {dataset.name}: what {file.url} sent is not the published file: its "
            f"checksum (sha256) is {found}, expected {file.sha256}. It was thrown away. Run again: "
            f"silicus data get {dataset.name}"
        )
    part.replace(path)


def _stream(session: requests.Session, url: str, part: Path) -> None:
    """Write what an address sends to a file, continuing where the file ends."""
    start = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        if start and response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # the whole file is there already; its checksum decides
        response.raise_for_status()
        continued = response.status_code == requests.codes.partial_content
        with part.open("ab" if continued else "wb") as stream:
            for chunk in response.iter_content(_CHUNK):
                stream.write(chunk)
