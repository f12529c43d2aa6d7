"""GLEE negotiation: people answer prices of a language model, or deal with John instead."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from silicus.datasets.glee import LIMIT_TOLD, NOTES, GleeDataset, GleeGame, read_games
from silicus.datasets.glee_bargaining import event, glee_table
from silicus.games import NegotiationGame

OPTIONS = ("AcceptOffer", "RejectOffer", "DealWithJohn")
WRITTEN = {
    "AcceptOffer": 0,
    "RejectOffer": 1,
    "SellToJhon": 2,
    "BuyFromJhon": 2,
}
"""Decisions as the files spell them, and the option that each is."""

OFFER = ("", "None")


class GleeNegotiation(GleeDataset):
    """Every answer of a person to a price is a decision among three options."""

    name = "glee_negotiation"
    title = "Negotiating a price with a language model (GLEE)"
    families = ("negotiation",)
    files = ()
    n_decisions = 48
    n_participants = 38
    expected_choices: ClassVar = {"AcceptOffer": 32, "RejectOffer": 15, "DealWithJohn": 1}
    dropped: ClassVar = {"offers of people, which are prices": 38}
    notes = (
        *NOTES,
        "Selling to or buying from John (spelled Jhon in the files) is one option, DealWithJohn.",
        "The reference study has 1,182 decisions of the whole collection; get fetches all of it.",
    )

    def read(self, folder: Path) -> pl.DataFrame:
        """Return one decision per answer of a person."""
        decisions: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        for game in read_games(folder, self.family):
            _walk(self.name, game, decisions, events)
        return glee_table(self, decisions, events, OPTIONS)


def _walk(
    name: str, game: GleeGame, decisions: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    typed = _game(game)
    text = typed.model_dump_json()
    play_id = f"{name}/{game.hash}"
    for index, row in enumerate(game.rows):
        offering = index % 2 == 0
        number = index // 2 + 1
        seller, buyer = ("Alice", "Bob") if number % 2 else ("Bob", "Alice")
        expected = (number, seller if offering else buyer)
        if (row.round, row.player) != expected:
            raise game.bad(
                row, f"round {expected[0]}, player {expected[1]}", f"{row.round}, {row.player}"
            )
        actor = "self" if row.player == game.human else "other"
        decision = row.values["decision"]
        if offering:
            if decision not in OFFER:
                raise game.bad(row, "an offer without a decision", decision)
            message = game.message(row, allowed=typed.messages_allowed)
            price = game.number(row, "product_price")
            events.append(event(play_id, row, actor, "offer", amount=price, text=message))
            continue
        ends = decision != "RejectOffer"
        if decision not in WRITTEN or (ends and index != len(game.rows) - 1):
            raise game.bad(row, f"one of {', '.join(WRITTEN)}, all but a rejection last", decision)
        option = WRITTEN[decision]
        events.append(
            event(play_id, row, actor, "answer", action=OPTIONS[option], shown_before=False)
        )
        if actor == "self":
            decisions.append(
                {
                    "play_id": play_id,
                    "participant_id": game.hash,
                    "round": row.round,
                    "game": text,
                    "choice": option,
                }
            )


def _game(game: GleeGame) -> NegotiationGame:
    number = (int, float)
    unit = game.argument("product_price_order", number)
    values = {
        "seller": game.argument("seller_value", number) * unit,
        "buyer": game.argument("buyer_value", number) * unit,
    }
    max_rounds = game.argument("max_rounds", int)
    seller = game.human == "Alice"
    return NegotiationGame(
        role="seller" if seller else "buyer",
        own_value=round(values["seller" if seller else "buyer"], 6),
        other_value=round(values["buyer" if seller else "seller"], 6),
        max_rounds=max_rounds,
        limit_told=max_rounds <= LIMIT_TOLD,
        complete_information=game.argument("complete_information", bool),
        messages_allowed=game.argument("messages_allowed", bool),
        labels={"AcceptOffer": "accept", "RejectOffer": "reject", "DealWithJohn": "outside"},
    )
