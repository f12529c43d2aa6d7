"""Zhu et al. (2025): 93,460 individual choices in 2,416 one-shot 2x2 games."""

import zipfile
from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import require, typed, with_lines
from silicus.datasets.table import add_game, decision_table
from silicus.datasets.topology import CELLS, orient
from silicus.errors import DataError
from silicus.games import MatrixGame

FILE, MEMBER = "prompts.jsonl.zip", "prompts.jsonl"
N_TRIALS = 20
SHOWN = ("AC", "AD", "BC", "BD")
"""Cells in the order of the text: own row A or B, the other's column C or D."""

PAYOFFS = tuple(f"{side}_{cell}" for cell in CELLS for side in ("own", "opp"))

TRIAL = (
    "You've been matched with a new player for a game. You are designated as the 'row player'.\n"
    "You can choose between two options: Row A and Row B. Your opponent will simultaneously "
    "choose between Column C and Column D.\n"
    "Your payoff, and your opponent's payoff, depend on the combination of choices:\n"
    + "".join(
        f"If you choose Row {row} and your opponent chooses Column {column}, you receive # and "
        "your opponent receives #.\n"
        for row, column in map(tuple, SHOWN)
    )
    + "You press <<?>>."
)
"""The text of a trial, numbers and choice masked."""

TYPES = {
    "assurance": 233,
    "chicken": 211,
    "compromise": 114,
    "concord": 136,
    "deadlock": 113,
    "dilemma": 125,
    "harmony": 110,
    "hero": 215,
    "leader": 210,
    "peace": 113,
    "safecoord": 237,
    "staghunt": 223,
    "tied": 376,
}
"""Games of each type of the person's own payoffs, as counted here; the source has no types."""

CITATION = (
    "Zhu, J.-Q., Peterson, J. C., Enke, B., Griffiths, T. L. (2025). Capturing the complexity of "
    "human strategic decision-making with machine learning. Nature Human Behaviour 9, 2114-2120."
)
LICENCE = "Apache 2.0 (Psych-201); the terms of the original deposit (OSF xrvaw) are not stated"
SOURCE = "https://github.com/marcelbinz/Psych-201 (zhu2024games)"
FILES = (
    SourceFile(
        FILE,
        "462b27dc11298cc0d8067e895281ea5516a9384ce59b9418fa84971a13528bee",
        "https://raw.githubusercontent.com/marcelbinz/Psych-201/"
        "c63dea18897393b706227b50024b27fa8d8907d8/zhu2024games/prompts.jsonl.zip",
    ),
)


class Zhu2x2(Dataset):
    """One decision per person and trial, the game as it was shown on the person's screen."""

    name = "zhu_2x2"
    title = "One-shot 2x2 games (Zhu et al. 2025), individual choices"
    citation = CITATION
    licence = LICENCE
    source = SOURCE
    families = ("one_shot_matrix",)
    folder = "zhu_2x2"
    files = FILES
    aggregate = False
    n_decisions = 93460
    n_participants = 4673
    overlaps = ("zhu_2x2_rates", "sample_one_shot_2x2")
    notes = (
        "Rows and columns were swapped at random on each screen. The game's name (game0001 ...) "
        "is that of its canonical order: split and cluster by it. Compared is the row that is "
        "the upper one in that order.",
        "topology is the ordinal type of the person's own payoffs (Robinson and Goforth), the "
        "game being oriented by both players' best payoffs; tied payoffs have no type.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person and trial."""
        rows = canonical(read_trials(folder / FILE))
        shown = [f"{side}_{cell}" for cell in SHOWN for side in ("own", "opp")]
        rows = rows.with_columns(
            numbered("p", "participant", 4).alias("participant_id"),
        ).with_columns(
            joined(self.name, pl.col("participant_id"), numbered("t", "trial", 2)).alias(
                "decision_id"
            ),
        )
        upper = pl.col("rows_swapped").cast(pl.Int32)
        return decision_table(
            add_game(rows, ["game_name", "own_type", *shown], _shown),
            dataset=self.name,
            family="one_shot_matrix",
            play_id=pl.col("decision_id"),
            options=["A", "B"],
            target=upper,
            choice=(pl.col("choice") == "B").cast(pl.Int32),
        )


class Zhu2x2Rates(Dataset):
    """One decision per game in canonical order, with the rate of the upper row."""

    name = "zhu_2x2_rates"
    title = "One-shot 2x2 games (Zhu et al. 2025), rates per game"
    citation = CITATION
    licence = LICENCE
    source = SOURCE
    families = ("one_shot_matrix",)
    folder = "zhu_2x2"
    files = FILES
    aggregate = True
    n_decisions = 2416
    n_choices = 93460
    n_participants = 4673
    overlaps = ("zhu_2x2", "sample_one_shot_2x2")
    notes = (
        "Games in canonical order: the own best payoff is in the left column, the other's best in "
        "the upper row. The same 4,673 people stand behind the rates.",
        "topology is the ordinal type of the person's own payoffs; see zhu_2x2.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per game."""
        rows = canonical(read_trials(folder / FILE))
        up = (pl.col("choice") == "A") != pl.col("rows_swapped")
        games = (
            rows.group_by("game_name", "own_type", *PAYOFFS)
            .agg(
                up.sum().alias("n_up"),
                pl.len().alias("n"),
                pl.col("participant").n_unique().alias("n_participants"),
            )
            .sort("game_name")
            .with_columns(joined(self.name, pl.col("game_name")).alias("decision_id"))
        )
        rate = pl.col("n_up") / pl.col("n")
        return decision_table(
            add_game(games, ["game_name", "own_type", *PAYOFFS], _oriented),
            dataset=self.name,
            family="one_shot_matrix",
            play_id=pl.col("decision_id"),
            options=["A", "B"],
            target=0,
            choice_rate=pl.concat_list(rate, 1 - rate),
            n_choices=pl.col("n"),
        )

    def extra_counts(self, table: pl.DataFrame) -> dict[str, tuple[int, int | None]]:
        """Return the number of games of each of the twelve types, and of games with ties."""
        types = table["game"].str.json_path_match("$.topology")
        return {
            f"games of type {name}": (int((types == name).sum()), n) for name, n in TYPES.items()
        }


def read_trials(path: Path) -> pl.DataFrame:
    """Return one row per trial: participant, trial, ``own_AC`` ... ``opp_BD`` and choice.

    Raises
    ------
    DataError
        If the archive is damaged or a text is not twenty trials as documented.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            lines = pl.read_ndjson(archive.read(MEMBER))
        lines = with_lines(lines.select("text", pl.col("participant").cast(pl.Int32)))
    except (OSError, KeyError, zipfile.BadZipFile, pl.exceptions.PolarsError) as cause:
        raise DataError(
            f"{path.name} is not the published archive of texts: {cause}. "
            "Restore the file from its source."
        ) from cause
    masked = pl.col("text").str.replace_all(r"receives? -?\d+", "receive #")
    expected = "\n".join([TRIAL.replace("receives", "receive")] * N_TRIALS)
    require(
        lines,
        masked.str.replace_all(r"<<[AB]>>", "<<?>>").str.strip_chars() == expected,
        file=path.name,
        expected=f"{N_TRIALS} trials in the documented words",
        show=["participant"],
    )
    columns = [f"{side}_{cell}" for cell in SHOWN for side in ("own", "opp")]
    values = lines.select(
        pl.col("text").str.extract_all(r"receives? -?\d+").list.explode().str.extract(r"(-?\d+)")
    ).to_series()
    table = pl.DataFrame(
        {name: values.gather_every(len(columns), offset) for offset, name in enumerate(columns)}
    )
    choices = lines.select(
        pl.col("text").str.extract_all(r"<<[AB]>>").list.explode().str.slice(2, 1).alias("choice")
    )
    people = lines.select(pl.col("participant").repeat_by(N_TRIALS).list.explode())
    trials = pl.concat([people, table, choices], how="horizontal").with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int32) % N_TRIALS + 1).alias("trial")
    )
    return typed(with_lines(trials), dict.fromkeys(columns, pl.Float64), file=path.name)


def canonical(trials: pl.DataFrame) -> pl.DataFrame:
    """Return the trials with the game in canonical order and its name, swaps and types."""
    places = dict(zip(SHOWN, CELLS, strict=True))
    shown = [f"{side}_{cell}" for cell in SHOWN for side in ("own", "opp")]
    games = trials.select(shown).unique(maintain_order=True)
    oriented = orient(
        games.with_columns(
            pl.col(f"{side}_{cell}").alias(f"{side}_{places[cell]}")
            for cell in SHOWN
            for side in ("own", "opp")
        )
    )
    names = (
        oriented.select(PAYOFFS)
        .unique()
        .sort(PAYOFFS)
        .with_columns(numbered("game", pl.int_range(1, pl.len() + 1), 4).alias("game_name"))
    )
    oriented = oriented.join(names, on=list(PAYOFFS), how="left")
    return trials.join(oriented, on=shown, how="left", maintain_order="left")


def _shown(row: dict[str, Any]) -> MatrixGame:
    return _matrix(row, SHOWN)


def _oriented(row: dict[str, Any]) -> MatrixGame:
    return _matrix(row, CELLS)


def _matrix(row: dict[str, Any], cells: tuple[str, ...]) -> MatrixGame:
    own, other = (
        (
            (row[f"{side}_{cells[0]}"], row[f"{side}_{cells[1]}"]),
            (row[f"{side}_{cells[2]}"], row[f"{side}_{cells[3]}"]),
        )
        for side in ("own", "opp")
    )
    return MatrixGame(
        name=row["game_name"],
        actions=("A", "B"),
        other_actions=("C", "D"),
        own=own,
        other=other,
        opponent="human",
        topology=row["own_type"],
    )
