"""Alternating offers against printed shares and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import DataError
from silicus.theory.bargaining import least_acceptable, proposer_share

DISCOUNT = st.floats(0.3, 1)


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [(0.9, 0.9, 10 / 19), (0.8, 0.9, 5 / 14), (0.9, 0.8, 5 / 7), (1, 0.9, 1), (0.9, 1, 0)],
)
def test_proposer_share_when_there_is_no_end_is_rubinsteins(first, second, share):
    """Rubinstein 1982, conclusion 2: (1 - d2) / (1 - d1 d2); with equal discounts 1 / (1 + d)."""
    assert proposer_share(first, second, None) == pytest.approx(share)
    if first == second:
        assert share == pytest.approx(1 / (1 + first))


def test_proposer_share_when_nobody_is_impatient_and_there_is_no_end_is_open():
    """Rubinstein 1982: without costs of delay every division is an equilibrium."""
    assert proposer_share(1, 1, None) is None
    assert least_acceptable(1, 1, None) is None


@pytest.mark.parametrize(("outside", "printed"), [(0 / 7, 0.47), (2 / 7, 0.47), (4 / 7, 0.57)])
def test_least_acceptable_when_there_is_an_outside_option_is_deal_me_out(outside, printed):
    """Binmore, Shaked and Sutton 1989: a cake of 7 pounds, discount .9 and outside options of 0, 2
    and 4 pounds give player 2 47%, 47% and 57%."""
    assert least_acceptable(0.9, 0.9, None, outside) == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(("rounds", "share"), [(1, 1.0), (2, 0.75), (3, 0.8125)])
def test_proposer_share_when_rounds_are_few_follows_backward_induction(rounds, share):
    """With discount 1/4 the first proposer keeps 1, 3/4 (Binmore, Shaked and Sutton 1985, p. 1178:
    a two-round game of 100 pence with an equilibrium offer of 25), 13/16."""
    assert proposer_share(0.25, 0.25, rounds) == share


@settings(deadline=None)
@given(DISCOUNT, DISCOUNT, st.integers(1, 12))
def test_proposer_share_when_written_as_alternating_products_is_the_same(first, second, rounds):
    """The recursion equals its expanded sum 1 - d2 + d2 d1 - ..., with rounds - 1 changes."""
    total, product = 1.0, 1.0
    for step in range(1, rounds):
        product *= second if step % 2 else first
        total += product if step % 2 == 0 else -product
    assert proposer_share(first, second, rounds) == pytest.approx(total)


@settings(deadline=None)
@given(st.floats(0.3, 0.95), st.floats(0.3, 0.95))
def test_proposer_share_when_rounds_are_many_tends_to_the_endless_one(first, second):
    """The limit of ever longer games is the game without an end."""
    assert proposer_share(first, second, 400) == pytest.approx(
        proposer_share(first, second, None), abs=1e-6
    )


@pytest.mark.parametrize(("own", "other", "rounds"), [(0.8, 0.9, 4), (0.95, 0.8, 5), (1, 1, 6)])
def test_least_acceptable_when_offers_are_on_a_grid_matches_brute_force(own, other, rounds):
    """Solving every subgame by trying all divisions of a fine grid gives the same cut-off."""
    grid = np.linspace(0, 1, 2001)
    worth_of_waiting = {"own": 0.0, "other": 0.0}
    discount = {"own": own, "other": other}
    # Whoever answers now proposes next round.
    for left in range(1, rounds):
        proposer = "own" if (rounds - left) % 2 else "other"
        answers = "other" if proposer == "own" else "own"
        accepted = grid[grid >= discount[answers] * worth_of_waiting[answers] - 1e-9]
        offer = accepted.min()
        worth_of_waiting = {proposer: 1 - offer, answers: offer}
    cut = own * worth_of_waiting["own"] if rounds > 1 else 0.0
    assert least_acceptable(own, other, rounds) == pytest.approx(cut, abs=rounds / 2000)


def test_shares_when_numbers_are_out_of_range_are_refused():
    """A discount above 1 or a round after the last is a mistake in the data."""
    with pytest.raises(DataError, match=r"discount factors 1\.1 and 0\.9"):
        proposer_share(1.1, 0.9, None)
    with pytest.raises(DataError, match="0 rounds are left"):
        proposer_share(0.9, 0.9, 0)
