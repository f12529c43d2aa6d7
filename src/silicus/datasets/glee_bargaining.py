"""GLEE bargaining: people answer offers of a language model, and make offers to it."""

from typing import ClassVar

from silicus.datasets.glee import NOTES, GleeGame
from silicus.datasets.glee_play import GleeFamily, Play, terms
from silicus.games import BargainingGame

OFFER = "None"
"""The literal text in the column ``decision`` of an offer row."""


class GleeBargaining(GleeFamily):
    """Every accept or reject of a person is a decision; their offers are history."""

    name = "glee_bargaining"
    title = "Bargaining with a language model (GLEE)"
    families = ("bargaining",)
    options = ("accept", "reject")
    n_decisions = 65
    n_participants = 55
    expected_choices: ClassVar = {"accept": 46, "reject": 19}
    dropped: ClassVar = {"offers of people, which are amounts": 47}
    notes = (
        *NOTES,
        "The reference study has 1,788 decisions of the whole collection; get fetches all of it.",
    )

    def typed(self, game: GleeGame) -> BargainingGame:
        """Return what was bargained over, and on which terms."""
        number = (int, float)
        discounts = {}
        for side, player in (("Alice", 1), ("Bob", 2)):
            own = game.config.get(f"player_{player}_args", {}).get("delta")
            discounts[side] = own if own is not None else game.argument(f"delta_{player}", number)
        return BargainingGame(
            total=game.argument("money_to_divide", number),
            proposes_first=game.human == "Alice",
            own_discount=discounts[game.human],
            other_discount=discounts[game.other],
            **terms(game),
        )

    def tell(self, play: Play) -> None:
        """Add offers as events, answers as events and the person's as decisions."""
        game, typed = play.game, play.typed
        for row, offering, actor in play.alternating():
            decision = row.values["decision"]
            if offering:
                gains = {
                    side: game.number(row, f"{side.lower()}_gain") for side in ("Alice", "Bob")
                }
                if decision != OFFER or abs(sum(gains.values()) - typed.total) > 0.01:
                    expected = f"an offer that divides {typed.total:g}"
                    raise game.bad(row, expected, f"{gains}, {decision}")
                message = game.message(row, allowed=typed.messages_allowed)
                play.event(row, actor, "offer", amount=gains[game.human], text=message)
                continue
            ends = decision == "accept"
            if decision not in self.options or (ends and row is not game.rows[-1]):
                raise game.bad(row, "accept, which ends the game, or reject", decision)
            play.event(row, actor, "answer", action=decision, shown_before=False)
            if actor == "self":
                play.decision(row, self.options.index(decision))
