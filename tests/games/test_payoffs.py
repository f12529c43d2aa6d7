"""Payoffs of each kind: hand-worked values, and equilibria by trying every deviation."""

import itertools

import pytest
from pydantic import ValidationError

from silicus.games import (
    AuctionGame,
    CentipedeGame,
    DictatorGame,
    GuessingGame,
    MinimumEffortGame,
    PublicGoodsGame,
    ThresholdGame,
    TrustGame,
)


def stable(payoff, options):
    """Return the options that nobody leaves alone, if all others choose the same."""
    return [x for x in options if all(payoff(x, x) >= payoff(other, x) - 1e-9 for other in options)]


def test_dictator_when_everything_is_tried_then_nothing_is_given():
    """A selfish dictator keeps all, and the two payoffs are the total."""
    game = DictatorGame(total=10)
    amounts = [float(x) for x in game.amounts]
    assert max(amounts, key=lambda x: game.payoff(x)[0]) == 0
    assert all(sum(game.payoff(x)) == 10 for x in amounts)


def test_trust_when_solved_backwards_then_nothing_is_returned_or_sent():
    """Whatever was sent, a selfish receiver returns nothing, so nothing is sent."""
    sends = TrustGame(role="sender", endowment=10)
    best = {}
    for sent in map(float, sends.amounts):
        returns = range(int(3 * sent) + 1)
        best[sent] = max(returns, key=lambda back, sent=sent: sends.payoff(sent, back)[1])
    assert set(best.values()) == {0}
    assert max(best, key=lambda sent: sends.payoff(sent, best[sent])[0]) == 0
    assert sends.payoff(10, 15) == (15, 15)


def test_public_goods_when_a_point_is_worth_less_than_one_then_nobody_gives():
    """With a per-capita return of 0.4 nothing is stable but nothing; all would gain by giving."""
    game = PublicGoodsGame(n_players=4, endowment=20, per_capita=0.4)
    amounts = [float(x) for x in game.amounts]
    assert stable(lambda x, y: game.payoff(x, 3 * y), amounts) == [0]
    assert game.payoff(20, 60) == 32 > game.payoff(0, 0) == 20
    worth_more = game.model_copy(update={"per_capita": 1.2})
    assert stable(lambda x, y: worth_more.payoff(x, 3 * y), amounts) == [20]


@pytest.mark.parametrize("threshold", [2, 4, 5])
def test_threshold_when_profiles_are_tried_then_none_or_just_enough_give(threshold):
    """All profiles of five players: stable are nobody giving, and exactly the threshold giving."""
    labels = {"give": "give", "keep": "keep"}
    game = ThresholdGame(n_players=5, endowment=10, threshold=threshold, reward=30, labels=labels)
    found = set()
    for profile in itertools.product(["give", "keep"], repeat=5):
        pays = [
            {act: game.payoff(act, (profile[:i] + profile[i + 1 :]).count("give"))
             for act in labels}
            for i in range(5)
        ]  # fmt: skip
        if all(each[act] >= max(each.values()) for act, each in zip(profile, pays, strict=True)):
            found.add(profile.count("give"))
    assert found == {0, threshold}


def test_threshold_when_leaving_is_possible_then_pays_the_same_whatever_others_do():
    """Ten kept and ten more for certain."""
    labels = {"give": "give", "keep": "keep", "leave": "leave"}
    game = ThresholdGame(
        n_players=5, endowment=10, threshold=2, reward=30, outside=10, labels=labels
    )
    assert {game.payoff("leave", others) for others in range(5)} == {20}


@pytest.mark.parametrize(("n_players", "expected"), [(3, [0]), (5, [0, 1])])
def test_guessing_when_everything_is_tried_then_zero_is_stable(n_players, expected):
    """Two thirds of the mean: 0, and with whole numbers and five players also 1."""
    game = GuessingGame(n_players=n_players, factor=2 / 3)

    def share(own, others):
        return game.shares([own, *[others] * (n_players - 1)])[0]

    assert stable(share, [float(x) for x in game.amounts]) == expected


def test_minimum_effort_when_everything_is_tried_then_every_effort_is_stable():
    """Seven equilibria, each better for all than the one below (Van Huyck et al. 1990)."""
    game = MinimumEffortGame(n_players=14, benefit=0.2, cost=0.1, base=0.6)
    efforts = [float(x) for x in game.amounts]
    assert stable(game.payoff, efforts) == efforts
    together = [round(game.payoff(x, x), 9) for x in efforts]
    assert together == [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3]


def test_centipede_when_solved_backwards_then_taken_at_once():
    """At every turn ending is better than what comes if the next one ends."""
    game = CentipedeGame(
        role="first",
        taken=((0.4, 0.1), (0.2, 0.8), (1.6, 0.4), (0.8, 3.2)),
        passed=(6.4, 1.6),
        labels={"take": "take", "pass": "pass"},
    )
    ahead = game.passed
    for turn in (4, 3, 2, 1):
        mover = (turn - 1) % 2
        assert game.payoff(turn)[mover] > ahead[mover]
        ahead = game.payoff(turn)
    assert ahead == (0.4, 0.1)


def test_second_price_when_every_bid_is_tried_then_the_own_value_is_never_beaten():
    """Against any bids of two others, bidding the own value is best."""
    game = AuctionGame(price="second", n_bidders=3, value=4, value_highest=8)
    bids = [float(x) for x in game.amounts]
    for others in itertools.product(bids, repeat=2):
        assert game.payoff(4, others) >= max(game.payoff(bid, others) for bid in bids)


@pytest.mark.parametrize("n_bidders", [2, 3])
def test_first_price_when_others_shade_then_shading_alike_is_best(n_bidders):
    """Others bid (n-1)/n of evenly drawn values: the best bid of the grid is (n-1)/n of the own."""
    values = [(place + 0.5) / 400 * 60 for place in range(400)]
    game = AuctionGame(price="first", n_bidders=n_bidders, value=30, value_highest=60)
    shade = (n_bidders - 1) / n_bidders

    def gain(bid):
        if n_bidders == 2:
            return sum(game.payoff(bid, (shade * v,)) for v in values) / len(values)
        below = sum(shade * v < bid for v in values) / len(values)
        return (game.value - bid) * below ** (n_bidders - 1)

    assert max(map(float, game.amounts), key=gain) == pytest.approx(30 * shade, abs=1)


def test_grid_when_the_step_does_not_fit_then_refused():
    """A step that misses the highest amount, and a grid of too many amounts."""
    with pytest.raises(ValidationError, match="steps of 3 do not lead from 0 to 10"):
        DictatorGame(total=10, step=3)
    with pytest.raises(ValidationError, match="more than 1001"):
        DictatorGame(total=100_000)
    assert DictatorGame(total=0.3, step=0.1).amounts == ("0", "0.1", "0.2", "0.3")


def test_trust_when_a_role_lacks_what_was_sent_then_refused():
    """A receiver got something, and a sender did not."""
    with pytest.raises(ValidationError, match="sent is what a receiver got"):
        TrustGame(role="receiver", endowment=10)
    with pytest.raises(ValidationError, match="12 was sent of an endowment of 10"):
        TrustGame(role="receiver", endowment=10, sent=12)
