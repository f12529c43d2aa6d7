"""Fudenberg, Rand and Dreber (2012): repeated dilemmas in which moves may be flipped by chance."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.dilemma import dilemma, label
from silicus.datasets.history import add_history, moves
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rda import read_rda
from silicus.datasets.rows import require, whole_plays, with_lines
from silicus.datasets.stratest_df2011 import LICENCE, ORIGIN
from silicus.datasets.table import add_game, decision_table
from silicus.games import MatrixGame

FILE = "FRD2012.rda"
CONTINUATION = 7 / 8
COST = 2


class StratestFRD2012(Dataset):
    """The last four supergames of each person, in six treatments of noise and benefit."""

    name = "stratest_frd2012"
    title = "Repeated prisoner's dilemmas with noise (Fudenberg, Rand and Dreber 2012)"
    citation = (
        "Fudenberg, D., Rand, D. G., Dreber, A. (2012). Slow to anger and fast to forgive: "
        "cooperation in an uncertain world. American Economic Review 102(2), 720-749. "
        "DOI 10.1257/aer.102.2.720"
    )
    licence = LICENCE
    source = "https://github.com/fdvorak/stratEst (data/FRD2012.rda)"
    families = ("repeated_matrix",)
    folder = "stratest_pd"
    files = (
        SourceFile(
            FILE,
            "eb615d722281000db1b360d33da4bfff3693aa8703f7ae6a36be8b500415fd92",
            f"{ORIGIN}/data/FRD2012.rda",
        ),
    )
    aggregate = False
    n_decisions = 13126
    n_participants = 384
    overlaps = ("nay_vorobeychik",)
    notes = (
        "The choice is what a person meant to do; the history holds both players' moves as carried "
        "out, which noise may have flipped. What the other meant was not told.",
        "Only the last four supergames of each person, as stratEst ships them.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person, supergame and round."""
        rows = with_lines(read_rda(folder / FILE)).rename(
            {"period": "round", "last.choice": "last_own", "last.other": "last_other"}
        )
        rows = rows.with_columns(pl.col("bc", "error").cast(pl.Float64, strict=False))
        first = pl.col("round") == 1
        require(
            rows,
            pl.col("choice").is_in(["c", "d"])
            & (pl.col("last_own").is_in(["c", "d"]) | first)
            & (pl.col("last_other").is_in(["c", "d"]) | first)
            & (pl.col("last_own").is_null() | ~first)
            & pl.col("bc").is_in([1.5, 2.0, 2.5, 4.0])
            & pl.col("error").is_in([0.0, 0.0625, 0.125]),
            file=FILE,
            expected="choices c or d, earlier moves from round 2 on, and known bc and error",
            show=["round", "choice", "last_own", "last_other", "bc", "error"],
        )
        whole_plays(rows, ["treatment", "id", "game"], file=FILE)
        person = numbered("p", "id", 3)
        rows = rows.with_columns(
            person.alias("participant_id"),
            joined(
                self.name, numbered("t", "treatment", 1), person, numbered("g", "game", 2)
            ).alias("play_id"),
        )
        # What was carried out in a round is recorded in the row of the next one.
        carried_out = rows.filter(~first).select(
            "play_id",
            pl.col("round") - 1,
            label("last_own").alias("own"),
            label("last_other").alias("other"),
        )
        rows = add_game(rows.rename({"game": "supergame"}), ["bc", "error"], _game)
        return decision_table(
            add_history(rows, moves(carried_out)),
            dataset=self.name,
            family="repeated_matrix",
            decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
            options=["A", "B"],
            target=0,
            choice=(pl.col("choice") == "d").cast(pl.Int32),
        )


def _game(row: dict[str, Any]) -> MatrixGame:
    gift = COST * row["bc"]
    return dilemma(
        reward=gift - COST,
        sucker=-COST,
        temptation=gift,
        punishment=0,
        continuation=CONTINUATION,
        noise=row["error"],
    )
