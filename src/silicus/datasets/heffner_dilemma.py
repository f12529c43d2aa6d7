"""Heffner and FeldmanHall (2022): second movers in a dilemma of contributions."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.heffner_ultimatum import CITATION, ORIGIN
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import ContributionGame

FILE = "pd_data.csv"
HALF = 0.5
"""From this share on a contribution is published as "cooperate"."""


class HeffnerDilemma(Dataset):
    """Each trial is with a new stranger, whose contribution is known before the choice."""

    name = "heffner_dilemma"
    title = "Contributions after a stranger's (Heffner and FeldmanHall 2022)"
    citation = CITATION
    licence = "MIT"
    source = "https://github.com/jpheffne/NC_emotion_classify"
    families = ("one_shot_matrix",)
    folder = "heffner_games"
    files = (
        SourceFile(
            FILE,
            "2345fe33ad190a5ce07bdde218dcb941f68224d9caee884a6063caa180e00356",
            f"{ORIGIN}/pd_data.csv",
        ),
    )
    aggregate = False
    n_decisions = 6732
    n_participants = 306
    notes = (
        "People chose any share in tenths; a choice is published as give from one half on, and as "
        "keep below. The scale of the money is not in the published data.",
        "Ratings of emotion were made around the choice and are left out.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person and trial."""
        whole = dict.fromkeys(("sub", "trial", "valence", "arousal"), pl.Int32)
        shares = dict.fromkeys(("partner_contribution", "sub_contribution"), pl.Float64)
        texts = dict.fromkeys(("sub_contribution_binary", "study"), pl.String)
        rows = read_csv(folder / FILE, {**whole, **shares, **texts})
        gave = pl.col("sub_contribution_binary") == "cooperate"
        require(
            rows,
            pl.col("sub_contribution_binary").is_in(["cooperate", "defect"])
            & pl.col("partner_contribution").is_between(0, 1)
            & pl.col("sub_contribution").is_between(0, 1)
            & (gave == (pl.col("sub_contribution") >= HALF))
            & (pl.len().over("sub", "partner_contribution") == 2)
            & (pl.col("trial").rank("ordinal").over("sub") == pl.col("trial"))
            & pl.col("trial").is_first_distinct().over("sub"),
            file=FILE,
            expected=(
                "trials 1 to 22 of each person, each partner's contribution twice, and cooperate "
                "for a contribution of at least one half"
            ),
            show=["sub", "trial", "partner_contribution", "sub_contribution"],
        )
        rows = rows.with_columns(numbered("p", "sub", 4).alias("participant_id")).with_columns(
            joined(self.name, pl.col("participant_id"), numbered("t", "trial", 2)).alias(
                "decision_id"
            )
        )
        return decision_table(
            add_game(rows, ["partner_contribution"], _game),
            dataset=self.name,
            family="one_shot_matrix",
            play_id=pl.col("decision_id"),
            options=["give", "keep"],
            target=0,
            choice=(~gave).cast(pl.Int32),
        )


def _game(row: dict[str, Any]) -> ContributionGame:
    return ContributionGame(
        other_share=row["partner_contribution"], labels={"give": "give", "keep": "keep"}
    )
