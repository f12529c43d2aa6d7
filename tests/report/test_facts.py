"""Reading a manifest."""

from typing import Any

import pytest

from silicus.errors import StoreError
from silicus.report import facts

from .synthetic import ALIGNED, BASE, THEORY


def test_read_when_a_field_is_missing_then_the_error_names_it(manifest: dict[str, Any]) -> None:
    """A manifest without a comparison's provider flag is refused, and the field is named."""
    del manifest["comparisons"][0]["same_provider"]
    with pytest.raises(StoreError, match=r'"comparisons\.0\.same_provider".*Restore manifest'):
        facts.read(manifest)


def test_read_when_there_are_further_keys_then_they_are_kept(manifest: dict[str, Any]) -> None:
    """A later version's keys do not break the report and are not lost."""
    known = facts.read(manifest | {"threads": 2})
    assert known.model_extra == {"threads": 2}


def test_predictor_when_not_in_the_manifest_then_it_is_of_no_kind(manifest: dict[str, Any]) -> None:
    """A predictor of the results that the manifest does not list is shown as other."""
    assert facts.read(manifest).predictor("unheard-of").role == "other"


def test_strangers_when_a_pair_is_of_one_provider_then_it_is_not_warned_about(
    manifest: dict[str, Any],
) -> None:
    """Only comparisons that are no same-provider pair get the warning, with both providers."""
    known = facts.read(manifest)
    assert len(known.strangers) == 1
    text = known.stranger_warning(known.strangers[0])
    assert "not a same-provider pair" in text
    assert "Provider One" in text
    assert "Provider Two" in text
    manifest["comparisons"][0]["same_provider"] = True
    assert facts.read(manifest).strangers == []


def test_strangers_when_a_theory_is_compared_then_nothing_is_said_of_providers(
    manifest: dict[str, Any],
) -> None:
    """A theory has no provider: to warn of another one would make no sense."""
    manifest["comparisons"].append(
        {"base": BASE, "aligned": THEORY, "same_provider": False},
    )
    known = facts.read(manifest)
    assert known.predictor(THEORY).kind == "theory"
    assert [(one.base, one.aligned) for one in known.strangers] == [(BASE, ALIGNED)]
