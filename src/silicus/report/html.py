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
MOST_MATRICES = 6
"""The card of more models than this is one table of verdicts; else each has a matrix of rules."""
MOST_OPEN = 3
"""A section shows this many pictures before the rest is folded."""
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
    answered: answer.Answered,
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
        Those with ``shares`` are decisions for the explorer (see :mod:`silicus.study.shown`).
    answered : Answered
        The answer and the card of the run, made by the analysis.

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
    shown = card.made(answered.card, known)
    told = answer.lines(answered, known)
    explorer_ = explored(ordered, known)
    examples = [one for one in prompts_examples if "shares" not in one]
    return render(
        "page.html.j2",
        live=explorer_ is not None,
        known=known,
        told=told,
        point=answer.point(told, known),
        flips=answer.flips(answered, known),
        how_sure=answer.how_sure(ordered),
        asked=asked(known, ordered),
        stand_in=shown,
        card_answers=card.summed(shown) if len(shown.rows) > MOST_MATRICES else [],
        sections=gallery.sections(ordered, known),
        explorer=explorer_,
        agreement=tables.agreement(ordered, known).to_dicts(),
        differences=tables.main_differences(ordered, known).to_dicts(),
        published=tables.published(ordered, known).to_dicts(),
        others=tables.others(ordered, known).to_dicts(),
        prompts=_most_different(examples)[:MOST_PROMPTS],
        n_prompts=len(examples),
        decisions=[one for one in prompts_examples if "shares" in one],
        more={k: v for k, v in (known.model_extra or {}).items() if k not in HIDDEN},
    )


def asked(known: facts.Facts, results: pl.DataFrame) -> str:
    """Return what was asked in one line: people, decisions, games and models."""
    people = [one.n_participants for one in known.datasets if one.n_participants]
    decisions = sum(one.n_decisions or 0 for one in known.datasets)
    models = len({p.id for p in known.predictors if p.role in ("base", "aligned")})
    families = results["family"].n_unique()
    parts = [
        f"{cells.count(sum(people))} people" if people else "",
        f"{cells.count(decisions)} decisions" if decisions else "",
        f"{families} kind{'s' * (families != 1)} of games",
        f"{models} model{'s' * (models != 1)}",
    ]
    return " · ".join(part for part in parts if part)


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
        MOST_MATRICES=MOST_MATRICES,
        MOST_OPEN=MOST_OPEN,
        MOST_WARNINGS=MOST_WARNINGS,
        card=card,
        cells=cells,
        style=style,
        tables=tables,
    )
    return made


def render(template: str, *, live: bool, **context: Any) -> str:
    """Return a rendered page with its style sheet, its scripts and the policy that allows them.

    The drawing library (0.9 MB) is on the page only if it is ``live``, that is, where filters
    redraw its pictures; else they are the still ones, drawn when the page was made.
    """
    made = environment()
    sheet = made.get_template("page.css.j2").render()
    behaviour = made.get_template("page.js").render()
    scripts = [*([str(embed.library())] if live else []), behaviour]
    return made.get_template(template).render(
        live=live,
        sheet=Markup(sheet),  # noqa: S704 (own file and own colours)
        scripts=[Markup(script) for script in scripts],  # noqa: S704 (own files)
        hashes=" ".join(embed.script_hash(script) for script in scripts),
        **context,
    )
