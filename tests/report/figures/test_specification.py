"""The specification curve."""

from typing import Any

from silicus.report import facts, tables
from silicus.report.figures import specification

from ..pages import page
from ..synthetic import ALIGNED, drawn_data, result, table


def differences(estimates: list[float]) -> list[dict[str, Any]]:
    """Return one difference per wording."""
    return [
        result(
            reference_id=ALIGNED,
            format="plain|chat" if n % 2 else "chat",
            formulation=f"wording-{n}",
            estimate=value,
            ci_low=value - 0.1,
            ci_high=value + 0.1,
        )
        for n, value in enumerate(estimates)
    ]


def test_data_when_there_are_many_wordings_then_they_come_lowest_first(
    manifest: dict[str, Any],
) -> None:
    """The curve holds every specification's own cell, in the order of the estimates."""
    known = facts.read(manifest)
    rows = tables.checked(table(differences([0.3, -0.1, 0.2, 0.0])), known)
    found = specification.data(rows, known)
    assert found["estimate"].to_list() == [-0.1, 0.0, 0.2, 0.3]
    assert found["place"].to_list() == [1, 2, 3, 4]
    assert found["formulation"].to_list() == ["wording-1", "wording-3", "wording-2", "wording-0"]
    spec = specification.draw(found).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["rule", "rule", "point"]
    assert [row["estimate"] for row in drawn_data(spec, 2)] == [-0.1, 0.0, 0.2, 0.3]
    encoding = spec["layer"][2]["encoding"]
    assert encoding["shape"]["field"] == encoding["color"]["field"] == "format"


def test_page_when_there_are_two_wordings_then_there_is_no_curve(manifest: dict[str, Any]) -> None:
    """Two points are no curve; three are."""
    assert 'id="figure-specification-1"' not in page(manifest, table(differences([0.1, 0.2])), [])
    assert 'id="figure-specification-1"' in page(manifest, table(differences([0.1, 0.2, 0.3])), [])
