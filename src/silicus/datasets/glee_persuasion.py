"""GLEE persuasion: people buy or pass on the word of a language model, 20 rounds."""

from typing import ClassVar

from silicus.datasets.glee import NOTES, GleeGame, Row
from silicus.datasets.glee_play import GleeFamily, Play
from silicus.games import PersuasionGame

QUALITIES = {"high-quality": "high", "low-quality": "low"}
PLAYERS = ("Nature", "Alice", "Bob")
"""The three rows of a round, in this order."""


class GleePersuasion(GleeFamily):
    """Every purchase or pass of a human buyer is a decision."""

    name = "glee_persuasion"
    title = "Buying on the word of a language model (GLEE)"
    families = ("persuasion",)
    options = ("yes", "no")
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

    def takes(self, game: GleeGame) -> bool:
        """Return whether the buyer is a person."""
        return game.human == "Bob"

    def typed(self, game: GleeGame) -> PersuasionGame:
        """Return the price, what the good can be worth, and how the seller speaks."""
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

    def tell(self, play: Play) -> None:
        """Add what the buyer saw in each round, and the decision."""
        game = play.game
        if len(game.rows) % len(PLAYERS) or len(game.rows) > play.typed.n_rounds * len(PLAYERS):
            last = game.rows[-1] if game.rows else Row(1, "", 0, {})
            raise game.bad(last, f"{len(PLAYERS)} rows a round", f"{len(game.rows)} rows")
        for index, row in enumerate(game.rows):
            player = PLAYERS[index % len(PLAYERS)]
            play.require(row, index // len(PLAYERS) + 1, player)
            if player == "Nature":
                _quality(play, row)
            elif player == "Alice":
                _word(play, row)
            else:
                decision = row.values["decision"]
                if decision not in self.options:
                    raise game.bad(row, "yes or no", decision)
                play.event(row, "self", "answer", action=decision, shown_before=False, order=1)
                play.decision(row, self.options.index(decision))


def _quality(play: Play, row: Row) -> None:
    """Add the quality of a round: written first, but told to the buyer last."""
    quality = QUALITIES.get(row.values["round_quality"])
    worth = play.typed.worth_high if quality == "high" else play.typed.worth_low
    if quality is None or abs(play.game.number(row, "product_worth") - worth) > 0.01:
        found = f"{row.values['round_quality']} worth {row.values['product_worth']}"
        raise play.game.bad(row, "a quality with its worth", found)
    play.event(row, "nature", "quality", action=quality, shown_before=False, order=2)


def _word(play: Play, row: Row) -> None:
    """Add what the seller said of a round: a text, or a recommendation."""
    if play.typed.message_type == "text":
        message = play.game.message(row, allowed=True) or ""
        play.event(row, "other", "message", text=message, order=0)
        return
    recommended = row.values["decision"]
    if recommended not in GleePersuasion.options:
        raise play.game.bad(row, "a recommendation yes or no", recommended)
    play.event(row, "other", "recommendation", action=recommended, order=0)
