"""Dal Bo and Frechette (2011): infinitely repeated dilemmas, with participant numbers."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.dilemma import dilemma, label
from silicus.datasets.history import add_history, moves
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rda import read_rda
from silicus.datasets.rows import require, whole_plays, with_lines
from silicus.datasets.table import add_game, decision_table
from silicus.games import MatrixGame

FILE = "DF2011.rda"
ORIGIN = (
    "https://raw.githubusercontent.com/fdvorak/stratEst/c05aae64eadc8f5e2bbf8b98b14b884f5b393be7"
)
LICENCE = "CC BY 4.0, American Economic Association (as distributed with stratEst)"
TREATMENTS = {
    f"D{chance}R{reward}": (float(f"0.{chance}"), float(reward))
    for chance in ("5", "75")
    for reward in (32, 40, 48)
}
"""Chance of a further round and payoff R; S, T and P are the same in all."""


class StratestDF2011(Dataset):
    """Late supergames of six treatments: two continuation chances by three rewards."""

    name = "stratest_df2011"
    title = "Infinitely repeated prisoner's dilemmas (Dal Bo and Frechette 2011)"
    citation = (
        "Dal Bo, P., Frechette, G. R. (2011). The evolution of cooperation in infinitely repeated "
        "games. American Economic Review 101(1), 411-429. DOI 10.1257/aer.101.1.411"
    )
    licence = LICENCE
    source = "https://github.com/fdvorak/stratEst (data/DF2011.rda)"
    families = ("repeated_matrix",)
    folder = "stratest_pd"
    files = (
        SourceFile(
            FILE,
            "bf6d5db8cbee54cda28615382fe4097495d1f18b5e79c2812eec0bcd8ebfd821",
            f"{ORIGIN}/data/DF2011.rda",
        ),
    )
    aggregate = False
    n_decisions = 7358
    n_participants = 266
    overlaps = ("nay_vorobeychik", "sample_repeated_pd")
    notes = (
        "A part of the experiment, as stratEst ships it: the late supergames of each person.",
        "Payoffs S = 12, T = 50, P = 25 are taken from the paper; they are not in the file.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person, supergame and round."""
        rows = with_lines(read_rda(folder / FILE)).rename(
            {"period": "round", "other.choice": "other_choice"}
        )
        require(
            rows,
            pl.col("treatment").is_in(list(TREATMENTS))
            & pl.col("choice").is_in(["c", "d"])
            & pl.col("other_choice").is_in(["c", "d"]),
            file=FILE,
            expected="a known treatment and choices c or d",
            show=["treatment", "choice", "other_choice"],
        )
        whole_plays(rows, ["treatment", "id", "game"], file=FILE)
        person = numbered("p", "id", 3)
        play = joined(self.name, pl.col("treatment"), person, numbered("g", "game", 2))
        rows = rows.with_columns(
            person.alias("participant_id"),
            play.alias("play_id"),
            label("choice").alias("own"),
            label("other_choice").alias("other"),
        )
        rows = add_game(rows.rename({"game": "supergame"}), ["treatment"], _game)
        return decision_table(
            add_history(rows, moves(rows)),
            dataset=self.name,
            family="repeated_matrix",
            decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
            options=["A", "B"],
            target=0,
            choice=(pl.col("choice") == "d").cast(pl.Int32),
        )


def _game(row: dict[str, Any]) -> MatrixGame:
    continuation, reward = TREATMENTS[row["treatment"]]
    return dilemma(
        reward=reward, sucker=12, temptation=50, punishment=25, continuation=continuation
    )
