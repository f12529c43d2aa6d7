"""The prompts of a study on their way to its models: written once, kept on disk, read in batches.

A study of many data sets and formulations has more text than fits into memory, and every model
that is asked in one format reads the same prompts. So they are written into a folder, a batch a
file. A batch holds all formulations of some neighbouring decisions, which share most of their
beginnings, so that the engine computes hardly more than with everything at once.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from silicus import prompts
from silicus.store import atomic
from silicus.study.file import StudyFile

BATCH_PROMPTS = 16_384
"""Most prompts of a batch (or the formulations of one decision, where those are more)."""

TIMES = "times"
"""Column that says for how many decisions a prompt stands, in batches of distinct prompts."""

_SHOWN = ("game", "round", "options", "history")
_TEXT = ("formulation", "messages", "answer_prefix", "forms", "ends")


class Batch(NamedTuple):
    """Some prompts of one data set in one format, on disk."""

    dataset: str
    format: str
    path: Path
    n_prompts: int

    def read(self, *columns: str) -> pl.DataFrame:
        """Return the Prompt table of the batch, or some of its columns.

        Raises
        ------
        StoreError
            If the file is gone or damaged.
        """
        table = atomic.read_table(self.path)
        return table.select(columns) if columns else table


def situations(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return what is shown in some decisions, each situation once, with the number of its times.

    Many people met the same situation: it is written once and counted as often as it occurred.
    """
    return decisions.group_by(*_SHOWN, maintain_order=True).agg(
        pl.first("decision_id"), pl.len().alias(TIMES)
    )


def write_batches(
    study: StudyFile,
    dataset: str,
    decisions: pl.DataFrame,
    format: str,
    folder: Path,
    advance: Callable[[int], object] = lambda _n: None,
) -> Iterator[Batch]:
    """Write the prompts of a data set in one format, in every formulation of the study.

    Parameters
    ----------
    study : StudyFile
    dataset : str
    decisions : Decision table
        Of that data set; or its :func:`situations`, and then prompts are distinct in a batch and
        have a column ``times``.
    format : str
    folder : Path
        Where files are written; made if missing.
    advance : callable
        Called with the number of prompts just written.

    Yields
    ------
    Batch

    Raises
    ------
    PromptError
        If a decision cannot be put into words.
    StoreError
        If the disk is full.
    """
    wordings = wordings_of(study, dataset, format)
    step = max(1, BATCH_PROMPTS // len(wordings))
    for number, first in enumerate(range(0, decisions.height, step)):
        some = decisions.slice(first, step)
        written = [
            prompts.write(some, formulation=wording, format=format, history=study.history)
            for wording in wordings
        ]
        table = pl.concat(written)
        n_written = table.height
        if TIMES in decisions.columns:
            table = _distinct(table, some)
        path = folder / f"{dataset}-{format}-{number:05d}.parquet"
        atomic.write_table(path, table)
        advance(n_written)
        yield Batch(dataset, format, path, table.height)


def wordings_of(study: StudyFile, dataset: str, format: str) -> list[str]:
    """Return the formulations of a data set in a format, those that are the same words there once.

    In plain text a history has no messages: ``baseline+one_message`` is ``baseline``.
    """
    return list(
        dict.fromkeys(
            prompts.shown_as(wording, format=format, history=study.history)
            for wording in study.formulations_for(dataset)
        )
    )


def _distinct(table: pl.DataFrame, situations: pl.DataFrame) -> pl.DataFrame:
    """Return each text once, with the number of decisions it stands for."""
    times = situations.select("decision_id", TIMES)
    others = [name for name in table.columns if name not in _TEXT]
    return (
        table.join(times, on="decision_id", maintain_order="left")
        .group_by(_TEXT, maintain_order=True)
        .agg(*(pl.first(name) for name in others), pl.sum(TIMES))
    )
