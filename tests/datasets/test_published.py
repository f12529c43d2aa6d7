"""The published data sets that need the mirror, each against its contract and its own facts."""

import gzip
import json
import shutil
import zipfile

import polars as pl
import pytest

from silicus import datasets
from silicus.datasets.casino import Casino
from silicus.datasets.hotel_persuasion import HotelPersuasion
from silicus.datasets.nay_vorobeychik import NayVorobeychik
from silicus.datasets.rda import read_rda
from silicus.datasets.topology import ORDERS, TIED
from silicus.datasets.zhu_2x2 import read_trials
from silicus.errors import DataError
from silicus.games import read_game
from silicus.schema import target_rate

from .contract import DatasetContract

pytestmark = pytest.mark.mirror


def by_id(table: pl.DataFrame, end: str) -> dict:
    """Return the one decision whose id ends so."""
    return table.row(by_predicate=pl.col("decision_id").str.ends_with(end), named=True)


def told(row: dict) -> list[tuple]:
    """Return a history without its empty fields."""
    return [
        tuple(value for value in event.values() if value is not None) for event in row["history"]
    ]


class TestHeffnerUltimatum(DatasetContract):
    name = "heffner_ultimatum"

    def test_choice_when_the_file_says_0_then_accepted(self, table):
        """99% accept an even split, 28% a twentieth: 0 in the file is accept."""
        shares = pl.Series([read_game(text).share_offered for text in table["game"]])
        rates = (
            table.with_columns(target_rate(table), share=shares)
            .group_by("share")
            .agg(pl.col("target_rate").mean())
        )
        assert dict(rates.iter_rows())[0.5] == 1417 / 1430
        assert dict(rates.iter_rows())[0.05] == 405 / 1430


class TestHeffnerDilemma(DatasetContract):
    name = "heffner_dilemma"

    def test_choice_when_half_or_more_was_given_then_give(self, table):
        """3,507 of 6,732 contributions are at least one half."""
        assert (table["choice"] == 0).sum() == 3507


class TestStratestDF2011(DatasetContract):
    name = "stratest_df2011"

    def test_first_rows_when_read_by_hand_then_as_published(self, table):
        """Person 1, supergame 63: defects, cooperates after mutual defection, then d after c, d."""
        row = by_id(table, "D5R32/p001/g63/r03")
        assert told(row) == [
            (1, "self", "move", "B"),
            (1, "other", "move", "B"),
            (2, "self", "move", "A"),
            (2, "other", "move", "B"),
        ]
        assert row["choice"] == 1

    def test_rda_when_compared_with_the_converted_csv_then_equal(self, folder):
        """Our reader of R's format agrees with a conversion made by R."""
        for name in ("DF2011", "FRD2012"):
            ours = read_rda(folder / f"{name}.rda")
            csv = pl.read_csv(folder / f"{name}.csv", infer_schema_length=None)
            assert ours.columns == csv.columns
            for column in ours.columns:
                # factors of numbers are texts in R's file
                same = ours[column].cast(csv[column].dtype).eq_missing(csv[column])
                assert same.all(), (name, column)


class TestStratestFRD2012(DatasetContract):
    name = "stratest_frd2012"

    def test_history_when_choices_are_individual_then_holds_them_as_made(self, dataset, table):
        """Without noise moves are as chosen; with it as many are flipped as the noise says."""
        made = table.select(
            "play_id", "round", "game", pl.col("options").list.get(pl.col("choice")).alias("made")
        )
        last = pl.col("history").list.filter(pl.element().struct.field("actor") == "self")
        carried_out = table.filter(pl.col("round") > 1).select(
            "play_id",
            pl.col("round") - 1,
            last.list.last().struct.field("action").alias("carried_out"),
        )
        both = made.join(carried_out, on=["play_id", "round"])
        flipped = both.group_by("game").agg((pl.col("made") != pl.col("carried_out")).mean())
        for text, share in flipped.iter_rows():
            assert abs(share - read_game(text).noise) < 0.02
        assert both.height == (table["round"] > 1).sum()


class TestNayVorobeychik(DatasetContract):
    name = "nay_vorobeychik"

    def test_studies_when_counted_then_as_published(self, table):
        """Eight studies with the documented numbers of decisions."""
        counts = table["play_id"].str.split("/").list.get(1).value_counts()
        assert dict(counts.iter_rows()) == {
            "BR": 39600, "DF": 37042, "FR": 34446, "KS": 23600,
            "DB": 19188, "DO": 6910, "FO": 4800, "AM": 2800,
        }  # fmt: skip
        assert table["play_id"].n_unique() == 32614

    def test_payoffs_when_put_back_then_the_original_points(self, table):
        """DF has 50, 25 and 12 with 32, 40 or 48; FR has benefit and cost."""
        games = {
            (text.split("/")[1], game): read_game(game)
            for text, game in table.select("play_id", "game").unique("game").iter_rows()
        }
        df = {game.own for (study, _), game in games.items() if study == "DF"}
        assert df == {((r, 12), (50, 25)) for r in (32, 40, 48)}
        fr = {game.own for (study, _), game in games.items() if study == "FR"}
        assert fr == {((b - 2, -2), (b, 0)) for b in (3, 4, 5, 8)}
        assert {game.continuation for (study, _), game in games.items() if study == "KS"} == {None}

    def test_history_when_lags_are_published_then_equal_to_them(self, table, folder):
        """The last nine rounds of each history are the nine published lags of both players."""
        with gzip.open(folder / "NV_games_columns.csv.gz") as stream:
            lags = pl.read_csv(stream.read())
        for actor, prefix in (("self", "my"), ("other", "other")):
            moves = table.select(
                pl.col("history")
                .list.filter(pl.element().struct.field("actor") == actor)
                .list.eval((pl.element().struct.field("action") == "A").cast(pl.Int64))
                .list.reverse()
                .alias("moves")
            )
            for lag in range(9):
                found = moves.select(pl.col("moves").list.get(lag, null_on_oob=True)).to_series()
                assert found.eq_missing(lags[f"{prefix}.decision{lag + 1}"]).all()

    def test_rows_when_reordered_then_refused(self, folder, monkeypatch):
        """Two rows swapped break the published lags and are found."""
        rows = read_rda(folder / "NV_games.rda")
        swapped = pl.concat([rows[:2], rows[3:4], rows[2:3], rows[4:]])
        monkeypatch.setattr("silicus.datasets.nay_vorobeychik.read_rda", lambda path: swapped)
        with pytest.raises(DataError, match="rows of a sequence to follow one another"):
            NayVorobeychik().read(folder)


class TestChoices13k(DatasetContract):
    name = "choices13k"

    def test_first_row_when_read_by_hand_then_as_published(self, table):
        """Problem 1: A 26 with .95 or -1, B 23 with .05 or 21; 62.7% of 15 x 5 take B."""
        row = by_id(table, "problem00001/feedback")
        game = read_game(row["game"])
        assert [(o.probability, o.payoff) for o in game.lotteries[0]] == [(0.95, 26), (0.05, -1)]
        assert [(o.probability, o.payoff) for o in game.lotteries[1]] == [(0.95, 21), (0.05, 23)]
        assert row["target"] == 1
        assert abs(row["choice_rate"][1] - 0.62666667) < 1e-6
        assert (row["n_choices"], row["n_participants"]) == (75, 15)

    def test_flags_when_counted_then_as_published(self, table):
        """2,380 rows without feedback, 2,809 ambiguous; no outcome with probability 0."""
        games = [json.loads(text) for text in table["game"]]
        assert sum(not game["feedback"] for game in games) == 2380
        assert sum(game["ambiguous"] is not None for game in games) == 2809
        assert all(
            o["probability"] > 0 for g in games for lottery in g["lotteries"] for o in lottery
        )


class TestHotelPersuasion(DatasetContract):
    name = "hotel_persuasion"

    def test_history_when_a_round_is_decided_then_only_its_review_is_known(self, table):
        """Of this round only the review is known: neither the score nor whether it paid."""
        row = by_id(table, "u00/bot132/g000/r02")
        assert [(e["round"], e["kind"]) for e in row["history"]] == [
            (1, "message"), (1, "answer"), (1, "quality"), (1, "payoff"), (2, "message"),
        ]  # fmt: skip
        assert row["history"][1]["action"] == "go"
        assert abs(row["history"][2]["amount"] - 9.157142857) < 1e-6
        assert row["history"][3]["amount"] == 1

    def test_goes_when_counted_then_54_of_100(self, table):
        """54% go."""
        assert round((table["choice"] == 0).mean(), 2) == 0.54

    def test_texts_when_read_then_without_hotel_names(self, table, folder):
        """The column with hotel names is not in any text."""
        texts = table["history"].list.last().struct.field("text")
        counts = texts.str.extract(r"^(Positive: |Negative: |\(no text\)$)").value_counts()
        assert dict(counts.iter_rows()) == {"Positive: ": 14974, "Negative: ": 647, "(no text)": 4}

    def test_history_when_this_and_later_rounds_change_then_unchanged(
        self, table, folder, tmp_path
    ):
        """Other choices, scores' outcomes and points from round 6 on change no history up to it."""
        lines = (folder / "games_clean_Y.csv").read_text().splitlines()
        changed = [lines[0]]
        for line in lines[1:]:
            fields = line.split(",")
            if int(fields[3]) >= 6:
                went = fields[7] != "True"
                won = went == (float(fields[6]) >= 8)
                fields[7:10] = [str(went), str(won), "99"]
                line = ",".join(fields)
            changed.append(line)
        (tmp_path / "games_clean_Y.csv").write_text("\n".join(changed) + "\n")
        shutil.copy(folder / "game_reviews.zip", tmp_path)
        after = HotelPersuasion().read(tmp_path)
        upto = pl.col("round") <= 6
        assert after.filter(upto)["history"].equals(table.filter(upto)["history"])
        assert not after["history"].equals(table["history"])

    def test_reading_when_reviews_are_single_files_then_the_same(
        self, table, folder, tmp_path, monkeypatch
    ):
        """As published, each hotel's reviews are a file with its own checksum."""
        target = tmp_path / "hotel_persuasion"
        target.mkdir()
        shutil.copy(folder / "games_clean_Y.csv", target)
        with zipfile.ZipFile(folder / "game_reviews.zip") as archive:
            archive.extractall(target / "game_reviews")
        monkeypatch.setenv("SILICUS_DATA", str(tmp_path))
        assert datasets.load(self.name).equals(table)
        assert len(HotelPersuasion().files_in(target)) == 1069
        (target / "game_reviews" / "7.csv").write_text("x")
        with pytest.raises(DataError, match=r"game_reviews.7\.csv is not the published one"):
            datasets.load(self.name)


class TestZhu2x2(DatasetContract):
    name = "zhu_2x2"

    def test_texts_when_parsed_then_equal_to_the_parsed_table(self, folder):
        """Our parse of the published texts agrees with the mirror's."""
        ours = read_trials(folder / "prompts.jsonl.zip")
        theirs = pl.read_csv(folder / "choices.csv.gz")
        for column in theirs.columns:
            assert (ours[column] == theirs[column].cast(ours[column].dtype)).all()

    def test_games_when_put_in_order_then_2416_of_12_types(self, table):
        """Up to swaps there are 2,416 games, each of one of twelve types, or with tied payoffs."""
        games = [json.loads(text) for text in table["game"].unique()]
        assert len({game["name"] for game in games}) == 2416
        assert {game["topology"] for game in games} == {*ORDERS.values(), TIED}

    def test_target_when_rows_were_swapped_then_the_same_row_of_the_game(self, table):
        """The compared row has the same payoffs on every screen that shows the game."""
        names = table["game"].str.json_path_match("$.name")
        seen = {}
        some = table.with_columns(name=names).filter(pl.col("name") <= "game0150")
        for name, text, target in some.select("name", "game", "target").iter_rows():
            game = read_game(text)
            row = sorted(zip(game.own[target], game.other[target], strict=True))
            assert seen.setdefault(name, row) == row


class TestZhu2x2Rates(DatasetContract):
    name = "zhu_2x2_rates"

    def test_dominant_rows_when_one_strictly_dominates_then_taken_in_84_percent(self, table):
        """Where one row strictly dominates, people take it in 84 to 85% of the cases."""
        taken = total = 0
        for text, rate, n in table.select("game", "choice_rate", "n_choices").iter_rows():
            (a, b), (c, d) = read_game(text).own
            if a > c and b > d:
                taken += rate[0] * n
            elif c > a and d > b:
                taken += rate[1] * n
            else:
                continue
            total += n
        assert 0.84 < taken / total < 0.85

    def test_counts_when_read_then_21_to_63_choices(self, table):
        """Each game was met by 21 to 63 people, the median by 39, nobody twice."""
        assert (table["n_choices"].min(), table["n_choices"].max()) == (21, 63)
        assert table["n_choices"].median() == 39
        assert (table["n_choices"] == table["n_participants"]).all()

    def test_types_when_an_own_row_dominates_then_one_of_six(self, table):
        """Six of the twelve orders are those in which one row is better whatever the other does."""
        dominant = {"dilemma", "deadlock", "compromise", "harmony", "peace", "concord"}
        for text in table["game"]:
            game = read_game(text)
            (a, b), (c, d) = game.own
            if game.topology != TIED:
                assert (game.topology in dominant) == ((a > c) == (b > d))


class TestCasino(DatasetContract):
    name = "casino"
    complete_history = False

    def test_first_dialogue_when_read_by_hand_then_as_published(self, table):
        """Dialogue 157: seat 1 submits 1 food, 1 water, 2 firewood for itself; seat 2 accepts."""
        row = by_id(table, "d0157/seat2/deal1")
        assert [(e["actor"], e["action"], e["amount"]) for e in row["history"][-3:]] == [
            ("other", "Food", 2.0), ("other", "Water", 2.0), ("other", "Firewood", 1.0),
        ]  # fmt: skip
        assert row["choice"] == 0
        assert read_game(row["game"]).own_points == (4, 3, 5)

    def test_history_when_read_then_no_answer_or_outcome_is_told_early(self, table):
        """No message of a history comes after the decision: the last event is the deal answered."""
        last = table["history"].list.last()
        assert (last.struct.field("kind") == "offer").all()
        assert (last.struct.field("actor") == "other").all()
        assert (last.struct.field("round") == table["round"]).all()

    def test_history_when_the_answer_and_what_follows_change_then_unchanged(
        self, table, folder, tmp_path
    ):
        """Rejecting instead of accepting, and other outcomes, change no history up to there."""
        for path in folder.glob("casino_*.json"):
            dialogues = json.loads(path.read_text(encoding="utf-8"))
            for dialogue in dialogues:
                for turn in dialogue["chat_logs"]:
                    if turn["text"] == "Accept-Deal":
                        turn["text"] = "Reject-Deal"
                for info in dialogue["participant_info"].values():
                    info["outcomes"] = {}
            (tmp_path / path.name).write_text(json.dumps(dialogues), encoding="utf-8")
        after = Casino().read(tmp_path)
        assert (after["choice"] == 1).sum() == 1172
        assert after["history"].equals(table["history"])


class TestThresholdPublicGoods(DatasetContract):
    name = "threshold_public_goods"

    def test_choices_when_counted_by_condition_then_as_published(self, table):
        """Thresholds 2, 4 and 5: givers, keepers and leavers as the source counts them."""
        found = {}
        for text, choice, n in table.group_by("game", "choice").len().iter_rows():
            game = read_game(text)
            found[game.outside is not None, game.threshold, choice] = n
        assert [[found[False, k, act] for k in (2, 4, 5)] for act in (0, 1)] == [
            [100, 135, 150], [91, 56, 41],
        ]  # fmt: skip
        assert [[found.get((True, k, act), 0) for k in (2, 4, 5)] for act in (0, 1, 2)] == [
            [82, 91, 133], [38, 7, 0], [71, 93, 58],
        ]  # fmt: skip

    def test_options_when_leaving_is_possible_then_three(self, table):
        """The options are those of the condition."""
        for text, options in table.select("game", "options").unique().iter_rows():
            leave = ["leave"] if read_game(text).outside is not None else []
            assert options == ["give", "keep", *leave]


class TestMoblabDictator(DatasetContract):
    name = "moblab_dictator"

    def test_giving_when_a_hundred_are_divided_then_as_published(self, table):
        """13,232 rows of 10,335 users: 25.86 given on average, 26.1% nothing, 19.4% half."""
        hundred = table.filter(pl.col("game").str.json_path_match("$.total") == "100.0")
        assert hundred.height == 13_232
        assert hundred["participant_id"].n_unique() == 10_335
        assert round(hundred["choice"].mean(), 2) == 25.86
        assert round((hundred["choice"] == 0).mean(), 3) == 0.261
        assert round((hundred["choice"] == 50).mean(), 3) == 0.194

    def test_rows_when_left_out_then_each_for_a_stated_reason(self, dataset, table):
        """Decisions and left-out rows are together the 45,625 rows of the file."""
        assert table.height + sum(dataset.dropped.values()) == 45_625

    def test_options_when_read_then_the_amounts_of_the_game(self, table):
        """From nothing to the whole total, in ones, and the choice is the amount given."""
        for text, options in table.select("game", "options").unique().iter_rows():
            assert tuple(options) == read_game(text).amounts
