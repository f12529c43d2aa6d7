"""The four embedded tables of published rates."""

import polars as pl

from silicus.games import read_game
from silicus.schema import target_rate

from .contract import DatasetContract


class TestSampleRepeatedPD(DatasetContract):
    name = "sample_repeated_pd"

    def test_history_when_pairs_are_dc_then_own_move_is_the_first(self, table):
        """In "dc" the participant defected and the other cooperated."""
        row = table.row(
            by_predicate=pl.col("decision_id").str.ends_with("D5R32/r02/dc"), named=True
        )
        moves = [(event["round"], event["actor"], event["action"]) for event in row["history"]]
        assert moves == [(1, "self", "B"), (1, "other", "A")]

    def test_payoffs_when_read_then_form_a_dilemma(self, table):
        """Defecting always pays more against the same move: T over R and P over S."""
        for text in table["game"].unique():
            game = read_game(text)
            (reward, sucker), (temptation, punishment) = game.own
            assert temptation > reward > punishment > sucker
            assert game.other == tuple(zip(*game.own, strict=True))
            assert game.labels["A"] == "cooperate"

    def test_rates_when_read_then_the_printed_counts(self, table):
        """After mutual cooperation 131 of 132 cooperate in the kindest treatment."""
        rate = table.with_columns(target_rate(table)).row(
            by_predicate=pl.col("decision_id").str.ends_with("D75R48/r04/cc-cc-cc"), named=True
        )
        assert rate["target_rate"] == 131 / 132
        assert rate["n_participants"] == 43


class TestSampleOneShot2x2(DatasetContract):
    name = "sample_one_shot_2x2"
    numbered_by_place = True

    def test_first_game_when_read_then_upper_row_is_option_0(self, table):
        """Nobody of 36 took the upper row of the first game, which a lower row dominates."""
        row = table.row(0, named=True)
        game = read_game(row["game"])
        assert game.own == ((1, 16), (5, 46))
        assert game.other == ((15, 30), (32, 42))
        assert row["choice_rate"] == [0, 1]
        assert row["n_choices"] == 36

    def test_classes_when_counted_then_twelve_games_of_each(self, table):
        """Four classes of equilibrium, twelve games each."""
        classes = [read_game(text).name for text in table["game"]]
        assert sorted(classes.count(name) for name in set(classes)) == [12, 12, 12, 12]


class TestSampleUltimatum(DatasetContract):
    name = "sample_ultimatum"

    def test_acceptance_when_offers_fall_then_falls(self, table):
        """From 1,417 of 1,430 at one half to 405 at one twentieth."""
        rates = target_rate(table).to_list()
        assert rates == sorted(rates, reverse=True)
        assert rates[0] == 1417 / 1430
        assert rates[-1] == 405 / 1430
        assert read_game(table["game"][0]).share_offered == 0.5


class TestSampleLottery(DatasetContract):
    name = "sample_lottery"

    def test_problem_3_when_read_then_as_printed(self, table):
        """4,000 with .80 was taken by 20 of 100, 3,000 for certain by 80; n = 95."""
        row = table.row(by_predicate=pl.col("decision_id") == "sample_lottery/problem3", named=True)
        game = read_game(row["game"])
        assert [(o.probability, o.payoff) for o in game.lotteries[0]] == [(0.8, 4000), (0.2, 0)]
        assert [(o.probability, o.payoff) for o in game.lotteries[1]] == [(1, 3000)]
        assert row["n_choices"] == 95
        assert abs(row["choice_rate"][0] - 0.20) < 1e-12
