"""GLEE: the files of games between a person and a language model, in both layouts.

The part kept in a mirror has ``FAMILY/HASH/game.csv`` and ``config.json``; the published collection
``Data/human_vs_llm/FAMILY/X/Y/Z/HASH/`` with the same two files. Player 1 is Alice, player 2 Bob;
the player whose type is ``otree`` is the person. One game is one person, as far as the data tell.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from silicus.datasets.base import Counts, Dataset, SourceFile
from silicus.datasets.github import Tree, keep_listing, list_tree, listed_files
from silicus.datasets.typed_names import replace_names, typed_names, vocabulary
from silicus.errors import DataError

COMMIT = "790e356b059a64943682ceac298f89a12a7ede60"
PUBLISHED = Path("Data") / "human_vs_llm"
CHECKSUMS = "glee_part.sha256"
"""Package file: checksum and path of each file of the part."""

LIMIT_TOLD = 20
"""People were told of a limit of rounds up to this one."""

CITATION = (
    "Shapira, E., Madmon, O., Reinman, I., Amouyal, S. J., Reichart, R., Tennenholtz, M. (2024). "
    "GLEE: a unified framework and benchmark for language-based economic environments. "
    "arXiv:2410.05254"
)
LICENCE = "none stated in the repository"
SOURCE = "https://github.com/eilamshapira/GLEE"
NOTES: tuple[str, ...] = (
    "People played against a language model whose name was hidden from them.",
    "The part at hand has one game per configuration in most cases, and silent first-round "
    "acceptances are under-represented in it: build and test with it, quote no base rates.",
    "Names that people typed are replaced by Alice or Bob where a message addresses them; one that "
    "only occurs inside sentences is not found.",
)


class Row(NamedTuple):
    """One line of a game: who did what in which round; a missing value is an empty text."""

    line: int
    player: str
    round: int
    values: dict[str, str]


@dataclass(frozen=True)
class GleeGame:
    """One game: its configuration and its rows.

    ``human`` is ``"Alice"`` or ``"Bob"``; ``where`` begins error messages.
    """

    hash: str
    human: str
    config: dict[str, Any]
    rows: tuple[Row, ...]
    where: str

    @property
    def other(self) -> str:
        """Return the side that the language model played."""
        return "Bob" if self.human == "Alice" else "Alice"

    def argument(self, name: str, kind: type | tuple[type, ...]) -> Any:
        """Return a game parameter of a type.

        Raises
        ------
        DataError
            If it is missing or of another type.
        """
        value = self.config["game_args"].get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise DataError(
                f'{self.where}: config.json: expected game_args.{name}, found "{value}". '
                "Restore the file from its source."
            )
        return value

    def number(self, row: Row, column: str) -> float:
        """Return a value of a row as a number."""
        try:
            return float(row.values[column])
        except ValueError:
            raise self.bad(row, f"a number as {column}", row.values[column]) from None

    def bad(self, row: Row, expected: str, found: str) -> DataError:
        """Return the error that names a row."""
        return DataError(
            f'{self.where}: game.csv, line {row.line}: expected {expected}, found "{found}". '
            "Restore the file from its source."
        )

    def message(self, row: Row, *, allowed: bool) -> str | None:
        """Return the message of a row; words like None are kept where people could type them."""
        return (row.values["message"] or None) if allowed else None


class GleeDataset(Dataset):
    """What the three families share."""

    citation = CITATION
    licence = LICENCE
    source = SOURCE
    folder = "glee"
    aggregate = False
    notes = NOTES

    @property
    def family(self) -> str:
        """Return the family, which names the folder of its games."""
        return self.families[0]

    def files_in(self, folder: Path) -> tuple[SourceFile, ...]:
        """Return the files of the part, or those of the published collection as it was listed."""
        if is_published(folder, self.family):
            return listed_files(folder, self.family)
        listed = (files("silicus.datasets") / "data" / CHECKSUMS).read_text(encoding="utf-8")
        return tuple(
            SourceFile(path, digest)
            for digest, path in (line.split() for line in listed.splitlines())
            if path.startswith(f"{self.family}/")
        )

    def is_in(self, folder: Path) -> bool:
        """Return whether a folder holds games of the family in either layout."""
        return is_published(folder, self.family) or super().is_in(folder)

    def files_to_fetch(self) -> tuple[SourceFile, ...]:
        """Return every file of the published collection, as its repository lists them."""
        return list_tree(self.published_tree())

    def before_fetching(self, folder: Path, listed: tuple[SourceFile, ...]) -> None:
        """Keep the listing, which has the checksums."""
        keep_listing(folder, self.family, listed)

    def published_tree(self) -> Tree:
        """Return where the whole collection of the family is published."""
        return Tree("eilamshapira/GLEE", COMMIT, f"{PUBLISHED.as_posix()}/{self.family}")

    def counts_in(self, folder: Path) -> Counts:
        """Return the counts of the part; those of the whole collection are not published."""
        if is_published(folder, self.family):
            return Counts(None, None, None, {})
        return super().counts_in(folder)


def is_published(folder: Path, family: str) -> bool:
    """Return whether a folder holds the published collection rather than the part."""
    return (folder / PUBLISHED / family).is_dir()


def read_games(folder: Path, family: str) -> list[GleeGame]:
    """Return the games of a family in a folder of either layout, typed names replaced.

    Raises
    ------
    DataError
        If there are none, or a file is not in the documented form.
    """
    root = folder / (PUBLISHED if is_published(folder, family) else ".") / family
    games = [
        _read_game(path.parent, family) for path in sorted(root.rglob("game.csv"), key=_hash_of)
    ]
    if not games:
        raise DataError(
            f"{root} holds no GLEE games (no game.csv below it). "
            f"Run: silicus data get glee_{family}"
        )
    return _without_names(games)


def _hash_of(path: Path) -> str:
    return path.parent.name


def _read_game(folder: Path, family: str) -> GleeGame:
    where = f"GLEE {family} {folder.name}"
    try:
        config = json.loads((folder / "config.json").read_bytes().decode("utf-8-sig"))
        text = (folder / "game.csv").read_bytes().decode("utf-8-sig")
        types = (config["player_1_type"], config["player_2_type"])
        fits = config["game_type"] == family and isinstance(config["game_args"], dict)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise DataError(
            f"{where}: its files are not a GLEE game ({cause!r}). Restore them from the source."
        ) from cause
    if sorted(types) != ["otree", "otree_LLM"] or not fits:
        raise DataError(
            f"{where}: expected a {family} game between otree and otree_LLM, found "
            f"{config['game_type']} between {' and '.join(map(str, types))}. "
            "Restore the file from its source."
        )
    human = "Alice" if types[0] == "otree" else "Bob"
    return GleeGame(folder.name, human, config, _read_rows(text, where), where)


def _read_rows(text: str, where: str) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for values in reader:
            if None in values or None in values.values():
                raise ValueError("it has another number of fields than the header")
            rows.append(Row(reader.line_num, values["player"], int(values["round"]), values))
    except (ValueError, KeyError, csv.Error) as cause:
        raise DataError(
            f"{where}: game.csv, line {reader.line_num}: not a row of a game: {cause}. "
            "Restore the file from its source."
        ) from cause
    return tuple(rows)


def _without_names(games: list[GleeGame]) -> list[GleeGame]:
    told = [_messages(game, game.other) for game in games]
    ordinary = vocabulary(told)
    cleaned = []
    for game, messages in zip(games, told, strict=True):
        names = typed_names(messages, ordinary) - {"Alice", "Bob"}
        rows = tuple(
            row._replace(values={**row.values, "message": _clean(row, names, game.human)})
            for row in game.rows
        )
        cleaned.append(replace(game, rows=rows))
    return cleaned


def _messages(game: GleeGame, player: str) -> list[str]:
    return [row.values["message"] for row in game.rows if row.player == player]


def _clean(row: Row, names: Iterable[str], side: str) -> str:
    message = row.values["message"]
    return replace_names(message, names, side) if message else message
