"""The reference pages say what the code says: columns, keys, defaults, commands, variables."""

import re
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

import dataframely as dy
import polars as pl
import pytest
from docs.machinery import command_line
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from silicus.datasets import Sample
from silicus.schema import EVENT, MESSAGE, Decision, Prompt, Result, Score
from silicus.study.file import Comparison, ModelEntry, StudyFile
from tests.conftest import REPOSITORY

REFERENCE = REPOSITORY / "docs" / "reference"
CELL = re.compile(r"(?<!\\)\|")


def tables(page, heading):
    """Return the rows of the tables between a heading of a page and the next of its level."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    level = heading.partition(" ")[0]
    section = text.split(f"\n{heading}\n")[1].split(f"\n{level} ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in CELL.split(line)[1:-1]] for line in lines]


def written_type(dtype):
    """Return how the page writes a column type."""
    if isinstance(dtype, pl.List):
        return f"list of {written_type(dtype.inner)}"
    names = {pl.String(): "text", MESSAGE: "message", EVENT: "event"}
    return names.get(dtype) or str(dtype).lower()


@pytest.mark.parametrize("schema", [Decision, Prompt, Score, Result], ids=lambda one: one.__name__)
def test_schema_page_when_read_then_has_every_column_as_the_schema_has_it(schema: type[dy.Schema]):
    """Name, order, type and whether a cell may be empty; add a new column to the page."""
    rows = tables("schema.md", f"## {schema.__name__}")[: len(schema.column_names())]
    expected = [
        [f"`{name}`", written_type(column.dtype), "yes" if column.nullable else "no"]
        for name, column in schema.columns().items()
    ]
    assert [row[:3] for row in rows] == expected
    assert all(len(row) == 4 and row[3] for row in rows)


def test_schema_page_when_read_then_names_the_files_and_keys_of_a_real_run(quickstart_or_theories):
    """Files of a run folder, keys of its manifest and columns of its renderings are on the page."""
    run = quickstart_or_theories
    files = {row[0] for row in tables("schema.md", "## The run folder")}
    written = {path.name for path in run.folder.iterdir() if not path.name.startswith(".")}
    assert {f"`{name}`" for name in written} <= files | {"`journal`"}
    listed = " ".join(row[0] for row in tables("schema.md", "## The manifest"))
    assert {f"`{key}`" for key in run.manifest} <= set(listed.replace(",", "").split())


@pytest.fixture(scope="session")
def quickstart_or_theories(tmp_path_factory):
    """Return a run without models, which takes seconds."""
    from rich.console import Console

    from silicus.study import read_study, run_study

    path = REPOSITORY / "studies" / "theories.yaml"
    study, given = read_study(path)
    folder = tmp_path_factory.mktemp("theories") / "run"
    return run_study(study, given, path, folder, Console(stderr=True))


def test_schema_page_when_read_then_names_every_metric_of_a_run(quickstart_or_theories):
    """A metric in a Result table is on the page, by its name or by its beginning or end."""
    cells = " ".join(row[0] for row in tables("schema.md", "### Metrics"))
    names = re.findall(r"`([^`]+)`", cells)
    whole = {name for name in names if "..." not in name}
    ends = tuple(name.removeprefix("...") for name in names if "..." in name)
    found = quickstart_or_theories.read_table("results")["metric"].unique()
    assert [name for name in found if name not in whole and not name.endswith(ends)] == []


def written_key(field):
    """Return how the page writes the type and default of a key."""
    kind, default = field.annotation, field.default
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is Literal:
        written = ", ".join(f"`{value}`" for value in get_args(kind))
    elif get_origin(kind) is tuple:
        (item, _) = get_args(kind)
        written = "list of text" if item is str else "list of sections"
    elif get_origin(kind) is dict:
        written = "mapping of sections" if get_args(kind)[1] is Sample else "mapping of lists"
    else:
        names = {
            Sample: "section",
            str: "text",
            int: "whole number",
            float: "number",
            bool: "`true`, `false`",
        }
        written = names[kind]
    if default is PydanticUndefined and field.default_factory is None:
        return written, "needed"
    if field.default_factory is not None:
        return written, "`{}`"
    if default is None:
        return written, "none"
    shown = {"": '""', (): "[]", ("baseline",): "[baseline]", False: "false"}
    return written, f"`{shown.get(default, default)}`"


@pytest.mark.parametrize(
    ("section", "heading"),
    [(StudyFile, "## All keys"), (ModelEntry, "## Models"), (Comparison, "## Comparisons")],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_study_page_when_read_then_has_every_key_as_the_code_has_it(
    section: type[BaseModel], heading
):
    """Name, order, type and default of every key; add a new key to the page."""
    expected = [[f"`{name}`", *written_key(one)] for name, one in section.model_fields.items()]
    assert [row[:3] for row in tables("study-file.md", heading)] == expected


def test_study_page_when_read_then_lists_every_study_of_the_repository():
    """A study file that comes with the repository is on the page."""
    text = (REFERENCE / "study-file.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "studies").glob("*.yaml"):
        assert f"(../../studies/{path.name})" in text


def test_command_page_when_built_then_names_every_command_and_option():
    """The list of commands is made from the command line, and leaves nothing out."""
    import typer.main

    from silicus.cli.app import app

    text = command_line.commands()
    root = typer.main.get_command(app)
    found = dict(command_line.walk(root, "silicus"))
    assert {"silicus run", "silicus data import", "silicus doctor"} <= set(found)
    for name, command in found.items():
        section = text.split(f"### {name}\n")[1].split("\n### ")[0]
        assert command.help.split("\n")[0] in section
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert all(f"`{name}" in section for name in parameter.opts)
    assert command_line.MARK in (REFERENCE / "cli.md").read_text(encoding="utf-8")


def test_command_page_when_read_then_names_every_variable_that_silicus_reads():
    """Each environment variable of the package is on the page of the command line."""
    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "src").rglob("*.py"):
        for name in re.findall(r"environ\S*\(\"(SILICUS_\w+)", path.read_text(encoding="utf-8")):
            assert f"`{name}`" in page, path


GLOSSARY = """
stimulus, decision, participant, option, session, history, family, formulation, format, prompt,
token, end, log-probability, predictor, pair, stand-in, cell, agreement, ceiling, reachable,
calibration, theory, study, run, manifest, journal, backend
"""


def test_glossary_when_read_then_explains_the_words_of_this_package():
    """Each word that pages and tables use in a sense of their own has a heading, once."""
    text = (REFERENCE / "glossary.md").read_text(encoding="utf-8")
    terms = [term.lower() for term in re.findall(r"^### (.+)$", text, re.MULTILINE)]
    assert len(terms) == len(set(terms))
    assert set(re.findall(r"[\w-]+", GLOSSARY)) - set(terms) == set()
    for phrase in ("option mass", "surface form", "target option", "base rate", "win count"):
        assert any(term.startswith(phrase) for term in terms), phrase
