"""Scoring the models of a study: prompts, token ids, what the journal lacks, and the table.

A model is loaded once, in however many formats and with however many templates it is asked.
Texts go through memory a batch at a time; only token ids wait until they are scored.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
from rich.progress import Progress, TaskID

from silicus import engine, pairs, plugins
from silicus.store import Journal, atomic
from silicus.store.journal import Entry
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.manifest import described
from silicus.study.texts import Batch

TOKENS = pl.List(pl.String)
ERROR_TEXT = 60
"""Characters at the end of a prompt that an error of the engine quotes; the rest is not kept."""


@dataclass
class ModelScores:
    """What scoring one model in one format gives.

    ``renderings`` are files that together hold each prompt as the model saw it; ``facts`` go into
    the manifest.
    """

    entry: ModelEntry
    renderings: list[Path]
    scores: pl.DataFrame
    facts: dict[str, Any]
    warnings: list[str]
    seconds: float


def by_weights(models: Sequence[ModelEntry]) -> list[list[ModelEntry]]:
    """Return the models of a study in groups that one loading serves, in order of appearance."""
    groups: dict[tuple[Any, ...], list[ModelEntry]] = {}
    for entry in models:
        key = (entry.name, entry.source, entry.dtype, entry.device)
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


@contextmanager
def loaded(study: StudyFile, entry: ModelEntry) -> Iterator[Any]:
    """Load a model of the study and free it afterwards.

    In chat it is asked through its own template; see :func:`as_asked`.
    """
    model = described(entry)
    load = plugins.load("backends", "transformers")
    backend = load(
        model_id=entry.name,
        source=model.sources[0],
        sha256=model.sha256,
        dtype=entry.dtype or study.dtype,
        device=entry.device or study.device,
        n_threads=study.n_threads,
    )
    try:
        yield backend
    finally:
        backend.close()


@contextmanager
def as_asked(study: StudyFile, entry: ModelEntry, backend: Any) -> Iterator[Any]:
    """Return a loaded model as an entry of the study asks it: with the template it borrows."""
    if entry.chat_template_of is None:
        yield backend
        return
    lent = backend.with_template(_source(study, entry.chat_template_of))
    try:
        yield lent
    finally:
        lent.close()


def _source(study: StudyFile, name: str) -> str:
    """Return where a model is whose template is borrowed: a source, or a name known here."""
    own = {entry.name: entry.source for entry in study.models if entry.source is not None}
    return name if ":" in name else own.get(name) or pairs.model(name).sources[0]


def score_models(
    study: StudyFile,
    texts: Mapping[str, Sequence[Batch]],
    journal: Journal,
    folder: Path,
    progress: Progress,
) -> Iterator[ModelScores]:
    """Score every prompt of a study with every model, continuing where the journal ends.

    Parameters
    ----------
    study : StudyFile
    texts : mapping from format to batches
    journal : Journal
    folder : Path
        Where renderings are written.
    progress : rich.progress.Progress

    Yields
    ------
    ModelScores
        One per entry of the study's models, those of the same weights after each other.

    Raises
    ------
    SilicusError
        If a model cannot be had, cannot be asked or cannot be scored.
    """
    for entries in by_weights(study.models):
        task = progress.add_task(f"{entries[0].predictor_id}: loading", total=None)
        started = time.perf_counter()
        with loaded(study, entries[0]) as backend:
            load_s = time.perf_counter() - started
            for entry in entries:
                if entry is not entries[0]:
                    task = progress.add_task(f"{entry.predictor_id}: tokenising")
                    started, load_s = time.perf_counter(), 0.0
                with as_asked(study, entry, backend) as asked:
                    work = _Work(study, entry, asked, texts[entry.format], journal, folder)
                    found = work.score(progress, task)
                found.facts["load_s"] = round(load_s, 2)
                found.seconds = time.perf_counter() - started
                yield found


@dataclass
class _Work:
    """One model in one format: what is asked, and what of it is not yet in the journal."""

    study: StudyFile
    entry: ModelEntry
    backend: Any
    batches: Sequence[Batch]
    journal: Journal
    folder: Path
    keys: list[list[str]] = field(default_factory=list)
    distinct: set[str] = field(default_factory=set)
    missing: list[dict[str, Any]] = field(default_factory=list)
    renderings: list[Path] = field(default_factory=list)
    longest: dict[tuple[str, str], int] = field(default_factory=dict)

    def score(self, progress: Progress, task: TaskID) -> ModelScores:
        """Return the scores of all batches."""
        name = self.entry.predictor_id
        n_prompts = sum(batch.n_prompts for batch in self.batches)
        progress.update(task, description=f"{name}: tokenising", total=n_prompts, completed=0)
        for batch in self.batches:
            self.tokenise(batch)
            progress.advance(task, batch.n_prompts)
        n_missing = sum(map(len, self.missing))
        n_distinct = len(self.distinct)
        check = engine.MethodCheck("none: every score was in the journal", {})
        if n_missing:
            progress.update(task, description=f"{name}: checking the engine", total=None)
            waiting = [request for part in self.missing for request in part.values()]
            check = engine.choose_method(self.backend, waiting, asked=self.study.method)
        progress.update(
            task,
            description=f"{name}: scoring",
            total=n_distinct,
            completed=n_distinct - n_missing,
        )
        started = time.perf_counter()
        for part in self.missing:
            requests = list(part.values())
            part.clear()
            for scored in engine.score(self.backend, requests, method=check.method):
                for item in scored:
                    self.journal.add(Entry(*item))
                progress.advance(task, len(scored))
        self.journal.flush()
        facts = self.facts() | {
            "method": check.method,
            "self_check_nats": check.differences,
            "score_s": round(time.perf_counter() - started, 2),
            "n_requests": n_distinct,
            "n_scored_now": n_missing,
        }
        warnings = [] if check.warning is None else [f"{name} {check.warning}."]
        beyond = self.backend.card.details.get("tokens_beyond_weights")
        if beyond:
            warnings.append(
                f"{name}: {beyond} tokens of the tokenizer lie beyond the vocabulary of the "
                "weights; they have probability 0."
            )
        return ModelScores(self.entry, self.renderings, self.scores(), facts, warnings, 0.0)

    def tokenise(self, batch: Batch) -> None:
        """Note the keys of a batch and what is missing of it; write down what the model sees."""
        table = batch.read()
        requests = self.backend.encode(table.to_dicts())
        ends = {request.ends: self.backend.token_set(request.ends) for request in requests}
        card = self.backend.card
        keys = [engine.request_key(card, r, ends[r.ends]) for r in requests]
        self.keys.append(keys)
        self.missing.append(
            {
                key: replace(request, text=request.text[-ERROR_TEXT:])
                for key, request in zip(keys, requests, strict=True)
                if key not in self.journal and key not in self.distinct
            }
        )
        self.distinct.update(keys)
        path = self.folder / (
            f"{self.entry.predictor_id}-{self.entry.format}-{len(self.renderings):05d}.parquet"
        )
        shown = pl.DataFrame(
            {
                "predictor_id": [self.entry.predictor_id] * len(requests),
                "prompt_id": table["prompt_id"],
                "request_key": keys,
                "n_tokens": [len(request.prompt) for request in requests],
                "text_sha256": [hashlib.sha256(r.text.encode()).hexdigest() for r in requests],
                "text": [request.text for request in requests],
                "tokens": pl.Series(self.spelt(batch, table, requests), dtype=TOKENS),
            }
        )
        atomic.write_table(path, shown)
        self.renderings.append(path)

    def spelt(
        self, batch: Batch, table: pl.DataFrame, requests: Sequence[Any]
    ) -> list[list[str] | None]:
        """Return the tokens of the longest prompt of each formulation, which reports show.

        None for every other prompt, and where an earlier batch of the data set had a longer one.
        """
        found: list[list[str] | None] = [None] * len(requests)
        lengths = pl.Series("n_tokens", [len(request.prompt) for request in requests])
        longest = (
            table.select("formulation", "decision_id")
            .with_columns(lengths)
            .with_row_index("place")
            .sort("n_tokens", "decision_id", descending=[True, False])
            .unique("formulation", keep="first", maintain_order=True)
        )
        for row in longest.iter_rows(named=True):
            own = (batch.dataset, row["formulation"])
            if row["n_tokens"] >= self.longest.get(own, 0):
                self.longest[own] = row["n_tokens"]
                found[row["place"]] = self.backend.spell(requests[row["place"]].prompt)
        return found

    def scores(self) -> pl.DataFrame:
        """Return the Score table from what the journal holds."""
        tables = []
        for batch, keys in zip(self.batches, self.keys, strict=True):
            rows = batch.read("decision_id", "formulation", "format").to_dicts()
            for row, key in zip(rows, keys, strict=True):
                row["request_key"] = key
            held = {key: engine.ScoredRequest(*self.journal[key]) for key in keys}
            tables.append(engine.score_table(rows, held, predictor_id=self.entry.predictor_id))
        return pl.concat(tables)

    def facts(self) -> dict[str, Any]:
        """Return what the manifest says of the model."""
        model, card, entry = described(self.entry), self.backend.card, self.entry
        return {
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
            "load_s": None,
        }
