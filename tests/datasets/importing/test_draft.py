"""Drafts of specs: what the columns show is filled in, the rest is asked for."""

import re

import polars as pl
import pytest

from silicus.datasets.importing import draft_spec, import_file
from silicus.datasets.importing.spec import read_spec
from silicus.errors import DataError

from .files import HONESTY, HONESTY_SPEC, RATES, write
from .test_otree import EXPORT


def edited(draft):
    """Return a draft whose marks were replaced by words."""
    return re.sub(r"EDIT: ", "", draft)


def test_draft_when_not_edited_then_refused(tmp_path):
    """A draft cannot be imported as it is: it says where to write what."""
    data, spec = write(tmp_path, HONESTY, HONESTY_SPEC)
    spec.write_text(draft_spec(data), encoding="utf-8")
    with pytest.raises(DataError, match=r"title still holds what the draft could not know"):
        import_file(data, spec)


def test_draft_when_edited_then_imports(tmp_path):
    """Columns of participants, sessions, rounds and choices are recognised by their names."""
    text = HONESTY.replace("report", "decision")
    data, spec = write(tmp_path, text, HONESTY_SPEC)
    spec.write_text(edited(draft_spec(data)), encoding="utf-8")
    made = import_file(data, spec)
    assert made.spec.columns.participant == "person"
    assert made.spec.columns.round == "trial"
    assert made.spec.columns.choice == "decision"
    assert made.decisions.height == 5


def test_draft_when_otree_export_then_app_and_choice_are_found(tmp_path):
    """The app with most rounds and its field of two values are proposed."""
    path = tmp_path / "spec.yaml"
    path.write_text(edited(draft_spec(EXPORT)).replace("bots: false", "bots: true"))
    spec = read_spec(path)
    assert (spec.layout, spec.otree.app) == ("otree", "shared_task")
    assert spec.columns.choice == "player.effort"
    assert import_file(EXPORT, path).decisions.height == 24


def test_draft_when_rates_then_shares_are_found(tmp_path):
    """Columns of numbers between 0 and 1 beside an n are taken for shares."""
    rows = pl.DataFrame({"gain": [3, 5], "left": [0.25, 0.5], "right": [0.75, 0.5], "n": [4, 8]})
    data = tmp_path / "shares.csv"
    rows.write_csv(data)
    path = tmp_path / "spec.yaml"
    path.write_text(edited(draft_spec(data)))
    made = import_file(data, path)
    assert made.decisions["choice_rate"][0].to_list() == [0.25, 0.75]


def test_draft_when_columns_may_name_people_then_no_value_is_shown(tmp_path):
    """Ids, names and free texts of a file are not copied into a draft."""
    data, _ = write(tmp_path, HONESTY.replace("person", "email"), HONESTY_SPEC)
    assert "example.org" not in draft_spec(data)
    assert "ehtm9yr5" not in draft_spec(EXPORT)


def test_draft_when_there_is_no_file_then_refused(tmp_path):
    """A missing file is told in one sentence."""
    with pytest.raises(DataError, match="is not there"):
        draft_spec(tmp_path / "none.csv")
    assert draft_spec(write(tmp_path, RATES, {})[0]).startswith("# data.csv: CSV")
