"""A report as files: the page, every figure as SVG and PNG, every table as CSV and Parquet."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import vl_convert

from silicus.errors import StoreError
from silicus.report import card, embed, facts, gallery, tables
from silicus.report.answer import Answered
from silicus.report.html import explored, page

PNG_SCALE = 2
"""Pixels of a PNG for each pixel of the figure's size."""


def export(
    manifest: Mapping[str, Any],
    results: pl.DataFrame,
    prompts_examples: Sequence[Mapping[str, Any]],
    answered: Answered,
    out: Path,
) -> list[Path]:
    """Write the report of a run as files into a folder and return their paths.

    Parameters
    ----------
    manifest, results, prompts_examples, answered
        As for :func:`silicus.report.page`.
    out : pathlib.Path
        Folder, made if missing. ``report.html`` and ``manifest.json``; ``figures/<name>.svg`` and
        ``.png``; ``tables/<name>.csv`` and ``.parquet``. Files of these names are replaced.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    StoreError
        If the folder cannot be written.
    SilicusError
        If the manifest or the Result table is not what it should be.
    """
    known = facts.read(manifest)
    ordered = tables.checked(results, known)
    text = page(manifest, results, prompts_examples, answered)
    pairs = explored(ordered, known)
    figures = [
        *gallery.pictures(ordered, known),
        *([] if pairs is None else pairs.charts.values()),
    ]
    try:
        written = [_write(out / "report.html", text.encode())]
        kept = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        written.append(_write(out / "manifest.json", kept.encode()))
        for figure in figures:
            spec = embed.on_paper(figure.chart)
            version = embed.vegalite_version(spec)
            svg = embed.svg(spec, figure.name)
            png = vl_convert.vegalite_to_png(spec, vl_version=version, scale=PNG_SCALE)
            written.append(_write(out / "figures" / f"{figure.name}.svg", svg.encode()))
            written.append(_write(out / "figures" / f"{figure.name}.png", png))
        for name, content in exported_card(answered, known).items():
            written.append(_write(out / name, content))
        for name, table in exported_tables(ordered, known, answered).items():
            written.append(_write(out / "tables" / f"{name}.csv", table.write_csv().encode()))
            written.append(out / "tables" / f"{name}.parquet")
            table.write_parquet(written[-1])
    except OSError as cause:
        raise StoreError(
            f"the report cannot be written to {out}: {cause.strerror or cause}. "
            "Choose a folder that can be written, with --out."
        ) from cause
    return written


def exported_card(answered: Answered, known: facts.Facts) -> dict[str, bytes]:
    """Return the stand-in card alone as files by name: for a paper, a hub or a program."""
    if answered.card.is_empty():
        return {}
    made = card.made(answered.card, known)
    svg = card.as_svg(made, known)
    return {
        "stand_in_card.svg": svg.encode(),
        "stand_in_card.png": vl_convert.svg_to_png(svg, scale=PNG_SCALE),
        "stand_in_card.md": card.as_markdown(made, known).encode(),
        "stand_in_card.json": card.as_json(answered.card).encode(),
    }


def exported_tables(
    results: pl.DataFrame, known: facts.Facts, answered: Answered
) -> dict[str, pl.DataFrame]:
    """Return the tables of a report by name, flat enough for CSV.

    ``results`` holds every number; ``agreement`` and ``differences`` are the page's tables;
    ``published`` the printed figures beside the run's; ``answer`` its lines and ``stand_in_card``
    its verdicts, one row per rule. In a report of several runs each row names its ``run``.
    """
    agreement = tables.agreement(results, known)
    flat = [
        pl.col(metric).struct.field(part).alias(f"{metric}_{part}")
        for metric in tables.SIDE_BY_SIDE
        for part in ("estimate", "ci_low", "ci_high")
    ]
    counts = ["n_decisions", "n_choices", "n_participants", "unit", "n_units", "note"]
    made = {
        "results": tables.with_run(results, known),
        "agreement": agreement.select(*tables.KEYS, "run", *flat, *counts),
        "differences": tables.with_run(tables.differences(results), known),
        "published": tables.published(results, known),
        "answer": answered.answer.with_columns(pl.col("caveats").list.join("; ")),
        "stand_in_card": tables.with_run(answered.card, known).with_columns(
            pl.col("failing").list.join("; ")
        ),
    }
    return {
        name: table if known.runs else table.drop("run", strict=False)
        for name, table in made.items()
        if not table.is_empty() or name in ("results", "agreement", "differences")
    }


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
