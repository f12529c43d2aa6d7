"""How commands print: a table for people, or JSON for programs."""

import json
import sys
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

stdout = Console()
stderr = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def print_json(content: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def print_table(table: pl.DataFrame, *, title: str = "", as_json: bool = False) -> None:
    """Print a polars table as a rich one, or as a JSON list of objects."""
    if as_json:
        print_json(table.to_dicts())
        return
    rows = [[_cell(value) for value in row] for row in table.iter_rows()]
    widths = [
        max(len(word) for text in (name, *column) for word in (*text.split(), ""))
        for name, column in zip(table.columns, zip(*rows, strict=True), strict=False)
    ]
    if sum(widths) + 3 * len(widths) + 1 > stdout.width:
        # Names must not be broken letter by letter: one record below the other.
        for record in table.iter_rows(named=True):
            print_facts(record)
            stdout.print()
        return
    shown = Table(title=title or None, title_justify="left")
    for place, (name, kind) in enumerate(table.schema.items()):
        shown.add_column(
            name,
            justify="right" if kind.is_numeric() else "left",
            overflow="fold",
            min_width=widths[place] if widths else None,
        )
    for row in rows:
        shown.add_row(*map(Text, row))
    stdout.print(shown)


def print_facts(facts: dict[str, Any], *, as_json: bool = False) -> None:
    """Print a mapping, one line a key, or as a JSON object."""
    if as_json:
        print_json(facts)
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for key, value in facts.items():
        grid.add_row(Text(str(key)), Text(_cell(value)))
    stdout.print(grid)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "\n".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_cell(item)}" for key, item in value.items())
    # Text of data sets may hold control characters, which a terminal would obey.
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in str(value))
