"""GLEE bargaining: people answer offers of a language model, and make offers to it."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.glee import LIMIT_TOLD, NOTES, GleeDataset, GleeGame, Row, read_games
from silicus.datasets.history import add_history
from silicus.datasets.ids import joined, numbered
from silicus.datasets.table import decision_table
from silicus.games import BargainingGame

OPTIONS = ("accept", "reject")
OFFER = "None"
"""The literal text in the column ``decision`` of an offer row."""


class GleeBargaining(GleeDataset):
    """Every accept or reject of a person is a decision; their offers are history."""

    name = "glee_bargaining"
    title = "Bargaining with a language model (GLEE)"
    families = ("bargaining",)
    files = ()
    n_decisions = 65
    n_participants = 55
    expected_choices: ClassVar = {"accept": 46, "reject": 19}
    dropped: ClassVar = {"offers of people, which are amounts": 47}
    notes = (
        *NOTES,
        "The reference study has 1,788 decisions of the whole collection; get fetches all of it.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per answer of a person."""
        decisions: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for game in read_games(folder, self.family):
            _walk(self.name, game, decisions, events)
        return glee_table(self, decisions, events, OPTIONS)


def glee_table(
    dataset: GleeDataset,
    decisions: list[dict[str, Any]],
    events: list[dict[str, Any]],
    options: tuple[str, ...],
) -> pl.DataFrame:
    """Return the Decision table of a family from its decisions and events."""
    rows = add_history(pl.DataFrame(decisions), pl.DataFrame(events, infer_schema_length=None))
    return decision_table(
        rows,
        dataset=dataset.name,
        family=dataset.family,
        decision_id=joined(pl.col("play_id"), numbered("r", "round", 2)),
        options=list(options),
        target=0,
    )


def event(play_id: str, row: Row, actor: str, kind: str, **given: Any) -> dict[str, Any]:
    """Return a history event; seen before the choice of its round unless said otherwise."""
    return {
        "play_id": play_id,
        "round": row.round,
        "actor": actor,
        "kind": kind,
        "action": None,
        "amount": None,
        "text": None,
        "shown_before": True,
        **given,
    }


def _walk(
    name: str, game: GleeGame, decisions: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    typed = _game(game)
    text = typed.model_dump_json()
    play_id = f"{name}/{game.hash}"
    for index, row in enumerate(game.rows):
        offering = index % 2 == 0
        number = index // 2 + 1
        proposer, answerer = ("Alice", "Bob") if number % 2 else ("Bob", "Alice")
        expected = (number, proposer if offering else answerer)
        if (row.round, row.player) != expected:
            raise game.bad(
                row, f"round {expected[0]}, player {expected[1]}", f"{row.round}, {row.player}"
            )
        actor = "self" if row.player == game.human else "other"
        decision = row.values["decision"]
        if offering:
            gains = {side: game.number(row, f"{side.lower()}_gain") for side in ("Alice", "Bob")}
            if decision != OFFER or abs(sum(gains.values()) - typed.total) > 0.01:
                raise game.bad(
                    row, f"an offer that divides {typed.total:g}", f"{gains}, {decision}"
                )
            message = game.message(row, allowed=typed.messages_allowed)
            events.append(
                event(play_id, row, actor, "offer", amount=gains[game.human], text=message)
            )
            continue
        last = index == len(game.rows) - 1
        if decision not in OPTIONS or (decision == "accept" and not last):
            raise game.bad(row, "accept, which ends the game, or reject", decision)
        events.append(event(play_id, row, actor, "answer", action=decision, shown_before=False))
        if actor == "self":
            decisions.append(
                {
                    "play_id": play_id,
                    "participant_id": game.hash,
                    "round": row.round,
                    "game": text,
                    "choice": OPTIONS.index(decision),
                }
            )


def _game(game: GleeGame) -> BargainingGame:
    number = (int, float)
    discounts = {}
    for side, player in (("Alice", 1), ("Bob", 2)):
        own = game.config.get(f"player_{player}_args", {}).get("delta")
        discounts[side] = own if own is not None else game.argument(f"delta_{player}", number)
    max_rounds = game.argument("max_rounds", int)
    return BargainingGame(
        total=game.argument("money_to_divide", number),
        proposes_first=game.human == "Alice",
        own_discount=discounts[game.human],
        other_discount=discounts[game.other],
        max_rounds=max_rounds,
        limit_told=max_rounds <= LIMIT_TOLD,
        complete_information=game.argument("complete_information", bool),
        messages_allowed=game.argument("messages_allowed", bool),
    )
