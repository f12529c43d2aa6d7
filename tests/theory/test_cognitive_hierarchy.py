"""The Poisson cognitive hierarchy against a slow computation of its definition."""

import math

import numpy as np
import pytest

from silicus.errors import StudyError
from silicus.theory.cognitive_hierarchy import CognitiveHierarchy
from silicus.theory.strategic import best_reply
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, dilemma, matrix, table
from tests.theory.test_nash import ELEVEN_TO_TWENTY


class TestCognitiveHierarchy(TheoryContract):
    name = "cognitive_hierarchy"
    kinds = ("matrix",)


def by_definition(game, tau, steps=25):
    """Return the population mix with every type's belief g_k(h) written out."""
    own, other = np.array(game.own, dtype=float), np.array(game.other, dtype=float)
    f = [math.exp(-tau) * tau**k / math.factorial(k) for k in range(steps)]
    rows, columns = [np.full(len(own), 1 / len(own))], [np.full(own.shape[1], 1 / own.shape[1])]
    for k in range(1, steps):
        g = np.array(f[:k]) / sum(f[:k])
        belief = sum(share * column for share, column in zip(g, columns, strict=True))
        about = sum(share * row for share, row in zip(g, rows, strict=True))
        rows.append(best_reply(own @ belief))
        columns.append(best_reply(other.T @ about))
    return sum(share * row for share, row in zip(f, rows, strict=True)) / sum(f)


@pytest.mark.parametrize("tau", [0.2, 1.5, 3.0])
def test_hierarchy_when_computed_matches_the_definition(tau):
    """Camerer, Ho and Chong 2004, section II: g_k(h) and best replies written out."""
    rng = np.random.default_rng(2)
    games = [ELEVEN_TO_TWENTY, *(matrix(*rng.integers(0, 9, (2, 3, 3)).tolist()) for _ in range(9))]
    for game in games:
        found = chance(CognitiveHierarchy(tau), decision(game))[0]
        assert found == pytest.approx(by_definition(game, tau), abs=1e-6)


def test_hierarchy_when_tau_is_one_and_a_half_has_the_poisson_share_of_random_players():
    """With a dominant action everyone but half of the zero-step players takes it:
    1 - exp(-1.5) / 2 = .888."""
    assert chance(CognitiveHierarchy(1.5), decision(dilemma()))[0][1] == pytest.approx(
        0.888, abs=5e-4
    )


def test_fit_when_people_follow_a_tau_finds_it():
    """The mean number of steps is recovered from rates over many games."""
    rng = np.random.default_rng(8)
    games = [matrix(*rng.integers(0, 20, (2, 2, 2)).tolist(), name=f"g{i}") for i in range(30)]
    shares = [chance(CognitiveHierarchy(1.3), decision(game))[0] for game in games]
    rows = [
        decision(game, choice_rate=list(share), n_choices=500, participant_id=None)
        for game, share in zip(games, shares, strict=True)
    ]
    assert CognitiveHierarchy().fit(table(*rows)).value("tau") == pytest.approx(1.3, abs=0.02)


def test_tau_when_not_positive_is_refused():
    """A mean of zero steps would leave nobody to reason."""
    with pytest.raises(StudyError, match="must be above 0"):
        CognitiveHierarchy(0.0)
