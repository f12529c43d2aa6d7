"""GLEE games, in the part at hand and in the layout of the published collection."""

import csv
import json
import shutil

import polars as pl
import pytest

from silicus import datasets
from silicus.datasets.glee_bargaining import GleeBargaining
from silicus.datasets.glee_persuasion import GleePersuasion
from silicus.errors import DataError
from silicus.games import read_game

from .contract import DatasetContract


@pytest.mark.mirror
class TestGleeBargaining(DatasetContract):
    name = "glee_bargaining"
    complete_history = False
    damaged_file = 1

    def test_game_when_read_by_hand_then_offers_are_the_persons_gain(self, table):
        """Alice, a person, answers 5,000 in round 2 and accepts 6,000 in round 4."""
        row = table.row(
            by_predicate=pl.col("decision_id") == "glee_bargaining/0003852CF8408F00/r04", named=True
        )
        steps = [
            (e["round"], e["actor"], e["kind"], e["action"] or e["amount"]) for e in row["history"]
        ]
        assert steps == [
            (1, "self", "offer", 7354.0),
            (1, "other", "answer", "reject"),
            (2, "other", "offer", 5000.0),
            (2, "self", "answer", "reject"),
            (3, "self", "offer", 7420.0),
            (3, "other", "answer", "reject"),
            (4, "other", "offer", 6000.0),
        ]
        assert row["choice"] == 0
        game = read_game(row["game"])
        assert (game.total, game.proposes_first, game.limit_told) == (10000, True, False)

    def test_messages_when_not_allowed_then_none(self, table):
        """Where no messages were allowed, the literal "nan" is not taken for one."""
        for text, history in table.select("game", "history").iter_rows():
            if not read_game(text).messages_allowed:
                assert all(event["text"] is None for event in history)

    def test_reading_when_laid_out_as_published_then_the_same_decisions(
        self, table, folder, tmp_path, monkeypatch
    ):
        """The part arranged as Data/human_vs_llm/FAMILY/X/Y/Z/HASH gives the same decisions."""
        root = tmp_path / "glee" / "Data" / "human_vs_llm" / "bargaining"
        for game in (folder / "bargaining").iterdir():
            shutil.copytree(game, root.joinpath(*game.name[:3], game.name))
        monkeypatch.setenv("SILICUS_DATA", str(tmp_path))
        found = datasets.load(self.name)
        assert found.equals(table)
        counts = datasets.check_counts(self.name)
        assert set(counts["agrees"]) == {"not published"}

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("reject", "refuse", 'line 3: expected accept.*"refuse"'),
            ("2646.0", "2600.0", "divides 10000"),
            (",Bob,2,None", ",Bob,3,None", "expected round 2, player Bob"),
            ("5000.0,5000.0", "many,5000.0", 'a number as alice_gain, found "many"'),
            (",,None,Alice,4,accept", ",,None,Alice,4", "another number of fields"),
        ],
    )
    def test_reading_when_a_row_was_edited_then_named(self, folder, tmp_path, old, new, message):
        """A damaged row is named with its game and line, also without a checksum."""
        game = tmp_path / "bargaining" / "0003852CF8408F00"
        shutil.copytree(folder / "bargaining" / game.name, game)
        path = game / "game.csv"
        path.chmod(0o644)
        text = path.read_bytes().decode("utf-8")
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode("utf-8"))
        with pytest.raises(DataError, match=message):
            GleeBargaining().read(tmp_path)


@pytest.mark.mirror
class TestGleeNegotiation(DatasetContract):
    name = "glee_negotiation"
    complete_history = False
    damaged_file = 1

    def test_roles_when_read_then_sellers_propose_in_odd_rounds(self, table):
        """A person who sells answers in even rounds, one who buys in odd ones."""
        for text, number in table.select("game", "round").iter_rows():
            assert (read_game(text).role == "seller") == (number % 2 == 0)


@pytest.mark.mirror
class TestGleePersuasion(DatasetContract):
    name = "glee_persuasion"
    damaged_file = 1

    def test_quality_when_a_round_is_decided_then_only_earlier_ones_are_known(self, table):
        """A buyer knows the qualities of earlier rounds, and the word of this one too."""
        for number, history in table.select("round", "history").iter_rows():
            qualities = [e["round"] for e in history if e["kind"] == "quality"]
            assert qualities == list(range(1, number))
            words = [e["round"] for e in history if e["actor"] == "other"]
            assert words == list(range(1, number + 1))

    @pytest.mark.parametrize("now", [1, 10])
    def test_history_when_this_and_later_rounds_change_then_unchanged(
        self, table, folder, tmp_path, now
    ):
        """Other qualities, worths and purchases from round ``now`` on change no earlier history."""
        for game in (folder / "persuasion").iterdir():
            config = json.loads((game / "config.json").read_text(encoding="utf-8-sig"))
            args = config["game_args"]
            target = tmp_path / "persuasion" / game.name
            target.mkdir(parents=True)
            shutil.copy(game / "config.json", target)
            with (game / "game.csv").open(newline="", encoding="utf-8-sig") as stream:
                rows = list(csv.DictReader(stream))
            for row in rows:
                if int(row["round"]) < now:
                    continue
                if row["player"] == "Nature":
                    high = row["round_quality"] == "low-quality"
                    row["round_quality"] = "high-quality" if high else "low-quality"
                    row["product_worth"] = args["v" if high else "c"] * args["product_price"]
                elif row["player"] == "Bob":
                    row["decision"] = {"yes": "no", "no": "yes"}[row["decision"]]
            with (target / "game.csv").open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, rows[0])
                writer.writeheader()
                writer.writerows(rows)
        after = GleePersuasion().read(tmp_path)
        assert (after["choice"] != table["choice"]).sum() == 19 * (21 - now)
        upto = pl.col("round") <= now
        assert after.filter(upto)["history"].equals(table.filter(upto)["history"])
