"""What a run records about itself: enough to tell two runs apart and to repeat one."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import silicus
from silicus import pair_records, pairs
from silicus.study.file import ModelEntry, StudyFile

LIBRARIES = (
    "silicus",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "gguf",
    "numpy",
    "polars",
    "dataframely",
    "scipy",
)
"""Libraries whose versions can change a figure."""


def new_manifest(study: StudyFile, given: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the manifest of a run that begins now."""
    return {
        "study": {"name": study.study, "title": study.title, "file": path.name},
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "finished": None,
        "silicus_version": silicus.__version__,
        "git_revision": git_revision(),
        "seed": study.seed,
        "n_resamples": study.n_resamples,
        "predictors": [],
        "comparisons": [
            comparison_facts(study, c.base, c.aligned) for c in study.comparisons if not c.control
        ],
        "controls": [
            comparison_facts(study, c.base, c.aligned) for c in study.comparisons if c.control
        ],
        "datasets": [],
        "warnings": [],
        "versions": {"python": platform.python_version(), **library_versions()},
        "settings": {"given": given, "in_force": study.model_dump(mode="json")},
        "timings": {},
    }


def comparison_facts(study: StudyFile, base: str, aligned: str) -> dict[str, Any]:
    """Return a comparison with whether its two models come from one provider."""
    providers = [provider_of(study, name) for name in (base, aligned)]
    return {
        "base": base,
        "aligned": aligned,
        "same_provider": None not in providers and providers[0] == providers[1],
    }


def provider_of(study: StudyFile, name: str) -> str | None:
    """Return who published a model of the study; None for a theory."""
    for entry in study.models:
        if entry.predictor_id == name:
            return described(entry).provider
    return None


def described(entry: ModelEntry) -> pair_records.Model:
    """Return what is known of a study's model: the registry's entry, or what the file says.

    ``kind`` is as what it takes part in the study, where the file says so.
    """
    if entry.source is None:
        known = pairs.model(entry.name)
        return known if entry.kind is None else known.model_copy(update={"kind": entry.kind})
    return pair_records.Model(
        id=entry.name,
        kind=entry.kind or "unknown",
        provider=entry.provider or "unknown",
        model_family="unknown",
        size_billion="unknown",
        sources=(entry.source,),
        facts={"sources": "user"},
        post_training=None if entry.kind == "base" else "unknown",
    )


def library_versions() -> dict[str, str]:
    """Return the versions of :data:`LIBRARIES` that are installed, without importing them."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_revision() -> str | None:
    """Return the commit of the checkout that silicus runs from, with ``+`` if it was changed."""
    here = Path(__file__).parent
    commands = (
        ["git", "rev-parse", "HEAD"],
        ["git", "status", "--porcelain", "--untracked-files=no"],
    )
    try:
        revision, changes = (
            subprocess.run(
                command, cwd=here, capture_output=True, text=True, check=True, timeout=10
            ).stdout.strip()
            for command in commands
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return revision + ("+" if changes else "")
