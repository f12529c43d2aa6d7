"""Cooperation rates by history in repeated prisoner's dilemmas (embedded)."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.history import add_history
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import MatrixGame

FILE = "repeated_pd_rates.csv"
OWN = {"c": "A", "d": "B"}
"""People saw the actions as neutral labels; "A" cooperates, "B" defects."""

GAME = (
    "treatment",
    "continuation_probability",
    "payoff_R",
    "payoff_S",
    "payoff_T",
    "payoff_P",
)


class SampleRepeatedPD(Dataset):
    """Rates of cooperation after a history, counted over Dal Bo and Frechette's late matches."""

    name = "sample_repeated_pd"
    title = "Cooperation by history in repeated prisoner's dilemmas"
    citation = (
        "Dal Bo, P., Frechette, G. R. (2011). The evolution of cooperation in infinitely repeated "
        "games. American Economic Review 101(1), 411-429. DOI 10.1257/aer.101.1.411"
    )
    licence = "CC BY 4.0"
    source = "counted over the data as distributed with stratEst, github.com/fdvorak/stratEst"
    families = ("repeated_matrix",)
    folder = None
    files = (SourceFile(FILE, "f14859193549295f9ee1416fd0518a250d5122f59c8074fee49e67566da69a25"),)
    aggregate = True
    n_decisions = 59
    n_choices = 5352
    n_participants = None
    overlaps = ("stratest_df2011", "nay_vorobeychik")
    notes = (
        "Rates of 5,352 choices in 59 situations that occurred at least 10 times; the same people "
        "stand behind many rows, so an interval that treats rows as independent is too narrow.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per treatment, round and history."""
        whole = dict.fromkeys(("round", "n_decisions", "n_participants", "n_cooperate"), pl.Int32)
        rows = read_csv(
            folder / FILE,
            {
                "treatment": pl.String,
                **dict.fromkeys(GAME[1:], pl.Float64),
                "history_own_other": pl.String,
                **whole,
                "cooperation_rate": pl.Float64,
            },
        ).with_columns(pl.col("history_own_other").fill_null(""))
        rate = pl.col("n_cooperate") / pl.col("n_decisions")
        require(
            rows,
            pl.col("history_own_other").str.contains(r"^([cd][cd]( [cd][cd])*)?$")
            & (
                pl.col("history_own_other").str.extract_all(r"[cd][cd]").list.len()
                == pl.col("round") - 1
            ),
            file=FILE,
            expected="one pair of moves (c or d) for each earlier round",
            show=["round", "history_own_other"],
        )
        require(
            rows,
            (rate - pl.col("cooperation_rate")).abs() <= 5.1e-5,
            file=FILE,
            expected="cooperation_rate to be n_cooperate / n_decisions",
            show=["n_cooperate", "n_decisions", "cooperation_rate"],
        )
        past = (
            pl.when(pl.col("history_own_other") == "")
            .then(pl.lit("start"))
            .otherwise(pl.col("history_own_other").str.replace_all(" ", "-"))
        )
        rows = rows.with_columns(
            pl.format(
                "{}/{}/r{}/{}",
                pl.lit(self.name),
                "treatment",
                pl.col("round").cast(pl.String).str.zfill(2),
                past,
            ).alias("decision_id"),
        ).with_columns(pl.col("decision_id").alias("play_id"))
        rows = add_history(add_game(rows, GAME, _game), _events(rows))
        return decision_table(
            rows,
            dataset=self.name,
            family="repeated_matrix",
            options=["A", "B"],
            target=0,
            choice_rate=pl.concat_list(rate, 1 - rate),
            n_choices=pl.col("n_decisions"),
        )


def _game(row: dict[str, Any]) -> MatrixGame:
    reward, sucker, temptation, punishment = (row[f"payoff_{letter}"] for letter in "RSTP")
    return MatrixGame(
        name="prisoner's dilemma",
        actions=("A", "B"),
        other_actions=("A", "B"),
        own=((reward, sucker), (temptation, punishment)),
        other=((reward, temptation), (sucker, punishment)),
        n_rounds=None,
        continuation=row["continuation_probability"],
        opponent="human",
        labels={"A": "cooperate", "B": "defect"},
    )


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the moves of the earlier rounds, one row each."""
    pairs = (
        rows.select("play_id", pl.col("history_own_other").str.split(" ").alias("pair"))
        .explode("pair")
        .filter(pl.col("pair") != "")
        .with_columns((pl.int_range(pl.len()).over("play_id") + 1).alias("round"))
    )
    sides = [
        pairs.select(
            "play_id",
            "round",
            pl.lit(actor).alias("actor"),
            pl.lit("move").alias("kind"),
            pl.col("pair").str.slice(place, 1).replace_strict(OWN).alias("action"),
            pl.lit(value=False).alias("shown_before"),
            pl.lit(place).alias("order"),
        )
        for place, actor in enumerate(("self", "other"))
    ]
    return pl.concat(sides)
