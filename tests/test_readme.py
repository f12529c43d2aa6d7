"""What the README shows of the first study is what it prints; tests/docs runs its commands."""

import io
import re

import pytest
from rich.console import Console

from silicus import report
from silicus.study.answering import answered
from tests.conftest import REPOSITORY

README = REPOSITORY / "README.md"
WIDTH = 88
NUMBER = re.compile(r"[-\u2212]?\d+\.\d+")


def printed_table(run):
    """Return the agreement table of a run as the terminal shows it."""
    file = io.StringIO()
    console = Console(file=file, width=WIDTH, color_system=None, force_terminal=False)
    results = run.read_table("results")
    report.terminal(run.manifest, results, answered(run.manifest, results), console)
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("Agreement with people"))
    stop = next(i for i, line in enumerate(lines) if line.startswith("Differences"))
    return "\n".join(lines[start:stop]).strip()


def shown_table():
    """Return the table that the README shows."""
    block = README.read_text().split("<!-- quickstart table: begin -->")[1]
    block = block.split("<!-- quickstart table: end -->")[0].strip()
    return block.split("```text")[1].split("```")[0].strip()


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
    results = quickstart.read_table("results")
    told = answered(quickstart.manifest, results)
    report.terminal(quickstart.manifest, results, told, Console(file=file, width=WIDTH))
    assert "not a same-provider pair" in file.getvalue()
