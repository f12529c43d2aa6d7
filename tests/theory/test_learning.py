"""Theories of learning: worked examples, what they reduce to, planted parameters found again."""

from dataclasses import replace

import numpy as np
import pytest

from silicus.theory import theory_named
from silicus.theory.base import Estimates
from silicus.theory.ewa import EWA
from silicus.theory.fictitious_play import FictitiousPlay
from silicus.theory.learning import Tree
from silicus.theory.memory_one import MemoryOne, Reciprocity
from silicus.theory.reinforcement import Reinforcement
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, dilemma, matrix, moves, table


class TestEWA(TheoryContract):
    name = "ewa"
    kinds = ("matrix",)


class TestFictitiousPlay(TheoryContract):
    name = "fictitious_play"
    kinds = ("matrix",)


class TestBeliefLearning(TheoryContract):
    name = "belief_learning"
    kinds = ("matrix",)


class TestReinforcement(TheoryContract):
    name = "reinforcement"
    kinds = ("matrix",)


class TestMemoryOne(TheoryContract):
    name = "memory_one"
    kinds = ("matrix",)


class TestReciprocity(TheoryContract):
    name = "reciprocity"
    kinds = ("matrix",)


PENNIES = matrix(((4, 0), (1, 3)), ((0, 4), (3, 1)), n_rounds=20)
"""Payoffs 4, 0, 1, 3 count as 1, 0, .25, .75."""


def with_values(theory, **values):
    """Return a theory as if these values had been fitted."""
    return replace(theory, estimates=Estimates(values, 0.0, 1, 1))


def after(own: str, other: str, game=PENNIES, **more):
    """Return the decision that follows these moves."""
    return decision(game, round=len(own) + 1, history=moves(own, other), **more)


def logit(*values: float) -> tuple[float, ...]:
    """Return shares proportional to exponentials."""
    weight = np.exp(np.array(values) - max(values))
    return tuple(weight / weight.sum())


def test_ewa_when_worked_by_hand_follows_the_printed_equations():
    """Camerer and Ho 1999, (2.1) and (2.2), two rounds by hand: A played against A, then B against
    B, with phi .8, delta .5, kappa .25 (rho .6), N(0) 1, A(0) the means .5 and .5."""
    theory = with_values(EWA(), phi=0.8, delta=0.5, kappa=0.25, n0=1.0, lam=2.0)
    n1 = 0.6 * 1 + 1
    a1 = (0.8 * 1 * 0.5 + 1.0) / n1, (0.8 * 1 * 0.5 + 0.5 * 0.25) / n1
    n2 = 0.6 * n1 + 1
    a2 = (0.8 * n1 * a1[0] + 0.5 * 0.0) / n2, (0.8 * n1 * a1[1] + 0.75) / n2
    found = chance(theory, after("", ""), after("A", "A"), after("AB", "AB"))
    assert found[0] == pytest.approx((0.5, 0.5))
    assert found[1] == pytest.approx(logit(2 * a1[0], 2 * a1[1]))
    assert found[2] == pytest.approx(logit(2 * a2[0], 2 * a2[1]))


def histories(n=40, seed=1):
    """Return decisions after random histories of several lengths."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        own, other = ("".join(rng.choice(["A", "B"], 9)) for _ in range(2))
        turn = int(rng.integers(0, 9))
        rows.append(after(own[:turn], other[:turn], game=dilemma()))
    return rows


def test_ewa_when_forgone_payoffs_do_not_count_is_reinforcement():
    """Camerer and Ho 1999, section 2.3: delta 0 and rho 0 is cumulative reinforcement, here
    Roth and Erev's with forgetting and a logit choice; the two share no update."""
    inclination = {"first/game/2": 0.3}
    ewa = with_values(EWA(), phi=0.7, delta=0.0, kappa=1.0, n0=1.0, lam=3.0, **inclination)
    reinforced = with_values(
        Reinforcement("logit"), forget=0.3, epsilon=0.0, lam=3.0, **inclination
    )
    rows = histories()
    assert np.allclose(chance(ewa, *rows), chance(reinforced, *rows))


def test_ewa_when_forgone_payoffs_count_in_full_is_weighted_fictitious_play():
    """Camerer and Ho 1999, section 2.3: delta 1 and rho = phi replies to weighted frequencies."""
    shared = {"n0": 2.5, "lam": 4.0, "first/game/2": -0.2}
    ewa = with_values(EWA(), phi=0.6, delta=1.0, kappa=0.0, **shared)
    beliefs = with_values(FictitiousPlay(), gamma=0.6, **shared)
    rows = histories()
    assert np.allclose(chance(ewa, *rows), chance(beliefs, *rows))
    unforgetting = with_values(FictitiousPlay(), gamma=1.0, **shared)
    bayes = with_values(theory_named("belief_learning"), **shared)
    assert np.allclose(chance(unforgetting, *rows), chance(bayes, *rows))
    assert not np.allclose(chance(beliefs, *rows), chance(bayes, *rows))


def test_fictitious_play_when_worked_by_hand_replies_to_frequencies():
    """Two of three rounds A, weights .25, .5 and 1, and first expectations worth one round."""
    theory = with_values(FictitiousPlay(), gamma=0.5, n0=1.0, lam=1.0)
    a, b, prior = 0.25 + 0.5, 1.0, 0.125
    worth = [(x * a + y * b + prior * 0.5) / (a + b + prior) for x, y in ((1, 0), (0.25, 0.75))]
    assert chance(theory, after("AAA", "AAB")) == [pytest.approx(logit(*worth))]


def test_reinforcement_when_worked_by_hand_follows_propensities():
    """Erev and Roth 1998: first propensities 1 and 1, forgetting .1, experimentation .2."""
    theory = with_values(Reinforcement(), forget=0.1, epsilon=0.2, strength=2.0)
    first = 0.9 * 1 + 0.8 * 1.0, 0.9 * 1 + 0.2 * 1.0
    second = 0.9 * first[0] + 0.2 * 0.75, 0.9 * first[1] + 0.8 * 0.75
    found = chance(theory, after("A", "A"), after("AB", "AB"))
    assert found[0] == pytest.approx((first[0] / sum(first), first[1] / sum(first)))
    assert found[1] == pytest.approx((second[0] / sum(second), second[1] / sum(second)))


def test_learning_when_payoffs_are_in_another_currency_stays_the_same():
    """Unit and zero of payoffs change no prediction."""
    rich = dilemma().model_copy(
        update={"own": tuple(tuple(30 + 7 * x for x in row) for row in dilemma().own)}
    )
    values = {"phi": 0.7, "delta": 0.4, "kappa": 0.3, "n0": 1.5, "lam": 5.0}
    for own, other in (("", ""), ("A", "B"), ("ABB", "BAB")):
        assert np.allclose(
            chance(with_values(EWA(), **values), after(own, other, game=dilemma())),
            chance(with_values(EWA(), **values), after(own, other, game=rich)),
        )


def simulated(theory, n_people=60, n_rounds=20, seed=5):
    """Return people who choose by a theory against others who do anything."""
    rng = np.random.default_rng(seed)
    own, other = [""] * n_people, [""] * n_people
    rows = []
    for turn in range(1, n_rounds + 1):
        now = [after(mine, theirs) for mine, theirs in zip(own, other, strict=True)]
        shares = chance(theory, *now)
        for person, share in enumerate(shares):
            move = int(rng.random() >= share[0])
            rows.append(
                now[person]
                | {
                    "choice": move,
                    "participant_id": f"p{person:02d}",
                    "play_id": f"g{person:02d}",
                    "decision_id": f"{person:02d}/{turn:02d}",
                }
            )
            own[person] += "AB"[move]
            other[person] += str(rng.choice(["A", "B"], p=[0.7, 0.3] if person % 2 else [0.2, 0.8]))
    return table(*rows)


@pytest.mark.parametrize(
    ("name", "planted", "tolerance"),
    [
        ("ewa", {"phi": 0.8, "delta": 0.3, "kappa": 0.6, "n0": 1.0, "lam": 4.0}, 0.25),
        ("fictitious_play", {"gamma": 0.7, "n0": 1.0, "lam": 4.0}, 0.12),
        ("reinforcement", {"forget": 0.2, "epsilon": 0.2, "strength": 2.0}, 0.12),
    ],
)
def test_fit_when_people_are_simulated_finds_the_planted_parameters(name, planted, tolerance):
    """1,200 simulated choices: rates within the tolerance, a likelihood not below the truth's."""
    truth = with_values(theory_named(name), **planted)
    people = simulated(truth)
    fitted = theory_named(name).fit(people)
    for parameter, value in planted.items():
        if parameter in ("phi", "delta", "gamma", "forget", "epsilon"):
            assert fitted.value(parameter) == pytest.approx(value, abs=tolerance), parameter
    tree = Tree(people)
    own = float((tree.counts(people) * truth.log_chances(tree, planted)).sum())
    assert fitted.estimates.log_likelihood >= own - 1e-6


def test_memory_one_when_rates_are_planted_finds_them():
    """Each rate is the share of the first action after its history, with one choice of pull."""
    rows = [after("A", "B", participant_id=f"p{i:02d}", choice=int(i >= 12)) for i in range(20)] + [
        after("", "", participant_id=f"p{i:02d}", choice=int(i >= 5)) for i in range(20)
    ]
    fitted = MemoryOne().fit(table(*rows))
    assert fitted.estimates.values == pytest.approx(
        {"game/after_AB": 12.5 / 21, "game/first": 5.5 / 21}
    )
    assert chance(fitted, after("B", "B")) == [(0.5, 0.5)]


def test_reciprocity_when_people_forgive_tells_how_often():
    """Generous tit for tat: nobody's own move matters, only whether the other defected."""
    rows = [
        after(own, other, game=dilemma(), participant_id=f"p{i}", choice=choice)
        for i, (own, other, choice) in enumerate(
            [
                ("A", "A", 0),
                ("B", "A", 0),
                ("A", "A", 0),
                ("A", "B", 1),
                ("B", "B", 1),
                ("B", "B", 0),
            ]
        )
    ]
    fitted = Reciprocity().fit(table(*rows))
    assert fitted.estimates.values == pytest.approx(
        {"game/return": 3.5 / 4, "game/forgive": 1.5 / 4}
    )
    assert "no action is called" in Reciprocity().silence(table(after("A", "A")))
