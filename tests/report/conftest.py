"""Fixtures of the report's tests: a synthetic run."""

from collections.abc import Iterator
from pathlib import Path
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


class Opened:
    """A page opened from a file, with everything it said and asked for."""

    def __init__(self, browser: Any, file: Path, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.session = self.context.new_cdp_session(self.page)
        # seconds of the processor, so that a busy machine does not change what is measured
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.page.goto(file.as_uri())


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open HTML text in a fresh context; all are closed at the end."""
    made: list[Opened] = []

    def open_text(text: str, **context: Any) -> Opened:
        file = tmp_path / f"page-{len(made)}.html"
        file.write_text(text, encoding="utf-8")
        made.append(Opened(browser, file, **context))
        return made[-1]

    yield open_text
    for one in made:
        one.context.close()
