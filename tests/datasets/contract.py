"""What every data set owes; each has a test class that inherits :class:`DatasetContract`."""

import os
import random
import time
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from silicus import datasets, plugins
from silicus.datasets.files import locate
from silicus.datasets.reading import get
from silicus.errors import DataError
from silicus.games import read_game
from silicus.schema import Decision, check

READ_LIMIT_S = 5.0
"""For reading and validating any data set on two cores; three times that where busy."""


def copied(dataset, folder: Path, target: Path) -> Path:
    """Copy the files of a data set into a folder; return it."""
    for file in dataset.files_in(folder):
        (target / file.path).parent.mkdir(parents=True, exist_ok=True)
        (target / file.path).write_bytes((folder / file.path).read_bytes())
    return target


def shuffled(content: bytes) -> bytes:
    """Return a text with its lines after the first in another order."""
    head, *lines = content.splitlines(keepends=True)
    random.Random(0).shuffle(lines)
    return b"".join([head, *lines])


DAMAGE = {
    "cut off in a row": lambda content: content[: 2 * len(content) // 3],
    "cut off after a row": lambda content: b"".join(content.splitlines(keepends=True)[:-3]),
    "re-encoded": lambda content: content.decode("latin-1").encode("utf-16"),
    "reordered": shuffled,
    "emptied": lambda content: b"",
}


class DatasetContract:
    """Inherit, set ``name``, and add what is special about the data set.

    ``own_choices`` are the kinds of event that record what a participant chose;
    ``complete_history`` says that every earlier round of a play is a decision of its participant;
    ``damaged_file`` is the place, among the files, of the one that the damage tests change.
    """

    name: ClassVar[str]
    own_choices: ClassVar[tuple[str, ...]] = ("move", "answer")
    complete_history: ClassVar[bool] = True
    damaged_file: ClassVar[int] = 0
    numbered_by_place: ClassVar[bool] = False

    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls):
        """Return the data set, or skip where its files are not on this machine."""
        dataset = get(cls.name)
        if dataset.folder is not None and not os.environ.get("SILICUS_DATA"):
            pytest.skip("SILICUS_DATA names no mirror of the published data")
        return dataset

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, dataset) -> Path:
        """Return the verified folder of the files."""
        return locate(dataset)

    @pytest.fixture(scope="class")
    @classmethod
    def table(cls, dataset) -> pl.DataFrame:
        """Return the whole Decision table."""
        return datasets.load(cls.name)

    def test_loading_when_whole_then_counts_and_schema_hold(self, dataset, table):
        """Counts are the published ones, and the columns those of a Decision table."""
        assert table.height == dataset.n_decisions
        assert table.schema == Decision.create_empty().schema
        assert table["n_choices"].sum() == (dataset.n_choices or dataset.n_decisions)
        if not dataset.aggregate:
            people = table["participant_id"].drop_nulls().n_unique()
            assert people == (dataset.n_participants or 0)
        assert table["choice_rate"].is_null().all() != dataset.aggregate
        assert set(table["dataset"]) == {self.name}
        assert set(table["family"]) == set(dataset.families)

    def test_ids_when_read_then_unique_and_named_after_the_data_set(self, table):
        """A decision id is unique and says which data set it is of."""
        assert table["decision_id"].is_unique().all()
        assert table["decision_id"].str.starts_with(f"{self.name}/").all()
        assert table.select("play_id", "round").is_unique().all()

    def test_facts_when_described_then_citation_and_licence_are_given(self, dataset):
        """Source, citation and licence are there to be shown."""
        facts = datasets.describe(self.name)
        for key in ("title", "citation", "licence", "source"):
            assert len(facts[key]) > 2, key
        assert facts["files"]

    def test_registration_when_looked_up_then_class_and_name_agree(self, dataset):
        """The name in plugins.py leads to the class that has it."""
        assert type(dataset) is plugins.load("datasets", self.name)
        assert dataset.name == self.name

    def test_games_when_read_then_parameters_are_typed(self, table):
        """Every game text is a known kind of game; a matrix game has the options as actions."""
        for text, options in table.select("game", "options").unique().iter_rows():
            game = read_game(text)
            if game.kind == "matrix":
                assert sorted(game.actions) == sorted(options)
            labels = getattr(game, "labels", {})
            assert set(labels) <= set(options)

    def test_history_when_read_then_ends_before_this_choice(self, table):
        """No own act of this round or a later one is in a history, and rounds never fall."""
        events = table.select("decision_id", pl.col("round").alias("now"), "history").explode(
            "history", empty_as_null=False
        )
        events = events.unnest("history")
        own = events.filter((pl.col("actor") == "self") & pl.col("kind").is_in(self.own_choices))
        assert (own["round"] < own["now"]).all()
        assert (events["round"] <= events["now"]).all()
        late = events.filter(pl.col("kind").is_in(["move", "payoff", "quality"]))
        assert self.may_show_this_round(late.filter(pl.col("round") == late["now"]))
        falls = events.filter(
            pl.col("round").diff().over("decision_id", order_by=pl.int_range(pl.len())) < 0
        )
        assert falls.is_empty()

    def may_show_this_round(self, events: pl.DataFrame) -> bool:
        """Return whether moves, payoffs or qualities of the round being decided may be shown."""
        return events.is_empty()

    def test_history_when_choices_are_individual_then_holds_them_as_made(self, dataset, table):
        """The own acts in a history are the choices of the play's earlier decisions."""
        if dataset.aggregate:
            pytest.skip("rates have no earlier decisions")
        made = table.select(
            "play_id", "round", pl.col("options").list.get(pl.col("choice")).alias("made")
        )
        told = (
            table.select("play_id", pl.col("round").alias("now"), "history")
            .explode("history", empty_as_null=False)
            .unnest("history")
            .filter((pl.col("actor") == "self") & pl.col("kind").is_in(self.own_choices))
        )
        both = told.join(made, on=["play_id", "round"], how="left")
        known = both.filter(pl.col("made").is_not_null())
        assert (known["made"] == known["action"]).all()
        if self.complete_history:
            assert known.height == both.height
            earlier = made.join(made.select("play_id", now="round"), on="play_id").filter(
                pl.col("round") < pl.col("now")
            )
            assert told.height == earlier.height

    def test_history_when_a_play_goes_on_then_only_grows(self, table):
        """What was known at a decision is the beginning of what is known at the play's next one."""
        pairs = (
            table.select("play_id", "round", "history")
            .sort("play_id", "round")
            .with_columns(
                pl.col("history").shift(-1).over("play_id").alias("later"),
            )
            .filter(pl.col("later").is_not_null())
        )
        beginning = pl.col("later").list.head(pl.col("history").list.len())
        kept = pairs.select((beginning == pl.col("history")).alias("kept"))["kept"]
        assert kept.all()

    def test_reading_when_timed_then_takes_seconds(self, dataset, folder):
        """Reading and validating stays within three times the limit, on a busy machine too."""
        started = time.process_time()
        datasets.load(self.name)
        assert time.process_time() - started < 3 * READ_LIMIT_S

    def test_locating_when_a_file_was_edited_then_refused_with_the_fix(
        self, dataset, folder, tmp_path, monkeypatch
    ):
        """A byte more in a source file is found by its checksum, and the message says what to do.

        Embedded files cannot be swapped; their bytes are checked where they lie.
        """
        if dataset.folder is None:
            assert locate(dataset) == folder
            return
        copy = copied(dataset, folder, tmp_path / dataset.folder)
        first = dataset.files_in(folder)[0]
        with (copy / first.path).open("ab") as stream:
            stream.write(b"\n")
        monkeypatch.setenv("SILICUS_DATA", str(tmp_path))
        with pytest.raises(DataError, match=f"{first.sha256}.*silicus data get {self.name}"):
            datasets.load(self.name)

    @pytest.mark.parametrize("damage", DAMAGE)
    def test_reading_when_damaged_without_a_checksum_then_refused_or_harmless(
        self, dataset, folder, table, tmp_path, damage
    ):
        """A damaged file is refused by its rows, or its counts give it away, or nothing changed."""
        if damage == "reordered" and self.numbered_by_place:
            pytest.skip("rows have no name but their place; the checksum alone keeps them")
        copy = copied(dataset, folder, tmp_path)
        listed = dataset.files_in(folder)
        path = copy / listed[min(self.damaged_file, len(listed) - 1)].path
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
        try:
            found = check(dataset.read(copy), Decision, where=self.name)
        except DataError:
            return
        if found.height == dataset.n_decisions:
            assert found.sort("decision_id").equals(table.sort("decision_id"))
