"""The scatter of base against aligned agreement."""

from typing import Any

import polars as pl
import pytest

from silicus.report import facts, style, tables
from silicus.report.figures import base_against_aligned as figure

from ..synthetic import ALIGNED, BASE, R, drawn_data, result, table


def points(manifest: dict[str, Any], results: pl.DataFrame) -> pl.DataFrame:
    """Return the figure's table."""
    known = facts.read(manifest)
    return figure.data(tables.checked(results, known), known)


def test_data_when_formats_differ_then_each_model_is_taken_in_its_own(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Base plain stands beside aligned chat, one point per family, with the cells' values."""
    extra = table([result(predictor_id=ALIGNED, format="plain", estimate=0.77)])
    found = points(manifest, pl.concat([results, extra]))
    assert found["base_estimate"].to_list() == list(R[BASE])
    assert found["aligned_estimate"].to_list() == list(R[ALIGNED])
    assert set(found["aligned_format"]) == {"chat"}
    assert found["base_text"][0] == "0.31 [0.20, 0.42]"
    assert set(found["pair_kind"]) == {"NOT a same-provider pair"}


def test_data_when_a_side_has_no_estimate_then_there_is_no_point(manifest: dict[str, Any]) -> None:
    """A correlation that could not be computed is not drawn at zero."""
    rows = [
        result(),
        result(predictor_id=ALIGNED, format="chat", estimate=None, ci_low=None, ci_high=None),
    ]
    assert points(manifest, table(rows)).is_empty()


def test_draw_when_there_are_points_then_marks_encodings_and_data_are_these(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """Points and both interval bars read the cells; the axes have one and the same domain."""
    found = points(manifest, results)
    spec = figure.draw(found).to_dict()
    marks = [layer["mark"]["type"] for layer in spec["layer"]]
    assert marks == ["rule", "text", "text", "rule", "rule", "point"]
    point = spec["layer"][-1]
    assert point["encoding"]["x"]["field"] == "base_estimate"
    assert point["encoding"]["y"]["field"] == "aligned_estimate"
    assert point["encoding"]["shape"]["field"] == point["encoding"]["color"]["field"]
    across, up = spec["layer"][3]["encoding"], spec["layer"][4]["encoding"]
    assert (across["x"]["field"], across["x2"]["field"]) == ("base_ci_low", "base_ci_high")
    assert (up["y"]["field"], up["y2"]["field"]) == ("aligned_ci_low", "aligned_ci_high")
    domain = point["encoding"]["x"]["scale"]["domain"]
    assert domain == point["encoding"]["y"]["scale"]["domain"]
    assert domain[0] <= found["aligned_ci_low"].min()
    assert domain[1] >= found["aligned_ci_high"].max()
    values = drawn_data(spec, 5)
    assert [row["base_estimate"] for row in values] == list(R[BASE])
    assert spec["width"] == spec["height"] == "container"


@pytest.mark.parametrize("family", style.FAMILY_LABELS)
def test_style_when_a_family_is_drawn_then_colour_and_shape_are_its_own(family: str) -> None:
    """No two families share a shape or a colour, so colour is never the only difference."""
    others = set(style.FAMILY_LABELS) - {family}
    assert style.FAMILY_COLOURS[family] not in {style.FAMILY_COLOURS[name] for name in others}
    assert style.FAMILY_SHAPES[family] not in {style.FAMILY_SHAPES[name] for name in others}
