"""Shapira et al. (2025): going to a hotel or staying on the strength of one review."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import polars as pl

from silicus.datasets.base import Dataset, SourceFile
from silicus.datasets.history import add_history
from silicus.datasets.ids import joined, numbered
from silicus.datasets.rows import read_csv, require, whole_plays
from silicus.datasets.table import decision_table
from silicus.errors import DataError
from silicus.games import HotelGame

CHOICES, ARCHIVE, REVIEWS = "games_clean_Y.csv", "game_reviews.zip", "game_reviews"
CHECKSUMS = "hotel_reviews.sha256"
"""Package file: checksum and name of each of the 1,068 review files as published."""

N_ROUNDS, N_REVIEWS, THRESHOLD = 10, 7, 8.0
ORIGIN = (
    "https://raw.githubusercontent.com/Guy-Lor/HumanChoicePrediction/"
    "8e33eb9c539014ba4c5ee44c4a34a4d850551d60/data"
)
_CHOICES = SourceFile(
    CHOICES,
    "cfd90b2f0935fdecf764144f79826dc56f7986e35ebcf7da18b6e1a703bdc695",
    f"{ORIGIN}/games_clean_Y.csv",
)
_ARCHIVE = SourceFile(ARCHIVE, "ce2e98d1118c09f7104702b67796f7baf239ffe04ed6def1cf5356b6b16841f3")


class HotelPersuasion(Dataset):
    """35 people against six expert bots, ten rounds a game; the paper's test group."""

    name = "hotel_persuasion"
    title = "Hotel reviews sent by an expert (Shapira et al. 2025)"
    citation = (
        "Shapira, E., Madmon, O., Apel, R., Tennenholtz, M., Reichart, R. (2025). Human choice "
        "prediction in language-based persuasion games: simulation-based off-policy evaluation. "
        "TACL 13, 980-1006."
    )
    licence = "none stated in the repository"
    source = "https://github.com/eilamshapira/HumanChoicePrediction"
    families = ("persuasion",)
    folder = "hotel_persuasion"
    files = (_CHOICES, _ARCHIVE)
    aggregate = False
    n_decisions = 15625
    n_participants = 35
    notes = (
        "People met the same bot in several games, of which many stopped before round 10: split "
        "and cluster by person.",
        "In 504 rounds staying at a hotel with a score below 8 is recorded as lost (unexplained); "
        "the points in the history are those recorded.",
        "In which order the two parts of a review were shown was decided in the experiment and is "
        "not published: the good part is put first. Hotel names are left out.",
    )

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the choices with the reviews as an archive, or one file each."""
        if (folder / REVIEWS).is_dir() and not (folder / ARCHIVE).exists():
            return self.files_to_fetch()
        return self.files

    def files_to_fetch(self) -> tuple[SourceFile, ...]:
        """Return the choices and the 1,068 review files as published."""
        listed = (files("silicus.datasets") / "data" / CHECKSUMS).read_text(encoding="utf-8")
        reviews = [line.split() for line in listed.splitlines()]
        return (
            _CHOICES,
            *(
                SourceFile(f"{REVIEWS}/{name}", digest, f"{ORIGIN}/game_reviews/{name}")
                for digest, name in reviews
            ),
        )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per person, game and round."""
        rows = _choices(folder / CHOICES)
        reviews, scores = _reviews(folder)
        rows = rows.join(reviews, on=["hotelId", "reviewId"], how="left", maintain_order="left")
        rows = rows.join(scores, on="hotelId", how="left", maintain_order="left")
        require(
            rows,
            pl.col("text").is_not_null() & ((pl.col("hotelScore") - pl.col("mean")).abs() < 1e-6),
            file=CHOICES,
            expected="a review of this hotel, and hotelScore the mean of its seven scores",
            show=["hotelId", "reviewId", "hotelScore", "mean"],
        )
        game = HotelGame(
            n_rounds=N_ROUNDS, threshold=THRESHOLD, labels={"go": "go", "stay": "stay"}
        )
        return decision_table(
            add_history(rows, _events(rows)),
            dataset=self.name,
            family="persuasion",
            decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
            session_id=pl.col("participant_id"),
            game=game.model_dump_json(),
            options=["go", "stay"],
            target=0,
            choice=(pl.col("didGo") == "False").cast(pl.Int32),
        )


def _choices(path: Path) -> pl.DataFrame:
    whole = ("user_id", "strategy_id", "gameId", "roundNum", "hotelId", "reviewId")
    unused_numbers = ("correctAnswers", "reaction_time", "user_points", "bot_points")
    before = [
        f"{last}_did{what}_{value}"
        for last in ("last", "last_last")
        for what in ("Go", "Win")
        for value in ("True", "False")
    ]
    rows = read_csv(
        path,
        {
            **dict.fromkeys((*whole, *unused_numbers), pl.Int32),
            "hotelScore": pl.Float64,
            **dict.fromkeys(("didGo", "didWin", *before), pl.String),
            "last_reaction_time": pl.Int32,
        },
    ).rename({"roundNum": "round"})
    went, won = pl.col("didGo") == "True", pl.col("didWin") == "True"
    good = pl.col("hotelScore") >= THRESHOLD
    require(
        rows,
        pl.col("didGo").is_in(["True", "False"])
        & pl.col("didWin").is_in(["True", "False"])
        & ((won == (went == good)) | (~went & ~good & ~won))
        & pl.col("hotelScore").is_between(0, 10)
        & (pl.col("round") <= N_ROUNDS),
        file=CHOICES,
        expected="a score up to 10, and won where going or staying was right",
        show=["round", "didGo", "didWin", "hotelScore"],
    )
    play = ["user_id", "strategy_id", "gameId"]
    whole_plays(rows, play, file=CHOICES)
    person = numbered("u", "user_id", 2)
    bot = pl.format("bot{}", "strategy_id")
    return rows.with_columns(
        person.alias("participant_id"),
        joined("hotel_persuasion", person, bot, numbered("g", "gameId", 3)).alias("play_id"),
    )


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    """Return review (seen before), answer, score and points of each round (seen after)."""
    went = pl.when(pl.col("didGo") == "True").then(pl.lit("go")).otherwise(pl.lit("stay"))
    nothing = pl.lit(None, pl.String)
    number = pl.lit(None, pl.Float64)
    kinds = [
        ("other", "message", nothing, number, pl.col("text"), True),
        ("self", "answer", went, number, nothing, False),
        ("nature", "quality", nothing, pl.col("hotelScore"), nothing, False),
        ("self", "payoff", nothing, (pl.col("didWin") == "True").cast(pl.Float64), nothing, False),
    ]
    return pl.concat(
        rows.select(
            "play_id",
            "round",
            pl.lit(actor).alias("actor"),
            pl.lit(kind).alias("kind"),
            action.alias("action"),
            amount.alias("amount"),
            text.alias("text"),
            pl.lit(before).alias("shown_before"),
            pl.lit(order).alias("order"),
        )
        for order, (actor, kind, action, amount, text, before) in enumerate(kinds)
    )


def _reviews(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the text of each review, and the mean score of each hotel."""
    texts, means = [], []
    for name, content in _review_files(folder):
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
        if len(rows) != N_REVIEWS or any(len(row) != 5 for row in rows):
            raise DataError(
                f"{ARCHIVE}, {name}: expected {N_REVIEWS} reviews of 5 fields, found "
                f"{len(rows)} row(s). Restore the file from its source."
            )
        hotel = int(name.removesuffix(".csv"))
        texts += [(hotel, int(review), _text(good, bad)) for review, _, good, bad, _ in rows]
        means.append((hotel, sum(float(row[4]) for row in rows) / N_REVIEWS))
    reviews = pl.DataFrame(
        texts, schema={"hotelId": pl.Int32, "reviewId": pl.Int32, "text": pl.String}, orient="row"
    )
    scores = pl.DataFrame(means, schema={"hotelId": pl.Int32, "mean": pl.Float64}, orient="row")
    return reviews.unique(["hotelId", "reviewId"], keep="first", maintain_order=True), scores


def _text(good: str, bad: str) -> str:
    parts = [("Positive", good.strip()), ("Negative", bad.strip())]
    return "\n".join(f"{head}: {part}" for head, part in parts if part) or "(no text)"


def _review_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each review file, from the archive or the folder."""
    archive = folder / ARCHIVE
    try:
        if not archive.is_file():
            for path in sorted((folder / REVIEWS).glob("*.csv")):
                yield path.name, path.read_bytes()
            return
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                yield Path(name).name, opened.read(name)
    except (OSError, zipfile.BadZipFile) as cause:
        raise DataError(
            f"{archive} cannot be read: {cause}. Restore the file from its source."
        ) from cause


def checksums(archive: Path) -> str:
    """Return the lines of :data:`CHECKSUMS` for an archive whose own checksum is verified."""
    with zipfile.ZipFile(archive) as opened:
        names = sorted(opened.namelist(), key=lambda name: int(Path(name).stem))
        return "".join(
            f"{hashlib.sha256(opened.read(name)).hexdigest()}  {Path(name).name}\n"
            for name in names
        )
