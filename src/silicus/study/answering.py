"""The answer and the stand-in card of a run, from its manifest and its Result table."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from silicus import analysis
from silicus.report import facts, pairing, tables
from silicus.report.answer import Answered

MULTI_ROUND = ("repeated_matrix", "bargaining", "negotiation", "persuasion")
"""The multi-round families of the reference study; they count as such where a manifest does not
say whether people had seen earlier rounds."""


def is_multi_round(decisions: pl.DataFrame) -> bool:
    """Return whether some person chose after having seen an earlier round of the same play.

    Parameters
    ----------
    decisions : Decision table
        Of one data set.
    """
    rounds = pl.col("history").list.eval(pl.element().struct.field("round")).list.min()
    return bool(decisions.select((rounds < pl.col("round")).any()).item())


def answered(manifest: Mapping[str, Any], results: pl.DataFrame) -> Answered:
    """Return what a run comes to, as the two tables that page, card, terminal and JSON word.

    Raises
    ------
    SilicusError
        If the manifest or the Result table is not what it should be.
    """
    known = facts.read(manifest)
    ordered = tables.checked(results, known)
    families = dict(ordered.select("dataset", "family").unique().rows())
    told = {one.name: one.multi_round for one in known.datasets if one.multi_round is not None}
    cast = analysis.Cast(
        roles={p.id: p.kind for p in known.predictors},
        formats=pairing.native_formats(known),
        pairs=[(one.base, one.aligned, one.same_provider) for one in known.comparisons],
        multi_round=frozenset(
            name for name, family in families.items() if told.get(name, family in MULTI_ROUND)
        ),
    )
    return Answered(analysis.answers(ordered, cast), analysis.stand_in_card(ordered, cast))
