"""Expected value, expected utility and cumulative prospect theory against printed values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import AnalysisError, StudyError
from silicus.games import LotteryChoice
from silicus.theory.cpt import CPT, PUBLISHED, prospect_value, weight
from silicus.theory.expected_utility import ExpectedUtility
from silicus.theory.expected_value import ExpectedValue, expected_value
from silicus.theory.lotteries import prospects
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, lotteries, table


class TestExpectedValue(TheoryContract):
    name = "expected_value"
    kinds = ("lottery",)


class TestExpectedValueLogit(TheoryContract):
    name = "expected_value_logit"
    kinds = ("lottery",)


class TestExpectedUtility(TheoryContract):
    name = "expected_utility"
    kinds = ("lottery",)


class TestCPT(TheoryContract):
    name = "cpt"
    kinds = ("lottery",)


class TestCPTLogit(TheoryContract):
    name = "cpt_logit"
    kinds = ("lottery",)


class TestCPTFitted(TheoryContract):
    name = "cpt_fitted_logit"
    kinds = ("lottery",)


def holt_laury(tenths):
    """Return decision ``tenths`` of Holt and Laury's menu: the safe lottery first."""
    p = tenths / 10
    told = [[(2.00, p), (1.60, 1 - p)], [(3.85, p), (0.10, 1 - p)]]
    return decision(lotteries(*told))


def test_expected_value_when_the_menu_is_holt_lauries_switches_after_four():
    """Holt and Laury 2002, p. 1645: a risk-neutral person takes the safe lottery four times."""
    safe = [chance(ExpectedValue(), holt_laury(tenths))[0][0] for tenths in range(1, 11)]
    assert safe == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_expected_value_when_the_menu_is_holt_lauries_has_the_printed_differences():
    """Holt and Laury 2002, Table 1: EV differences 1.17, .83, .50, .16, -.18, -.51, -.85, ..."""
    rows = prospects(
        [LotteryChoice.model_validate_json(holt_laury(t)["game"]) for t in range(1, 11)]
    )
    values = expected_value(rows, {})
    printed = [1.17, 0.83, 0.50, 0.16, -0.18, -0.51, -0.85, -1.18, -1.52, -1.85]
    assert values[:, 0] - values[:, 1] == pytest.approx(printed, abs=0.0051)


@pytest.mark.parametrize(
    ("n_safe", "low", "high"),
    [
        (2, -0.95, -0.49),
        (3, -0.49, -0.15),
        (4, -0.15, 0.15),
        (5, 0.15, 0.41),
        (6, 0.41, 0.68),
        (7, 0.68, 0.97),
        (8, 0.97, 1.37),
    ],
)
def test_power_utility_when_aversion_is_in_a_printed_range_gives_its_safe_choices(
    n_safe, low, high
):
    """Holt and Laury 2002, Table 3: safe choices for each range of relative risk aversion."""
    for aversion in (low + 0.01, (low + high) / 2, high - 0.01):
        theory = ExpectedUtility("power", aversion=aversion, rule="best")
        safe = [chance(theory, holt_laury(tenths))[0][0] for tenths in range(1, 11)]
        assert sum(safe) == n_safe, aversion


def test_power_utility_when_a_payoff_is_negative_abstains_and_exponential_does_not():
    """Relative risk aversion is for gains; absolute risk aversion is for any payoff."""
    loss = table(decision(lotteries([(-1, 1)], [(-2, 0.5), (0, 0.5)])))
    assert not ExpectedUtility("power", aversion=0.5, rule="best").applies(loss).any()
    averse = ExpectedUtility("exponential", aversion=0.5, rule="best")
    assert averse.predict(loss)["option_prob"].to_list() == [1, 0]


def test_weight_when_probabilities_are_even_has_the_printed_values():
    """Tversky and Kahneman 1992, p. 312: w+(.5) = .42 and w-(.5) = .45 with .61 and .69."""
    half = np.array([0.5])
    assert weight(half, PUBLISHED["gamma"])[0] == pytest.approx(0.42, abs=0.005)
    assert weight(half, PUBLISHED["delta"])[0] == pytest.approx(0.45, abs=0.005)
    assert weight(np.array([0.0, 1.0]), 0.61) == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("payoff", "probability", "median"),
    [
        (50, 0.10, 9), (50, 0.50, 21), (50, 0.90, 37),
        (-50, 0.10, -8), (-50, 0.50, -21), (-50, 0.90, -39),
        (100, 0.05, 14), (100, 0.25, 25), (100, 0.50, 36), (100, 0.75, 52), (100, 0.95, 78),
        (-100, 0.05, -8), (-100, 0.25, -23.5), (-100, 0.50, -42), (-100, 0.75, -63),
        (-100, 0.95, -84),
    ],
)  # fmt: skip
def test_prospect_value_when_inverted_is_near_the_printed_cash_equivalents(
    payoff, probability, median
):
    """Tversky and Kahneman 1992, Table 3: median cash equivalents, to which the parameters were
    fitted; the published parameters come within 7% of the stake."""
    risky = prospects([lotteries([(payoff, probability), (0, 1 - probability)])])
    value = float(prospect_value(risky, PUBLISHED)[0, 0])
    loss = PUBLISHED["loss_aversion"] if value < 0 else 1
    certain = np.sign(value) * (abs(value) / loss) ** (1 / 0.88)
    assert certain == pytest.approx(median, abs=0.07 * abs(payoff))


PROBLEMS = {
    "1": ([(2500, 0.33), (2400, 0.66), (0, 0.01)], [(2400, 1)], 1),
    "2": ([(2500, 0.33), (0, 0.67)], [(2400, 0.34), (0, 0.66)], 0),
    "3": ([(4000, 0.80), (0, 0.20)], [(3000, 1)], 1),
    "4": ([(4000, 0.20), (0, 0.80)], [(3000, 0.25), (0, 0.75)], 0),
    "8": ([(6000, 0.001), (0, 0.999)], [(3000, 0.002), (0, 0.998)], 0),
    "3'": ([(-4000, 0.80), (0, 0.20)], [(-3000, 1)], 0),
    "8'": ([(-6000, 0.001), (0, 0.999)], [(-3000, 0.002), (0, 0.998)], 1),
    "14": ([(5000, 0.001), (0, 0.999)], [(5, 1)], 0),
    "14'": ([(-5000, 0.001), (0, 0.999)], [(-5, 1)], 1),
}
"""Kahneman and Tversky 1979: the prospects, and which the majority took."""


@pytest.mark.parametrize("problem", PROBLEMS)
def test_cpt_when_asked_the_published_problems_takes_the_majoritys_prospect(problem):
    """Kahneman and Tversky 1979, problems 1 to 14: the certainty effect, its reflection, and the
    lottery and insurance problems, with the parameters published in 1992."""
    first, second, majority = PROBLEMS[problem]
    assert chance(CPT(), decision(lotteries(first, second)))[0][majority] == 1


def test_cpt_when_asked_problem_seven_misses_it_narrowly():
    """The published medians put 6000 at .45 just above 3000 at .90, which 86% of people took, and
    the reverse for losses."""
    seven = [(6000, 0.45), (0, 0.55)], [(3000, 0.90), (0, 0.10)]
    risky = prospects([lotteries(*seven)])
    first, second = prospect_value(risky, PUBLISHED)[0]
    assert 1 < first / second < 1.03


def test_expected_value_when_asked_the_certainty_effect_misses_it():
    """Expected value takes 4000 at .8 over 3000 for sure, which 80% of people did not."""
    first, second, _ = PROBLEMS["3"]
    assert chance(ExpectedValue(), decision(lotteries(first, second))) == [(1, 0)]


def test_best_rule_when_values_tie_shares_the_probability():
    """Equal expected values, also up to rounding, share the probability."""
    tied = decision(lotteries([(0.3, 1)], [(0.1, 0.5), (0.5, 0.5)], [(0, 1)]))
    assert chance(ExpectedValue(), tied) == [(0.5, 0.5, 0)]


def test_lotteries_when_probabilities_were_not_told_are_left_alone():
    """Ambiguous problems are outside theories of risk."""
    game = lotteries([(3, 1)], [(4, 0.5), (0, 0.5)]).model_copy(update={"ambiguous": (False, True)})
    for theory in (ExpectedValue(), CPT(), ExpectedUtility(aversion=0.1, rule="best")):
        assert not theory.applies(table(decision(game))).any()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 9)), min_size=1, max_size=5),
    st.integers(0, 4),
)
def test_value_when_a_lottery_is_written_otherwise_stays_the_same(outcomes, n_empty):
    """Order, splitting of outcomes and outcomes of probability 0 do not matter."""
    total = sum(weight for _, weight in outcomes)
    told = [(float(x), weight / total) for x, weight in outcomes]
    split = [(x, p / 2) for x, p in reversed(told) for _ in range(2)] + [(999.0, 0.0)] * n_empty
    risky = prospects([lotteries(told, split)])
    for value in (expected_value(risky, {}), prospect_value(risky, PUBLISHED)):
        assert value[0, 0] == pytest.approx(value[0, 1], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=4, unique=True), st.floats(0.05, 0.95))
def test_cpt_when_one_lottery_dominates_takes_it(payoffs, p):
    """More of the same, and better odds of the better payoff, are worth more."""
    low, high = sorted(payoffs)[0], sorted(payoffs)[-1]
    worse = [(high, p), (low, 1 - p)]
    for better in (
        [(high + 1, p), (low, 1 - p)],
        [(high, min(p + 0.04, 1)), (low, 1 - min(p + 0.04, 1))],
    ):
        assert chance(CPT(), decision(lotteries(worse, better))) == [(0, 1)]


def simulated(theory, n=150, seed=3):
    """Return rates that follow a theory exactly, for random two-outcome problems."""
    rng = np.random.default_rng(seed)
    games = []
    for _ in range(n):
        x, p = rng.integers(-40, 60, 4).astype(float), rng.uniform(0.05, 0.95, 2)
        games.append(lotteries([(x[0], p[0]), (x[1], 1 - p[0])], [(x[2], p[1]), (x[3], 1 - p[1])]))
    shares = chance(theory, *map(decision, games))
    return table(
        *(
            decision(game, choice_rate=list(share), n_choices=1000, participant_id=None)
            for game, share in zip(games, shares, strict=True)
        )
    )


def with_estimates(theory, **values):
    """Return the theory as if it had been fitted to these values."""
    from dataclasses import replace

    from silicus.theory import Estimates

    return replace(theory, estimates=Estimates(values, 0.0, 1, 1))


def test_fit_when_people_follow_fitted_cpt_recovers_its_parameters():
    """All five parameters and the sensitivity come back from rates that follow them."""
    truth = {"alpha": 0.7, "beta": 0.8, "loss_aversion": 1.6, "gamma": 0.7, "delta": 0.8}
    free = CPT("fitted", "logit")
    people = simulated(with_estimates(free, **truth, sensitivity=0.3))
    found = free.fit(people).estimates
    assert found.values == pytest.approx(truth | {"sensitivity": 0.3}, rel=0.05)
    assert found.note == ""


def test_fit_when_people_are_risk_averse_recovers_the_aversion():
    """Absolute aversion and sensitivity come back, in units of the payoffs."""
    free = ExpectedUtility()
    people = simulated(with_estimates(free, aversion=0.02, sensitivity=0.2))
    assert free.fit(people).estimates.values == pytest.approx(
        {"aversion": 0.02, "sensitivity": 0.2}, rel=0.02
    )


def test_fit_when_sensitivity_alone_is_free_recovers_it():
    """Expected value and published prospect theory have one free parameter."""
    for free in (ExpectedValue("logit"), CPT("published", "logit")):
        people = simulated(with_estimates(free, sensitivity=0.15))
        assert free.fit(people).value("sensitivity") == pytest.approx(0.15, rel=0.01)


def test_fit_when_all_lotteries_are_worth_the_same_is_refused():
    """No sensitivity can be told from problems without a difference."""
    same = decision(lotteries([(5, 1)], [(5, 1)]))
    with pytest.raises(AnalysisError, match="its value of all their lotteries is the same"):
        ExpectedValue("logit").fit(table(same))


def test_settings_when_unknown_are_refused():
    """A mistyped rule or utility names what there is."""
    with pytest.raises(StudyError, match="rule is 'lgit'"):
        CPT(rule="lgit")
    with pytest.raises(StudyError, match="must be one of 'power', 'exponential'"):
        ExpectedUtility("crra")
