"""The runs that are merged: read, told apart by a label, and their predictors by what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from silicus.errors import StoreError, StudyError
from silicus.store import Run
from silicus.study.file import ModelEntry, StudyFile

WEIGHTS = ("dtype", "sha256", "tokenizer_sha256")
"""What makes two models of one name two predictors; so does, in one format, the template."""


@dataclass(frozen=True)
class Part:
    """One run of several.

    ``label`` is the name of its folder, with its parents where two share one; ``new_names`` maps
    each predictor of the run that is renamed to its name among all runs.
    """

    label: str
    run: Run
    manifest: dict[str, Any]
    study: StudyFile
    new_names: Mapping[str, str]

    def name(self, predictor_id: str) -> str:
        """Return the name of a predictor of this run among all runs."""
        return self.new_names.get(predictor_id, predictor_id)

    def renamed(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return a table of the run with the new names of its predictors."""
        if not self.new_names:
            return table
        return table.with_columns(pl.col("predictor_id").replace(dict(self.new_names)))

    @property
    def predictors(self) -> list[str]:
        """The predictors of the run under their new names, each once."""
        listed = (self.name(facts["id"]) for facts in self.manifest["predictors"])
        return list(dict.fromkeys(listed))

    @property
    def models(self) -> list[ModelEntry]:
        """The models of the run under their new names, each with its number type."""
        entries = []
        for entry in self.study.models:
            own: dict[str, str] = {"dtype": entry.dtype or self.study.dtype}
            if entry.predictor_id in self.new_names:
                own["predictor"] = self.new_names[entry.predictor_id]
            entries.append(entry.model_copy(update=own))
        return entries


def read_parts(folders: Sequence[Path]) -> list[Part]:
    """Return the runs in some folders, in their order.

    A model that has one name but other weights, another number type, tokenizer or template in
    another run is another predictor: each of its versions is called ``NAME@DTYPE``, or
    ``NAME@RUN`` where the number types do not tell them apart.

    Raises
    ------
    StoreError
        If a folder is given twice, or holds no finished run.
    """
    resolved = [folder.resolve() for folder in folders]
    for folder in folders:
        if resolved.count(folder.resolve()) > 1:
            raise StoreError(
                f"the run folder {folder} is given twice. Give every run of a report once."
            )
    read = [_read(folder) for folder in folders]
    names = labels(resolved)
    new_names = _new_names(names, [manifest for _, manifest, _ in read])
    return [
        Part(label, run, manifest, study, renamed)
        for label, (run, manifest, study), renamed in zip(names, read, new_names, strict=True)
    ]


def labels(folders: Sequence[Path]) -> list[str]:
    """Return the shortest ends of the paths that tell them apart, at least the last name.

    Examples
    --------
    >>> labels([Path("/a/akata"), Path("/a/zhu")])
    ['akata', 'zhu']
    >>> labels([Path("/m1/akata"), Path("/m2/akata")])
    ['m1/akata', 'm2/akata']
    """
    for depth in range(1, max(len(folder.parts) for folder in folders) + 1):
        ends = ["/".join(folder.parts[-depth:]) for folder in folders]
        if len(set(ends)) == len(ends):
            return ends
    return [str(folder) for folder in folders]


def _read(folder: Path) -> tuple[Run, dict[str, Any], StudyFile]:
    run = Run(folder)
    manifest = run.manifest
    if not manifest.get("finished"):
        raise StoreError(
            f"the run in {folder} is not finished, so it cannot be reported with others. Start "
            "its study again; it goes on where it was."
        )
    try:
        study = StudyFile.model_validate(manifest["settings"]["in_force"])
    except (KeyError, TypeError, ValidationError) as cause:
        raise StoreError(
            f"the manifest of the run in {folder} does not say what was run (settings in force: "
            f"{str(cause).splitlines()[0]}). Restore manifest.json, or run the study again."
        ) from cause
    return run, manifest, study


def _new_names(names: Sequence[str], manifests: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Return for each run the predictors that need a new name."""
    found = [_versions(manifest) for manifest in manifests]
    renamed: list[dict[str, str]] = [{} for _ in manifests]
    for predictor in dict.fromkeys(name for versions in found for name in versions):
        holders = [place for place, versions in enumerate(found) if predictor in versions]
        groups: list[list[int]] = []
        for place in holders:
            own = found[place][predictor]
            for group in groups:
                if all(_same(own, found[other][predictor]) for other in group):
                    group.append(place)
                    break
            else:
                groups.append([place])
        if len(groups) < 2:
            continue
        dtypes = [found[group[0]][predictor]["weights"][0] for group in groups]
        for group, dtype in zip(groups, dtypes, strict=True):
            end = str(dtype) if len(set(dtypes)) == len(groups) else _as_name(names[group[0]])
            for place in group:
                renamed[place][predictor] = f"{predictor}@{end}"
    return renamed


def _versions(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what each model of a run is: its weights, and its template in each format."""
    versions: dict[str, dict[str, Any]] = {}
    for facts in manifest["predictors"]:
        if facts.get("sha256") is None:
            continue  # theories are their name
        own = versions.setdefault(facts["id"], {})
        own["weights"] = tuple(facts.get(name) for name in WEIGHTS)
        own[facts["format"]] = facts.get("template_sha256")
    return versions


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[key] == other[key] for key in one.keys() & other.keys())


def _as_name(label: str) -> str:
    """Return a label with nothing that a name must not hold."""
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in label)


def declared(pair: str, known: Sequence[str]) -> tuple[str, str]:
    """Return base and aligned predictor of ``BASE+ALIGNED``.

    Raises
    ------
    StudyError
        If it is not of that form, or no run has such a predictor.
    """
    base, plus, aligned = pair.partition("+")
    if not plus or not base or not aligned:
        raise StudyError(f'"{pair}" is no comparison. Write it as BASE+ALIGNED.')
    for name in (base, aligned):
        if name not in known:
            raise StudyError(
                f'no run has a predictor "{name}" to compare. They have: {", ".join(known)}.'
            )
    return base, aligned
