"""Choices between two lotteries: 14,568 published rates of 13,006 problems."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import decision_table
from silicus.errors import DataError

Branches = tuple[tuple[float, float], ...]
"""Probability and payoff of each outcome."""

RATES, PROBLEMS = "c13k_selections.csv", "c13k_problems.json"
ORIGIN = (
    "https://raw.githubusercontent.com/jcpeterson/choices13k/"
    "582d85521f3b0f246401ddb5cbb2682c84257652"
)
TRIALS = 5
"""Choices of each participant in a problem, averaged in the published rate."""


class Choices13k(Dataset):
    """Rates of taking gamble B, with and without feedback, some with hidden probabilities."""

    name = "choices13k"
    title = "Choices between lotteries (choices13k)"
    citation = (
        "Peterson, J. C., Bourgin, D. D., Agrawal, M., Reichman, D., Griffiths, T. L. (2021). "
        "Using large-scale experiments and machine learning to discover theories of human "
        "decision-making. Science 372(6547), 1209-1214. DOI 10.1126/science.abe2629"
    )
    licence = "none stated in the repository"
    source = "https://github.com/jcpeterson/choices13k"
    families = ("lottery",)
    folder = "choices13k"
    files = (
        SourceFile(
            RATES,
            "e21941718b83fd97a5997545489a66ce27bec3b3f62700a0774fb5f997fea5c7",
            f"{ORIGIN}/c13k_selections.csv",
        ),
        SourceFile(
            PROBLEMS,
            "c6bdb0ae7e0d0ca127b649b4996a7a49b3d0c4c43e5f9a851677fe4527276632",
            f"{ORIGIN}/c13k_problems.json",
        ),
    )
    aggregate = True
    n_decisions = 14568
    n_choices = 1214295
    n_participants = None
    notes = (
        "The reference study's own lotteries (TextualChoices-1K, Marantz and Plonsky 2025) are not "
        "public here: these are another set, so figures must not be compared as if they were one.",
        "A rate averages five choices of each participant (242,859 participant-problem pairs), "
        "which are not independent; in 465 rows the rate is no multiple of 1 / (5 n).",
        "With feedback people saw outcomes between the five choices, which the description does "
        "not show: for prediction from the description take feedback = False.",
        "Where ambiguous, people were not told the probabilities of gamble B.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per published row."""
        rows = _rates(folder / RATES)
        games = _games(folder / PROBLEMS, rows)
        feedback = pl.when("Feedback").then(pl.lit("feedback")).otherwise(pl.lit("none"))
        return decision_table(
            rows.with_columns(pl.Series("game", games, dtype=pl.String)),
            dataset=self.name,
            family="lottery",
            decision_id=joined(self.name, numbered("problem", "Problem", 5), feedback),
            play_id=joined(self.name, numbered("problem", "Problem", 5), feedback),
            options=["A", "B"],
            target=1,
            choice_rate=pl.concat_list(1 - pl.col("bRate"), pl.col("bRate")),
            n_choices=pl.col("n") * TRIALS,
            n_participants=pl.col("n"),
        )


def _rates(path: Path) -> pl.DataFrame:
    whole = dict.fromkeys(("Problem", "n", "Block", "LotShapeB", "LotNumB", "Corr"), pl.Int32)
    numbers = ("Ha", "pHa", "La", "Hb", "pHb", "Lb", "bRate", "bRate_std")
    flags = ("Feedback", "Amb")
    rows = read_csv(
        path, {**whole, **dict.fromkeys(numbers, pl.Float64), **dict.fromkeys(flags, pl.String)}
    )
    require(
        rows,
        pl.all_horizontal(pl.col(*flags).is_in(["True", "False"]))
        & pl.col("n").is_between(1, 1000)
        & pl.col("bRate").is_between(0, 1)
        & pl.struct("Problem", "Feedback").is_first_distinct(),
        file=path.name,
        expected="flags True or False, one row per problem and feedback, and bRate a share",
        show=["Problem", "Feedback", "Amb", "n", "bRate"],
    )
    return rows.with_columns(pl.col(*flags) == "True")


def _games(path: Path, rows: pl.DataFrame) -> list[str]:
    """Return the lotteries of each row as game texts; the file's keys are row numbers."""
    try:
        problems: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        pairs = [
            tuple(_lottery(problems[str(row)][side]) for side in "AB") for row in range(rows.height)
        ]
    except (ValueError, KeyError, TypeError) as cause:
        raise DataError(
            f"{path.name}: expected lotteries A and B for each row of {RATES}, found otherwise "
            f"({cause!r}). Restore the file from its source."
        ) from cause
    texts = []
    facts = rows.select(
        "line", "Feedback", "Amb", "Corr", "Ha", "pHa", "La", "Hb", "pHb", "Lb"
    ).iter_rows(named=True)
    for row, (first, second) in zip(facts, pairs, strict=True):
        _same_gamble(row, first, second)
        # Written out as LotteryChoice would: building 14,568 models takes seconds.
        texts.append(
            json.dumps(
                {
                    "kind": "lottery",
                    "lotteries": [
                        [{"probability": chance, "payoff": payoff} for chance, payoff in lottery]
                        for lottery in (first, second)
                    ],
                    "payoff_unit": "dollars",
                    "feedback": row["Feedback"],
                    "ambiguous": [False, True] if row["Amb"] else None,
                    "correlation": row["Corr"],
                }
            )
        )
    return texts


def _lottery(branches: list[list[float]]) -> Branches:
    """Return a lottery without impossible outcomes and rounding noise."""
    outcomes = tuple(
        (round(float(chance), 10), float(payoff)) for chance, payoff in branches if chance > 1e-10
    )
    if abs(sum(chance for chance, _ in outcomes) - 1) > 1e-8:
        raise ValueError(f"probabilities of {branches} do not sum to 1")
    return outcomes


def _same_gamble(row: dict[str, Any], first: Branches, second: Branches) -> None:
    """Raise unless A pays what the row says, and B does so on average."""
    expected = {row["Ha"], row["La"]} if row["pHa"] < 1 else {row["Ha"]}
    # B's high branch may be spread over several payoffs, of which it is the mean.
    mean = row["pHb"] * row["Hb"] + (1 - row["pHb"]) * row["Lb"]
    fits = abs(sum(chance * payoff for chance, payoff in second) - mean) < 0.02
    if {payoff for _, payoff in first} != expected or not fits:
        raise DataError(
            f"{PROBLEMS}: the lotteries of row {row['line'] - 2} are not those of line "
            f"{row['line']} of {RATES} (A should pay {sorted(expected)}). "
            "Restore both files from their source."
        )
