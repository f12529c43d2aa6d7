"""Game parameters as columns by which an analysis can split."""

import pytest

from silicus import datasets
from silicus.datasets.importing import import_file
from silicus.games import configuration

from .importing.files import HONESTY, HONESTY_SPEC, write

PARAMETERS = {
    "glee_bargaining": ("total", "own_discount", "other_discount", "complete_information"),
    "glee_negotiation": ("role", "own_value", "max_rounds", "complete_information"),
    "glee_persuasion": ("price", "chance_of_high", "message_type", "seller_knows_worth"),
    "stratest_df2011": ("continuation",),
    "stratest_frd2012": ("noise",),
    "choices13k": ("feedback", "ambiguous"),
    "zhu_2x2_rates": ("topology",),
}


@pytest.mark.mirror
@pytest.mark.parametrize("name", PARAMETERS)
def test_configuration_when_published_then_conditions_are_columns(mirror, name):
    """Stakes, discounts, information and the like vary over the decisions of a data set."""
    table = datasets.load(name)
    columns = configuration(table)
    assert columns["decision_id"].equals(table["decision_id"])
    for parameter in PARAMETERS[name]:
        assert columns[parameter].n_unique() > 1, parameter


def test_configuration_when_own_game_then_its_parameters_are_columns(tmp_path, monkeypatch):
    """Parameters of an own game are columns, its templates are not."""
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
    columns = configuration(import_file(*write(tmp_path, HONESTY, HONESTY_SPEC)).decisions)
    assert columns["bonus"].to_list() == ["2", "2", "5", "5", "5"]
    assert not {"rules", "ask", "outcome"} & set(columns.columns)
