"""Scored requests to rows of the Score table."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from silicus.engine.request import ScoredRequest
from silicus.errors import ScoringError
from silicus.schema import Score, check


def score_table(
    prompts: Iterable[dict[str, Any]], scored: dict[str, ScoredRequest], *, predictor_id: str
) -> pl.DataFrame:
    """Return the Score table of one predictor.

    Parameters
    ----------
    prompts : iterable of dict
        Rows with ``decision_id``, ``formulation``, ``format`` and ``request_key``.
    scored : dict
        Scores by request key.
    predictor_id : str

    Raises
    ------
    ScoringError
        If a prompt has no score, or all its options have probability zero.
    """
    rows: list[dict[str, Any]] = []
    for prompt in prompts:
        item = scored.get(prompt["request_key"])
        if item is None:
            raise ScoringError(
                f"decision {prompt['decision_id']} has no score of {predictor_id}. Run the study "
                "again; it continues where it stopped."
            )
        rows.extend(_rows(prompt, item, predictor_id))
    table = pl.DataFrame(rows, schema=Score.create_empty().schema)
    return check(table, Score, where=f"scores of {predictor_id}", error=ScoringError)


def _rows(prompt: dict[str, Any], item: ScoredRequest, predictor_id: str) -> list[dict[str, Any]]:
    logprobs = np.asarray([np.logaddexp.reduce(forms) for forms in item.form_logprobs])
    log_mass = float(np.logaddexp.reduce(logprobs))
    if not math.isfinite(log_mass):
        raise ScoringError(
            f"{predictor_id} gives no probability at all to the options of decision "
            f"{prompt['decision_id']} (log-probabilities {logprobs.tolist()}). Use dtype float32, "
            "or another formulation."
        )
    first = None if item.first_token_logprobs is None else np.asarray(item.first_token_logprobs)
    first_mass = None if first is None else float(np.logaddexp.reduce(first))
    return [
        {
            "decision_id": prompt["decision_id"],
            "formulation": prompt["formulation"],
            "format": prompt["format"],
            "predictor_id": predictor_id,
            "option": o,
            "logprob": float(logprobs[o]),
            "option_prob": math.exp(logprobs[o] - log_mass),
            "option_mass": math.exp(log_mass),
            "first_token_logprob": None if first is None else float(first[o]),
            "first_token_prob": None
            if first is None or first_mass is None
            else math.exp(first[o] - first_mass),
            "first_token_mass": None if first_mass is None else math.exp(first_mass),
            "form_logprobs": list(item.form_logprobs[o]),
            "request_key": item.key,
            "n_prompt_tokens": item.n_prompt_tokens,
            "fold": None,
        }
        for o in range(len(logprobs))
    ]
