"""Several runs as one: their tables joined, and everything analysed anew.

The analysis of a data set draws from its own stream of random numbers, so that a figure of one
run is the same in a report of several (p-values apart, which are adjusted over more tests).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

import silicus
from silicus import pairs
from silicus.study import analyses
from silicus.study.file import Comparison, StudyFile
from silicus.study.joining import joined_decisions, joined_scores
from silicus.study.manifest import comparison_facts, git_revision, library_versions
from silicus.study.parts import Part, declared, read_parts
from silicus.study.shown import examples, mass_warnings, overlap_warnings

PER_RUN = ("created", "finished", "silicus_version", "git_revision", "seed", "n_resamples")
"""What the page's table of runs says of each, beside what it scored."""


class Merged(NamedTuple):
    """What a report of several runs is made from."""

    manifest: dict[str, Any]
    decisions: pl.DataFrame
    scores: pl.DataFrame
    results: pl.DataFrame
    examples: list[dict[str, Any]]


def merge(folders: Sequence[Path], compare: Sequence[str] = ()) -> Merged:
    """Return several runs as one: joined manifest and tables, and prompts to show.

    Parameters
    ----------
    folders : sequence of Path
        Folders of finished runs, each once.
    compare : sequence of str
        Further comparisons as ``BASE+ALIGNED``, beside those that the runs declare and the
        pairs of the registry whose members were scored in different runs.

    Raises
    ------
    StoreError
        If a run is not finished, or two runs contradict each other about a score.
    DataError
        If two runs have different decisions under the name of one data set.
    StudyError
        If a comparison names no predictor.
    """
    parts = read_parts(folders)
    notices: list[str] = []
    decisions = joined_decisions(parts, notices)
    scores = joined_scores(parts, decisions, notices)
    compared = _compared(parts, compare, notices)
    study = _study(parts, compared, notices)
    results, skipped = analyses.analyse(study, decisions, scores)
    manifest = _manifest(parts, study, compared)
    manifest["warnings"] = [*_warnings(parts, manifest), *mass_warnings(results)]
    manifest["notices"] = notices
    manifest["not_computed"] = skipped
    return Merged(manifest, decisions, scores, results, _examples(parts))


def _compared(
    parts: Sequence[Part], compare: Sequence[str], notices: list[str]
) -> list[Comparison]:
    """Return what the runs declare, what was asked for, and pairs that the runs tear apart."""
    found: dict[tuple[str, str], Comparison] = {}
    for part in parts:
        for one in part.study.comparisons:
            names = {"base": part.name(one.base), "aligned": part.name(one.aligned)}
            own = one.model_copy(update=names)
            found.setdefault((own.base, own.aligned), own)
    known = list(dict.fromkeys(name for part in parts for name in part.predictors))
    for pair in compare:
        base, aligned = declared(pair, known)
        found.setdefault((base, aligned), Comparison(base=base, aligned=aligned))
    together = {
        frozenset((a, b)) for part in parts for a in part.predictors for b in part.predictors
    }
    names = {entry.predictor_id: entry.name for part in parts for entry in part.models}
    for registered in pairs.pairs():
        bases, aligneds = (
            [predictor for predictor, name in names.items() if name == wanted]
            for wanted in (registered.base, registered.aligned)
        )
        for base in bases:
            for aligned in aligneds:
                if frozenset((base, aligned)) in together or (base, aligned) in found:
                    continue
                found[base, aligned] = Comparison(base=base, aligned=aligned)
                notices.append(
                    f"{base} and {aligned} were scored in different runs; they are compared "
                    "because the registry lists them as a pair."
                )
    return list(found.values())


def _study(parts: Sequence[Part], compared: Sequence[Comparison], notices: list[str]) -> StudyFile:
    """Return all runs as one study.

    Versions of one model (two number types) are compared with each other, as a control. Of a
    pair that is there in several versions only the first counts in means over pairs.
    """
    entries = {(m.predictor_id, m.format): m for part in reversed(parts) for m in part.models}
    names = {m.predictor_id: m.name for part in parts for m in part.models}
    counted: set[tuple[str, str]] = set()
    comparisons = []
    for one in compared:
        models = (names.get(one.base, one.base), names.get(one.aligned, one.aligned))
        again = not one.control and models in counted
        counted |= set() if one.control else {models}
        comparisons.append(one.model_copy(update={"control": one.control or again}))
    renamed: dict[str, list[str]] = {}
    for part in parts:
        for old, new in part.new_names.items():
            if new not in renamed.setdefault(old, []):
                renamed[old].append(new)
    declared_already = {(one.base, one.aligned) for one in comparisons}
    comparisons += [
        Comparison(base=versions[0], aligned=other, control=True)
        for versions in renamed.values()
        for other in versions[1:]
        if (versions[0], other) not in declared_already
    ]
    order = dict.fromkeys((m.predictor_id, m.format) for part in parts for m in part.models)
    return StudyFile.model_validate(
        {
            "study": parts[0].study.study,
            "title": _title(parts),
            "datasets": _each(part.study.datasets for part in parts),
            "models": [entries[key].model_dump() for key in order],
            "theories": _each(part.study.theories for part in parts),
            "conditions": _each(part.study.conditions for part in parts),
            "comparisons": [one.model_dump() for one in comparisons],
            "formulations": _each(part.study.formulations for part in parts),
            **{
                name: _one(parts, name, notices)
                for name in ("history", "seed", "n_resamples", "ci_level")
            },
        }
    )


def _each(lists: Any) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))


def _one(parts: Sequence[Part], name: str, notices: list[str]) -> Any:
    """Return the setting of the first run; that others have another is noted."""
    values = {part.label: getattr(part.study, name) for part in parts}
    first = values[parts[0].label]
    if len(set(values.values())) > 1:
        said = ", ".join(f"{value} in {label}" for label, value in values.items())
        notices.append(f"The runs have different settings of {name} ({said}); {first} holds here.")
    return first


def _title(parts: Sequence[Part]) -> str:
    titles = list(dict.fromkeys(part.study.title or part.study.study for part in parts))
    return titles[0] if len(titles) == 1 else f"{len(parts)} runs: {'; '.join(titles)}"


def _manifest(
    parts: Sequence[Part], study: StudyFile, compared: Sequence[Comparison]
) -> dict[str, Any]:
    facts = [comparison_facts(study, one.base, one.aligned) for one in compared]
    shown = {(one.base, one.aligned) for one in compared if not one.control}
    datasets = {d["name"]: d for part in reversed(parts) for d in part.manifest["datasets"]}
    return {
        "study": {"name": study.study, "title": study.title},
        "created": None,
        "finished": max(part.manifest["finished"] for part in parts),
        "silicus_version": silicus.__version__,
        "git_revision": git_revision(),
        "seed": study.seed,
        "n_resamples": study.n_resamples,
        "predictors": _predictors(parts),
        "comparisons": [one for one in facts if (one["base"], one["aligned"]) in shown],
        "controls": [
            comparison_facts(study, one.base, one.aligned)
            for one in study.comparisons
            if (one.base, one.aligned) not in shown
        ],
        "datasets": [datasets[name] for name in study.datasets],
        "versions": library_versions(),
        "settings": {"in_force": study.model_dump(mode="json")},
        "timings": {},
        "runs": [
            {
                "label": part.label,
                "study": part.study.study,
                **{name: part.manifest.get(name) for name in PER_RUN},
                "scored": _scored(part),
                "manifest": part.manifest,
            }
            for part in parts
        ],
    }


def _predictors(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return what the runs say of their predictors, each predictor and format once."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    for part in parts:
        for facts in part.manifest["predictors"]:
            own = {**facts, "id": part.name(facts["id"])}
            first = found.setdefault((own["id"], own.get("format")), {**own, "runs": []})
            first["runs"].append(part.label)
    return list(found.values())


def _scored(part: Part) -> list[dict[str, Any]]:
    """Return the cells that a run scored: data set, predictor, format and formulations."""
    decisions = part.run.read_table("decisions").select("decision_id", "dataset")
    cells = part.renamed(
        part.run.read_table("scores")
        .select("decision_id", "predictor_id", "format", "formulation")
        .join(decisions, on="decision_id")
        .select("dataset", "predictor_id", "format", "formulation")
        .unique(maintain_order=True)
    )
    return (
        cells.group_by("dataset", "predictor_id", "format", maintain_order=True)
        .agg("formulation")
        .rename({"formulation": "formulations"})
        .to_dicts()
    )


def _warnings(parts: Sequence[Part], manifest: dict[str, Any]) -> list[str]:
    """Return what the runs warn of, said by which; what is recomputed for all is left out."""
    said: dict[str, list[str]] = {}
    for part in parts:
        again = {
            *mass_warnings(part.run.read_table("results")),
            *overlap_warnings(part.manifest["datasets"]),
        }
        for text in part.manifest["warnings"]:
            if text not in again:
                said.setdefault(text, []).append(part.label)
    own = [
        text if len(labels) == len(parts) else f"{', '.join(labels)}: {text}"
        for text, labels in said.items()
    ]
    return [*overlap_warnings(manifest["datasets"]), *_version_warnings(parts), *own]


def _version_warnings(parts: Sequence[Part]) -> list[str]:
    """Return a sentence about the libraries that the runs had in different versions."""
    found: dict[str, dict[str, list[str]]] = {}
    for part in parts:
        for library, version in (part.manifest.get("versions") or {}).items():
            found.setdefault(library, {}).setdefault(str(version), []).append(part.label)
    differing = [
        f"{library} "
        + ", ".join(f"{version} ({', '.join(labels)})" for version, labels in by.items())
        for library, by in found.items()
        if len(by) > 1
    ]
    if not differing:
        return []
    return [f"The runs were made with different versions: {'; '.join(differing)}."]


def _examples(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return the prompts to show, each cell once."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for part in parts:
        for one in examples(part.run):
            own = {**one, "predictor_id": part.name(one["predictor_id"])}
            key = tuple(own[n] for n in ("dataset", "formulation", "format", "predictor_id"))
            found.setdefault(key, own)
    return list(found.values())
