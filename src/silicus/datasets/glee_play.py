"""GLEE games as they are read: rows in their order become events of a history and decisions."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.glee import LIMIT_TOLD, GleeDataset, GleeGame, Row, read_games
from silicus.datasets.history import add_history
from silicus.datasets.ids import joined, numbered
from silicus.datasets.table import decision_table
from silicus.games import Game


def terms(game: GleeGame) -> dict[str, Any]:
    """Return what games of offers and answers have in common: length, information, messages."""
    max_rounds = game.argument("max_rounds", int)
    return {
        "max_rounds": max_rounds,
        "limit_told": max_rounds <= LIMIT_TOLD,
        "complete_information": game.argument("complete_information", bool),
        "messages_allowed": game.argument("messages_allowed", bool),
    }


@dataclass
class Play:
    """One game being read; ``typed`` holds its parameters."""

    game: GleeGame
    typed: Any
    play_id: str
    events: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        """Return the parameters as the Decision table holds them."""
        return str(self.typed.model_dump_json())

    def event(self, row: Row, actor: str, kind: str, **given: Any) -> None:
        """Add an event; seen before the choice of its round unless said otherwise."""
        told = {"action": None, "amount": None, "text": None, "shown_before": True, **given}
        self.events.append(
            {"play_id": self.play_id, "round": row.round, "actor": actor, "kind": kind, **told}
        )

    def decision(self, row: Row, choice: int) -> None:
        """Add a decision of the person."""
        self.decisions.append(
            {
                "play_id": self.play_id,
                "participant_id": self.game.hash,
                "round": row.round,
                "game": self.text,
                "choice": choice,
            }
        )

    def alternating(self) -> Iterator[tuple[Row, bool, str]]:
        """Yield each row, whether it is an offer, and its actor; offers and answers take turns.

        Alice makes the offers of odd rounds, Bob those of even ones.

        Raises
        ------
        DataError
            If a row is not the one that is due.
        """
        for index, row in enumerate(self.game.rows):
            offering = index % 2 == 0
            number = index // 2 + 1
            due = "Alice" if offering == bool(number % 2) else "Bob"
            self.require(row, number, due)
            yield row, offering, "self" if row.player == self.game.human else "other"

    def require(self, row: Row, number: int, player: str) -> None:
        """Refuse a row that is not that of a round and player."""
        if (row.round, row.player) != (number, player):
            raise self.game.bad(
                row, f"round {number}, player {player}", f"{row.round}, {row.player}"
            )


class GleeFamily(GleeDataset):
    """A family of games, read game by game."""

    files = ()
    options: ClassVar[tuple[str, ...]]

    @abstractmethod
    def typed(self, game: GleeGame) -> Game:
        """Return the parameters of a game."""

    @abstractmethod
    def tell(self, play: Play) -> None:
        """Add the events and decisions of a game."""

    def takes(self, game: GleeGame) -> bool:
        """Return whether a game holds decisions of the data set."""
        return True

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per answer of a person."""
        plays = [
            Play(game, self.typed(game), f"{self.name}/{game.hash}")
            for game in read_games(folder, self.family)
            if self.takes(game)
        ]
        for play in plays:
            self.tell(play)
        decisions = pl.DataFrame([row for play in plays for row in play.decisions])
        events = [row for play in plays for row in play.events]
        return decision_table(
            add_history(decisions, pl.DataFrame(events, infer_schema_length=None)),
            dataset=self.name,
            family=self.family,
            decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
            options=list(self.options),
            target=0,
        )
