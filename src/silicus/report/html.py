"""The page of a run: one HTML file that opens without a network and prints well."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from silicus.report import answer, card, cells, embed, explorer, facts, gallery, style, tables

MOST_ROWS = 600
"""A table on the page shows at most this many rows, and says so."""
MOST_WARNINGS = 5
"""More warnings than this are folded up."""
MOST_VERDICTS = 240
"""The same for the lines of the stand-in card."""
FOLDED_FROM = 40
"""Tables with more rows than this are folded up."""
MOST_PROMPTS = 60
"""The page shows at most this many prompts, those that differ most first."""
HIDDEN = ("controls",)
"""Entries of the manifest that are told elsewhere on the page."""


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
        sentences=answer.sentences(ordered, known, lines),
        verdicts=in_blocks(
            [vars(line) | {"line": line} for line in lines[:MOST_VERDICTS]], "predictor_id"
        ),
        n_verdicts=len(lines),
        answers=card.summed(lines) if len(lines) > FOLDED_FROM else [],
        sections=gallery.sections(ordered, known),
        explorer=explored(ordered, known),
        agreement=tables.agreement(ordered, known).to_dicts(),
        differences=tables.main_differences(ordered, known).to_dicts(),
        published=tables.published(ordered, known).to_dicts(),
        others=tables.others(ordered, known).to_dicts(),
        prompts=_most_different(prompts_examples)[:MOST_PROMPTS],
        n_prompts=len(prompts_examples),
        more={k: v for k, v in (known.model_extra or {}).items() if k not in HIDDEN},
    )


def _most_different(prompts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the prompts with one of every data set, formulation and format first."""
    first: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    rest = []
    for one in prompts:
        key = tuple(one[name] for name in ("dataset", "formulation", "format"))
        if first.setdefault(key, one) is not one:
            rest.append(one)
    return [dict(one) for one in [*first.values(), *rest]]


def in_blocks(rows: Sequence[dict[str, Any]], *keys: str) -> list[list[dict[str, Any]]]:
    """Return neighbouring rows with equal keys as blocks, in their order.

    Examples
    --------
    >>> in_blocks([{"a": 1}, {"a": 2}, {"a": 2}], "a")
    [[{'a': 1}], [{'a': 2}, {'a': 2}]]
    """
    return [list(block) for _, block in groupby(rows, key=itemgetter(*keys))]


def explored(results: pl.DataFrame, known: facts.Facts) -> explorer.Explorer | None:
    """Return the filters over pairs for a run of several comparisons, else None."""
    if len(known.comparisons) < gallery.LEAST_COMPARISONS:
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
        MOST_PICTURES=gallery.MOST_PICTURES,
        FOLDED_FROM=FOLDED_FROM,
        MOST_PROMPTS=MOST_PROMPTS,
        MOST_ROWS=MOST_ROWS,
        MOST_VERDICTS=MOST_VERDICTS,
        MOST_WARNINGS=MOST_WARNINGS,
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
