"""Imported data sets in the user's data folder, found again by name."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from filelock import FileLock

from silicus import plugins
from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.files import sha256, user_folder
from silicus.datasets.importing.build import Imported, OnInvalid, import_file
from silicus.datasets.importing.spec import NAME, Spec, read_spec
from silicus.errors import DataError, unknown_name

TABLE, SPEC, DROPPED, MANIFEST = "decisions.parquet", "spec.yaml", "dropped.csv", "manifest.json"


class ImportedDataset(Dataset):
    """A data set of one's own, as it was imported.

    Its facts come from its spec and its manifest, so they are set on the instance.
    """

    files: ClassVar[tuple[SourceFile, ...]] = ()

    def __init__(self, folder: Path) -> None:
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            facts = {**manifest["facts"]}
            self.checksum = str(manifest["decisions_sha256"])
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise DataError(
                f"the imported data set in {folder} is damaged ({cause!r}). Import it again."
            ) from cause
        self.root = folder
        for key, value in facts.items():
            object.__setattr__(self, key, tuple(value) if isinstance(value, list) else value)

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the table, which is all that is read."""
        return (SourceFile(TABLE, self.checksum),)

    def files_to_fetch(self) -> tuple[SourceFile, ...]:
        """Refuse: there is no public source."""
        raise DataError(f"data set {self.name} was imported here: there is nothing to download.")

    def read(self, folder: Path) -> pl.DataFrame:
        """Return the table as it was imported."""
        try:
            return pl.read_parquet(folder / TABLE)
        except (OSError, pl.exceptions.PolarsError) as cause:
            raise DataError(
                f"data set {self.name}: {folder / TABLE} cannot be read: {cause}. Import it again."
            ) from cause


def library() -> Path:
    """Return the folder of imported data sets."""
    return user_folder() / "imported"


def imported_names() -> list[str]:
    """Return the names of the imported data sets on this machine."""
    return sorted(path.parent.name for path in library().glob(f"*/{MANIFEST}"))


def find_imported(name: str) -> ImportedDataset | None:
    """Return an imported data set by its name or the path of its folder, if there is one."""
    folder = library() / name if re.fullmatch(NAME, name) else Path(name)
    return ImportedDataset(folder) if (folder / MANIFEST).is_file() else None


def remove(names: Sequence[str]) -> list[Path]:
    """Remove imported data sets from the user's data folder; return the folders that are gone.

    Raises
    ------
    DataError
        If one of them is no imported data set; then none is removed.
    """
    for name in names:
        if name not in imported_names():
            built_in = name in plugins.known("datasets")
            told = f'"{name}" is built in, and cannot be removed. ' if built_in else ""
            raise DataError(told + unknown_name("imported data set", name, imported_names()))
    folders = [library() / name for name in dict.fromkeys(names)]
    try:
        with FileLock(library() / ".lock"):
            for folder in folders:
                shutil.rmtree(folder)
    except OSError as cause:
        raise DataError(f"{cause.filename} cannot be removed: {cause}. Free the rights.") from cause
    return folders


def import_data(file: Path, spec: Path, *, on_invalid: OnInvalid | str = "raise") -> dict[str, Any]:
    """Bring in one's own experiment as a data set that studies can name.

    Parameters
    ----------
    file : Path
        CSV, Parquet or Excel.
    spec : Path
        What its columns mean, see :class:`~silicus.datasets.importing.spec.Spec`.
    on_invalid : "raise" or "drop"

    Returns
    -------
    dict
        Name, counts, folder, and how many rows were dropped. The folder holds the table, the
        spec, the dropped rows with their reasons and a manifest with checksums; an earlier import
        of the same name is replaced.

    Raises
    ------
    DataError
        If anything cannot be used; nothing is changed then.
    """
    name = read_spec(spec).name
    if name in plugins.known("datasets"):
        raise DataError(f'{spec}: "{name}" is the name of a built-in data set. Choose another.')
    made = import_file(file, spec, on_invalid=on_invalid)  # type: ignore[arg-type]
    folder = library() / name
    facts = _facts(made)
    _store(
        folder,
        made,
        spec,
        {"facts": facts, "source_file": file.name, **_origin(file), **_games(made, spec)},
    )
    reasons = made.dropped.group_by("expected").len("rows").sort("rows", descending=True)
    unreached = {"rounds_never_reached": made.n_unreached} if made.n_unreached else {}
    return {
        "name": name,
        "decisions": made.decisions.height,
        "choices": facts["n_choices"] or (None if facts["aggregate"] else _acts(made.decisions)),
        "participants": facts["n_participants"],
        "passed_over": made.n_passed_over,
        **unreached,
        "dropped": made.dropped.height,
        "dropped_reasons": [f"{rows} row(s): expected {why}" for why, rows in reasons.iter_rows()],
        **({"notes": list(made.notes)} if made.notes else {}),
        "folder": str(folder),
    }


def _acts(decisions: pl.DataFrame) -> int:
    """Return how many acts decisions are: those of one play and round are one."""
    return decisions.select("play_id", "round").n_unique()


def _facts(made: Imported) -> dict[str, Any]:
    spec: Spec = made.spec
    aggregate = spec.layout == "rates"
    known = spec.layout != "rates" or spec.columns.n is not None
    people = made.decisions["participant_id"].drop_nulls().n_unique()
    dropped = {"rows listed in dropped.csv": made.dropped.height} if len(made.dropped) else {}
    if made.n_unreached:
        dropped["rounds never reached by who left"] = made.n_unreached
    return {
        "name": spec.name,
        "title": spec.title,
        "citation": spec.citation,
        "licence": spec.licence,
        "source": "own data",
        "families": [spec.family],
        "folder": spec.name,
        "aggregate": aggregate,
        "n_decisions": made.decisions.height,
        "n_choices": int(made.decisions["n_choices"].sum()) if aggregate and known else None,
        "n_participants": None if aggregate else people,
        "notes": [*spec.notes, *made.notes],
        "dropped": dropped,
    }


def _games(made: Imported, spec: Path) -> dict[str, str]:
    """Return which file of games was joined, where the spec names one."""
    if made.spec.games is None:
        return {}
    file = spec.parent / made.spec.games.file
    return {"games_file": file.name, "games_sha256": sha256(file)}


def _origin(file: Path) -> dict[str, str]:
    files = sorted(file.iterdir()) if file.is_dir() else [file]
    sums = [sha256(one) for one in files if one.is_file()]
    return {
        "source_sha256": sums[0] if file.is_file() else _of_all(sums),
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _of_all(sums: list[str]) -> str:
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _store(folder: Path, made: Imported, spec: Path, manifest: dict[str, Any]) -> None:
    """Write everything beside the place, then move it there at once."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            FileLock(folder.parent / ".lock"),
            tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary,
        ):
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            new.mkdir()
            made.decisions.write_parquet(new / TABLE)
            made.dropped.write_csv(new / DROPPED)
            shutil.copyfile(spec, new / SPEC)
            manifest["decisions_sha256"] = hashlib.sha256((new / TABLE).read_bytes()).hexdigest()
            text = json.dumps(manifest, indent=2, ensure_ascii=False)
            (new / MANIFEST).write_text(text, encoding="utf-8")
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
    except OSError as cause:
        raise DataError(f"{folder} cannot be written: {cause}. Free the disk or rights.") from cause
