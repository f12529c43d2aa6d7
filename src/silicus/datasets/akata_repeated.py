"""People against GPT-4 in a repeated prisoner's dilemma and battle of the sexes."""

from pathlib import Path
from typing import Any

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.history import add_history
from silicus.datasets.rows import read_csv, require
from silicus.datasets.table import add_game, decision_table
from silicus.games import MatrixGame

FILE = "repgames.csv"
N_ROUNDS = 10
ORIGIN = (
    "https://raw.githubusercontent.com/eliaka/repeatedgames/"
    "224a605a21127cac69763f990e077f7b05abd422"
)
NAMES = {"PD": "prisoner's dilemma", "BoS": "battle of the sexes"}
OWN = {"PD": ((8.0, 0.0), (10.0, 5.0)), "BoS": ((7.0, 0.0), (0.0, 10.0))}
OTHER = {"PD": ((8.0, 10.0), (0.0, 5.0)), "BoS": ((10.0, 0.0), (0.0, 7.0))}

# The other's key follows from own key and points; no such row: impossible, so unknown.
KEYS = pl.DataFrame(
    [
        (game, own, OWN[game][i][j], other, OTHER[game][i][j])
        for game in OWN
        for i, own in enumerate("JF")
        for j, other in enumerate("JF")
    ],
    schema=["game_name", "own", "score", "other", "other_score"],
    orient="row",
)


class AkataRepeated(Dataset):
    """Ten rounds of each game, played by 195 people; every choice of a key is a decision."""

    name = "akata_repeated"
    title = "People against GPT-4 in two repeated games"
    citation = (
        "Akata, E., Schulz, L., Coda-Forno, J., Oh, S. J., Bethge, M., Schulz, E. (2025). Playing "
        "repeated games with large language models. Nature Human Behaviour. "
        "DOI 10.1038/s41562-025-02172-y"
    )
    licence = "MIT"
    source = "https://github.com/eliaka/repeatedgames"
    families = ("repeated_matrix",)
    folder = "akata_repeated"
    files = (
        SourceFile(
            FILE,
            "f3c3d46a2e34f85f950bfdffd0d04d6c6fc748268c14e5700646e44b2d42d11a",
            f"{ORIGIN}/human_experiment/analysis/repgames.csv",
        ),
    )
    aggregate = False
    n_decisions = 3900
    n_participants = 195
    notes = (
        "Compared is the key J in both games: it cooperates in the dilemma; in the battle of the "
        "sexes it is the other player's favourite meeting point (F is the person's own).",
        "The other player was GPT-4 from a look-up table; people were told that it might be a "
        "person or a program. Its move is derived from key and points; in four rounds these "
        "contradict each other, and later histories leave that move out.",
        "Who did not choose within 20 seconds got a random choice; which ones is not published.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person, game and round."""
        rows = _rounds(folder / FILE)
        rows = add_history(add_game(rows, ["game_name"], _game), _events(rows))
        return decision_table(
            rows,
            dataset=self.name,
            family="repeated_matrix",
            session_id=pl.col("participant_id"),
            options=["J", "F"],
            target=0,
            choice=1 - pl.col("action"),
        )


def _rounds(path: Path) -> pl.DataFrame:
    """Return the rows with round, ids, keys and points of both players."""
    whole = dict.fromkeys(("id", "action", "score", "coordination"), pl.Int32)
    rows = read_csv(path, whole | dict.fromkeys(("game", "opponent", "guess"), pl.String)).rename(
        {"game": "game_name"}
    )
    require(
        rows,
        pl.col("game_name").is_in(list(NAMES))
        & pl.col("action").is_between(0, 1)
        & pl.col("score").is_in([0, 5, 7, 8, 10])
        & pl.col("id").is_not_null(),
        file=FILE,
        expected="game PD or BoS, action 0 or 1 and score 0, 5, 7, 8 or 10",
        show=["game_name", "action", "score"],
    )
    play = ["id", "game_name"]
    rows = rows.with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int32).over(play) + 1).alias("round"),
        (pl.col("line").cast(pl.Int64) - pl.col("line").min().over(play)).alias("place"),
        pl.len().over(play).alias("n_rows"),
    )
    require(
        rows,
        (pl.col("n_rows") == N_ROUNDS) & (pl.col("place") == pl.col("round") - 1),
        file=FILE,
        expected=f"{N_ROUNDS} rows in a row for each id and game",
        show=["id", "game_name", "n_rows"],
    )
    person = pl.format("p{}", pl.col("id").cast(pl.String).str.zfill(3))
    play_name = pl.format("{}/{}/{}", pl.lit("akata_repeated"), person, "game_name")
    return (
        rows.with_columns(
            pl.when(pl.col("action") == 1).then(pl.lit("J")).otherwise(pl.lit("F")).alias("own"),
            pl.col("score").cast(pl.Float64),
            person.alias("participant_id"),
            play_name.alias("play_id"),
            pl.format("{}/r{}", play_name, pl.col("round").cast(pl.String).str.zfill(2)).alias(
                "decision_id"
            ),
        )
        .join(KEYS, on=["game_name", "own", "score"], how="left", maintain_order="left")
        .drop("place", "n_rows")
    )


def _events(rounds: pl.DataFrame) -> pl.DataFrame:
    """Return both moves of each round with their points; own points alone if one is unknown."""
    known = pl.col("other").is_not_null()
    after = pl.lit(value=False).alias("shown_before")
    own = rounds.select(
        "play_id",
        "round",
        after,
        pl.lit(0).alias("order"),
        pl.lit("self").alias("actor"),
        pl.lit("move").alias("kind"),
        pl.col("own").alias("action"),
        pl.col("score").alias("amount"),
    )
    other = rounds.filter(known).select(
        "play_id",
        "round",
        after,
        pl.lit(1).alias("order"),
        pl.lit("other").alias("actor"),
        pl.lit("move").alias("kind"),
        pl.col("other").alias("action"),
        pl.col("other_score").alias("amount"),
    )
    points = rounds.filter(~known).select(
        "play_id",
        "round",
        after,
        pl.lit(1).alias("order"),
        pl.lit("self").alias("actor"),
        pl.lit("payoff").alias("kind"),
        pl.lit(None, pl.String).alias("action"),
        pl.col("score").alias("amount"),
    )
    return pl.concat([own, other, points])


def _game(row: dict[str, Any]) -> MatrixGame:
    name = row["game_name"]
    return MatrixGame(
        name=NAMES[name],
        actions=("J", "F"),
        other_actions=("J", "F"),
        own=OWN[name],
        other=OTHER[name],
        n_rounds=N_ROUNDS,
        opponent="either",
        labels={"J": "cooperate", "F": "defect"} if name == "PD" else {},
    )
