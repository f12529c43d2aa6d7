"""GLEE persuasion: people buy or pass on the word of a language model, 20 rounds."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.glee import NOTES, GleeDataset, GleeGame, Row, read_games
from silicus.datasets.glee_bargaining import event, glee_table
from silicus.games import PersuasionGame

OPTIONS = ("yes", "no")
QUALITIES = {"high-quality": "high", "low-quality": "low"}
PLAYERS = ("Nature", "Alice", "Bob")
"""The three rows of a round, in this order."""


class GleePersuasion(GleeDataset):
    """Every purchase or pass of a human buyer is a decision."""

    name = "glee_persuasion"
    title = "Buying on the word of a language model (GLEE)"
    families = ("persuasion",)
    files = ()
    n_decisions = 380
    n_participants = 19
    expected_choices: ClassVar = {"yes": 341, "no": 39}
    dropped: ClassVar = {"recommendations of human sellers": 200}
    notes = (
        *NOTES,
        "Human buyers only, as in the reference study, which has 3,180 decisions of the whole "
        "collection; get fetches all of it.",
        "90% of the decisions of the part are to buy, and 11 of its 19 buyers always buy.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per round of a human buyer."""
        decisions: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for game in read_games(folder, self.family):
            if game.human == "Bob":
                _walk(self.name, game, decisions, events)
        return glee_table(self, decisions, events, OPTIONS)


def _walk(
    name: str, game: GleeGame, decisions: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    typed = _game(game)
    text = typed.model_dump_json()
    play_id = f"{name}/{game.hash}"
    if len(game.rows) % len(PLAYERS) or len(game.rows) > typed.n_rounds * len(PLAYERS):
        last = game.rows[-1] if game.rows else Row(1, "", 0, {})
        raise game.bad(last, f"{len(PLAYERS)} rows a round", f"{len(game.rows)} rows")
    for index, row in enumerate(game.rows):
        expected = (index // len(PLAYERS) + 1, PLAYERS[index % len(PLAYERS)])
        if (row.round, row.player) != expected:
            raise game.bad(
                row, f"round {expected[0]}, player {expected[1]}", f"{row.round}, {row.player}"
            )
        if row.player == "Nature":
            events.append(_quality(game, typed, play_id, row))
        elif row.player == "Alice":
            events.append(_word(game, typed, play_id, row))
        else:
            decision = row.values["decision"]
            if decision not in OPTIONS:
                raise game.bad(row, "yes or no", decision)
            events.append(
                event(play_id, row, "self", "answer", action=decision, shown_before=False, order=1)
            )
            decisions.append(
                {
                    "play_id": play_id,
                    "participant_id": game.hash,
                    "round": row.round,
                    "game": text,
                    "choice": OPTIONS.index(decision),
                }
            )


def _quality(game: GleeGame, typed: PersuasionGame, play_id: str, row: Row) -> dict[str, Any]:
    """Return the quality of a round: written first, but told to the buyer last."""
    quality = QUALITIES.get(row.values["round_quality"])
    worth = typed.worth_high if quality == "high" else typed.worth_low
    if quality is None or abs(game.number(row, "product_worth") - worth) > 0.01:
        found = f"{row.values['round_quality']} worth {row.values['product_worth']}"
        raise game.bad(row, "a quality with its worth", found)
    return event(play_id, row, "nature", "quality", action=quality, shown_before=False, order=2)


def _word(game: GleeGame, typed: PersuasionGame, play_id: str, row: Row) -> dict[str, Any]:
    if typed.message_type == "text":
        message = game.message(row, allowed=True) or ""
        return event(play_id, row, "other", "message", text=message, order=0)
    if row.values["decision"] not in OPTIONS:
        raise game.bad(row, "a recommendation yes or no", row.values["decision"])
    recommended = row.values["decision"]
    return event(play_id, row, "other", "recommendation", action=recommended, order=0)


def _game(game: GleeGame) -> PersuasionGame:
    number = (int, float)
    price = game.argument("product_price", number)
    return PersuasionGame(
        price=price,
        chance_of_high=game.argument("p", number),
        worth_high=round(game.argument("v", number) * price, 6),
        worth_low=round(game.argument("c", number) * price, 6),
        n_rounds=game.argument("total_rounds", int),
        seller_knows_worth=game.argument("is_seller_know_cv", bool),
        message_type=game.argument("seller_message_type", str),
    )
