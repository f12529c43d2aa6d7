"""The rational cut-off: own value, and what is best below it."""

import pytest

from silicus.theory.negotiation_cutoff import NegotiationCutoff
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, event, issues, negotiation


class TestNegotiationCutoff(TheoryContract):
    name = "negotiation_cutoff"
    kinds = ("negotiation", "issues")


def answer(price, round=1, **more):
    game = negotiation(**more)
    row = decision(game, round=round, history=[event(round, "other", "offer", amount=price)])
    return chance(NegotiationCutoff(), row)[0]


@pytest.mark.parametrize(
    ("price", "round", "told", "expected"),
    [
        (119, 1, True, (1, 0, 0)),
        (121, 1, True, (0, 1, 0)),
        (120, 1, True, (0, 1, 0)),
        (121, 10, True, (0, 0.5, 0.5)),
        (121, 10, False, (0, 1, 0)),
        (120, 10, True, (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_cutoff_when_a_buyer_is_offered_a_price_compares_it_with_own_value(
    price, round, told, expected
):
    """The outside option pays own value (Binmore, Shaked and Sutton 1989: deal-me-out): a buyer of
    value 120 accepts 119 and rejects 121; in a told last round leaving is as good as rejecting."""
    assert answer(price, round, limit_told=told) == pytest.approx(expected)


def test_cutoff_when_a_seller_is_offered_a_price_turns_round():
    """A seller of value 100 accepts 101 and rejects 99, also where the other's value is hidden."""
    seller = {"role": "seller", "own_value": 100, "other_value": 120, "complete_information": False}
    assert answer(101, 2, **seller) == (1, 0, 0)
    assert answer(99, 2, **seller) == (0, 1, 0)


@pytest.mark.parametrize(
    ("packages", "expected"),
    [((1, 1, 0), (1, 0, 0)), ((0, 1, 0), (0, 1, 0)), ((1, 0, 0), (0.5, 0.5, 0))],
)
def test_cutoff_when_several_issues_are_shared_counts_their_points(packages, expected):
    """Food 5, water 4, firewood 3 points a package, walking away 5."""
    names = issues().issues
    history = [event(1, "other", "offer", n, k) for n, k in zip(names, packages, strict=True)]
    assert chance(NegotiationCutoff(), decision(issues(), history=history)) == [expected]
