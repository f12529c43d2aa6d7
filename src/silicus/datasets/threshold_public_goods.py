"""Mori, Hanaki and Kameda: a public good with a threshold, mandatory or with a way out."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import ThresholdGame

FILE = "main_exp_result.csv"
COMMIT = "55fa1b731f43f6b6008208ba9532466f40e94232"
ACTS = {"C": "give", "D": "keep", "L": "leave"}
N_CONDITIONS = 6

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "": pl.Int32,
    "pid": pl.String,
    "p_option": pl.String,
    "thr": pl.Int32,
    "action": pl.String,
    **dict.fromkeys(("belief_c", "belief_d", "belief_l"), pl.Float64),
    "confidence": pl.Float64,
    **dict.fromkeys(("gamma_c", "gamma_l"), pl.Float64),
    **dict.fromkeys(("is_coop", "is_leave"), pl.String),
}


class ThresholdPublicGoods(Dataset):
    """Each person decided once in each of six conditions, and learnt nothing in between."""

    name = "threshold_public_goods"
    title = "Threshold public good, with and without leaving (Mori, Hanaki and Kameda)"
    citation = (
        "Mori, R., Hanaki, N. and Kameda, T. Voluntary participation and optimism: How and when "
        "outside individual options can facilitate group collaboration"
    )
    licence = "Apache-2.0"
    source = "https://github.com/ryutau/voluntary-collaboration"
    families = ("public_goods",)
    folder = "threshold_public_goods"
    files = (
        SourceFile(
            FILE,
            "3e7d967bd58c8278bdcda00d6e74b0f9d7049e829d3ff2b2c7dccdb03292585d",
            f"https://raw.githubusercontent.com/ryutau/voluntary-collaboration/{COMMIT}/data/{FILE}",
        ),
    )
    aggregate = False
    n_decisions = 1146
    n_participants = 191
    expected_choices: ClassVar = {"give": 691, "keep": 233, "leave": 222}
    notes = (
        "The options differ by condition: two where taking part is mandatory, three where one may "
        "leave.",
        "The order of the six conditions was random and is not published: each stands alone here.",
        "Beliefs were asked around the choice and are left out.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person and condition."""
        rows = read_csv(folder / FILE, _COLUMNS)
        free = pl.col("p_option") == "F"
        require(
            rows,
            pl.col("p_option").is_in(["A", "F"])
            & pl.col("thr").is_in([2, 4, 5])
            & (pl.col("action").is_in(["C", "D"]) | (free & (pl.col("action") == "L")))
            & ((pl.col("is_coop") == "True") == (pl.col("action") == "C"))
            & ((pl.col("is_leave") == "True") == (pl.col("action") == "L"))
            & (pl.len().over("pid") == N_CONDITIONS)
            & (pl.len().over("pid", "p_option", "thr") == 1),
            file=FILE,
            expected=(
                "each person once in each of p_option A and F with thr 2, 4 and 5, and action C, D "
                "or (only with F) L as is_coop and is_leave say"
            ),
            show=["pid", "p_option", "thr", "action"],
        )
        rows = add_game(rows, ["p_option", "thr"], _game).with_columns(
            numbered("p", pl.col("pid").rank("dense"), 3).alias("participant_id"),
            pl.col("p_option").replace({"A": "mandatory", "F": "voluntary"}).alias("condition"),
        )
        rows = rows.with_columns(
            joined(
                self.name,
                pl.col("participant_id"),
                pl.col("condition"),
                numbered("threshold", "thr", 1),
            ).alias("decision_id")
        )
        made = pl.col("action").replace_strict({act: i for i, act in enumerate(ACTS)})
        every = pl.lit(list(ACTS.values()), pl.List(pl.String))
        return decision_table(
            rows,
            dataset=self.name,
            family="public_goods",
            play_id=pl.col("decision_id"),
            options=pl.when(free).then(every).otherwise(every.list.head(2)),
            target=0,
            choice=made,
        )


def _game(row: dict[str, Any]) -> ThresholdGame:
    outside = 10 if row["p_option"] == "F" else None
    acts = list(ACTS.values())[: 2 if outside is None else 3]
    return ThresholdGame.model_validate(
        {
            "n_players": 5,
            "endowment": 10,
            "threshold": row["thr"],
            "reward": 30,
            "outside": outside,
            "labels": {act: act for act in acts},
        }
    )
