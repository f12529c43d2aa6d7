"""What the README shows is what the commands print."""

import io
import os
import re
import shlex
import subprocess
import sys

import pytest
from rich.console import Console

from silicus import report
from silicus.study import read_study, run_study
from tests.conftest import REPOSITORY

README = REPOSITORY / "README.md"
WIDTH = 112
NUMBER = re.compile(r"[-\u2212]?\d+\.\d+")


def printed_table(run):
    """Return the agreement table of a run as the terminal shows it."""
    file = io.StringIO()
    console = Console(file=file, width=WIDTH, color_system=None, force_terminal=False)
    report.terminal(run.manifest, run.read_table("results"), console)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("Agreement with people"))
    stop = next(i for i, line in enumerate(lines) if line.startswith("Differences"))
    return "\n".join(lines[start:stop]).strip()


def shown_table():
    """Return the table that the README shows."""
    block = README.read_text().split("<!-- quickstart table: begin -->")[1]
    block = block.split("<!-- quickstart table: end -->")[0].strip()
    return block.removeprefix("```text").removesuffix("```").strip()


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory):
    """Return the run of the quickstart study, as `make demo` runs it."""
    path = REPOSITORY / "studies" / "quickstart.yaml"
    study, given = read_study(path)
    return run_study(
        study, given, path, tmp_path_factory.mktemp("quickstart"), Console(stderr=True)
    )


@pytest.mark.models
@pytest.mark.slow
def test_quickstart_when_run_prints_the_table_of_the_readme(quickstart):
    """The table in the README is that of a real run, number by number."""
    printed, shown = printed_table(quickstart), shown_table()
    words = [re.sub(r"\s+", " ", NUMBER.sub("#", text)) for text in (printed, shown)]
    assert words[0] == words[1]
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True)
    values = [tuple(float(text.replace("\u2212", "-")) for text in pair) for pair in pairs]
    assert len(values) > 50
    # another processor may move the last digit
    assert max(abs(a - b) for a, b in values) <= 0.021


@pytest.mark.models
@pytest.mark.slow
def test_quickstart_when_run_says_that_the_models_are_no_pair(quickstart):
    """Every output that compares the two models says that they are not a pair."""
    assert quickstart.manifest["comparisons"][0]["same_provider"] is False
    page = (quickstart.folder / "report.html").read_text()
    assert page.count("not a same-provider pair") >= 3
    file = io.StringIO()
    report.terminal(
        quickstart.manifest, quickstart.read_table("results"), Console(file=file, width=WIDTH)
    )
    assert "not a same-provider pair" in file.getvalue()


def commands():
    """Return the silicus commands of the README's code blocks, without the two long runs."""
    blocks = re.findall(r"```bash\n(.*?)```", README.read_text(), flags=re.S)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    wanted = [line for line in lines if line.startswith(".venv/bin/silicus")]
    return [line for line in wanted if " run " not in line and " get " not in line]


@pytest.mark.parametrize("command", commands())
def test_command_of_the_readme_works(command):
    """Every command that the README shows runs and prints something."""
    arguments = shlex.split(command)[1:]
    ended = subprocess.run(
        [sys.executable, "-m", "silicus", *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip()


def test_make_targets_of_the_readme_exist():
    """The two commands of the README are targets of the Makefile."""
    targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), flags=re.M)
    assert {"demo", "test"} <= set(targets)
