"""All figures of a page: those of :mod:`silicus.plugins`, drawn and put into their sections."""

import re
from dataclasses import dataclass, field

import polars as pl

from silicus import plugins
from silicus.errors import StudyError
from silicus.report import embed
from silicus.report.facts import Facts
from silicus.report.figures.base import SECTIONS, Figure

LEAST_COMPARISONS = 3
"""From this many comparisons on, the page offers filters over pairs in place of one scatter."""
REPLACED = "base_against_aligned"
"""The figure whose place the filters take."""
MOST_PICTURES = 36
"""A figure gives at most this many pictures; the tables hold the rest."""


@dataclass
class Section:
    """One section of the page with its pictures.

    ``pictures`` are (picture, whether it compares base and aligned); ``captions`` those of
    figures with several pictures; ``many`` whether there are such; ``cut`` whether there were
    more than :data:`MOST_PICTURES`; ``failed`` are sentences about figures from outside that
    could not be drawn.
    """

    name: str
    title: str
    pictures: list[tuple[embed.Embedded, bool]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    many: bool = False
    cut: bool = False
    failed: list[str] = field(default_factory=list)


def named(name: str) -> Figure:
    """Return a figure by its name.

    Raises
    ------
    StudyError
        If there is no such figure, its module cannot be imported, or it is no figure.
    """
    found = plugins.load("figures", name)
    if not isinstance(found, Figure):
        raise StudyError(
            f'figure "{name}" ({plugins.known("figures")[name]}) is a {type(found).__name__}, not '
            "a silicus.report.figures.base.Figure. Make one from its data and draw functions."
        )
    return found


def sections(results: pl.DataFrame, known: Facts) -> dict[str, Section]:
    """Return the sections that have something to show, by name, in the order of the page.

    A figure from outside that fails is told on the page and stops nothing; one of silicus's own
    raises.
    """
    made = {name: Section(name, title) for name, title in SECTIONS.items()}
    own = plugins.BUILT_IN["figures"]
    for name in [*own, *(name for name in plugins.known("figures") if name not in own)]:
        if name == REPLACED and len(known.comparisons) >= LEAST_COMPARISONS:
            continue
        if name in own:
            _add(made, name, named(name), results, known)
            continue
        try:
            _add(made, name, named(name), results, known)
        except Exception as error:  # whatever a stranger's code may raise
            made["more"].failed.append(
                f'The figure "{name}" could not be drawn: {type(error).__name__}: {error}'
            )
    return {name: one for name, one in made.items() if one.pictures or one.failed}


def pictures(results: pl.DataFrame, known: Facts) -> list[embed.Embedded]:
    """Return every picture of a page, in its order."""
    return [one for section in sections(results, known).values() for one, _ in section.pictures]


def _add(
    made: dict[str, Section], name: str, figure: Figure, results: pl.DataFrame, known: Facts
) -> None:
    """Draw a figure into its section."""
    table = figure.data(results, known)
    if table.is_empty():
        return
    section = made[figure.section]
    identity = re.sub(r"[^A-Za-z0-9]+", "-", name)
    if not figure.keys:
        drawn = embed.embedded(identity, figure.title, figure.caption, figure.draw(table))
        section.pictures.append((drawn, figure.compares))
        return
    groups = [rows for _, rows in table.group_by(figure.keys, maintain_order=True)]
    section.many = True
    section.captions.append(figure.caption)
    section.cut |= len(groups) > MOST_PICTURES
    for n, rows in enumerate(groups[:MOST_PICTURES], start=1):
        title, subject = rows["heading"][0], _subject(rows, known)
        drawn = embed.embedded(f"{identity}-{n}", title, subject, figure.draw(rows))
        section.pictures.append((drawn, figure.compares))


def _subject(rows: pl.DataFrame, known: Facts) -> str:
    """Return the data and the wording that a picture of a Result table's rows is about."""
    row = rows.row(0, named=True)
    parts = []
    if "dataset" in row:
        parts.append(known.title_of(row["dataset"]))
    if "formulation" in row:
        wordings = rows["formulation"].n_unique()
        parts.append(row["formulation"] if wordings == 1 else f"{wordings} formulations")
    return ", ".join(parts)
