"""The how-to page on own data says everything an import accepts; tests/docs follows it."""

from pathlib import Path
from typing import get_args

import pytest

from silicus.datasets.importing.spec import EVENTS
from silicus.games import Game, TranscriptGame

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "own-data.md"


MODELS = [model for model in get_args(get_args(Game)[0]) if model is not TranscriptGame]
"""Kinds that a spec names; a layout makes the other."""


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_page_when_read_then_every_kind_of_game_has_all_its_parameters(model):
    """The row of a kind names each parameter, those needed before those that may be left out."""
    kind = model.model_fields["kind"].default
    kinds = PAGE.read_text(encoding="utf-8").partition("## All kinds of games")[2]
    rows = [line for line in kinds.splitlines() if line.startswith(f"| `{kind}` |")]
    assert len(rows) == 1
    needed, _, optional = rows[0].split("|")[2].partition(";")
    for name, field in model.model_fields.items():
        if name != "kind":
            assert f"`{name}`" in (needed if field.is_required() else optional), name


def test_page_when_read_then_names_the_events_that_an_import_accepts():
    """Kinds of events on the page are those of the importer."""
    text = PAGE.read_text(encoding="utf-8")
    for kind, events in EVENTS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        told = row.rstrip("| ").rsplit("|", 1)[1]
        assert all(f"`{event}`" in told for event in events)


@pytest.mark.parametrize("layout", ["decisions", "events", "rates", "otree"])
def test_page_when_read_then_shows_every_layout(layout):
    """There is a spec for each layout."""
    assert f"layout: {layout}" in PAGE.read_text(encoding="utf-8")
