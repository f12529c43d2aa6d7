"""Social preferences: printed thresholds, what they reduce to, planted parameters found again."""

from dataclasses import replace

import numpy as np
import pytest

from silicus.theory import theory_named
from silicus.theory.base import Estimates
from tests.theory.contract import TheoryContract
from tests.theory.tables import bargaining, chance, decision, event, matrix, table, ultimatum

NAMES = ("fehr_schmidt", "erc", "charness_rabin")
SELFISH = {
    "fehr_schmidt": {"alpha": 0.0, "beta": 0.0},
    "erc": {"b": 0.0},
    "charness_rabin": {"rho": 0.0, "sigma": 0.0},
}


class TestFehrSchmidt(TheoryContract):
    name = "fehr_schmidt"
    kinds = ("ultimatum", "bargaining", "matrix")


class TestERC(TheoryContract):
    name = "erc"
    kinds = ("ultimatum", "bargaining", "matrix")


class TestCharnessRabin(TheoryContract):
    name = "charness_rabin"
    kinds = ("ultimatum", "bargaining", "matrix")


def with_values(name, **values):
    """Return a theory as if these values had been fitted."""
    values = {"lam": 10.0, "waiting": 0.3, **values}
    return replace(theory_named(name), estimates=Estimates(values, 0.0, 1, 1))


def accepts(theory, share):
    """Return the probability of accepting this share."""
    return chance(theory, decision(ultimatum(share)))[0][0]


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 4.0])
def test_fehr_schmidt_when_an_offer_is_at_the_printed_threshold_is_indifferent(alpha):
    """Fehr and Schmidt 1999, proposition 1: accepted from alpha / (1 + 2 alpha) on; their alphas 0,
    .5, 1 and 4 accept from 0, 1/4, 1/3 and 4/9 on."""
    theory = with_values("fehr_schmidt", alpha=alpha, beta=0.2)
    threshold = alpha / (1 + 2 * alpha)
    assert accepts(theory, threshold) == pytest.approx(0.5)
    assert accepts(theory, threshold + 0.02) > 0.5
    assert accepts(theory, max(threshold - 0.02, 0)) <= 0.5 + 1e-12


def test_erc_when_an_offer_is_at_its_threshold_is_indifferent():
    """Bolton and Ockenfels 2000: nothing for both counts as an equal share, so s is accepted where
    s is at least (b / 2) (s - 1/2)^2: with b = 8 from s = 1/4 on."""
    assert accepts(with_values("erc", b=8.0), 0.25) == pytest.approx(0.5)


def test_charness_rabin_when_behind_weighs_as_printed():
    """Charness and Rabin 2002: behind, an offer s is worth (1 - sigma) s + sigma (1 - s)."""
    assert accepts(with_values("charness_rabin", rho=0.4, sigma=-0.25), 1 / 6) == pytest.approx(0.5)


@pytest.mark.parametrize("name", NAMES)
def test_social_preferences_when_only_own_gain_counts_are_a_logit_of_payoff(name):
    """Without weights on the other each theory is the same logit of own payoff."""
    theory = with_values(name, **SELFISH[name])
    for share in (0.0, 0.1, 0.5, 0.9):
        assert accepts(theory, share) == pytest.approx(1 / (1 + np.exp(-10 * share)))
    row = decision(bargaining(), history=[event(1, "other", "offer", amount=40)])
    assert chance(theory, row)[0][0] == pytest.approx(1 / (1 + np.exp(-10 * (0.4 - 0.9 * 0.3))))
    game = matrix(((3, 0), (5, 1)), ((3, 5), (0, 1)))
    assert chance(theory, decision(game))[0][1] == pytest.approx(1 / (1 + np.exp(-10 * 1.5 / 5)))


def test_fehr_schmidt_when_cooperation_is_met_defects_less_the_more_it_hurts_to_be_ahead():
    """In a sequential dilemma beta alone decides whether cooperation is returned: with payoffs 3,
    3 and 5, 0 it is from beta = 2/5 on."""
    game = matrix(((3, 0), (5, 1)), ((3, 5), (0, 1)), sequential=True)
    row = decision(game, history=[event(1, "other", "move", "A")])
    for beta, returns in ((0.3, False), (0.4, None), (0.5, True)):
        found = chance(with_values("fehr_schmidt", alpha=1.0, beta=beta), row)[0][0]
        assert found == pytest.approx(0.5) if returns is None else (found > 0.5) == returns


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("fehr_schmidt", {"alpha": 0.8}),
        ("erc", {"b": 6.0}),
        ("charness_rabin", {"sigma": -0.5}),
    ],
)
def test_fit_when_people_are_simulated_finds_the_planted_parameters(name, planted):
    """3,000 simulated answers to ten offers: the weight on the other within 15 percent."""
    rng = np.random.default_rng(7)
    truth = with_values(name, **{**SELFISH[name], **planted})
    rows = []
    for share in np.linspace(0, 0.5, 10).tolist():
        p = accepts(truth, share)
        rows += [
            decision(ultimatum(share), participant_id=f"p{i:03d}", choice=int(rng.random() >= p))
            for i in range(300)
        ]
    fitted = theory_named(name).fit(table(*rows))
    for parameter, value in planted.items():
        assert fitted.value(parameter) == pytest.approx(value, rel=0.15)
    assert fitted.value("lam") == pytest.approx(10.0, rel=0.15)
    if name == "fehr_schmidt":
        assert "beta not identified" in fitted.estimates.note
