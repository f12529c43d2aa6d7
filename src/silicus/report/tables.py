"""Result rows arranged for readers: the same tables on the page and on the terminal.

Nothing is computed here: rows are chosen, ordered and laid side by side.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from silicus.errors import AnalysisError
from silicus.report.facts import Facts
from silicus.report.pairing import native
from silicus.report.style import ROLES
from silicus.schema import FAMILIES, Result, check

SIDE_BY_SIDE = ("pearson_r", "log_loss", "option_mass")
"""The metrics that get a column each in the main table."""
KEYS = ("dataset", "family", "formulation", "format", "predictor_id")
COMPARED = ("pearson_r", "log_loss", "pearson_r_weighted", "brier")
"""The metrics whose differences stand in a table of their own, the main ones first."""
PUBLISHED_WORDING = "baseline"
"""The formulation that stands for the reference study's standard prompt."""
LEAST_REPEATED = 3
"""A note that stands in this many rows of a table is told once, below it."""
NO_WORDING = "none"
"""Formulation and format of a predictor that reads no words, such as the base rate."""


def worded(row: Mapping[str, Any]) -> str:
    """Return formulation and format of a row as readers see them; nothing without words.

    Examples
    --------
    >>> worded({"formulation": "baseline", "format": "chat"})
    'baseline, chat'
    """
    parts = [row["formulation"], row["format"]]
    return ", ".join(part for part in parts if part != NO_WORDING)


def checked(results: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Return the results, checked against the schema, in reading order.

    Families keep the order of :data:`silicus.schema.FAMILIES` and predictors that of the
    manifest, base before aligned before theory.

    Raises
    ------
    AnalysisError
        If the table is empty or breaks the schema of Result.
    """
    table = check(results, Result, where="results of the run", error=AnalysisError)
    if table.is_empty():
        raise AnalysisError(
            "results of the run: the Result table has no rows, so there is nothing to report. "
            "Score at least one family and run the analysis again."
        )
    of_role = [p.id for role in ROLES for p in facts.predictors if p.role == role]
    predictors = list(dict.fromkeys([*of_role, "base", "aligned"]))
    return (
        table.with_columns(
            _place(pl.col("family"), list(FAMILIES)).alias("_family"),
            _place(pl.col("predictor_id"), predictors).alias("_predictor"),
        )
        .sort(
            "_family",
            "dataset",
            pl.col("formulation") == NO_WORDING,
            "formulation",
            "_predictor",
            "format",
            maintain_order=True,
        )
        .drop("_family", "_predictor")
    )


def _place(column: pl.Expr, order: list[str]) -> pl.Expr:
    """Return the position of each value in ``order``, the unknown ones last."""
    positions = range(len(order))
    return column.replace_strict(order, positions, default=len(order), return_dtype=pl.Int64)


def single(results: pl.DataFrame, metric: str, slice_name: str = "all") -> pl.DataFrame:
    """Return the rows of one metric of single predictors."""
    return results.filter(
        pl.col("metric") == metric, pl.col("reference_id").is_null(), pl.col("slice") == slice_name
    )


def differences(results: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that compare two predictors over all decisions."""
    return results.filter(pl.col("reference_id").is_not_null(), pl.col("slice") == "all")


def with_run(table: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return Result rows with ``run``: where several are shown, those a number comes from."""
    runs = [known.run_of(row) for row in table.iter_rows(named=True)] if known.runs else ""
    if isinstance(runs, str):
        return table.with_columns(run=pl.lit(runs))
    return table.with_columns(run=pl.Series(runs, dtype=pl.String))


def main_differences(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the differences in the metrics of :data:`COMPARED` with their ``run``."""
    rows = differences(results).filter(pl.col("metric").is_in(list(COMPARED)))
    blocks = ["family", "dataset", "formulation", "predictor_id", "reference_id", "format"]
    ordered = (
        rows.with_row_index("_block")
        .with_columns(
            _rank=_place(pl.col("metric"), list(COMPARED)),
            _block=pl.col("_block").first().over(blocks),
        )
        .sort("_block", "_rank", maintain_order=True)
    )
    return with_run(ordered.drop("_rank", "_block"), known)


def published(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the printed figures of the reference study beside the run's own cells.

    Returns
    -------
    polars.DataFrame
        One row per pair, data set, member (``side``) and ``metric`` (``pearson_r``,
        ``option_mass``): ``printed`` and the run's Result row, in the native format.
    """
    own = native(results, known).filter(
        pl.col("slice") == "all", pl.col("formulation") == PUBLISHED_WORDING
    )
    rows = []
    for one in known.published:
        for side, predictor in (("base", one.base), ("aligned", one.aligned)):
            for metric, short in (("pearson_r", "r"), ("option_mass", "mass")):
                found = own.filter(
                    pl.col("dataset") == one.dataset,
                    pl.col("predictor_id") == predictor,
                    pl.col("metric") == metric,
                )
                rows += [
                    row
                    | {
                        "pair": f"{one.base}+{one.aligned}",
                        "table_row": one.table_row,
                        "side": side,
                        "printed": getattr(one, f"{short}_{side}"),
                    }
                    for row in with_run(found, known).iter_rows(named=True)
                ]
    return pl.DataFrame(rows, infer_schema_length=None)


def footnotes(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the parts of notes that stand in several rows, numbered from 1.

    Examples
    --------
    >>> footnotes([{"note": "a; b"}, {"note": "a"}, {"note": "a; c"}])
    {'a': 1}
    """
    counts: dict[str, int] = {}
    for row in rows:
        for part in row["note"].split("; "):
            if part:
                counts[part] = counts.get(part, 0) + 1
    often = [part for part, count in counts.items() if count >= LEAST_REPEATED]
    return {part: number for number, part in enumerate(often, start=1)}


def own_notes(note: str, numbered: Mapping[str, int]) -> tuple[str, list[int]]:
    """Return what a row notes alone, and the numbers of what it shares with others."""
    parts = [part for part in note.split("; ") if part]
    return "; ".join(part for part in parts if part not in numbered), [
        numbered[part] for part in parts if part in numbered
    ]


def agreement(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return one row per family and predictor with the main metrics side by side.

    Parameters
    ----------
    results : polars.DataFrame
        A Result table in reading order (see :func:`checked`).

    Returns
    -------
    polars.DataFrame
        The key columns; for each metric of :data:`SIDE_BY_SIDE` a struct column of its name
        holding its Result row (null where the run has none); and ``n_decisions``,
        ``n_choices``, ``n_participants``, ``unit``, ``n_units``, ``note`` of the first metric
        present; ``run`` where several are shown, else empty.
    """
    rows = results.filter(
        pl.col("reference_id").is_null(),
        pl.col("slice") == "all",
        pl.col("metric").is_in(list(SIDE_BY_SIDE)),
    )
    cell = pl.struct("metric", "estimate", "ci_low", "ci_high", "ci_level", "note")
    rank = _place(pl.col("metric"), list(SIDE_BY_SIDE))
    by_rank = rows.sort(rank, maintain_order=True)
    order = rows.select(KEYS).unique(maintain_order=True)
    wide = by_rank.group_by(KEYS, maintain_order=True).agg(
        *(cell.filter(pl.col("metric") == metric).first().alias(metric) for metric in SIDE_BY_SIDE),
        *(
            pl.col(name).first()
            for name in ("n_decisions", "n_choices", "n_participants", "unit", "n_units")
        ),
        pl.col("note").filter(pl.col("note") != "").unique(maintain_order=True).str.join("; "),
    )
    return with_run(order.join(wide, on=list(KEYS), how="left", maintain_order="left"), known)


def others(results: pl.DataFrame, known: Facts) -> pl.DataFrame:
    """Return the rows that neither the main table nor the differences show, with their ``run``."""
    compared = pl.col("reference_id").is_not_null()
    metric = pl.col("metric")
    shown = (compared & metric.is_in(list(COMPARED))) | (
        ~compared & metric.is_in(list(SIDE_BY_SIDE))
    )
    return with_run(results.filter((pl.col("slice") != "all") | ~shown), known)
