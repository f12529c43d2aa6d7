"""Whole folders of a GitHub repository at one commit, listed with the checksum git gives them.

A commit's name fixes its files: each has a git blob id, the SHA-1 of a header and its bytes. The
listing is fetched once and kept beside the files, so that they can be verified without network.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import requests

from silicus.datasets.base import SourceFile
from silicus.errors import DataError

LISTING = "listing-{name}.json"
TIMEOUT_S = 60


class Tree(NamedTuple):
    """A folder of a repository (``owner/name``) at a commit."""

    repository: str
    commit: str
    path: str

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rsplit("/", maxsplit=1)[-1]


def api() -> str:
    """Return the address of the listing service (``SILICUS_GITHUB_API`` for a mirror of it)."""
    return os.environ.get("SILICUS_GITHUB_API", "https://api.github.com")


def raw() -> str:
    """Return the address of file contents (``SILICUS_GITHUB_RAW`` for a mirror of it)."""
    return os.environ.get("SILICUS_GITHUB_RAW", "https://raw.githubusercontent.com")


def list_tree(tree: Tree) -> tuple[SourceFile, ...]:
    """Return every file below a folder of a repository, with its git blob id.

    Raises
    ------
    DataError
        If the service cannot be reached or its listing is cut off.
    """
    try:
        with requests.Session() as session:
            found = _tree(session, tree.repository, tree.commit)
            for part in tree.path.split("/"):
                folder = [entry for entry in found if entry["path"] == part]
                if not folder:
                    raise DataError(
                        f"{tree.repository} at {tree.commit} has no folder {tree.path}."
                    )
                recursive = part == tree.name
                found = _tree(session, tree.repository, folder[0]["sha"], recursive=recursive)
    except (requests.RequestException, KeyError, TypeError, ValueError) as cause:
        raise DataError(
            f"the files of {tree.repository} ({tree.path}) could not be listed: {cause}. "
            "Check the connection and run again."
        ) from cause
    return tuple(
        SourceFile(
            f"{tree.path}/{entry['path']}",
            f"git:{entry['sha']}",
            f"{raw()}/{tree.repository}/{tree.commit}/{tree.path}/{entry['path']}",
        )
        for entry in found
        if entry["type"] == "blob"
    )


def _tree(
    session: requests.Session, repository: str, name: str, *, recursive: bool = False
) -> list[dict[str, Any]]:
    response = session.get(
        f"{api()}/repos/{repository}/git/trees/{name}",
        params={"recursive": "1"} if recursive else None,
        timeout=TIMEOUT_S,
    )
    response.raise_for_status()
    content = response.json()
    if content["truncated"]:
        raise DataError(f"the listing of {repository} is cut off; clone the repository instead.")
    entries: list[dict[str, Any]] = content["tree"]
    return entries


def keep_listing(folder: Path, name: str, listed: tuple[SourceFile, ...]) -> None:
    """Write a listing beside the files it lists."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {file.path: [file.sha256, file.url] for file in listed}
    path = folder / LISTING.format(name=name)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=0), encoding="utf-8")
    part.replace(path)


def listed_files(folder: Path, name: str) -> tuple[SourceFile, ...]:
    """Return the files of a kept listing; none where the folder was made in another way."""
    path = folder / LISTING.format(name=name)
    if not path.is_file():
        return ()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return tuple(SourceFile(file, digest, url) for file, (digest, url) in content.items())
    except (ValueError, AttributeError) as cause:
        raise DataError(
            f"{path} is damaged ({cause}). Remove it and run: silicus data get glee_{name}"
        ) from cause


def git_blob(path: Path) -> str:
    """Return the id that git gives to the content of a file."""
    content = path.read_bytes()
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()
