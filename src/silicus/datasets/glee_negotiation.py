"""GLEE negotiation: people answer prices of a language model, or deal with John instead."""

from typing import ClassVar

from silicus.datasets.glee import NOTES, GleeGame
from silicus.datasets.glee_play import GleeFamily, Play, terms
from silicus.games import NegotiationGame

WRITTEN = {
    "AcceptOffer": 0,
    "RejectOffer": 1,
    "SellToJhon": 2,
    "BuyFromJhon": 2,
}
"""Decisions as the files spell them, and the option that each is."""

OFFER = ("", "None")


class GleeNegotiation(GleeFamily):
    """Every answer of a person to a price is a decision among three options."""

    name = "glee_negotiation"
    title = "Negotiating a price with a language model (GLEE)"
    families = ("negotiation",)
    options = ("AcceptOffer", "RejectOffer", "DealWithJohn")
    n_decisions = 48
    n_participants = 38
    expected_choices: ClassVar = {"AcceptOffer": 32, "RejectOffer": 15, "DealWithJohn": 1}
    dropped: ClassVar = {"offers of people, which are prices": 38}
    notes = (
        *NOTES,
        "Selling to or buying from John (spelled Jhon in the files) is one option, DealWithJohn.",
        "The reference study has 1,182 decisions of the whole collection; get fetches all of it.",
    )

    def typed(self, game: GleeGame) -> NegotiationGame:
        """Return the values of both sides, and the terms."""
        number = (int, float)
        unit = game.argument("product_price_order", number)
        values = {
            "seller": game.argument("seller_value", number) * unit,
            "buyer": game.argument("buyer_value", number) * unit,
        }
        seller = game.human == "Alice"
        return NegotiationGame(
            role="seller" if seller else "buyer",
            own_value=round(values["seller" if seller else "buyer"], 6),
            other_value=round(values["buyer" if seller else "seller"], 6),
            **terms(game),
            labels={"AcceptOffer": "accept", "RejectOffer": "reject", "DealWithJohn": "outside"},
        )

    def tell(self, play: Play) -> None:
        """Add prices as events, answers as events and the person's as decisions."""
        game = play.game
        for row, offering, actor in play.alternating():
            decision = row.values["decision"]
            if offering:
                if decision not in OFFER:
                    raise game.bad(row, "an offer without a decision", decision)
                message = game.message(row, allowed=play.typed.messages_allowed)
                price = game.number(row, "product_price")
                play.event(row, actor, "offer", amount=price, text=message)
                continue
            ends = decision != "RejectOffer"
            if decision not in WRITTEN or (ends and row is not game.rows[-1]):
                expected = f"one of {', '.join(WRITTEN)}, all but a rejection last"
                raise game.bad(row, expected, decision)
            option = WRITTEN[decision]
            play.event(row, actor, "answer", action=self.options[option], shown_before=False)
            if actor == "self":
                play.decision(row, option)
