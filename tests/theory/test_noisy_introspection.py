"""Noisy introspection: its ends are quantal response and a noisy reply to even play."""

import numpy as np
import pytest

from silicus.theory import theory_named
from silicus.theory.noisy_introspection import introspection
from silicus.theory.qre import logit_equilibrium
from silicus.theory.strategic import payoffs
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, matrix, table


class TestNoisyIntrospection(TheoryContract):
    name = "noisy_introspection"
    kinds = ("matrix",)


PENNIES = matrix(((3.2, 0.4), (0.4, 0.8)), ((0.4, 0.8), (0.8, 0.4)))
"""Asymmetric matching pennies of Goeree and Holt (payoffs 320, 40, 40, 80)."""


def shares(game, lam, t):
    """Return the row player's probabilities."""
    own, other = payoffs(game)
    return np.exp(introspection(own[None], other[None], lam, t)[0])


def test_introspection_when_no_step_is_noisier_is_quantal_response():
    """With t = 1 introspection converges, where it does, to a logit equilibrium."""
    assert shares(PENNIES, 0.8, 1.0) == pytest.approx(logit_equilibrium(PENNIES, 0.8), abs=1e-4)


def test_introspection_when_further_steps_are_all_noise_replies_to_even_play():
    """With a large t the other is thought to play evenly: a logit of level 1."""
    values = np.array([3.6, 1.2]) / 2 * 2.0
    expected = np.exp(values) / np.exp(values).sum()
    assert shares(PENNIES, 2.0, 1e9) == pytest.approx(expected, abs=1e-6)


def test_introspection_when_worked_by_hand_takes_each_step_in_turn():
    """Two steps that matter, the rest even to within rounding: t = 1000."""
    own, other = payoffs(PENNIES)
    lam, t = 3.0, 1000.0

    def reply(values, precision):
        weight = np.exp(precision * (values - values.max()))
        return weight / weight.sum()

    mine, theirs = np.full(2, 0.5), np.full(2, 0.5)
    for precision in (lam / t**2, lam / t, lam):
        mine, theirs = reply(own @ theirs, precision), reply(other.T @ mine, precision)
    assert shares(PENNIES, lam, t) == pytest.approx(mine, abs=1e-6)


def test_fit_when_people_are_simulated_finds_the_planted_parameters():
    """Rates in 40 random games that follow the theory exactly give its parameters back."""
    rng = np.random.default_rng(3)
    games = [matrix(rng.integers(0, 20, (2, 2)), rng.integers(0, 20, (2, 2))) for _ in range(40)]
    theory = theory_named("noisy_introspection")
    rows = []
    for game in games:
        own, other = payoffs(game)
        width = max(own.max(), other.max()) - min(own.min(), other.min())
        p = np.exp(introspection(own[None] / width, other[None] / width, 8.0, 3.0)[0])
        rows.append(decision(game, choice_rate=p.tolist(), n_choices=500, participant_id=None))
    fitted = theory.fit(table(*rows))
    assert fitted.value("lam") == pytest.approx(8.0, rel=0.05)
    assert fitted.value("t") == pytest.approx(3.0, rel=0.1)
    assert chance(fitted, rows[0])[0] == pytest.approx(rows[0]["choice_rate"], abs=0.01)
