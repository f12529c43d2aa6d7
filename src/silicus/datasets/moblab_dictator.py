"""Mei, Xie, Yuan and Jackson (2024): what players of MobLab's dictator game gave away."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import DictatorGame

FILE = "dictator.csv"
PACKED = "dictator.csv.gz"
COMMIT = "69ec5575efc373382de5bfc6e457667c2d0b3e60"
PUBLISHED = SourceFile(
    FILE,
    "f9f8d94ce13963646adc5afc192e0e9f5945c893b4527ed0e9c3d5585a9aeeb8",
    f"https://raw.githubusercontent.com/yutxie/ChatGPT-Behavioral/{COMMIT}/data/{FILE}",
)
MIRRORED = SourceFile(PACKED, "84aa0bd77f715c542801bfbdff222605c6e877e8f55202023e4604d935477bf1")

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "UserID": pl.String,
    "Role": pl.String,
    "Round": pl.Int32,
    "Total": pl.Float64,
    "move": pl.Float64,
    "gameType": pl.String,
}


class MoblabDictator(Dataset):
    """The dictators' first round of each session, for any total above nothing.

    Nothing in the file tells the sessions of one person apart, so the history of a later round
    cannot be known; first rounds have none.
    """

    name = "moblab_dictator"
    title = "Dictator game on MobLab (Mei et al. 2024)"
    citation = (
        "Mei, Q., Xie, Y., Yuan, W. and Jackson, M. O. (2024). A Turing test of whether AI "
        "chatbots are behaviorally similar to humans. PNAS 121(9) e2313925121, "
        "doi:10.1073/pnas.2313925121"
    )
    licence = "MIT"
    source = "https://github.com/yutxie/ChatGPT-Behavioral"
    families = ("dictator",)
    folder = "moblab_dictator"
    files = (PUBLISHED,)
    aggregate = False
    n_decisions = 15_811
    n_participants = 11_913
    dropped: ClassVar = {
        "second players, who do not move": 16_719,
        "rounds after the first, whose history is not known": 12_579,
        "first rounds with a total of 0, of which no move is a part": 516,
    }
    notes = (
        "Players are mostly students in class; incentives differ between classes.",
        "What players read is MobLab's own text, which is not published; the unit is called points "
        "here.",
        "The total is 100 in 13,232 of the decisions; the others have 71 totals from 1 to 1,000, "
        "so options differ between decisions.",
    )

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the file as published, or packed as a mirror keeps it."""
        return (PUBLISHED,) if (folder / FILE).is_file() else (MIRRORED,)

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per dictator and session."""
        path = folder / self.files_in(folder)[0].path
        rows = read_csv(path, _COLUMNS)
        first = pl.col("Role") == "first"
        moved = first & (pl.col("Total") > 0)
        require(
            rows,
            pl.col("UserID").is_not_null()
            & pl.col("Role").is_in(["first", "second"])
            & (pl.col("gameType") == "dictator")
            & (pl.col("Round") >= 1)
            & (pl.col("Total") >= 0)
            & (first == pl.col("move").is_not_null())
            & (~moved | pl.col("move").is_between(0, pl.col("Total")))
            & (~moved | (pl.col("move") == pl.col("move").round()))
            & (pl.col("Total") == pl.col("Total").round()),
            file=path.name,
            expected="a whole move from 0 to Total of each first player, and none of a second",
            show=["Role", "Round", "Total", "move"],
        )
        rows = rows.filter(first, pl.col("Round") == 1, pl.col("Total") > 0)
        # Sorted, so that ids do not depend on the order of lines.
        rows = rows.sort("UserID", "Total", "move").with_columns(
            numbered("p", pl.col("UserID").rank("dense"), 5).alias("participant_id"),
            pl.int_range(1, pl.len() + 1).over("UserID").alias("place"),
        )
        rows = rows.with_columns(
            joined(self.name, pl.col("participant_id"), numbered("d", "place", 2)).alias(
                "decision_id"
            )
        )
        return decision_table(
            add_game(rows, ["Total"], _game),
            dataset=self.name,
            family="dictator",
            play_id=pl.col("decision_id"),
            options=pl.int_ranges(0, pl.col("Total").cast(pl.Int64) + 1).cast(pl.List(pl.String)),
            target=0,
            choice=pl.col("move").cast(pl.Int32),
        )


def _game(row: dict[str, Any]) -> DictatorGame:
    return DictatorGame(total=row["Total"])
