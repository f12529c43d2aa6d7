"""Rates of choosing the upper row in 48 one-shot 2x2 games (embedded)."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.rows import LINE, read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.datasets.topology import CELLS, orient
from silicus.games import MatrixGame

FILE = "one_shot_2x2_rates.csv"
PAYOFFS = tuple(f"{side}_{cell}" for cell in CELLS for side in ("own", "opp"))


class SampleOneShot2x2(Dataset):
    """Twelve games of each of four classes, drawn at random from those of Zhu et al."""

    name = "sample_one_shot_2x2"
    title = "Choices in 48 one-shot 2x2 games"
    citation = (
        "Zhu, J.-Q., Peterson, J. C., Enke, B., Griffiths, T. L. (2025). Capturing the complexity "
        "of human strategic decision-making with machine learning. Nature Human Behaviour 9, "
        "2114-2120."
    )
    licence = "rates computed from a copy under Apache 2.0 (github.com/marcelbinz/Psych-201)"
    source = "counted over zhu2024games of github.com/marcelbinz/Psych-201"
    families = ("one_shot_matrix",)
    folder = None
    files = (SourceFile(FILE, "531d08cb927631515a9d8107fbe8b402de12bf25f467648823d5fc1a33c8d536"),)
    aggregate = True
    n_decisions = 48
    n_choices = 1902
    n_participants = None
    overlaps = ("zhu_2x2", "zhu_2x2_rates")
    notes = (
        "The participant is the row player: A is the upper row, B the lower. Rows and columns "
        "were swapped at random on people's screens; here they are in one canonical order.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per game."""
        rows = read_csv(
            folder / FILE,
            {
                "equilibrium_class": pl.String,
                **dict.fromkeys(PAYOFFS, pl.Float64),
                "n_decisions": pl.Int32,
                "n_up": pl.Int32,
                "up_rate": pl.Float64,
            },
        )
        rate = pl.col("n_up") / pl.col("n_decisions")
        require(
            rows,
            (rate - pl.col("up_rate")).abs() <= 5.1e-5,
            file=FILE,
            expected="up_rate to be n_up / n_decisions",
            show=["n_up", "n_decisions", "up_rate"],
        )
        types = orient(rows.select(LINE, *PAYOFFS)).select(LINE, "own_type")
        number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(2)
        rows = rows.join(types, on=LINE, maintain_order="left").with_columns(
            pl.format("{}/game{}", pl.lit(self.name), number).alias("decision_id")
        )
        return decision_table(
            add_game(rows, ["equilibrium_class", "own_type", *PAYOFFS], _game),
            dataset=self.name,
            family="one_shot_matrix",
            play_id=pl.col("decision_id"),
            options=["A", "B"],
            target=0,
            choice_rate=pl.concat_list(rate, 1 - rate),
            n_choices=pl.col("n_decisions"),
            n_participants=pl.lit(None),
        )


def _game(row: dict[str, Any]) -> MatrixGame:
    own, other = (
        ((row[f"{s}_UL"], row[f"{s}_UR"]), (row[f"{s}_DL"], row[f"{s}_DR"])) for s in ("own", "opp")
    )
    return MatrixGame(
        name=row["equilibrium_class"],
        actions=("A", "B"),
        other_actions=("C", "D"),
        own=own,
        other=other,
        opponent="human",
        topology=row["own_type"],
    )
