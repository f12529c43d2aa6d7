"""Published files, imported with a spec alone, give what their own loaders give."""

import polars as pl
import pytest

from silicus import datasets
from silicus.datasets.importing import import_file

from .files import write

pytestmark = pytest.mark.mirror

DF2011 = {
    "name": "own_df2011",
    "title": "Repeated dilemmas",
    "family": "repeated_matrix",
    "layout": "decisions",
    "columns": {
        "participant": "id",
        "play": ["treatment", "game"],
        "round": "period",
        "choice": "choice",
    },
    "choices": {"c": "A", "d": "B"},
    "target": "A",
    "history": [{"actor": "other", "kind": "move", "action": {"column": "other.choice"}}],
    "game": {
        "kind": "matrix",
        "name": "prisoner's dilemma",
        "actions": ["A", "B"],
        "other_actions": ["A", "B"],
        "own": [
            [{"column": "treatment", "recode": {"D5R32": 32, "D75R32": 32, "D5R40": 40,
                                                "D75R40": 40, "D5R48": 48, "D75R48": 48}}, 12],
            [50, 25],
        ],
        "other": [
            [{"column": "treatment", "recode": {"D5R32": 32, "D75R32": 32, "D5R40": 40,
                                                "D75R40": 40, "D5R48": 48, "D75R48": 48}}, 50],
            [12, 25],
        ],
        "n_rounds": None,
        "continuation": {"column": "treatment", "recode": {"D5R32": 0.5, "D75R32": 0.75,
                                                           "D5R40": 0.5, "D75R40": 0.75,
                                                           "D5R48": 0.5, "D75R48": 0.75}},
        "opponent": "human",
        "labels": {"A": "cooperate", "B": "defect"},
        "topology": "dilemma",
    },
}  # fmt: skip

ULTIMATUM = {
    "name": "own_ultimatum",
    "title": "Offers",
    "family": "bargaining",
    "layout": "decisions",
    "plays": "independent",
    "columns": {"participant": "sub", "choice": "choice"},
    "choices": {"0": "accept", "1": "reject"},
    "target": "accept",
    "game": {"kind": "ultimatum", "share_offered": {"column": "unfairness", "one_minus": True}},
}

SAME = ("round", "game", "history", "options", "target", "choice")


@pytest.mark.parametrize(
    ("name", "file", "spec"),
    [
        ("stratest_df2011", "stratest_pd/DF2011.csv", DF2011),
        ("heffner_ultimatum", "heffner_games/ug_data.csv", ULTIMATUM),
    ],
)
def test_import_when_the_file_is_published_then_equal_to_its_loader(
    mirror, tmp_path, monkeypatch, name, file, spec
):
    """Games, histories, options and choices are the same, row by row."""
    _, described = write(tmp_path, "", spec)
    own = import_file(mirror / file, described).decisions
    built_in = datasets.load(name)
    assert own.height == built_in.height
    for column in SAME:
        assert (own[column] == built_in[column]).all(), column
    people = pl.DataFrame({"own": own["participant_id"], "built_in": built_in["participant_id"]})
    assert people.unique().height == built_in["participant_id"].n_unique()
