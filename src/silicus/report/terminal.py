"""The main table of a run, printed on a terminal."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from silicus.report import answer, card, cells, facts, style, tables

COMPARED = ("pearson_r", "log_loss")
"""Metrics whose differences a terminal shows."""


def printable(text: str) -> Text:
    r"""Return untrusted text as rich text: no markup is read, no control character is kept.

    Examples
    --------
    >>> printable("[red]a\x1b[31mb").plain
    '[red]a[31mb'
    """
    return Text("".join(char for char in text if char.isprintable() or char == " "))


def terminal(
    manifest: Mapping[str, Any],
    results: pl.DataFrame,
    answered: answer.Answered,
    console: Console,
) -> None:
    """Print the answer of a run a line per family, then agreement, differences and warnings.

    Parameters
    ----------
    manifest : mapping
        Manifest of the run.
    results : polars.DataFrame
        Its Result table.
    answered : Answered
        Its answer and its stand-in card.
    console : rich.console.Console

    Raises
    ------
    SilicusError
        If the manifest or the Result table is not what it should be.
    """
    known = facts.read(manifest)
    ordered = tables.checked(results, known)
    console.print(printable(known.study.title or known.study.name), style="bold")
    for comparison in known.strangers:
        console.print(
            Text("Warning: ", style="bold yellow") + printable(known.stranger_warning(comparison))
        )
    for line in answer.lines(answered, known):
        head = Text(f"{line.label}: ", style="bold") + printable(line.text)
        rest = printable(" ".join(part for part in (line.enough, line.caveat) if part))
        console.print(head + Text(" ") + Text(rest.plain, style="dim"))
    for _, text in answer.flips(answered, known):
        console.print(printable(text))
    for text in [card.summary(card.made(answered.card, known))] if len(answered.card) else []:
        console.print(printable(text))
    console.print(_agreement_table(ordered, known))
    # the page has every metric; a terminal has room for the study's and the proper one
    declared = {(one.base, one.aligned) for one in known.comparisons} | {("base", "aligned")}
    compared = tables.differences(ordered).filter(
        pl.col("metric").is_in(COMPARED),
        pl.struct("predictor_id", "reference_id").map_elements(
            lambda row: (row["predictor_id"], row["reference_id"]) in declared,
            return_dtype=pl.Boolean,
        ),
    )
    if not compared.is_empty():
        console.print(_difference_table(compared))
    for warning in known.warnings:
        console.print(Text("Warning: ", style="bold yellow") + printable(warning))


def _agreement_table(results: pl.DataFrame, known: facts.Facts) -> Table:
    """Return the main table: one row per predictor, below a line for its family and data set."""
    grid = _grid("Agreement with people", "predictor")
    for metric in tables.SIDE_BY_SIDE:
        grid.add_column(cells.metric(metric).label, justify="right", no_wrap=True)
    grid.add_column("decisions,\nresampled", justify="right", overflow="fold")
    above = None
    for row in tables.agreement(results, known).iter_rows(named=True):
        above = _headed(grid, above, row["family"], row["dataset"])
        grid.add_row(
            _lines(row["predictor_id"], tables.worded(row), *([row["run"]] if row["run"] else [])),
            *(_estimate(row[metric]) for metric in tables.SIDE_BY_SIDE),
            _lines(cells.count(row["n_decisions"]), cells.unit(row)),
        )
    return grid


def _difference_table(compared: pl.DataFrame) -> Table:
    """Return the differences: first predictor minus second, below a line for what they are on."""
    grid = _grid("Differences", "first minus second")
    grid.add_column("metric", overflow="fold")
    grid.add_column("difference", justify="right", no_wrap=True)
    grid.add_column("p", justify="right", no_wrap=True)
    grid.add_column("decisions,\nresampled", justify="right", overflow="fold")
    above = None
    for row in compared.iter_rows(named=True):
        above = _headed(grid, above, row["family"], row["dataset"], tables.worded(row))
        grid.add_row(
            _lines(row["predictor_id"], f"minus {row['reference_id']}"),
            printable(cells.metric(row["metric"]).label),
            _estimate(row),
            Text(cells.p_value(row["p_value"])),
            _lines(cells.count(row["n_decisions"]), cells.unit(row)),
        )
    return grid


def _headed(grid: Table, above: tuple[str, ...] | None, family: str, *rest: str) -> tuple[str, ...]:
    """Add a line that names what the rows below are on, if the rows above were on other things."""
    heading = (family, *rest)
    if heading != above:
        if above is not None:
            grid.add_section()
        grid.add_row(Text(style.family_label(family), style="bold") + _lines("", *rest))
    return heading


def _grid(title: str, first: str) -> Table:
    grid = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    grid.add_column(first, overflow="fold")
    return grid


def _lines(first: str, *quiet: str) -> Text:
    """Return a line and quieter lines below it, all of them untrusted."""
    text = printable(first)
    for line in quiet:
        text = text + Text("\n") + Text(printable(line).plain, style="dim")
    return text


def _estimate(cell: Mapping[str, Any] | None) -> Text:
    """Return an estimate with its interval below; a dash where the run has no such result."""
    if cell is None:
        return Text(cells.MISSING)
    ends = cells.interval(cell)
    return _lines(cells.point(cell), *([ends] if ends else []))
