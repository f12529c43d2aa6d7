"""What a figure is: a choice of Result rows, and how they are drawn.

A figure joins through the ``figures`` table of :mod:`silicus.plugins` or, from outside, through
the entry-point group ``silicus.figures``; the name leads to a :class:`Figure`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from silicus.report.facts import Facts

SECTIONS = {
    "first": "The answer",
    "answer": "Agreement by family",
    "scatter": "Base against aligned",
    "parts": "Rounds and conditions",
    "size": "Model size",
    "wordings": "Wordings and formats",
    "calibration": "Calibration",
    "mass": "Option mass",
    "bias": "People, theory and model",
    "more": "Further figures",
}
"""The sections of the page that hold figures, in their order, with their headings."""


@dataclass(frozen=True)
class Figure:
    """One figure of the page.

    Parameters
    ----------
    title : str
        Its heading.
    caption : str
        How to read it, in a few sentences.
    section : str
        Where it stands, one of :data:`SECTIONS`.
    data : callable
        Result table in reading order and the facts of the manifest, to the table that is drawn.
        It chooses and lays out rows and computes no statistic: every number that is drawn as an
        estimate or an interval is a cell of the Result table. It returns an empty table where
        there is nothing to draw.
    draw : callable
        A table from ``data`` with at least one row to an Altair chart, finished by
        :func:`silicus.report.figures.chart.finished` (description, colours of the page).
    keys : tuple of str
        Columns of the table by whose values it is split into several pictures; the heading of
        each is its first value of the column ``heading``. Empty: one picture.
    compares : bool
        Whether it compares base and aligned models, so that a warning stands beside it where
        they are not a same-provider pair.
    """

    title: str
    caption: str
    section: str
    data: Callable[[pl.DataFrame, Facts], pl.DataFrame]
    draw: Callable[[pl.DataFrame], Any]
    keys: tuple[str, ...] = ()
    compares: bool = False

    def __post_init__(self) -> None:
        if self.section not in SECTIONS:
            raise ValueError(
                f'section "{self.section}" of the figure "{self.title}" is not one of '
                f"{', '.join(SECTIONS)}"
            )
