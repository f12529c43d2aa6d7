"""Calibration curves."""

from typing import Any

import polars as pl

from silicus.report import facts, tables
from silicus.report.figures import calibration

from ..pages import page
from ..synthetic import ALIGNED, drawn_data, result, table


def curve(predictor: str, format_: str, shift: float) -> list[dict[str, Any]]:
    """Return a synthetic curve over five bins."""
    rows = []
    for n in range(5):
        where = {
            "predictor_id": predictor,
            "format": format_,
            "slice": f"target_prob={n / 5:.3g} to {(n + 1) / 5:.3g}",
        }
        mean, rate = 0.1 + n / 5, 0.3 + shift + n / 10
        rows.append(result(**where, metric="calibration_mean_prob", estimate=mean))
        ends = {"estimate": rate, "ci_low": rate - 0.05, "ci_high": rate + 0.05}
        rows.append(result(**where, metric="calibration_human_rate", **ends))
    return rows


def test_data_when_bins_have_both_figures_then_they_stand_side_by_side(
    manifest: dict[str, Any],
) -> None:
    """Each point joins the mean probability and the share of people of the same bin."""
    known = facts.read(manifest)
    rows = [*curve("synthetic-base-270m", "plain", 0), *curve(ALIGNED, "chat", 0.1)][:-1]
    floor = [row | {"formulation": "none"} for row in curve("base_rate", "none", 0)]
    found = calibration.data(tables.checked(table([*rows, *floor]), known), known)
    assert len(found) == 9, "a bin with one figure only is no point"
    base = found.filter(pl.col("predictor_id") != ALIGNED)
    assert base["predicted"].to_list() == [0.1 + n / 5 for n in range(5)]
    assert base["estimate"].to_list() == [0.3 + n / 10 for n in range(5)]
    spec = calibration.draw(found).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "rule", "line", "point"]
    assert len(drawn_data(spec, 3)) == 9


def test_page_when_there_are_curves_then_it_shows_them_and_else_not(
    manifest: dict[str, Any],
) -> None:
    """The section is there only for runs that have calibration curves."""
    with_curves = page(manifest, table(curve("synthetic-base-270m", "plain", 0)), [])
    assert 'id="figure-calibration-1"' in with_curves
    assert 'id="calibration"' not in page(manifest, table([result()]), [])
