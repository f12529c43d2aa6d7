"""Bayes' rule against printed posteriors, and the buyer who learns whom to believe."""

import pytest

from silicus.errors import StudyError
from silicus.theory.bayesian_buyer import BayesianBuyer, posterior
from silicus.theory.offers import moments
from tests.theory.contract import TheoryContract
from tests.theory.tables import chance, decision, event, persuasion, table

BUY, PASS, EVEN = (1, 0), (0, 1), (0.5, 0.5)


class TestBayesianBuyer(TheoryContract):
    name = "bayesian_buyer"
    kinds = ("persuasion",)


def after(record, now, **more):
    """Return the decision after rounds of (recommendation, quality), with today's word."""
    history = []
    for round, (said, quality) in enumerate(record, start=1):
        history += [
            event(round, "other", "recommendation", said),
            event(round, "self", "answer", "yes"),
            event(round, "nature", "quality", quality),
        ]
    history.append(event(len(record) + 1, "other", "recommendation", now))
    return decision(persuasion(**more), round=len(record) + 1, history=history)


def test_posterior_when_the_judge_is_persuaded_is_the_printed_one():
    """Kamenica and Gentzkow 2011, p. 2591: prior .3, signal g with 1 and 3/7 leads to .5, and
    signal i proves innocence."""
    assert posterior(0.3, 1, 3 / 7) == pytest.approx(0.5)
    assert posterior(0.3, 0, 4 / 7) == 0


@pytest.mark.parametrize(
    ("chance_of_high", "worth", "expected"),
    [(1 / 3, 200, PASS), (1 / 3, 300, EVEN), (1 / 3, 400, BUY), (0.5, 200, EVEN), (0.8, 125, EVEN),
     (0.8, 120, PASS), (0.8, 200, BUY)],
)  # fmt: skip
def test_buyer_when_messages_are_text_goes_by_the_told_chance(chance_of_high, worth, expected):
    """Text is taken to say nothing: buy where chance times worth exceeds the price."""
    game = persuasion(chance_of_high=chance_of_high, worth_high=worth, message_type="text")
    assert chance(BayesianBuyer(), decision(game, history=[event(1, "other", "message")])) == [
        expected
    ]


def test_buyer_when_there_is_no_record_does_not_believe_either_word():
    """In round one a recommendation and its absence mean the same (babbling)."""
    rows = [after([], word, worth_high=190) for word in ("yes", "no")]
    assert chance(BayesianBuyer(), *rows) == [PASS, PASS]


def test_buyer_when_the_seller_was_honest_follows_the_word():
    """After three honest rounds of each kind, yes is believed and no too: posterior 4/5 and 1/5."""
    record = [("yes", "high"), ("no", "low")] * 3
    rows = [after(record, word, worth_high=190) for word in ("yes", "no")]
    assert chance(BayesianBuyer(), *rows) == [BUY, PASS]
    beliefs = [BayesianBuyer().belief(at) for at in moments(table(*rows))]
    assert beliefs == pytest.approx([0.8, 0.2])


def test_buyer_when_the_seller_always_says_yes_learns_nothing():
    """A seller who recommends everything leaves the chance where it was."""
    record = [("yes", "high"), ("yes", "low")] * 4
    belief = BayesianBuyer().belief(next(moments(table(after(record, "yes")))))
    assert belief == pytest.approx(0.5)


def test_buyer_when_the_priors_are_stubborn_learns_more_slowly():
    """A larger prior moves the belief less."""
    row = table(after([("yes", "high"), ("no", "low")], "yes"))
    quick, slow = (BayesianBuyer(prior).belief(next(moments(row))) for prior in (1.0, 20.0))
    assert quick == pytest.approx(2 / 3)
    assert 0.5 < slow < quick
    with pytest.raises(StudyError, match="prior is 0"):
        BayesianBuyer(0.0)


def test_buyer_when_todays_quality_is_in_the_table_does_not_read_it():
    """A quality of this round, which people could not know, is not used."""
    row = after([("yes", "low")], "yes")
    leaky = row | {"history": [*row["history"], event(2, "nature", "quality", "high")]}
    beliefs = [BayesianBuyer().belief(at) for at in moments(table(row, leaky))]
    assert beliefs[0] == beliefs[1]
