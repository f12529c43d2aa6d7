"""The page of the published figures: its table of pairs, and the recount in the browser."""

from typing import Any

import polars as pl
import pytest

from silicus.analysis.published import filter_grid, published_pairs
from silicus.analysis.recount import recompute
from silicus.errors import AnalysisError
from silicus.report import explorer, facts, published_page, style
from silicus.report.figures import pair_scatter

from .synthetic import ALIGNED, BASE, drawn_data
from .test_html import HOSTILE, read


@pytest.fixture(scope="module")
def pairs() -> pl.DataFrame:
    """The printed pairs."""
    return published_pairs()


@pytest.fixture(scope="module")
def counts(pairs: pl.DataFrame) -> pl.DataFrame:
    """Wins over a grid of filters."""
    return filter_grid(pairs)


def test_draw_when_a_family_is_drawn_then_all_its_pairs_are_in_the_data(
    pairs: pl.DataFrame,
) -> None:
    """120 points; colour and shape tell the same; rings are what the filters drop."""
    table = pair_scatter.data(pairs)
    groups = pair_scatter.most_frequent(pairs)
    one = table.filter(pl.col("family") == "lottery")
    spec = pair_scatter.draw(one, [-0.5, 0.9], groups).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "point", "point"]
    values = drawn_data(spec, 2)
    assert [row["r_aligned"] for row in values] == one["r_aligned"].to_list()
    encoding = spec["layer"][2]["encoding"]
    assert encoding["color"]["field"] == encoding["shape"]["field"] == "group"
    assert encoding["color"]["scale"]["domain"] == [*groups, pair_scatter.OTHERS]
    assert {param["name"] for param in spec["params"]} >= set(pair_scatter.SIGNALS)
    assert groups[0] == "Qwen"
    assert len(groups) == len(style.GROUP_COLOURS)


def test_published_page_when_opened_then_its_answer_is_made_of_the_counts(
    pairs: pl.DataFrame, counts: pl.DataFrame
) -> None:
    """The first thing on the page are the unfiltered counts, and what print cannot say."""
    checks = recompute()
    text = published_page(pairs, counts, checks)
    start = text.index('<section id="answer"')
    said = " ".join(" ".join(read(text[start : text.index("</section>", start)]).text).split())
    whole = counts.row(by_predicate=_cell("all", None, None), named=True)
    strict = counts.row(by_predicate=_cell("all", 0.8, 0.3), named=True)
    assert f"higher r in {whole['base']} and the aligned one in {whole['aligned']}" in said
    assert f"it is {strict['base']} against {strict['aligned']}" in said
    agree = int(checks["agrees"].sum())
    assert f"Of {len(checks)} printed figures that can be counted again, {agree} agree" in said
    assert "prints no intervals and no ceiling" in said
    assert start < text.index('<section id="pairs"')


def test_published_page_when_made_then_the_unfiltered_counts_come_first(
    pairs: pl.DataFrame, counts: pl.DataFrame
) -> None:
    """Before any script runs the table shows the unfiltered counts of the given grid."""
    text = published_page(pairs, counts, recompute())
    start = text.index('id="counts"')
    found = " ".join(" ".join(read(text[start : text.index("</table>", start)]).text).split())
    row = counts.row(by_predicate=_cell("bargaining", None, None), named=True)
    assert f"Bargaining * {row['base']} {row['aligned']} {row['ties']} 120 of 120" in found
    assert "arXiv 2603.17218v2, CC BY 4.0" in text
    assert "213:22" in text


def _cell(family: str, mass: float | None, r: float | None) -> pl.Expr:
    """Return the condition of one cell of the grid."""
    return (
        (pl.col("family") == family)
        & pl.col("least_mass").eq_missing(pl.lit(mass, pl.Float64))
        & pl.col("least_r").eq_missing(pl.lit(r, pl.Float64))
    )


def test_published_page_when_names_are_hostile_then_they_stay_text(
    pairs: pl.DataFrame, counts: pl.DataFrame
) -> None:
    """Names of models and of model families in tables, charts and options stay text."""
    spoil = pl.col("base_model", "aligned_model", "model_family") + HOSTILE
    text = published_page(pairs.with_columns(spoil), counts)
    assert "<img src=x" not in text
    assert text.count("<script") == text.count("</script")


@pytest.mark.parametrize("column", ["r_base", "mass_aligned"])
def test_explorer_when_a_figure_is_missing_then_it_is_refused(
    pairs: pl.DataFrame, column: str
) -> None:
    """A pair without r or mass cannot be counted, and is not silently dropped."""
    first = pl.int_range(pl.len()) == 0
    broken = pairs.with_columns(pl.when(~first).then(pl.col(column)).alias(column))
    with pytest.raises(AnalysisError, match=f"1 of {len(pairs)} rows.*codegemma"):
        explorer.explorer(broken)
    with pytest.raises(AnalysisError, match=f"{column} missing"):
        explorer.explorer(pairs.drop(column))


def test_from_results_when_a_run_is_turned_into_pairs_then_the_cells_are_kept(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The table of pairs of a run holds its r and mass, provider and size."""
    made = explorer.from_results(results, facts.read(manifest))
    assert set(made.columns) == {*explorer.COLUMNS, "formulation"}
    first = made.row(0, named=True)
    assert (first["base_model"], first["aligned_model"]) == (BASE, ALIGNED)
    assert (first["r_base"], first["r_aligned"]) == (0.31, 0.09)
    assert (first["mass_base"], first["mass_aligned"]) == (0.94, 0.44)
    assert first["model_family"] == "Provider Two"
    assert first["size_billion"] == pytest.approx(0.268098176)
