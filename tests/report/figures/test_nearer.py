"""The first picture: the gain over the base rate."""

from silicus.report import facts, tables
from silicus.report.figures import nearer

from ..synthetic import ALIGNED, BASE, figure_manifest, figure_rows, table


def test_data_when_laid_out_then_every_gain_is_a_difference_with_its_sign_turned() -> None:
    """Each drawn number is minus a cell of the Result table, ends of the interval exchanged."""
    known = facts.read(figure_manifest())
    drawn = nearer.data(tables.checked(table(figure_rows()), known), known)
    rows = {row["predictor"]: row for row in drawn.to_dicts()}
    assert {BASE, ALIGNED} <= set(rows)
    assert (rows[BASE]["gain"], rows[BASE]["low"], rows[BASE]["high"]) == (0.02, -0.03, 0.05)
    assert nearer.draw(drawn).to_dict()["description"].startswith("Log-loss of the base rate")
