"""Result rows arranged for readers."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from silicus.errors import AnalysisError
from silicus.report import facts, tables

from .synthetic import ALIGNED, BASE, THEORY, result, table


def test_checked_when_rows_are_shuffled_then_the_reading_order_is_the_same(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Families come in the schema's order, predictors base before aligned before theory."""
    known = facts.read(manifest)
    shuffled = tables.checked(results.sample(fraction=1, shuffle=True, seed=3), known)
    keys = [*tables.KEYS, "metric", "slice", "estimate"]
    order = tables.agreement(shuffled, known).select("family", "predictor_id")
    assert order["family"].unique(maintain_order=True).to_list() == [
        "repeated_matrix",
        "one_shot_matrix",
        "bargaining",
        "lottery",
    ]
    assert order["predictor_id"].to_list()[:3] == [BASE, ALIGNED, THEORY]
    assert_frame_equal(
        shuffled.select(keys).sort(keys), results.select(keys).sort(keys), check_row_order=True
    )


def test_checked_when_the_table_is_empty_then_it_is_refused(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """A report of nothing is an error, not an empty page."""
    with pytest.raises(AnalysisError, match="no rows"):
        tables.checked(results.clear(), facts.read(manifest))


def test_checked_when_a_column_is_missing_then_it_is_named(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """A Result table without its unit of resampling is refused."""
    with pytest.raises(AnalysisError, match="unit"):
        tables.checked(results.drop("unit"), facts.read(manifest))


def test_agreement_when_laid_side_by_side_then_every_number_is_a_cell_of_the_results(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The wide table holds exactly the cells of the long one: none changed, lost or added."""
    wide = tables.agreement(tables.checked(results, facts.read(manifest)), facts.read(manifest))
    shown = {
        (*(row[key] for key in tables.KEYS), metric, row[metric]["estimate"], row[metric]["ci_low"])
        for row in wide.iter_rows(named=True)
        for metric in tables.SIDE_BY_SIDE
        if row[metric] is not None
    }
    expected = results.filter(
        pl.col("slice") == "all",
        pl.col("reference_id").is_null(),
        pl.col("metric").is_in(list(tables.SIDE_BY_SIDE)),
    ).select(*tables.KEYS, "metric", "estimate", "ci_low")
    assert shown == set(expected.rows())


def test_tables_when_put_together_then_no_row_is_left_out(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Main table, differences and the rest together show every row of a run without slices."""
    known = facts.read(manifest)
    unusual = result(metric="log_loss_lower", reference_id=ALIGNED)
    ordered = tables.checked(pl.concat([results, table([unusual])]), known)
    cells = tables.agreement(ordered, known).unpivot(
        on=list(tables.SIDE_BY_SIDE), index=list(tables.KEYS)
    )["value"]
    main = tables.main_differences(ordered, known)
    shown = len(cells.drop_nulls()) + len(main) + len(tables.others(ordered, known))
    assert shown == len(results) + 1


def test_differences_when_rows_are_of_a_slice_then_they_are_among_the_others(
    manifest: dict[str, Any],
) -> None:
    """A difference in one round is no difference over all decisions, and is not lost either."""
    rows = [result(), result(slice="round=1", reference_id=ALIGNED)]
    known = facts.read(manifest)
    ordered = tables.checked(table(rows), known)
    assert tables.differences(ordered).is_empty()
    assert len(tables.others(ordered, known)) == 1


def test_differences_when_several_metrics_are_there_then_each_comparison_stands_together(
    manifest: dict[str, Any],
) -> None:
    """The main metrics of one comparison follow each other, r first, whatever order they had."""
    rows = [
        result(metric=metric, family=family, reference_id=ALIGNED)
        for metric in ("brier", "log_loss", "pearson_r")
        for family in ("repeated_matrix", "bargaining")
    ]
    known = facts.read(manifest)
    found = tables.main_differences(tables.checked(table(rows), known), known)
    assert found["metric"].to_list() == ["pearson_r", "log_loss", "brier"] * 2
    assert found["family"].to_list() == ["repeated_matrix"] * 3 + ["bargaining"] * 3
