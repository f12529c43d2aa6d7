"""What a decision answers: the offer, move or recommendation of the other player this round."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from silicus.errors import DataError
from silicus.theory.base import Chances, game_of

Event = Mapping[str, Any]


class Moment(NamedTuple):
    """One decision, read: the typed game, its options, the round and what was seen."""

    decision_id: str
    game: Any
    options: list[str]
    round: int
    history: list[Event]

    def answered(self, kind: str) -> Event:
        """Return the last event of this kind that the other player made in this round.

        Raises
        ------
        DataError
            If there is none: the decision has nothing to answer.
        """
        seen = [event for event in self.seen(kind) if event["round"] == self.round]
        if not seen:
            raise DataError(
                f"decision {self.decision_id}: round {self.round} of a {self.game.kind} game has "
                f'no "{kind}" event of the other player to answer. Correct the loader.'
            )
        return seen[-1]

    def seen(self, kind: str) -> list[Event]:
        """Return the events of this kind that the other player made so far."""
        return [e for e in self.history if e["kind"] == kind and e["actor"] == "other"]


def moments(decisions: pl.DataFrame) -> Iterator[Moment]:
    """Yield the decisions one by one, with games parsed once."""
    columns = ("decision_id", "game", "options", "round", "history")
    for identity, text, options, round_, history in decisions.select(columns).iter_rows():
        yield Moment(identity, game_of(text), options, round_, history)


def share_out(options: Sequence[str], meaning: Mapping[str, str], chosen: Sequence[str]) -> Chances:
    """Return equal probability for each option that means one of the ``chosen`` acts.

    Acts that are not on offer are left out; where none is, every option is equally likely.

    Parameters
    ----------
    options : sequence of str
    meaning : mapping
        Option to act, e.g. ``{"AcceptOffer": "accept"}``.
    chosen : sequence of str
        Acts between which the theory is indifferent.
    """
    hit = [meaning[option] in chosen for option in options]
    n = sum(hit) or len(hit)
    return tuple((float(h) if any(hit) else 1.0) / n for h in hit)
