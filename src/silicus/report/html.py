"""The page of a run: one HTML file that opens without a network and prints well."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from types import ModuleType
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from silicus.report import answer, card, cells, embed, explorer, facts, style, tables
from silicus.report.figures import (
    agreement,
    base_against_aligned,
    by_part,
    calibration,
    difference,
    option_mass,
    specification,
)

FIGURES: dict[str, ModuleType] = {
    "agreement": agreement,
    "base-against-aligned": base_against_aligned,
    "difference": difference,
    "option-mass": option_mass,
}

LEAST_COMPARISONS = 3
"""From this many comparisons on, the page offers filters over pairs."""
MOST_ROWS = 600
"""A table on the page shows at most this many rows, and says so."""
MOST_VERDICTS = 240
"""The same for the lines of the stand-in card."""
MOST_PICTURES = 36
"""A section shows at most this many pictures; the tables hold the rest."""


def page(
    manifest: Mapping[str, Any],
    results: pl.DataFrame,
    prompts_examples: Sequence[Mapping[str, Any]],
) -> str:
    """Return the page of a run as HTML text.

    Parameters
    ----------
    manifest : mapping
        Manifest of the run (see :class:`silicus.report.facts.Facts`).
    results : polars.DataFrame
        Its Result table.
    prompts_examples : sequence of mapping
        Prompts to show, one per cell: ``dataset``, ``family``, ``formulation``, ``format``,
        ``predictor_id`` (may be missing), ``messages`` (each with ``role`` and ``content``),
        ``answer_prefix``, ``options`` (texts) and ``tokens`` (texts in order; may be missing).

    Returns
    -------
    str
        One HTML document; its scripts are allowed by their hash and nothing may be fetched.

    Raises
    ------
    SilicusError
        If the manifest or the Result table is not what it should be.
    """
    known = facts.read(manifest)
    ordered = tables.checked(results, known)
    lines = card.card(ordered, known)
    return render(
        "page.html.j2",
        known=known,
        sentences=answer.sentences(ordered, known),
        verdicts=in_blocks(
            [vars(line) | {"line": line} for line in lines[:MOST_VERDICTS]], "predictor_id"
        ),
        n_verdicts=len(lines),
        figures=drawn(ordered, known),
        parts=drawn_parts(ordered, known),
        part_caption=by_part.CAPTION,
        wordings=drawn_wordings(ordered, known),
        wording_caption=specification.CAPTION,
        curves=drawn_calibration(ordered, known),
        curve_caption=calibration.CAPTION,
        explorer=explored(ordered, known),
        agreement=tables.agreement(ordered).to_dicts(),
        differences=tables.differences(ordered).to_dicts(),
        others=tables.others(ordered).to_dicts(),
        prompts=[dict(one) for one in prompts_examples],
        more=known.model_extra or {},
    )


def drawn(results: pl.DataFrame, known: facts.Facts) -> dict[str, embed.Embedded]:
    """Return every figure the results have something to draw for, by name."""
    made = {}
    many = len(known.comparisons) >= LEAST_COMPARISONS
    for name, figure in FIGURES.items():
        if many and figure is base_against_aligned:
            continue  # the scatter with filters takes its place
        table = figure.data(results, known)
        if not table.is_empty():
            made[name] = embed.embedded(name, figure.TITLE, figure.CAPTION, figure.draw(table))
    return made


def in_blocks(rows: Sequence[dict[str, Any]], *keys: str) -> list[list[dict[str, Any]]]:
    """Return neighbouring rows with equal keys as blocks, in their order.

    Examples
    --------
    >>> in_blocks([{"a": 1}, {"a": 2}, {"a": 2}], "a")
    [[{'a': 1}], [{'a': 2}, {'a': 2}]]
    """
    return [list(block) for _, block in groupby(rows, key=itemgetter(*keys))]


def drawn_parts(results: pl.DataFrame, known: facts.Facts) -> list[embed.Embedded]:
    """Return a figure for each family and name of a part (round, condition) in the results."""
    return _one_each("part", by_part, results, known)


def drawn_calibration(results: pl.DataFrame, known: facts.Facts) -> list[embed.Embedded]:
    """Return a figure of calibration curves for each family, data set and formulation."""
    return _one_each("calibration", calibration, results, known)


def drawn_wordings(results: pl.DataFrame, known: facts.Facts) -> list[embed.Embedded]:
    """Return a specification curve for each comparison made in several wordings or formats."""
    return _one_each("wording", specification, results, known)


def _one_each(
    name: str, figure: ModuleType, results: pl.DataFrame, known: facts.Facts
) -> list[embed.Embedded]:
    """Return a picture for each group of a figure's rows, up to :data:`MOST_PICTURES`."""
    table = figure.data(results, known)
    if table.is_empty():
        return []
    groups = list(table.group_by(figure.KEYS, maintain_order=True))[:MOST_PICTURES]
    return [
        embed.embedded(f"{name}-{n}", rows["heading"][0], _subject(rows, known), figure.draw(rows))
        for n, (_, rows) in enumerate(groups, start=1)
    ]


def _subject(rows: pl.DataFrame, known: facts.Facts) -> str:
    """Return the data and the wording a picture is about."""
    row = rows.row(0, named=True)
    wordings = rows["formulation"].n_unique()
    what = row["formulation"] if wordings == 1 else f"{wordings} formulations"
    return f"{known.title_of(row['dataset'])}, {what}"


def explored(results: pl.DataFrame, known: facts.Facts) -> explorer.Explorer | None:
    """Return the filters over pairs for a run of several comparisons, else None."""
    if len(known.comparisons) < LEAST_COMPARISONS:
        return None
    pairs = explorer.from_results(results, known)
    return None if pairs.is_empty() else explorer.explorer(pairs)


def environment() -> Environment:
    """Return the template environment: everything is escaped, an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("silicus.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["groupby_in_order"] = in_blocks
    made.globals.update(
        MOST_PICTURES=MOST_PICTURES,
        MOST_ROWS=MOST_ROWS,
        MOST_VERDICTS=MOST_VERDICTS,
        card=card,
        cells=cells,
        style=style,
        tables=tables,
    )
    return made


def render(template: str, **context: Any) -> str:
    """Return a rendered page with its style sheet, its scripts and the policy that allows them."""
    made = environment()
    sheet = made.get_template("page.css.j2").render()
    behaviour = made.get_template("page.js").render()
    scripts = [str(embed.library()), behaviour]
    return made.get_template(template).render(
        sheet=Markup(sheet),  # noqa: S704 (own file and own colours)
        scripts=[Markup(script) for script in scripts],  # noqa: S704 (own files)
        hashes=" ".join(embed.script_hash(script) for script in scripts),
        **context,
    )
