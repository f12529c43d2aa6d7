"""Forms, changelog and citation: files that no code reads, and that must be right all the same."""

import re
import subprocess
import sys
import tomllib
from datetime import date

import pytest
from ruamel.yaml import YAML

import silicus
from silicus.pair_records import Model, Pair
from silicus.schema import FAMILIES
from tests.conftest import REPOSITORY

FORMS = sorted(
    path for path in REPOSITORY.glob(".github/ISSUE_TEMPLATE/*.yml") if path.stem != "config"
)
KINDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def read(path):
    """Return the content of a YAML file."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def fields(name):
    """Return the questions of a form by id."""
    form = read(REPOSITORY / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml")
    return {one["id"]: one for one in form["body"] if one["type"] != "markdown"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_when_read_then_is_an_issue_form(path):
    """Each form has the keys that issue forms must have, and ids that are used once."""
    form = read(path)
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "labels", "body"}
    ids = [one["id"] for one in form["body"] if one["type"] != "markdown"]
    assert ids
    assert len(ids) == len(set(ids))
    for one in form["body"]:
        assert one["type"] in KINDS
        assert set(one) <= {"type", "id", "attributes", "validations"}
        if one["type"] == "markdown":
            assert one["attributes"]["value"].strip()
            continue
        assert re.fullmatch(r"[\w-]+", one["id"])
        assert one["attributes"]["label"].strip()
        assert set(one.get("validations", {})) <= {"required"}
        if one["type"] == "dropdown":
            options = one["attributes"]["options"]
            assert all(isinstance(option, str) for option in options)
            assert len(options) == len(set(options)) > 1


def test_forms_when_listed_then_there_is_one_for_each_kind_of_contribution():
    """A data set, a pair, a theory and a bug each have a form of their own."""
    assert {path.stem for path in FORMS} == {"bug", "data_set", "model_pair", "theory"}


def test_pair_form_when_read_then_asks_for_every_field_of_the_registry():
    """What pairs.yaml says of models and pairs can be filled in from the form."""
    asked = fields("model_pair")
    derived = {"id", "kind", "pair_id", "row", "same_provider"}
    of_packages = {"file", "parts", "sha256"}
    needed = {*Model.model_fields, *Pair.model_fields} - derived - of_packages
    assert needed - set(asked) == set()
    told = asked["sources"]["attributes"]["description"]
    assert all(re.search(rf"\b{name}\b", told) for name in of_packages)


def test_data_form_when_read_then_offers_every_family():
    """The families of the form are those of the schema."""
    assert tuple(fields("data_set")["family"]["attributes"]["options"]) == FAMILIES


def test_fragments_when_listed_then_the_changelog_takes_each():
    """Each fragment is named TOPIC.KIND.md, says something, and is in the next changelog."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["towncrier"]
    kinds = {one["directory"] for one in settings["type"]}
    fragments = [p for p in (REPOSITORY / "changelog.d").iterdir() if p.name != ".gitkeep"]
    command = ["-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2030-01-01"]
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    written = " ".join(done.stdout.split())
    for path in fragments:
        topic, kind, ending = path.name.split(".")
        assert re.fullmatch(r"[a-z0-9-]+", topic), path.name
        assert kind in kinds, path.name
        assert ending == "md", path.name
        text = " ".join(path.read_text(encoding="utf-8").split())
        assert text.endswith("."), path.name
        assert text in written, path.name


def test_changelog_when_read_then_has_the_line_that_releases_are_added_at():
    """Without its line, a release would be written above the heading."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["towncrier"]
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.count(settings["start_string"]) == 1


def test_citation_when_read_then_is_a_citation_file_of_this_version():
    """Required keys of the Citation File Format 1.2.0, and facts as the package has them."""
    citation = read(REPOSITORY / "CITATION.cff")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == silicus.__version__ == project["version"]
    assert citation["license"] == project["license"]
    assert citation["type"] == "software"
    for work in (citation, *citation["references"]):
        assert work["title"]
        for author in work["authors"]:
            assert {"name", "family-names"} & set(author)
    for work in citation["references"]:
        assert {"type", "title", "authors"} <= set(work)
        assert 1900 < work["year"] <= date.today().year + 1
        assert work["url"].startswith("https://")
