"""Nay and Vorobeychik (2016): 168,386 decisions in 30 versions of repeated dilemmas."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.dilemma import dilemma, label
from silicus.datasets.history import add_history, moves
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rda import read_rda
from silicus.datasets.rows import require, with_lines
from silicus.datasets.table import add_game, decision_table
from silicus.games import MatrixGame

FILE = "NV_games.rda"
STUDIES = {
    "AM": "Andreoni & Miller",
    "BR": "Bereby-Meyer & Roth",
    "DB": "Dal Bo",
    "DF": "Dal Bo & Frechette",
    "DO": "Duffy & Ochs",
    "FO": "Friedman & Oprea",
    "FR": "Fudenberg, Rand & Dreber",
    "KS": "Kunreuther, Silvasi, Bradlow & Small",
}
ORIGINAL_POINTS = {"DF": (0.006, 12), "FR": (0.033, -2)}
"""Dollars a point, and the original payoff S: the file shifts payoffs so that S is 0."""

GAME = ("study", "infinite", "continuous", "risk", "noise", "chance", "r", "s", "t", "p", "length")


class NayVorobeychik(Dataset):
    """Eight laboratory studies pooled; sequences of one player in one supergame."""

    name = "nay_vorobeychik"
    title = "Eight studies of repeated prisoner's dilemmas (Nay and Vorobeychik 2016)"
    citation = (
        "Nay, J. J., Vorobeychik, Y. (2016). Predicting human cooperation. PLoS ONE 11(5), "
        "e0155656. DOI 10.1371/journal.pone.0155656"
    )
    licence = "MIT (package datafsm); the terms of the eight studies are not stated there"
    source = "https://github.com/JohnNay/datafsm (data/NV_games.rda)"
    families = ("repeated_matrix",)
    folder = "nay_vorobeychik_ipd"
    files = (
        SourceFile(
            FILE,
            "30d120c026f859341ce07d5982e92961ea82e9dfbe5e2034af8977dfa27b0785",
            "https://raw.githubusercontent.com/JohnNay/datafsm/"
            "c2e55eab12f1a24d3a5b09a9b42aeefff8bc5be4/data/NV_games.rda",
        ),
    )
    aggregate = False
    n_decisions = 168386
    n_participants = None
    overlaps = ("stratest_df2011", "stratest_frd2012", "sample_repeated_pd")
    notes = (
        "No participant numbers: intervals can only resample sequences, of which each person "
        "played many, and are too narrow.",
        "Payoffs of the studies DF and FR are put back into their original points; those of the "
        "others are dollars shifted so that the lowest is 0, as published.",
        "Where noise flips moves (FR), the file does not say whether decisions are meant or "
        "carried out; the history repeats them as they stand.",
        "The chance of a further round is only used where the end was random; games with a fixed "
        "end have the length of the longest sequence of their version.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per sequence and round."""
        rows = _rows(folder / FILE)
        rows = add_game(rows, GAME, _game)
        return decision_table(
            add_history(rows, moves(_rounds(rows))),
            dataset=self.name,
            family="repeated_matrix",
            decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
            options=["A", "B"],
            target=0,
            choice=(pl.col("decision") == "defect").cast(pl.Int32),
            n_participants=1,
        )


def _rows(path: Path) -> pl.DataFrame:
    rows = with_lines(
        read_rda(path).select(
            pl.col("data").alias("study"),
            pl.col("group").cast(pl.Int32),
            (pl.col("infin") == 1).alias("infinite"),
            (pl.col("contin") == 1).alias("continuous"),
            (pl.col("risk") == 1).alias("risk"),
            pl.col("error").alias("noise"),
            pl.col("delta"),
            "r",
            "s",
            "t",
            "p",
            pl.col("period").cast(pl.Int32).alias("round"),
            pl.col("my.decision").alias("decision"),
            pl.col("my.decision1").alias("last_own"),
            pl.col("other.decision1").alias("last_other"),
        )
    ).with_columns((pl.col("round") == 1).cum_sum().alias("sequence"))
    first = pl.col("round") == 1
    lag = (pl.col("decision") == "coop").shift(1).cast(pl.Float64)
    require(
        rows,
        pl.col("study").is_in(list(STUDIES))
        & pl.col("decision").is_in(["coop", "defect"])
        & (first | (pl.col("round") == pl.col("round").shift(1) + 1))
        & (first | (pl.col("last_own") == lag))
        & (first | pl.col("last_other").is_in([0.0, 1.0])),
        file=FILE,
        expected="rows of a sequence to follow one another, each with the moves of the one before",
        show=["study", "sequence", "round", "decision", "last_own", "last_other"],
    )
    version = ["group"]
    return rows.with_columns(
        pl.when("infinite").then(pl.col("delta")).alias("chance"),
        pl.when(~pl.col("infinite")).then(pl.col("round").max().over(version)).alias("length"),
        joined("nay_vorobeychik", pl.col("study"), numbered("s", "sequence", 5)).alias("play_id"),
    )


def _rounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the moves of each finished round: own from its row, the other's from the next."""
    return rows.select(
        "play_id",
        "round",
        label("decision").alias("own"),
        pl.when(pl.col("round").shift(-1) == pl.col("round") + 1)
        .then(pl.when(pl.col("last_other").shift(-1) == 1).then(pl.lit("A")).otherwise(pl.lit("B")))
        .alias("other"),
    ).filter(pl.col("other").is_not_null())


def _game(row: dict[str, Any]) -> MatrixGame:
    dollars, lowest = ORIGINAL_POINTS.get(row["study"], (1, 0))
    payoffs = {letter: round(row[letter] / dollars + lowest, 6) for letter in "rstp"}
    kinds = ["stochastic payoffs"] * row["risk"] + ["continuous time"] * row["continuous"]
    return dilemma(
        reward=payoffs["r"],
        sucker=payoffs["s"],
        temptation=payoffs["t"],
        punishment=payoffs["p"],
        name=", ".join(["prisoner's dilemma", STUDIES[row["study"]], *kinds]),
        payoff_unit="points" if row["study"] in ORIGINAL_POINTS else "dollars",
        n_rounds=row["length"],
        continuation=row["chance"],
        noise=row["noise"],
    )
