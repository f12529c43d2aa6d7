"""The table on the terminal."""

import io
from typing import Any

import polars as pl
from rich.console import Console

from silicus.report import terminal
from silicus.study.answering import answered

from .synthetic import ALIGNED, BASE, result, table


def printed(manifest: dict[str, Any], results: pl.DataFrame, width: int = 140) -> str:
    """Return what a terminal of this width shows."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=False)
    terminal(manifest, results, answered(manifest, results), console)
    return stream.getvalue()


def test_terminal_when_a_run_is_printed_then_numbers_and_warnings_are_there(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Estimates, intervals, n and unit are printed, and the warning comes before the table."""
    text = printed(manifest, results)
    for part in ("0.31", "[0.20, 0.42]", "0.628", "0.94", "60 participants", "40 rows"):
        assert part in text
    assert text.index("not a same-provider pair") < text.index("Agreement with people")
    assert "The numbers on this page are synthetic." in text


def test_terminal_when_it_is_narrow_then_no_name_is_cut(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """At 80 columns names are whole or folded, never shortened, and lines keep to the width."""
    text = printed(manifest, results, width=80)
    assert BASE in text
    assert ALIGNED in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_terminal_when_names_hold_markup_and_escapes_then_they_are_printed_as_text(
    manifest: dict[str, Any],
) -> None:
    """Names cannot colour the terminal, link or move its cursor."""
    manifest["study"]["title"] = "[bold]a[/bold]\x1b[2J\x1b]8;;http://x\x07b"
    text = printed(manifest, table([result(predictor_id="[red]m[/red]", dataset="d\x1b[31m")]))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]a[/bold]" in text
    assert "[red]m[/red]" in text


def test_terminal_when_a_metric_is_missing_then_a_dash_stands_in_its_place(
    manifest: dict[str, Any],
) -> None:
    """A run without log-loss prints a dash there, not an invented number."""
    text = printed(manifest, table([result(predictor_id=BASE)]))
    line = next(line for line in text.splitlines() if line.strip().startswith(BASE))
    assert line.split()[-4:] == ["0.31", "\N{EM DASH}", "\N{EM DASH}", "600"]


def test_terminal_when_two_are_compared_in_several_formats_then_each_line_names_its_own(
    manifest: dict[str, Any],
) -> None:
    """A difference in native formats is not to be confused with its controls."""
    compared = [
        result(predictor_id=BASE, reference_id=ALIGNED, format=format_)
        for format_ in ("plain|chat", "plain", "chat")
    ]
    text = printed(manifest, table(compared)).partition("Differences")[2]
    lines = [" ".join(line.split()) for line in text.splitlines()]
    shown = [line for line in lines if line.startswith("baseline")]
    assert sorted(shown) == ["baseline, chat", "baseline, plain", "baseline, plain|chat"]
