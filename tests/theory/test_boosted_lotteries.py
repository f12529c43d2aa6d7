"""The learnt rival of theories of risk: blind to order and to hidden chances, and it learns."""

import numpy as np

from silicus.theory import theory_named
from silicus.theory.boosted_lotteries import features
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, lotteries, table


class TestBoostedLotteries(TheoryContract):
    name = "boosted_lotteries"
    kinds = ("lottery",)


def problems(n, seed):
    """Return people who take the likelier gain, whatever it pays."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        (p, q), (x, y) = rng.uniform(0.1, 0.9, 2), rng.integers(5, 50, 2).tolist()
        game = lotteries([(x, p), (0, 1 - p)], [(y, q), (0, 1 - q)])
        rows.append(decision(game, participant_id=f"p{i}", choice=int(q > p)))
    return rows


def test_fit_when_people_go_by_chances_learns_it():
    """New people are foreseen far better than by a coin, which expected value would not do."""
    fitted = theory_named("boosted_lotteries").fit(table(*problems(400, 1)))
    new = problems(200, 2)
    right = [share[row["choice"]] for share, row in zip(chance(fitted, *new), new, strict=True)]
    assert np.mean(right) > 0.85


def test_chances_when_lotteries_are_swapped_are_swapped():
    """Which lottery stands first decides nothing."""
    fitted = theory_named("boosted_lotteries").fit(table(*problems(200, 3)))
    a, b = [(10, 0.3), (0, 0.7)], [(5, 0.8), (1, 0.2)]
    one, two = chance(fitted, decision(lotteries(a, b)), decision(lotteries(b, a)))
    assert np.allclose(one, two[::-1])


def test_features_when_chances_were_hidden_do_not_depend_on_them():
    """What people were not told, the machine is not told."""
    found = []
    for p in (0.2, 0.7):
        game = lotteries([(3, 1)], [(4, p), (0, 1 - p)])
        hidden = game.model_copy(update={"ambiguous": (False, True)})
        found.append(features(table(decision(hidden))))
    assert np.array_equal(*found)
