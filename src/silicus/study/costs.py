"""What a study would cost, counted before anything is scored.

Decisions, prompts and characters are counted exactly. Tokens are counted with the model's own
tokenizer where the model is on this machine, and otherwise with that of a small stand-in, which
is said beside every such number: tokenizers differ by some ten per cent in English text, and
chat templates by some ten tokens a turn. Texts depend on data set, formulation and format alone,
so that they are written and counted once and not once per model.
"""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from silicus import datasets, engine, pairs, prompts
from silicus.engine.trie import build
from silicus.errors import ModelError, StudyError
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.manifest import described
from silicus.study.scoring import loaded

STAND_IN = "SmolLM2-135M-Instruct"
"""Whose tokenizer and chat template count tokens for models that are not on this machine."""

CALIBRATE_S = 10.0
"""Seconds of real scoring from which the time of a model that is at hand is estimated."""


class TextSet(NamedTuple):
    """The texts of one data set in one format, in all formulations the study asks for.

    ``prompts`` are distinct ones; ``times`` says for how many decisions each stands.
    """

    dataset: str
    format: str
    n_decisions: int
    prompts: pl.DataFrame
    times: np.ndarray


class Tokens(NamedTuple):
    """Tokens of a text set: every option in a sequence of its own, and as the engine does it."""

    naive: int
    computed: int


def plan_study(
    study: StudyFile, console: Console, *, calibrate_s: float = CALIBRATE_S
) -> list[dict[str, Any]]:
    """Return what each model of a study would have to compute, in each format.

    Parameters
    ----------
    study : StudyFile
    console : rich.console.Console
        Where progress is shown.
    calibrate_s : float
        Seconds of scoring from which a time is estimated, for models on this machine; 0 for no
        estimate.

    Returns
    -------
    list of dict
        One per predictor and format: ``predictor``, ``format``, ``size_billion``, ``at_hand``;
        ``n_decisions``; ``n_prompts`` (decisions times formulations) and ``n_distinct`` of them;
        ``n_characters_naive`` and ``n_tokens_naive`` (each surface form of each option of each
        prompt in a sequence of its own, the template not counted in characters);
        ``n_tokens_computed`` (every distinct beginning once, as the engine does); ``tokenizer``
        that counted them; ``petaflop`` (2 x parameters x tokens computed, the usual
        approximation); ``seconds`` on this machine and ``seconds_from``, ``memory_bytes`` beside
        the weights and ``disk_bytes`` of the scores, or None for models that are not here; and
        ``datasets``, the same counts for each data set.

    Raises
    ------
    SilicusError
        If a data set is not on this machine or cannot be put into words.
    """
    if not study.models:
        raise StudyError(
            f'the study "{study.study}" names no model or pair: theories cost nothing worth '
            "planning. Add models or pairs."
        )
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("writing prompts", total=None)
        formats = sorted({entry.format for entry in study.models})
        texts: dict[str, list[TextSet]] = {each: _texts(study, each) for each in formats}
        progress.update(task, description="counting tokens")
        stand_in = _Counter(study, texts)
        plans = []
        for entry in study.models:
            progress.update(task, description=f"counting tokens: {entry.predictor_id}")
            if is_at_hand(described(entry).sources[0]):
                plans.append(_with_model(study, entry, texts[entry.format], calibrate_s, stand_in))
            else:
                counts, name = stand_in.of(entry.format)
                plans.append(_plan(entry, texts[entry.format], counts, name, at_hand=False))
    return plans


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


def _texts(study: StudyFile, format: str) -> list[TextSet]:
    """Return the texts of every data set in one format."""
    return [_text_set(study, name, format) for name in study.datasets]


def _text_set(study: StudyFile, dataset: str, format: str) -> TextSet:
    decisions = datasets.load(dataset)
    # Many people met the same situation: it is written once and counted as often as it occurred.
    situations = decisions.group_by("game", "round", "options", "history", maintain_order=True).agg(
        pl.first("decision_id"), pl.len().alias("times")
    )
    times = situations.select("decision_id", "times")
    same = ["formulation", "messages", "answer_prefix", "forms", "ends"]
    written = [
        prompts.write(situations, formulation=formulation, format=format, history=study.history)
        .join(times, on="decision_id", maintain_order="left")
        .group_by(same, maintain_order=True)
        .agg(pl.first("decision_id"), pl.first("format"), pl.sum("times"))
        for formulation in study.formulations_for(dataset)
    ]
    joined = pl.concat(written)
    return TextSet(
        dataset, format, decisions.height, joined.drop("times"), joined["times"].to_numpy()
    )


def _with_model(
    study: StudyFile,
    entry: ModelEntry,
    texts: list[TextSet],
    calibrate_s: float,
    stand_in: "_Counter",
) -> dict[str, Any]:
    """Return the plan of a model that is on this machine: its own tokens, and its time."""
    try:
        with loaded(study, entry) as backend:
            requests = [backend.encode(one.prompts.to_dicts()) for one in texts]
            n_parameters = backend.card.n_parameters
            every = [request for part in requests for request in part]
            cost = engine.plan_cost(backend, every, asked=study.method, calibrate_s=calibrate_s)
    except ModelError:
        if (entry.device or study.device) == "cpu":
            raise
        # The study's device is not here: its tokens can be counted all the same, without a time.
        return _plan(entry, texts, stand_in.own(entry, texts), "its own", at_hand=True)
    counts = [_tokens(r, one.times) for r, one in zip(requests, texts, strict=True)]
    plan = _plan(entry, texts, counts, "its own", at_hand=True, n_parameters=n_parameters)
    if cost["seconds"] is not None:
        plan |= {
            "seconds": round(cost["seconds"]),
            "seconds_from": f"{calibrate_s:g} s of scoring on this machine ({cost['method']})",
        }
    return plan | {name: cost[name] for name in ("memory_bytes", "disk_bytes")}


def _n_nodes(requests: list[Any]) -> int:
    """Return how many tokens the engine computes: every distinct beginning once."""
    ends = sorted({request.ends for request in requests})
    return len(build(requests, {end: k for k, end in enumerate(ends)}).token)


def _tokens(requests: list[Any], times: np.ndarray) -> Tokens:
    """Return the tokens of requests, each needed for so many decisions."""
    naive = [
        sum(len(request.prompt) + len(form) for option in request.options for form in option.forms)
        for request in requests
    ]
    return Tokens(int(np.dot(naive, times)), _n_nodes(requests))


class _Counter:
    """Counts tokens without a study's device; the stand-in's once per format, if needed."""

    def __init__(self, study: StudyFile, texts: dict[str, list[TextSet]]) -> None:
        self._study = study.model_copy(update={"dtype": "float32", "device": "cpu"})
        self._texts = texts
        self._counts: dict[str, list[Tokens]] = {}

    def of(self, format: str) -> tuple[list[Tokens] | None, str | None]:
        """Return tokens per data set and what counted them; None where no stand-in is there."""
        if not is_at_hand(pairs.model(STAND_IN).sources[0]):
            return None, None
        if not self._counts:
            with loaded(self._study, ModelEntry(name=STAND_IN, format="chat")) as backend:
                self._counts = {
                    each: self._with(backend, texts) for each, texts in self._texts.items()
                }
        return self._counts[format], f"that of {STAND_IN}, a stand-in"

    def own(self, entry: ModelEntry, texts: list[TextSet]) -> list[Tokens]:
        """Return tokens per data set by a model's own tokenizer, loaded on the processor."""
        if entry.name == STAND_IN and entry.chat_template_of is None:
            counts, _ = self.of(entry.format)
            if counts is not None:
                return counts
        on_cpu = entry.model_copy(update={"dtype": None, "device": None})
        with loaded(self._study, on_cpu) as backend:
            return self._with(backend, texts)

    def _with(self, backend: Any, texts: list[TextSet]) -> list[Tokens]:
        return [_tokens(backend.encode(one.prompts.to_dicts()), one.times) for one in texts]


def _plan(
    entry: ModelEntry,
    texts: list[TextSet],
    counts: list[Tokens] | None,
    tokenizer: str | None,
    *,
    at_hand: bool,
    n_parameters: int | None = None,
) -> dict[str, Any]:
    model = described(entry)
    size = None if model.size_billion == pairs.UNKNOWN else float(model.size_billion)
    per_dataset = {}
    for i, one in enumerate(texts):
        tokens = counts[i] if counts is not None else None
        per_dataset[one.dataset] = {
            "n_decisions": one.n_decisions,
            "n_formulations": one.prompts["formulation"].n_unique(),
            "n_prompts": int(one.times.sum()),
            "n_distinct": one.prompts.height,
            "n_characters_naive": _characters(one),
            "n_tokens_naive": tokens.naive if tokens is not None else None,
            "n_tokens_computed": tokens.computed if tokens is not None else None,
        }
    summed = {
        name: _sum([of_one[name] for of_one in per_dataset.values()])
        for name in (
            "n_decisions",
            "n_prompts",
            "n_distinct",
            "n_characters_naive",
            "n_tokens_naive",
            "n_tokens_computed",
        )
    }
    parameters = n_parameters or (size and size * 1e9)
    computed = summed["n_tokens_computed"]
    return {
        "predictor": entry.predictor_id,
        "format": entry.format,
        "size_billion": size if n_parameters is None else round(n_parameters / 1e9, 3),
        "at_hand": at_hand,
        **summed,
        "tokenizer": tokenizer,
        "petaflop": round(2 * parameters * computed / 1e15, 3) if parameters and computed else None,
        "seconds": None,
        "seconds_from": None,
        "memory_bytes": None,
        "disk_bytes": None,
        "datasets": per_dataset,
    }


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _characters(texts: TextSet) -> int:
    """Return the characters of each surface form of each option behind its whole prompt."""
    lengths = texts.prompts.select(
        prompt=pl.col("messages")
        .list.eval(pl.element().struct.field("content").str.len_chars())
        .list.sum()
        + pl.col("answer_prefix").str.len_chars(),
        n_forms=pl.col("forms").list.eval(pl.element().list.len()).list.sum(),
        forms=pl.col("forms")
        .list.eval(pl.element().list.eval(pl.element().str.len_chars()).list.sum())
        .list.sum(),
    )
    each = lengths.select(pl.col("prompt") * pl.col("n_forms") + pl.col("forms")).to_series()
    return int(np.dot(each.to_numpy(), texts.times))
