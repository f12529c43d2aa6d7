"""Acceptance rates of ultimatum offers by the share offered (embedded)."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import UltimatumGame

FILE = "ultimatum_rates.csv"


class SampleUltimatum(Dataset):
    """Ten offers, each answered twice by 715 people."""

    name = "sample_ultimatum"
    title = "Acceptance of ultimatum offers by share"
    citation = (
        "Heffner, J., FeldmanHall, O. (2022). A probabilistic map of emotional experiences during "
        "competitive social interactions. Nature Communications 13, 1718. "
        "DOI 10.1038/s41467-022-29372-8"
    )
    licence = "MIT"
    source = "counted over ug_data.csv of github.com/jpheffne/NC_emotion_classify"
    families = ("bargaining",)
    folder = None
    files = (SourceFile(FILE, "35008c9e3437302bf2ed09d129db81fbeb8b2f6c4b157e936864b71d3811902c"),)
    aggregate = True
    n_decisions = 10
    n_choices = 14300
    n_participants = 715
    overlaps = ("heffner_ultimatum",)
    notes = (
        "The same 715 people stand behind all ten rates. The sum of money is not in the published "
        "data: only shares are known.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per offer."""
        whole = dict.fromkeys(("n_decisions", "n_participants", "n_accept"), pl.Int32)
        rows = read_csv(
            folder / FILE,
            {"share_offered": pl.Float64, **whole, "acceptance_rate": pl.Float64},
        )
        rate = pl.col("n_accept") / pl.col("n_decisions")
        require(
            rows,
            (rate - pl.col("acceptance_rate")).abs() <= 5.1e-5,
            file=FILE,
            expected="acceptance_rate to be n_accept / n_decisions",
            show=["n_accept", "n_decisions", "acceptance_rate"],
        )
        percent = (pl.col("share_offered") * 100).round().cast(pl.Int32).cast(pl.String)
        rows = rows.with_columns(
            pl.format("{}/offer{}", pl.lit(self.name), percent.str.zfill(2)).alias("decision_id")
        )
        return decision_table(
            add_game(rows, ["share_offered"], _game),
            dataset=self.name,
            family="bargaining",
            play_id=pl.col("decision_id"),
            options=["accept", "reject"],
            target=0,
            choice_rate=pl.concat_list(rate, 1 - rate),
            n_choices=pl.col("n_decisions"),
        )


def _game(row: dict[str, Any]) -> UltimatumGame:
    return UltimatumGame(share_offered=row["share_offered"])
