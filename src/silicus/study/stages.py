"""The order of the stages: data, prompts, scores, analysis, report; each leaves its table."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
from silicus.study.file import StudyFile
from silicus.study.manifest import new_manifest
from silicus.study.scoring import score_model

LOW_MASS = 0.8
"""Option mass under which a predictor's figures come with a warning (the study's filter)."""

EXAMPLES_PER_CELL = 1


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
        run.write_table("decisions", decisions)
        run.write_manifest(manifest)

        prompts, renderings, scores = [], [], []
        for entry in study.models:
            with clock(f"{entry.predictor_id} ({entry.format})"):
                scored = score_model(study, entry, decisions, run.journal, progress)
            prompts.append(scored.prompts)
            renderings.append(scored.renderings)
            scores.append(scored.scores)
            manifest["predictors"].append(scored.facts)
            manifest["warnings"].extend(scored.warnings)
            run.write_manifest(manifest)
        if study.theories:
            task = progress.add_task("theories", total=len(study.theories))
            parameters = []
            for name in study.theories:
                with clock(f"theory {name}"):
                    found = theory.predict_all({name: {}}, decisions, seed=study.seed)
                scores.append(found.scores)
                parameters.append(found.parameters)
                manifest["predictors"].append({"id": name, "kind": "theory", "provider": None})
                progress.advance(task)
            run.write_extra("theory_parameters", pl.concat(parameters))
        if prompts:
            run.write_table("prompts", pl.concat(prompts).unique("prompt_id", maintain_order=True))
            run.write_extra("renderings", pl.concat(renderings))
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
        manifest["not_computed"] = [sentence for sentence in [told, *skipped] if sentence]
        manifest["warnings"].extend(_mass_warnings(results))
        manifest["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        run.write_manifest(manifest)
        write_report(run)
    return run


def write_report(run: Run) -> Path:
    """Write the page of a finished run from its tables alone; return its path.

    Raises
    ------
    StoreError
        If the run is not finished or a table is missing or damaged.
    """
    return run.write_report(report.page(run.manifest, run.read_table("results"), _examples(run)))


def export_report(run: Run, out: Path) -> list[Path]:
    """Write page, figures (SVG, PNG) and tables (CSV, Parquet) into a folder; return their paths.

    Raises
    ------
    StoreError
        If the run is not finished, or the folder cannot be written.
    """
    return report.export(run.manifest, run.read_table("results"), _examples(run), out)


def _decisions(study: StudyFile, manifest: dict[str, Any], advance: Any) -> pl.DataFrame:
    """Return the decisions of all data sets; puts their facts into the manifest."""
    tables = []
    for name in study.datasets:
        if not datasets.describe(name)["at_hand"]:
            datasets.fetch(name)
        tables.append(datasets.load(name))
        manifest["datasets"].append(datasets.describe(name))
        advance()
    for name, facts in zip(study.datasets, manifest["datasets"], strict=True):
        for other in set(facts.get("overlaps") or ()) & set(study.datasets):
            manifest["warnings"].append(
                f"{name} and {other} hold some of the same decisions: their figures are not "
                "independent, and one must not be used to fit what is tested on the other."
            )
    joined = pl.concat(tables)
    check(joined, Decision, where=f"decisions of study {study.study}", error=StudyError)
    return joined


def _mass_warnings(results: pl.DataFrame) -> list[str]:
    """Return a sentence for every predictor and family whose mean option mass is low."""
    low = results.filter(
        (pl.col("metric") == "option_mass")
        & (pl.col("slice") == "all")
        & pl.col("reference_id").is_null()
        & (pl.col("estimate") < LOW_MASS)
    )
    return [
        f"{row['predictor_id']} on {row['dataset']} ({row['formulation']}, {row['format']}): the "
        f"listed options get only {row['estimate']:.2f} of the probability on average; its other "
        "figures rest on what is left of it."
        for row in low.iter_rows(named=True)
    ]


def _examples(run: Run) -> list[dict[str, Any]]:
    """Return one prompt per data set, formulation, format and model, as the model saw it."""
    if not (run.folder / "prompts.parquet").is_file():
        return []
    decisions = run.read_table("decisions").select("decision_id", "dataset", "family", "options")
    cells = (
        run.read_extra("renderings")
        .join(run.read_table("prompts"), on="prompt_id")
        .join(decisions, on="decision_id")
        # the longest prompt of a cell shows the most of how a history is put
        .sort("n_tokens", "decision_id", descending=[True, False])
        .group_by("dataset", "formulation", "format", "predictor_id", maintain_order=True)
        .head(EXAMPLES_PER_CELL)
    )
    return cells.sort("dataset", "formulation", "format", "predictor_id").to_dicts()


class _Clock:
    """Writes how long each stage took, in seconds."""

    def __init__(self, timings: dict[str, float]) -> None:
        self._timings = timings

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._timings[stage] = round(time.perf_counter() - started, 2)


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
