"""Agreement by round and by condition."""

from typing import Any

import polars as pl

from silicus.report import facts, tables
from silicus.report.figures import by_part

from ..synthetic import ALIGNED, BASE, drawn_data, result, table


def parts(manifest: dict[str, Any], results: pl.DataFrame) -> pl.DataFrame:
    """Return the figure's table."""
    known = facts.read(manifest)
    return by_part.data(tables.checked(results, known), known)


def test_data_when_slices_are_rounds_then_they_are_numbers_in_order(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Every row by round is there with its cell's estimate, and round 10 comes after 9."""
    found = parts(manifest, results).filter(pl.col("predictor_id") == BASE).sort("place")
    assert found["place"].to_list() == list(range(1, 11))
    expected = results.filter(pl.col("predictor_id") == BASE, pl.col("slice") == "round=10")
    assert found["estimate"][9] == expected["estimate"][0]


def test_data_when_a_slice_is_a_filter_then_it_is_no_part(manifest: dict[str, Any]) -> None:
    """Decisions with much option mass are a filter of rows and are not drawn as a condition."""
    assert parts(manifest, table([result(), result(slice="option_mass>=0.8")])).is_empty()


def test_data_when_one_value_is_no_number_then_all_its_siblings_are_names(
    manifest: dict[str, Any],
) -> None:
    """A condition with the values 10 and unlimited is drawn by name."""
    rows = [result(slice=f"horizon={value}") for value in ("10", "unlimited")]
    found = parts(manifest, table(rows))
    assert found["place"].to_list() == [None, None]
    spec = by_part.draw(found).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "rule", "point"]
    assert spec["layer"][2]["encoding"]["x"]["field"] == "value"


def test_draw_when_parts_are_numbers_then_band_line_and_points_read_the_cells(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The picture has a zero line, bands, lines and points over all rounds and predictors."""
    found = parts(manifest, results)
    spec = by_part.draw(found).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "area", "line", "point"]
    area = spec["layer"][1]["encoding"]
    assert (area["y"]["field"], area["y2"]["field"]) == ("ci_low", "ci_high")
    assert len(drawn_data(spec, 3)) == 30
    assert area["x"]["title"] == "round"


def test_data_when_differences_are_by_round_then_they_get_a_picture_of_their_own(
    manifest: dict[str, Any],
) -> None:
    """Differences and plain figures are never drawn on one axis."""
    rows = [
        result(slice="round=1"),
        result(slice="round=1", reference_id=ALIGNED, format="plain|chat"),
    ]
    found = parts(manifest, table(rows))
    assert found.select(by_part.KEYS).n_unique() == 2
    assert found["heading"].to_list() == [
        "Repeated matrix games: r by round",
        "Repeated matrix games: difference in r by round",
    ]


def test_draw_when_an_interval_leaves_the_possible_values_then_it_is_cut_off_there(
    manifest: dict[str, Any],
) -> None:
    """A band beyond 1 does not run over the axis and what stands below it."""
    rows = [result(slice=f"round={n}", ci_low=-3.0, ci_high=5.0) for n in (1, 2)]
    spec = by_part.draw(parts(manifest, table(rows))).to_dict()
    assert spec["layer"][1]["mark"]["clip"] is True
    assert spec["layer"][1]["encoding"]["y"]["scale"]["domain"] == [-1, 1]
    assert spec["layer"][1]["encoding"]["x"]["axis"]["values"] == [1.0, 2.0]
