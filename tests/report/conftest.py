"""Fixtures of the report's tests: a synthetic run."""

from typing import Any

import polars as pl
import pytest

from .synthetic import ALIGNED, synthetic_manifest, synthetic_rows, table


@pytest.fixture
def results() -> pl.DataFrame:
    """The Result table of the synthetic run."""
    return table(synthetic_rows())


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The manifest of the synthetic run."""
    return synthetic_manifest()


@pytest.fixture
def prompts_examples() -> list[dict[str, Any]]:
    """One prompt of the synthetic run."""
    return [
        {
            "dataset": "synthetic_pd",
            "family": "repeated_matrix",
            "formulation": "baseline",
            "format": "chat",
            "predictor_id": ALIGNED,
            "messages": [
                {"role": "system", "content": "You choose F or J in each of 10 rounds."},
                {"role": "user", "content": "Round 1.\nWhich key do you press?"},
            ],
            "answer_prefix": '{"decision": "',
            "options": ["F", "J"],
            "tokens": ["<|im_start|>", "system", "\n", "You", " choose", " F", '{"', "decision"],
        }
    ]
