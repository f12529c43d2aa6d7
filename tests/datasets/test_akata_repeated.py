"""The 3,900 decisions against GPT-4 in repeated games."""

from pathlib import Path

import polars as pl
import pytest

from silicus.datasets.akata_repeated import FILE, AkataRepeated
from silicus.errors import DataError
from silicus.schema import target_rate

from .contract import DatasetContract

J_BY_ROUND = {
    "PD": [0.48, 0.54, 0.61, 0.56, 0.47, 0.48, 0.47, 0.46, 0.40, 0.30],
    "BoS": [0.54, 0.43, 0.51, 0.54, 0.41, 0.50, 0.43, 0.42, 0.43, 0.44],
}
MEANS = {"PD": 0.477, "BoS": 0.464}
"""Shares of the key J that the reference study's notes give, two decimals."""


def changed(folder: Path, target: Path, edit) -> Path:
    """Write a copy of the source whose data lines (without header) went through ``edit``."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    (target / FILE).write_text("\n".join([lines[0], *edit(lines[1:])]) + "\n", encoding="utf-8")
    return target


@pytest.mark.mirror
class TestAkataRepeated(DatasetContract):
    name = "akata_repeated"

    def test_shares_when_counted_by_round_then_those_of_the_study(self, table):
        """The share of J by game and round is what the published analysis finds."""
        shares = (
            table.with_columns(
                target_rate(table), game_name=pl.col("play_id").str.split("/").list[-1]
            )
            .group_by("game_name", "round")
            .agg(pl.col("target_rate").mean())
            .sort("round")
        )
        for name, expected in J_BY_ROUND.items():
            found = shares.filter(pl.col("game_name") == name)["target_rate"]
            # Two decimals; .3949 in round 9 of the dilemma is given as .40, rounded twice.
            assert all(
                abs(share - given) < 0.0052 for share, given in zip(found, expected, strict=True)
            )
            assert round(found.mean(), 3) == MEANS[name]

    def test_first_rounds_when_read_by_hand_then_moves_are_derived(self, table):
        """Person 1: F with 10 points (so the other J), then J with 0 (F), then F with 5 (F)."""
        row = table.row(
            by_predicate=pl.col("decision_id") == "akata_repeated/p001/PD/r04", named=True
        )
        told = [(e["round"], e["actor"], e["action"], e["amount"]) for e in row["history"]]
        assert told == [
            (1, "self", "F", 10),
            (1, "other", "J", 0),
            (2, "self", "J", 0),
            (2, "other", "F", 10),
            (3, "self", "F", 5),
            (3, "other", "F", 5),
        ]

    def test_impossible_rows_when_read_then_the_other_move_is_left_out(self, table):
        """Four rounds contradict themselves: later histories have the own points alone."""
        events = (
            table.select("play_id", "history")
            .explode("history", empty_as_null=False)
            .unnest("history")
        )
        rounds = events.filter(pl.col("kind") == "payoff").unique(["play_id", "round"])
        last = events.unique(["play_id", "round", "actor", "kind"])
        missing = last.filter((pl.col("actor") == "self") & (pl.col("kind") == "move")).join(
            last.filter(pl.col("actor") == "other"), on=["play_id", "round"], how="anti"
        )
        assert missing.height == rounds.height <= 4

    @pytest.mark.parametrize("now", [1, 5, 10])
    def test_history_when_this_and_later_rounds_change_then_unchanged(
        self, table, folder, tmp_path, now
    ):
        """Other keys and points from round ``now`` on leave all histories up to it as they are."""

        def edit(lines):
            for number, line in enumerate(lines):
                person, game, action, _, *rest = line.split(",")
                if number % 10 + 1 >= now:
                    action = str(1 - int(action))
                    score = {"PD": "8", "BoS": "7"}[game] if action == "1" else "0"
                    line = ",".join([person, game, action, score, *rest])
                yield line

        after = AkataRepeated().read(changed(folder, tmp_path, edit))
        assert (after["choice"] != table["choice"]).sum() == 390 * (11 - now)
        upto = pl.col("round") <= now
        assert after.filter(upto)["history"].equals(table.filter(upto)["history"])
        if now < 10:
            assert not after["history"].equals(table["history"])

    @pytest.mark.parametrize(
        ("edit", "message"),
        [
            (lambda lines: lines[:-1], "10 rows in a row"),
            (lambda lines: [lines[10], *lines[:10], *lines[11:]], "10 rows in a row"),
            (lambda lines: [lines[0].replace("PD,0", "PD,2"), *lines[1:]], "line 2.*action 2"),
            (lambda lines: [lines[0].replace("PD,0", "PD,x"), *lines[1:]], 'column "action".*"x"'),
            (lambda lines: [lines[0].replace("10", "9"), *lines[1:]], "score 9"),
            (lambda lines: [lines[0] + ",more", *lines[1:]], "cannot be read"),
        ],
        ids=["truncated", "reordered", "bad action", "no number", "bad score", "ragged"],
    )
    def test_reading_when_a_row_was_edited_then_refused(self, folder, tmp_path, edit, message):
        """Also without a checksum a damaged row is named, never used."""
        with pytest.raises(DataError, match=message):
            AkataRepeated().read(changed(folder, tmp_path, edit))
