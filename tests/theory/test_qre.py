"""Logit equilibrium against printed estimates, and one lambda over many games."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from silicus.errors import AnalysisError, StudyError
from silicus.theory.qre import QRE, log_curve, logit_equilibrium
from tests.theory.contract import TheoryContract
from tests.theory.tables import decision, dilemma, matrix, symmetric, table

OCHS = matrix(((1.1141, 0), (0, 0.2785)), ((0, 1.1141), (1.1141, 0)))
"""Ochs's (1995) asymmetric matching pennies in the payoffs of McKelvey and Palfrey (1995)."""


def turned(game):
    """Return the same game seen by the other player."""
    return matrix(
        np.transpose(game.other).tolist(), np.transpose(game.own).tolist(), name="other side"
    )


def rates(game, rate, n, **more):
    return decision(game, choice_rate=[rate, 1 - rate], n_choices=n, participant_id=None, **more)


class TestQRE(TheoryContract):
    name = "qre"
    kinds = ("matrix",)


class TestQRERange(TheoryContract):
    name = "qre_range"
    kinds = ("matrix",)


def test_fit_when_the_data_are_ochss_gives_the_printed_estimate():
    """McKelvey and Palfrey 1995, Ochs data: 128 choices a side at .527 and .366 give lambda 1.84,
    equilibrium .616 and .383; Gambit's manual repeats the estimate as 1.8456."""
    people = table(rates(OCHS, 0.527, 128), rates(turned(OCHS), 0.366, 128))
    fitted = QRE().fit(people)
    assert fitted.value("lam") == pytest.approx(1.8456, abs=0.002)
    assert fitted.estimates.note == ""
    assert fitted.estimates.n_choices == 256
    shares = fitted.predict(people).filter(option=0)["option_prob"].to_list()
    assert shares == pytest.approx([0.616, 0.383], abs=0.001)
    exact = sum(
        128 * (p * np.log(q) + (1 - p) * np.log(1 - q))
        for p, q in zip((0.527, 0.366), shares, strict=True)
    )
    assert fitted.estimates.log_likelihood == pytest.approx(exact, abs=0.01)


def test_logit_equilibrium_when_lambda_is_zero_or_large_is_even_or_nash():
    """No precision means even choice; much of it leads to an equilibrium."""
    assert logit_equilibrium(OCHS, 0) == pytest.approx([0.5, 0.5])
    assert logit_equilibrium(dilemma(), 50) == pytest.approx([0, 1], abs=1e-6)
    assert logit_equilibrium(OCHS, 300) == pytest.approx([0.5, 0.5], abs=0.01)


def test_logit_equilibrium_when_payoffs_are_scaled_needs_the_inverse_lambda():
    """gambit#365: lambda has the unit of one over a payoff."""
    cents = matrix(np.multiply(OCHS.own, 100).tolist(), np.multiply(OCHS.other, 100).tolist())
    assert logit_equilibrium(cents, 0.018) == pytest.approx(logit_equilibrium(OCHS, 1.8))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=8, max_size=8), st.floats(0.05, 3))
@example([3, 3, 3, 0, 3, 3, 3, 0], 2.0)  # symmetric, just past a fork of the branch
def test_logit_equilibrium_when_found_is_a_fixed_point(cells, lam):
    """Each player's probabilities are the logit reply to the other's."""
    own, other = np.reshape(cells[:4], (2, 2)), np.reshape(cells[4:], (2, 2))
    game = matrix(own.tolist(), other.tolist())
    mine, theirs = logit_equilibrium(game, lam), logit_equilibrium(turned(game), lam)
    reply = np.exp(lam * (own @ theirs - (own @ theirs).max()))
    assert mine == pytest.approx(reply / reply.sum(), abs=1e-5)


def test_curve_when_interpolated_is_close_to_the_exact_branch():
    """Between traced points the interpolation used in fitting is off by under 0.003."""
    rng = np.random.default_rng(4)
    lams = np.array([0.3, 1.0, 3.0, 10.0, 30.0, 200.0])
    for _ in range(40):
        game = matrix(*rng.integers(1, 51, (2, 2, 2)).tolist())
        width = np.ptp([game.own, game.other])
        exact = np.array([logit_equilibrium(game, lam / width) for lam in lams]).T
        assert np.abs(np.exp(log_curve(game)(lams)) - exact).max() < 3e-3


def test_logit_equilibrium_when_rows_columns_or_roles_are_swapped_is_the_same():
    """The reordering by which each game is solved once loses nothing."""
    game = matrix(((3, 1), (0, 2)), ((1, 4), (2, 0)))
    mine = logit_equilibrium(game, 1.3)
    rows = matrix(game.own[::-1], game.other[::-1])
    columns = matrix([row[::-1] for row in game.own], [row[::-1] for row in game.other])
    assert logit_equilibrium(rows, 1.3)[::-1] == pytest.approx(mine)
    assert logit_equilibrium(columns, 1.3) == pytest.approx(mine)
    assert logit_equilibrium(turned(turned(game)), 1.3) == pytest.approx(mine)
    theirs = logit_equilibrium(turned(game), 1.3)
    reply = np.exp(1.3 * (np.array(game.own) @ theirs))
    assert mine == pytest.approx(reply / reply.sum(), abs=1e-6)


def test_fit_when_choices_come_from_one_lambda_over_many_games_finds_it():
    """One lambda is pooled over games of different payoffs and recovered from rates."""
    rng = np.random.default_rng(5)
    games = [matrix(*rng.integers(0, 20, (2, 2, 2)).tolist(), name=f"g{i}") for i in range(25)]
    rows = [rates(game, float(logit_equilibrium(game, 0.4)[0]), 200) for game in games]
    assert QRE().fit(table(*rows)).value("lam") == pytest.approx(0.4, rel=0.01)


def test_fit_when_units_differ_refuses_to_pool_them():
    """Points and dollars share no lambda, unless it counts in each game's own range."""
    rows = [
        rates(symmetric(((8, 0), (10, 5)), payoff_unit=unit), 0.3, 50)
        for unit in ("points", "euro")
    ]
    with pytest.raises(AnalysisError, match=r"pooled over payoffs in euro, points.*scale to range"):
        QRE().fit(table(*rows))
    assert QRE(scale="range").fit(table(*rows)).value("lam") > 0


def test_fit_when_lambda_is_weakly_identified_says_so():
    """Perfect consistency, or choices against the payoffs, leave lambda open at one end."""
    open_above = QRE().fit(table(rates(dilemma(), 0.0, 100)))
    assert "upper end" in open_above.estimates.note
    open_below = QRE().fit(table(rates(dilemma(), 0.9, 100)))
    assert "lower end" in open_below.estimates.note


def test_qre_when_lambda_is_given_needs_no_fit():
    """A published lambda is a setting and shows in the name."""
    theory = QRE(lam=1.8456)
    assert theory.free == ()
    assert theory.predictor_id == "qre_lam=1.8456"
    assert theory.fit(table(decision(OCHS))) is theory
    with pytest.raises(StudyError, match="precision is at least 0"):
        QRE(lam=-1)
