"""Heffner and FeldmanHall (2022): 20 ultimatum offers to each of 715 people."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import UltimatumGame

FILE = "ug_data.csv"
ORIGIN = (
    "https://raw.githubusercontent.com/jpheffne/NC_emotion_classify/"
    "5ece09eef0e666e30caea25c13014f3e526eb47d/data/behavioral"
)
CITATION = (
    "Heffner, J., FeldmanHall, O. (2022). A probabilistic map of emotional experiences during "
    "competitive social interactions. Nature Communications 13, 1718. "
    "DOI 10.1038/s41467-022-29372-8"
)
ACCEPTED, REJECTED = 0, 1
"""How the file codes ``choice``: the reverse of the usual."""


class HeffnerUltimatum(Dataset):
    """Each offer is from a new stranger, without feedback: a series of one-shot decisions."""

    name = "heffner_ultimatum"
    title = "Ultimatum offers from strangers (Heffner and FeldmanHall 2022)"
    citation = CITATION
    licence = "MIT"
    source = "https://github.com/jpheffne/NC_emotion_classify"
    families = ("bargaining",)
    folder = "heffner_games"
    files = (
        SourceFile(
            FILE,
            "b4d8f2522f76189e8566f6702e1ae521743065c28fe5096a2761e820c3544de4",
            f"{ORIGIN}/ug_data.csv",
        ),
    )
    aggregate = False
    n_decisions = 14300
    n_participants = 715
    overlaps = ("sample_ultimatum",)
    notes = (
        "The sum of money is not in the published data: only shares are known.",
        "Ratings of emotion were made around the choice and are left out.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person and trial."""
        whole = dict.fromkeys(("sub", "trial", "valence", "arousal", "choice"), pl.Int32)
        rows = read_csv(folder / FILE, {**whole, "unfairness": pl.Float64, "study": pl.String})
        require(
            rows,
            pl.col("choice").is_in([ACCEPTED, REJECTED])
            & pl.col("unfairness").is_between(0.5, 0.95)
            & (pl.len().over("sub", "unfairness") == 2)
            & (pl.col("trial").rank("ordinal").over("sub") == pl.col("trial"))
            & pl.col("trial").is_first_distinct().over("sub"),
            file=FILE,
            expected="trials 1 to 20 of each person, each offer twice, and choice 0 or 1",
            show=["sub", "trial", "unfairness", "choice"],
        )
        rows = rows.with_columns(
            numbered("p", "sub", 4).alias("participant_id"),
            # The file has what the proposer keeps.
            (1 - pl.col("unfairness")).round(2).alias("share_offered"),
        ).with_columns(
            joined(self.name, pl.col("participant_id"), numbered("t", "trial", 2)).alias(
                "decision_id"
            )
        )
        return decision_table(
            add_game(rows, ["share_offered"], _game),
            dataset=self.name,
            family="bargaining",
            play_id=pl.col("decision_id"),
            options=["accept", "reject"],
            target=0,
            choice=pl.col("choice").replace_strict({ACCEPTED: 0, REJECTED: 1}),
        )


def _game(row: dict[str, Any]) -> UltimatumGame:
    return UltimatumGame(share_offered=row["share_offered"])
