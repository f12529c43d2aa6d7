"""The plots of estimates with intervals: option mass and differences."""

from typing import Any

import polars as pl
import pytest

from silicus.report import facts, tables
from silicus.report.figures import agreement, difference, option_mass

from ..synthetic import ALIGNED, BASE, MASS, THEORY, drawn_data, result, table


def test_option_mass_when_drawn_then_every_predictor_and_family_has_its_line(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The table holds the models' cells; the line at .80 and the roles' marks are drawn."""
    known = facts.read(manifest)
    found = option_mass.data(tables.checked(results, known), known)
    assert len(found) == 8
    assert THEORY not in set(found["predictor_id"])
    aligned = found.filter(pl.col("predictor_id") == ALIGNED)
    assert aligned["estimate"].to_list() == list(MASS[ALIGNED])
    spec = option_mass.draw(found).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "rule", "point", "text"]
    assert drawn_data(spec, 0) == [{"at": 0.8}]
    colour = spec["layer"][2]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["base model", "aligned model"]
    assert spec["layer"][2]["encoding"]["shape"]["scale"]["domain"] == colour["scale"]["domain"]
    assert spec["layer"][2]["encoding"]["x"]["scale"]["domain"] == [0, 1]


def test_option_mass_when_two_predictors_share_a_role_then_their_names_are_drawn(
    manifest: dict[str, Any],
) -> None:
    """Two models of one role cannot be told apart by colour, so their names are written."""
    rows = [
        result(metric="option_mass", predictor_id=name, estimate=0.9, ci_low=0.8, ci_high=1.0)
        for name in ("one", "two")
    ]
    known = facts.read(manifest)
    spec = option_mass.draw(option_mass.data(tables.checked(table(rows), known), known)).to_dict()
    texts = [x["encoding"]["text"]["field"] for x in spec["layer"] if x["mark"]["type"] == "text"]
    assert texts == ["band", "who"]


def test_difference_when_drawn_then_zero_is_marked_and_inside(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Differences show their own cells around a line at zero, in one colour."""
    known = facts.read(manifest)
    found = difference.data(tables.checked(results, known), known)
    assert found["estimate"].to_list() == pytest.approx([0.22, -0.13, 0.34, -0.11])
    assert found["who"].str.contains(f" minus {ALIGNED}").all()
    spec = difference.draw(found).to_dict()
    assert drawn_data(spec, 0) == [{"at": 0}]
    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low <= -0.27 < 0 < 0.48 <= high
    assert spec["layer"][2]["encoding"]["color"] == {"value": "currentColor"}


def test_data_when_there_is_nothing_to_draw_then_the_table_is_empty(
    manifest: dict[str, Any],
) -> None:
    """A run without comparisons, or with estimates that could not be computed, draws no line."""
    known = facts.read(manifest)
    rows = tables.checked(
        table([result(metric="option_mass", estimate=None, note="none")]),
        known,
    )
    assert option_mass.data(rows, known).is_empty()
    assert difference.data(rows, known).is_empty()


def test_agreement_when_drawn_then_theories_share_the_axis_and_the_floor_without_r_is_left_out(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Models and theories are lines of one plot; what has no r (the base rate) has no line."""
    known = facts.read(manifest)
    found = agreement.data(tables.checked(results, known), known)
    assert set(found["predictor_id"]) == {BASE, ALIGNED, THEORY}
    assert found["band"].unique(maintain_order=True).to_list() == [
        "Repeated matrix games",
        "One-shot matrix games",
        "Bargaining",
        "Lotteries",
    ]
    spec = agreement.draw(found).to_dict()
    assert {row["who"] for row in drawn_data(spec, 2)} == {
        f"{BASE} (plain)",
        f"{ALIGNED} (chat)",
        THEORY,
    }


def test_plot_when_there_are_many_predictors_then_they_share_a_line_per_kind(
    manifest: dict[str, Any],
) -> None:
    """A hundred models keep the figure within a screen: points without bars, a line per kind."""
    names = [f"synthetic-{n}" for n in range(100)]
    manifest["predictors"] = [{"id": name, "kind": "base"} for name in names]
    known = facts.read(manifest)
    rows = tables.checked(table([result(predictor_id=name) for name in names]), known)
    spec = agreement.draw(agreement.data(rows, known)).to_dict()
    assert spec["height"] < 100
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "tick", "text"]
    assert len(drawn_data(spec, 1)) == 100


def test_agreement_when_a_ceiling_was_estimated_then_it_is_drawn_on_the_same_axis(
    manifest: dict[str, Any],
) -> None:
    """The noise ceiling is a line of its own kind beside the predictors."""
    ceiling = {"metric": "noise_ceiling_pearson_r", "predictor_id": "people", "estimate": 0.8}
    known = facts.read(manifest)
    rows = tables.checked(table([result(), result(**ceiling, formulation="none")]), known)
    found = agreement.data(rows, known)
    assert found["who"].to_list() == [f"{BASE} (plain)", "noise ceiling"]
    assert found["estimate"].to_list() == [0.31, 0.8]
    assert found["band"].n_unique() == 1
    spec = agreement.draw(found).to_dict()
    assert spec["layer"][2]["encoding"]["color"]["scale"]["domain"][-1].startswith("ceiling")
