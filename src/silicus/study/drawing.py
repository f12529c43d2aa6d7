"""The decisions of a study: whole data sets, or the part of them that is drawn."""

from typing import Any

import polars as pl

from silicus import datasets
from silicus.errors import DataError, StudyError
from silicus.study.file import StudyFile


def decisions_of(study: StudyFile, name: str) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the decisions of one data set of a study, and what is recorded of the draw.

    Raises
    ------
    StudyError
        If more is asked for than there is.
    """
    whole = datasets.load(name)
    wanted = study.sample_for(name)
    if wanted is None:
        return whole, {}
    try:
        taken = datasets.sample(whole, wanted, where=f"data set {name}")
    except DataError as cause:
        raise StudyError(f"study {study.study}: {cause}") from cause
    return taken, {
        "sample": {
            **wanted.model_dump(exclude_none=True),
            "unit": wanted.drawn,
            "n_decisions": taken.height,
            "of_decisions": whole.height,
            "n_participants": taken["participant_id"].drop_nulls().n_unique(),
            "n_sessions": taken["session_id"].drop_nulls().n_unique(),
            "n_plays": taken["play_id"].n_unique(),
        }
    }
