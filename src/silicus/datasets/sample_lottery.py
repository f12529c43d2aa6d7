"""The choices between lotteries that Kahneman and Tversky printed in 1979 (embedded)."""

import re
from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.errors import DataError
from silicus.games import LotteryChoice, Outcome

FILE = "lottery_rates.csv"
_CERTAIN = re.compile(r"(-?\d+) with certainty")
_RISKY = re.compile(r"(-?\d+) with probability (\.\d+)")


class SampleLottery(Dataset):
    """Fourteen problems of prospect theory, with the percentages printed."""

    name = "sample_lottery"
    title = "Fourteen choice problems of prospect theory"
    citation = (
        "Kahneman, D., Tversky, A. (1979). Prospect theory: an analysis of decision under risk. "
        "Econometrica 47(2), 263-291."
    )
    licence = "figures printed in the paper"
    source = "percentages as printed in the paper"
    families = ("lottery",)
    folder = None
    files = (SourceFile(FILE, "3f6b77f200de84522070efc1a5274c101613dd32f12c3c035d35b4658d8a9be0"),)
    aggregate = True
    n_decisions = 14
    n_choices = 1064
    n_participants = None
    notes = (
        "Hypothetical choices in Israeli pounds; percentages are printed without decimals. These "
        "famous problems are likely to be in the training text of any language model.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per problem."""
        texts = dict.fromkeys(("problem", "option_a", "option_b"), pl.String)
        rows = read_csv(
            folder / FILE,
            {**texts, "percent_a": pl.Int32, "percent_b": pl.Int32, "n": pl.Int32}
            | {"source": pl.String},
        )
        require(
            rows,
            pl.col("percent_a") + pl.col("percent_b") == 100,
            file=FILE,
            expected="percentages that sum to 100",
            show=["problem", "percent_a", "percent_b"],
        )
        rows = rows.with_columns(
            pl.format("{}/problem{}", pl.lit(self.name), "problem").alias("decision_id")
        )
        return decision_table(
            add_game(rows, ["option_a", "option_b"], _game),
            dataset=self.name,
            family="lottery",
            play_id=pl.col("decision_id"),
            options=["A", "B"],
            target=0,
            choice_rate=pl.concat_list(pl.col("percent_a") / 100, pl.col("percent_b") / 100),
            n_choices=pl.col("n"),
            n_participants=pl.col("n"),
        )


def _game(row: dict[str, Any]) -> LotteryChoice:
    return LotteryChoice(
        lotteries=(_lottery(row["option_a"]), _lottery(row["option_b"])),
        payoff_unit="Israeli pounds",
        hypothetical=True,
    )


def _lottery(text: str) -> tuple[Outcome, ...]:
    """Return the outcomes of "4000 with probability .80, 0 with probability .20"."""
    certain = _CERTAIN.fullmatch(text)
    if certain:
        return (Outcome(probability=1, payoff=float(certain[1])),)
    branches = [_RISKY.fullmatch(part) for part in text.split(", ")]
    if not all(branches):
        raise DataError(
            f'{FILE}: expected "AMOUNT with certainty" or "AMOUNT with probability .P, ...", '
            f'found "{text}". Install silicus again.'
        )
    return tuple(Outcome(probability=float(b[2]), payoff=float(b[1])) for b in branches if b)
