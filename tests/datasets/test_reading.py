"""Data sets by name: the catalogue, facts, and what is told of unknown names."""

import inspect
import pkgutil
from importlib import import_module

import pytest

import silicus.datasets
from silicus import datasets, plugins
from silicus.datasets.base import Dataset
from silicus.datasets.importing.library import ImportedDataset
from silicus.datasets.reading import get
from silicus.errors import StudyError


def test_plugins_when_a_module_has_a_data_set_then_it_is_named_there():
    """Every data set class of the package is among the plug-ins, under its own name."""
    found = {}
    for module in pkgutil.walk_packages(silicus.datasets.__path__, "silicus.datasets."):
        for _, member in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(member, Dataset) and not inspect.isabstract(member):
                found[f"{member.__module__}:{member.__name__}"] = member
    del found[f"{ImportedDataset.__module__}:{ImportedDataset.__name__}"]
    named = plugins.BUILT_IN["datasets"]
    assert set(named.values()) == set(found)
    assert all(found[place].name == name for name, place in named.items())


def test_overlaps_when_one_names_another_then_the_other_names_it_too():
    """Sharing decisions is mutual, so that a study is warned whichever it names first."""
    for name in plugins.BUILT_IN["datasets"]:
        for other in get(name).overlaps:
            assert name in get(other).overlaps


def test_files_when_they_are_to_be_fetched_then_have_addresses_at_one_commit():
    """Every listed file of a published set has a public address that names a commit."""
    for name in plugins.BUILT_IN["datasets"]:
        dataset = get(name)
        if dataset.folder is None or name.startswith("glee"):
            continue
        for file in dataset.files_to_fetch():
            assert file.url.startswith("https://raw.githubusercontent.com/")
            assert len(file.url.split("/")[5]) == 40
            assert len(file.sha256) == 64


def test_catalogue_when_no_data_are_here_then_says_how_to_get_them(tmp_path, monkeypatch):
    """Embedded tables are at hand, published ones are a command away."""
    monkeypatch.delenv("SILICUS_DATA", raising=False)
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path))
    rows = {row["name"]: row for row in datasets.catalogue().to_dicts()}
    assert len(rows) == len(plugins.known("datasets"))
    assert rows["sample_ultimatum"]["at_hand"] == "yes"
    assert rows["zhu_2x2"]["at_hand"] == "no: silicus data get zhu_2x2"
    assert rows["zhu_2x2"]["participants"] == 4673
    assert set(datasets.at_hand()) == {name for name in rows if name.startswith("sample_")}


def test_load_when_the_name_is_unknown_then_the_nearest_is_told():
    """A typo in a name is answered with the name meant."""
    with pytest.raises(StudyError, match='unknown data set "akata": did you mean "akata_repeated"'):
        datasets.load("akata")


def test_where_when_asked_then_names_both_folders(tmp_path, monkeypatch):
    """The mirror and the folder of downloads are told."""
    monkeypatch.setenv("SILICUS_DATA", str(tmp_path / "mirror"))
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
    assert list(datasets.where().values()) == [str(tmp_path / "mirror"), str(tmp_path / "user")]
