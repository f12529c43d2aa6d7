"""The page of a run: one HTML file that opens without a network and prints well."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from types import ModuleType
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from silicus.report import cells, embed, facts, style, tables
from silicus.report.figures import base_against_aligned, difference, option_mass

FIGURES: dict[str, ModuleType] = {
    "base-against-aligned": base_against_aligned,
    "difference": difference,
    "option-mass": option_mass,
}


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
    return render(
        "page.html.j2",
        known=known,
        figures=drawn(ordered, known),
        agreement=tables.agreement(ordered).to_dicts(),
        differences=tables.differences(ordered).to_dicts(),
        others=tables.others(ordered).to_dicts(),
        prompts=[dict(one) for one in prompts_examples],
        more=known.model_extra or {},
    )


def drawn(results: pl.DataFrame, known: facts.Facts) -> dict[str, embed.Embedded]:
    """Return every figure the results have something to draw for, by name."""
    made = {}
    for name, figure in FIGURES.items():
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
    made.globals.update(cells=cells, style=style, tables=tables)
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
