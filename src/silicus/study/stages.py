"""The order of the stages: data, prompts, scores, analysis, report; each leaves its table."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from silicus import datasets, report, theory
from silicus.errors import StoreError, StudyError
from silicus.schema import Decision, check
from silicus.store import Run
from silicus.study import analyses
from silicus.study.answering import answered, is_multi_round
from silicus.study.drawing import decisions_of
from silicus.study.file import StudyFile
from silicus.study.manifest import new_manifest
from silicus.study.merging import Merged
from silicus.study.scoring import ModelScores, score_models
from silicus.study.shown import examples, mass_warnings, overlap_warnings, published_beside
from silicus.study.texts import Batch, wordings_of, write_batches


def run_study(
    study: StudyFile, given: dict[str, Any], path: Path, out: Path, console: Console
) -> Run:
    """Run a study into a folder, continuing what is already there; return the run.

    Parameters
    ----------
    study : StudyFile
    given : dict
        The file's content, kept in the manifest.
    path : Path
        The study file.
    out : Path
        The run folder, made if missing.
    console : rich.console.Console
        Where progress is shown.

    Raises
    ------
    SilicusError
        If anything cannot be done; what was scored before stays in the folder.
    """
    with Run(out) as run, _progress(console) as progress:
        if run.started():
            before = run.manifest.get("study", {}).get("name")
            if before != study.study:
                raise StoreError(
                    f'the run folder {out} holds the study "{before}", not "{study.study}". '
                    "Choose another --out."
                )
        manifest = new_manifest(study, given, path)
        clock = _Clock(manifest["timings"])
        with clock("data"):
            task = progress.add_task("reading decisions", total=len(study.datasets))
            decisions = _decisions(study, manifest, lambda: progress.advance(task))
        analyses.check_conditions(study, decisions)
        run.write_table("decisions", decisions)
        run.write_manifest(manifest)

        with _texts_folder(run) as folder:
            scores = _score(study, decisions, run, manifest, folder, progress)
        not_fitted: list[str] = []
        if study.theories:
            task = progress.add_task("theories", total=len(study.theories))
            parameters = []
            for name in study.theories:
                with clock(f"theory {name}"):
                    also = {"also": tuple(study.theories)} if name == theory.BEST else {}
                    found = theory.predict_all({name: also}, decisions, seed=study.seed)
                scores.append(found.scores)
                parameters.append(found.parameters)
                not_fitted.extend(found.not_computed)
                if len(found.scores):
                    facts = {"id": name, "kind": "theory", "provider": None}
                    told = theory.chosen(found.parameters) if name == theory.BEST else ""
                    manifest["predictors"].append(facts | ({"note": told} if told else {}))
                progress.advance(task)
            run.write_extra("theory_parameters", pl.concat(parameters))
        with clock("analysis"):
            task = progress.add_task("analysis", total=1)
            learnt, told = analyses.history_scores(study, decisions)
            for table in learnt:
                scores.append(table)
                manifest["predictors"].extend(
                    {"id": name, "kind": "history", "note": "learnt from other people's histories"}
                    for name in table["predictor_id"].unique(maintain_order=True)
                )
            all_scores = pl.concat(scores)
            run.write_table("scores", all_scores)
            results, skipped = analyses.analyse(study, decisions, all_scores)
            run.write_table("results", results)
            progress.advance(task)
        manifest["not_computed"] = [
            sentence for sentence in [*not_fitted, told, *skipped] if sentence
        ]
        manifest["warnings"].extend(mass_warnings(results))
        manifest["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        run.write_manifest(manifest)
        write_report(run)
    return run


def _score(
    study: StudyFile,
    decisions: pl.DataFrame,
    run: Run,
    manifest: dict[str, Any],
    folder: Path,
    progress: Progress,
) -> list[pl.DataFrame]:
    """Return the scores of every model, in the study's order; leaves prompts and renderings."""
    if not study.models:
        return []
    clock = _Clock(manifest["timings"])
    with clock("prompts"):
        texts: dict[str, list[Batch]] = {
            format: _write(study, decisions, format, folder, progress)
            for format in dict.fromkeys(entry.format for entry in study.models)
        }
    run.write_joined("prompts", [batch.path for part in texts.values() for batch in part])
    done: dict[tuple[str, str], ModelScores] = {}
    warned = manifest["warnings"]
    for found in score_models(study, texts, run.journal, folder, progress):
        done[found.entry.predictor_id, found.entry.format] = found
        in_order = [done.get((entry.predictor_id, entry.format)) for entry in study.models]
        there = [one for one in in_order if one is not None]
        manifest["predictors"] = [one.facts for one in there]
        manifest["warnings"] = [*warned, *(text for one in there for text in one.warnings)]
        clock.note(f"{found.entry.predictor_id} ({found.entry.format})", found.seconds)
        run.write_manifest(manifest)
    run.write_joined("renderings", [path for one in there for path in one.renderings])
    return [one.scores for one in there]


def _write(
    study: StudyFile, decisions: pl.DataFrame, format: str, folder: Path, progress: Progress
) -> list[Batch]:
    """Write the prompts of a study in one format."""
    parts = [
        (str(name), part) for (name,), part in decisions.group_by("dataset", maintain_order=True)
    ]
    total = sum(part.height * len(wordings_of(study, name, format)) for name, part in parts)
    task = progress.add_task(f"writing prompts ({format})", total=total)
    advance = partial(progress.advance, task)
    return [
        batch
        for name, part in parts
        for batch in write_batches(study, name, part, format, folder, advance)
    ]


@contextmanager
def _texts_folder(run: Run) -> Iterator[Path]:
    """Give a folder for the texts on their way to the models, gone afterwards."""
    folder = run.folder / ".texts"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_report(run: Run) -> Path:
    """Write the page of a finished run from its tables alone; return its path.

    Raises
    ------
    StoreError
        If the run is not finished or a table is missing or damaged.
    """
    manifest = run.manifest  # first: its absence says that this is no run folder
    results = run.read_table("results")
    shown = _shown(manifest)
    text = report.page(shown, results, examples(run), answered(shown, results))
    return run.write_report(text)


def export_report(run: Run, out: Path) -> list[Path]:
    """Write page, figures (SVG, PNG) and tables (CSV, Parquet) into a folder; return their paths.

    Raises
    ------
    StoreError
        If the run is not finished, or the folder cannot be written.
    """
    shown, results = _shown(run.manifest), run.read_table("results")
    return report.export(shown, results, examples(run), answered(shown, results), out)


def export_merged(merged: Merged, out: Path) -> list[Path]:
    """Write the report of several runs into a folder, as :func:`export_report` does of one.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    shown = _shown(merged.manifest)
    return report.export(
        shown, merged.results, merged.examples, answered(shown, merged.results), out
    )


def _shown(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with the published figures of its pairs."""
    return manifest | {"published": published_beside(manifest)}


def _decisions(study: StudyFile, manifest: dict[str, Any], advance: Any) -> pl.DataFrame:
    """Return the decisions of all data sets; puts their facts into the manifest."""
    tables = []
    for name in study.datasets:
        if not datasets.describe(name)["at_hand"]:
            datasets.fetch(name)
        table, drawn = decisions_of(study, name)
        tables.append(table)
        told = {"multi_round": is_multi_round(table)}
        manifest["datasets"].append(datasets.describe(name) | drawn | told)
        advance()
    manifest["warnings"].extend(overlap_warnings(manifest["datasets"]))
    joined = pl.concat(tables)
    check(joined, Decision, where=f"decisions of study {study.study}", error=StudyError)
    return joined


class _Clock:
    """Writes how long each stage took, in seconds."""

    def __init__(self, timings: dict[str, float]) -> None:
        self._timings = timings

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.note(stage, time.perf_counter() - started)

    def note(self, stage: str, seconds: float) -> None:
        """Write how long a stage took."""
        self._timings[stage] = round(seconds, 2)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
