"""The catalogue: each theory with games, parameters, noise and source, under any common name."""

import re
from pathlib import Path

import pytest

from silicus import plugins
from silicus.errors import StudyError
from silicus.theory import BEST, FittedTheory, catalogue, describe, theory_named

NAMES = sorted(plugins.BUILT_IN["theories"])
BIBLIOGRAPHY = Path(__file__).parents[2] / "docs" / "reference" / "bibliography.md"


def test_catalogue_when_listed_has_every_theory_once():
    """A row a theory, with the games it is about and its noisy form."""
    table = catalogue()
    assert set(NAMES) <= set(table["name"])
    assert table["name"].n_unique() == len(table)
    nash = table.filter(name="nash").row(0, named=True)
    assert nash["games"] == "matrix"
    assert (nash["noisy"], nash["rival"]) == ("no", "")


@pytest.mark.parametrize("name", NAMES)
def test_describe_when_a_theory_is_built_in_tells_bounds_and_source(name):
    """What is fitted has bounds, what rules options out a noisy form, and each a source on the
    page of sources."""
    facts = describe(name)
    theory = theory_named(name)
    keys = re.findall(r"\b[A-Z][A-Za-z]+(?:19|20|17)\d\d\b", facts["source"])
    assert keys
    assert all(f"**{key}**" in BIBLIOGRAPHY.read_text() for key in keys)
    assert facts["needs"]
    assert facts["says"]
    if isinstance(theory, FittedTheory) and theory.free and not theory.learnt and name != BEST:
        assert set(facts["parameters"]) == set(theory.free)
        assert all(" to " in told for told in facts["parameters"].values())
    assert facts["deterministic"].startswith("yes") == (facts["noisy_form"] != name)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("prospect_theory", "cpt"),
        ("cumulative prospect theory", "cpt"),
        ("Prospect-Theory", "cpt"),
        ("CPT", "cpt"),
        ("quantal response", "qre"),
        ("Quantal response equilibrium", "qre"),
        ("Nash equilibrium", "nash"),
        ("tit-for-tat", "tit_for_tat"),
        ("subgame perfect equilibrium", "subgame_perfect"),
        ("expected value theory", "expected_value"),
        ("level-k model", "level_k"),
        ("experience-weighted attraction", "ewa"),
        ("reinforcement learning", "reinforcement"),
        ("inequity aversion", "fehr_schmidt"),
    ],
)
def test_resolved_when_a_name_is_a_common_one_finds_what_is_meant(said, meant):
    """Spelling and common names lead to the registered name."""
    assert plugins.resolved("theories", said) == meant
    assert describe(said)["name"] == meant
    assert theory_named(said) == theory_named(meant)


def test_synonyms_when_listed_all_mean_a_registered_theory():
    """No synonym leads nowhere, or hides a name."""
    for word, meant in plugins.SYNONYMS["theories"].items():
        assert meant in NAMES, word
        assert word not in NAMES


@pytest.mark.parametrize(
    ("said", "hint"),
    [("prospekt_theory", "prospect_theory"), ("quantal_respons", "quantal_response")],
)
def test_resolved_when_a_name_is_mistyped_hints_at_what_is_near(said, hint):
    """A mistyped common name is answered by that name."""
    with pytest.raises(StudyError, match=f'did you mean "{hint}"'):
        plugins.resolved("theories", said)


def test_resolved_when_nothing_is_near_gives_no_hint():
    """A far-fetched name gets no hint at all."""
    with pytest.raises(StudyError) as told:
        plugins.resolved("theories", "xylophone")
    assert "did you mean" not in str(told.value)
