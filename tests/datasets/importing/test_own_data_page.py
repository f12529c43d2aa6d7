"""The how-to page on own data: its files are written, its commands are run, its outputs appear."""

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from silicus.cli.app import app
from silicus.datasets.importing.spec import EVENTS
from silicus.errors import SilicusError
from silicus.games import Game

from .test_otree import EXPORT

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "own-data.md"
BLOCK = re.compile(r'^```(\w+)( fails)?(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def run(command: str, *, fails: bool) -> str:
    """Run a silicus command line in this process; return what it printed, on one line."""
    program, *arguments = command.split()
    assert program == "silicus"
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    if fails:
        assert isinstance(result.exception, SilicusError)
        return " ".join(str(result.exception).split())
    assert result.exit_code == 0, (command, result.output, result.exception)
    return " ".join(result.output.split())


def test_page_when_followed_then_every_command_does_what_it_says(tmp_path, monkeypatch):
    """Someone who writes these files and runs these commands in this order gets these outputs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXPORT, tmp_path)
    output, n_commands, n_outputs = "", 0, 0
    for language, fails, title, content in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if title:
            (tmp_path / title).write_text(content, encoding="utf-8")
        elif language == "sh":
            for command in content.strip().splitlines():
                output = run(command, fails=bool(fails))
                n_commands += 1
        elif language == "text":
            for line in content.strip().splitlines():
                assert " ".join(line.split()) in output
                n_outputs += 1
    assert (n_commands, n_outputs) == (13, 5)
    listed = run("silicus data list --json", fails=False)
    for name in ("lending", "task", "gambles", "offers"):
        assert f'"name": "{name}"' in listed


@pytest.mark.parametrize("model", get_args(get_args(Game)[0]), ids=lambda model: model.__name__)
def test_page_when_read_then_every_kind_of_game_has_all_its_parameters(model):
    """The row of a kind names each parameter, those needed before those that may be left out."""
    kind = model.model_fields["kind"].default
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{kind}` |")]
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
