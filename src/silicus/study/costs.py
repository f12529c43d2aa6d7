"""What a study would cost, counted before anything is scored.

Decisions, prompts and characters are counted exactly. Tokens are counted with the model's own
tokenizer where the model is on this machine, and otherwise with that of a small stand-in, which
is said beside every such number: tokenizers differ by some ten per cent in English text, and
chat templates by some ten tokens a turn. Texts depend on data set, formulation and format alone,
so that they are written and counted once and not once per model.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from silicus import engine, pair_records
from silicus.errors import StudyError
from silicus.study.drawing import decisions_of
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.manifest import described
from silicus.study.scoring import by_weights
from silicus.study.texts import TIMES, situations, wordings_of, write_batches
from silicus.study.token_counts import Counted, Teller, Texts, is_at_hand

CALIBRATE_S = 5.0
"""Seconds of real scoring from which the time of a model that is at hand is estimated."""

_TEXT = ("messages", "answer_prefix", "forms", "ends")


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
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with (
        TemporaryDirectory(prefix="silicus-plan-") as folder,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        formats = sorted({entry.format for entry in study.models})
        texts = _write(study, formats, Path(folder), progress)
        teller = Teller(study, texts, progress)
        plans = {}
        for entries in by_weights(study.models):
            at_hand = is_at_hand(described(entries[0]).sources[0])
            counted = (
                teller.with_model(entries, calibrate_s) if at_hand else teller.stand_in(entries)
            )
            for entry, one in zip(entries, counted, strict=True):
                plan = _plan(entry, texts[entry.format], one, at_hand=at_hand)
                if one is not None and one.rate is not None:
                    seconds = sum(map(one.rate.seconds, one.counts.values()))
                    plan["seconds"] = round(seconds)
                    plan["seconds_from"] = (
                        f"{calibrate_s:g} s of scoring on this machine ({one.rate.method})"
                    )
                plans[entry.predictor_id, entry.format] = plan
    return [plans[entry.predictor_id, entry.format] for entry in study.models]


def _write(
    study: StudyFile, formats: Sequence[str], folder: Path, progress: Progress
) -> dict[str, dict[str, Texts]]:
    """Write every text of the study once, into a folder, and count what needs no tokenizer."""
    texts: dict[str, dict[str, Texts]] = {format: {} for format in formats}
    for dataset in study.datasets:
        wordings = {format: len(wordings_of(study, dataset, format)) for format in formats}
        task = progress.add_task(f"writing prompts: {dataset}", total=None)
        decisions, _ = decisions_of(study, dataset)
        distinct = situations(decisions)
        progress.update(task, total=distinct.height * sum(wordings.values()))
        for format in formats:
            advance = partial(progress.advance, task)
            batches, seen, n_characters = [], set[int](), 0
            for batch in write_batches(study, dataset, distinct, format, folder, advance):
                table = batch.read()
                seen.update(table.select(pl.struct("formulation", *_TEXT).hash()).to_series())
                n_characters += _characters(table)
                batches.append(batch)
            texts[format][dataset] = Texts(
                batches,
                n_decisions=decisions.height,
                n_formulations=wordings[format],
                n_prompts=decisions.height * wordings[format],
                n_distinct=len(seen),
                n_characters_naive=n_characters,
            )
        progress.remove_task(task)
    return texts


def _plan(
    entry: ModelEntry, texts: Mapping[str, Texts], counted: Counted | None, *, at_hand: bool
) -> dict[str, Any]:
    model = described(entry)
    size = None if model.size_billion == pair_records.UNKNOWN else float(model.size_billion)
    per_dataset: dict[str, dict[str, int | None]] = {}
    for dataset, one in texts.items():
        tokens = None if counted is None else counted.counts[dataset]
        per_dataset[dataset] = {
            "n_decisions": one.n_decisions,
            "n_formulations": one.n_formulations,
            "n_prompts": one.n_prompts,
            "n_distinct": one.n_distinct,
            "n_characters_naive": one.n_characters_naive,
            "n_tokens_naive": None if tokens is None else tokens.n_tokens_naive,
            "n_tokens_computed": None if tokens is None else tokens.n_tokens_trie,
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
    n_parameters = counted.n_parameters if counted is not None else None
    parameters = n_parameters or (size and size * 1e9)
    computed = summed["n_tokens_computed"]
    n_options = sum(one.n_options for one in counted.counts.values()) if counted else 0
    return {
        "predictor": entry.predictor_id,
        "format": entry.format,
        "size_billion": size if n_parameters is None else round(n_parameters / 1e9, 3),
        "at_hand": at_hand,
        **summed,
        "tokenizer": counted and counted.tokenizer,
        "petaflop": round(2 * parameters * computed / 1e15, 3) if parameters and computed else None,
        "seconds": None,
        "seconds_from": None,
        "memory_bytes": counted and counted.memory_bytes,
        "disk_bytes": engine.SCORE_BYTES * n_options if at_hand else None,
        "datasets": per_dataset,
    }


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _characters(table: pl.DataFrame) -> int:
    """Return the characters of each surface form of each option behind its whole prompt."""
    lengths = table.select(
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
    return int(np.dot(each.to_numpy(), table[TIMES].to_numpy()))
