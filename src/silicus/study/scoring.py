"""Scoring one model of a study: prompts, token ids, what the journal lacks, and the table."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import polars as pl
from rich.progress import Progress

from silicus import engine, pairs, plugins, prompts
from silicus.store import Journal
from silicus.store.journal import Entry
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.manifest import described


class ModelScores(NamedTuple):
    """What scoring one model gives: its tables, and what the manifest says of it."""

    prompts: pl.DataFrame
    renderings: pl.DataFrame
    scores: pl.DataFrame
    facts: dict[str, Any]
    warnings: list[str]


@contextmanager
def loaded(study: StudyFile, entry: ModelEntry) -> Iterator[Any]:
    """Load a model of the study and free it afterwards."""
    model = described(entry)
    load = plugins.load("backends", "transformers")
    template = entry.chat_template_of
    backend = load(
        model_id=entry.name,
        source=model.sources[0],
        sha256=model.sha256,
        dtype=entry.dtype or study.dtype,
        device=entry.device or study.device,
        n_threads=study.n_threads,
        template_source=None if template is None else _source(study, template),
    )
    try:
        yield backend
    finally:
        backend.close()


def _source(study: StudyFile, name: str) -> str:
    """Return where a model is whose template is borrowed: a source, or a name known here."""
    own = {entry.name: entry.source for entry in study.models if entry.source is not None}
    return name if ":" in name else own.get(name) or pairs.model(name).sources[0]


def write_prompts(study: StudyFile, decisions: pl.DataFrame, format: str) -> pl.DataFrame:
    """Return the prompts of every data set in every formulation of the study, in one format."""
    return pl.concat(
        prompts.write(of_dataset, formulation=formulation, format=format, history=study.history)
        for (dataset,), of_dataset in decisions.group_by("dataset", maintain_order=True)
        for formulation in study.formulations_for(str(dataset))
    )


def score_model(
    study: StudyFile,
    entry: ModelEntry,
    decisions: pl.DataFrame,
    journal: Journal,
    progress: Progress,
) -> ModelScores:
    """Score every decision of a study with one model, continuing where the journal ends."""
    model = described(entry)
    table = write_prompts(study, decisions, entry.format)
    task = progress.add_task(f"{entry.predictor_id}: loading", total=None)
    started = time.perf_counter()
    with loaded(study, entry) as backend:
        load_s = time.perf_counter() - started
        progress.update(task, description=f"{entry.predictor_id}: tokenising")
        requests = backend.encode(table.to_dicts())
        ends = {request.ends: backend.token_set(request.ends) for request in requests}
        keys = [engine.request_key(backend.card, r, ends[r.ends]) for r in requests]
        missing = {k: r for k, r in zip(keys, requests, strict=True) if k not in journal}
        check = engine.MethodCheck("none: every score was in the journal", {})
        if missing:
            progress.update(task, description=f"{entry.predictor_id}: checking the engine")
            check = engine.choose_method(backend, requests, asked=study.method)
        progress.update(
            task,
            description=f"{entry.predictor_id}: scoring",
            total=len(set(keys)),
            completed=len(set(keys)) - len(missing),
        )
        started = time.perf_counter()
        for scored in engine.score(backend, list(missing.values()), method=check.method):
            for item in scored:
                journal.add(Entry(*item))
            progress.update(task, advance=len(scored))
        journal.flush()
        score_s = time.perf_counter() - started
        card = backend.card
    rows = [{**row, "request_key": key} for row, key in zip(table.to_dicts(), keys, strict=True)]
    held = {key: engine.ScoredRequest(*journal[key]) for key in keys}
    scores = engine.score_table(rows, held, predictor_id=entry.predictor_id)
    renderings = pl.DataFrame(
        {
            "predictor_id": [entry.predictor_id] * len(requests),
            "prompt_id": table["prompt_id"],
            "request_key": keys,
            "n_tokens": [len(request.prompt) for request in requests],
            "text_sha256": [hashlib.sha256(r.text.encode()).hexdigest() for r in requests],
            "text": [request.text for request in requests],
        }
    )
    facts = {
        "id": entry.predictor_id,
        "model": entry.name,
        "kind": model.kind,
        "provider": model.provider,
        "format": entry.format,
        "weights": f"{model.sources[0]} ({model.precision})",
        "sha256": card.fingerprint,
        "dtype": card.dtype,
        "n_parameters": card.n_parameters,
        "note": None,
        "architecture": card.architecture,
        "backend": card.backend,
        "tokenizer_sha256": card.tokenizer_sha256,
        "template_sha256": card.template_sha256,
        "chat_template_of": entry.chat_template_of,
        "licence": model.licence,
        "details": card.details,
        "method": check.method,
        "self_check_nats": check.differences,
        "load_s": round(load_s, 2),
        "score_s": round(score_s, 2),
        "n_requests": len(set(keys)),
        "n_scored_now": len(missing),
    }
    warnings = [] if check.warning is None else [f"{entry.predictor_id} {check.warning}."]
    return ModelScores(table, renderings, scores, facts, warnings)
