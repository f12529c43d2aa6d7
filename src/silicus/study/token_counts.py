"""How many tokens the texts of a study have for a model that is here, or for a stand-in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import Progress

from silicus import engine, pairs
from silicus.engine import Count, Rate
from silicus.errors import ModelError
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.scoring import as_asked, loaded
from silicus.study.texts import TIMES, Batch

STAND_IN = "SmolLM2-135M-Instruct"
"""Whose tokenizer and chat template count tokens for models that are not on this machine."""


class Texts(NamedTuple):
    """The texts of one data set in one format, in all formulations the study asks for.

    ``n_prompts`` are decisions times formulations, of which ``n_distinct`` differ;
    ``n_characters_naive`` are those of each surface form of each option behind its whole prompt.
    """

    batches: list[Batch]
    n_decisions: int
    n_formulations: int
    n_prompts: int
    n_distinct: int
    n_characters_naive: int


AllTexts = Mapping[str, Mapping[str, Texts]]
"""Texts by format and data set."""


@dataclass(frozen=True)
class Counted:
    """Tokens by data set, and whose tokenizer counted them; ``rate`` if the model is here."""

    counts: Mapping[str, Count]
    tokenizer: str
    n_parameters: int | None = None
    memory_bytes: int | None = None
    rate: Rate | None = None


def is_at_hand(source: str) -> bool:
    """Return whether the weights behind a source are on this machine; downloads nothing."""
    kind, _, name = source.partition(":")
    if kind == "package":
        try:
            distribution(name)
        except PackageNotFoundError:
            return False
        return True
    if kind == "folder":
        return (Path(name).expanduser() / "config.json").is_file()
    from huggingface_hub import try_to_load_from_cache

    repository, _, revision = name.partition("@")
    config = try_to_load_from_cache(repository, "config.json", revision=revision or None)
    if not isinstance(config, str):
        return False
    folder = Path(config).parent
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = set(json.loads(index.read_text())["weight_map"].values())
        return all((folder / shard).is_file() for shard in shards)
    return (folder / "model.safetensors").is_file()


class Teller:
    """Counts tokens: with a model that is here, or with a stand-in, whose counts are kept."""

    def __init__(self, study: StudyFile, texts: AllTexts, progress: Progress) -> None:
        self._study = study
        self._texts = texts
        self._progress = progress
        self._by_stand_in: dict[str, Counted] = {}

    def with_model(self, entries: Sequence[ModelEntry], calibrate_s: float) -> list[Counted]:
        """Return the counts of entries whose model is here, and how fast it computes."""
        try:
            with loaded(self._study, entries[0]) as backend:
                return list(self._count(self._study, entries, backend, calibrate_s))
        except ModelError:
            if (entries[0].device or self._study.device) == "cpu":
                raise
        # The study's device is not here: tokens can be counted all the same, without a time.
        on_cpu = self._study.model_copy(update={"dtype": "float32", "device": "cpu"})
        moved = [entry.model_copy(update={"dtype": None, "device": None}) for entry in entries]
        with loaded(on_cpu, moved[0]) as backend:
            counted = self._count(on_cpu, moved, backend, 0)
            return [replace(one, memory_bytes=None) for one in counted]

    def stand_in(self, entries: Sequence[ModelEntry]) -> list[Counted | None]:
        """Return counts by the stand-in's tokenizer; None where there is no stand-in."""
        if not is_at_hand(pairs.model(STAND_IN).sources[0]):
            return [None] * len(entries)
        if not self._by_stand_in:
            on_cpu = self._study.model_copy(update={"dtype": "float32", "device": "cpu"})
            asked = [
                ModelEntry.model_validate({"name": STAND_IN, "format": format})
                for format in self._texts
            ]
            with loaded(on_cpu, asked[0]) as backend:
                for entry, one in zip(asked, self._count(on_cpu, asked, backend, 0), strict=True):
                    self._by_stand_in[entry.format] = Counted(
                        one.counts, f"that of {STAND_IN}, a stand-in"
                    )
        return [self._by_stand_in[entry.format] for entry in entries]

    def _count(
        self,
        study: StudyFile,
        entries: Sequence[ModelEntry],
        backend: Any,
        calibrate_s: float,
    ) -> Iterator[Counted]:
        """Yield the counts of each entry of one loaded model; its speed is measured once."""
        rate: Rate | None = None
        for entry in entries:
            with as_asked(study, entry, backend) as asked, self._task(entry) as advance:
                counter = engine.Counter(asked)
                counts = {
                    dataset: self._count_batches(counter, one.batches, advance)
                    for dataset, one in self._texts[entry.format].items()
                }
                total = sum(counts.values(), Count())
                if calibrate_s > 0 and rate is None:
                    rate = engine.calibrate(counter, asked=study.method, seconds=calibrate_s)
                yield Counted(
                    counts,
                    "its own",
                    n_parameters=asked.card.n_parameters,
                    memory_bytes=counter.memory_bytes(total),
                    rate=rate,
                )

    def _count_batches(
        self, counter: engine.Counter, batches: Sequence[Batch], advance: Any
    ) -> Count:
        total = Count()
        for batch in batches:
            rows = batch.read()
            requests = counter.backend.encode(rows.to_dicts())
            total += counter.add(requests, rows[TIMES].to_list())
            advance(batch.n_prompts)
        return total

    @contextmanager
    def _task(self, entry: ModelEntry) -> Iterator[Any]:
        """Show how many prompts of an entry were tokenised."""
        shown = self._texts[entry.format].values()
        total = sum(batch.n_prompts for one in shown for batch in one.batches)
        name = f"counting tokens: {entry.predictor_id} ({entry.format})"
        task = self._progress.add_task(name, total=total)
        yield partial(self._progress.advance, task)
        self._progress.remove_task(task)
