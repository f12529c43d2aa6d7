"""The rational cut-off in negotiation: accept what beats the outside option, nothing else.

Whatever one thinks of the other player, a price worse than one's own value is worse than the
outside option, which pays exactly that value. The cut-off needs no theory of the opponent and so
speaks also where values are private, where it says nothing about holding out for more.

References
----------
.. [BinmoreShakedSutton1989] Binmore, Shaked and Sutton 1989, Quarterly Journal of Economics 104,
   the outside option as a floor ("deal-me-out").
.. [Shapira2024] Shapira et al. 2024, GLEE, arXiv 2410.05254, for the negotiation game.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import polars as pl

from silicus.games import IssuesGame, NegotiationGame
from silicus.theory.base import Chances, Theory
from silicus.theory.offers import Moment, moments, share_out
from silicus.theory.subgame_perfect import price_gain

_TIE: Final = 1e-9


@dataclass(frozen=True)
class NegotiationCutoff(Theory):
    """Accept an offer that beats the outside option; go on while it does not.

    * Better than outside: accept.
    * Not better: reject and go on, since leaving stays possible and a better offer may come. In
      the last round, where the limit was told, rejecting and leaving are worth the same and share
      the probability; so does accepting, at exactly own value.
    * In negotiations over several issues there is no last round: an offer worth less than walking
      away is rejected, and one worth as much is accepted or rejected with equal probability.
    """

    name: ClassVar[str] = "negotiation_cutoff"
    kinds: ClassVar[tuple[str, ...]] = ("negotiation", "issues")
    citation: ClassVar[str] = "BinmoreShakedSutton1989; Shapira2024"
    needs: ClassVar[str] = "own value, and the offer that is answered"

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return all(option in game.labels for option in options)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return [
            share_out(
                at.options, at.game.labels, _issues(at) if at.game.kind == "issues" else _price(at)
            )
            for at in moments(decisions)
        ]


def _price(at: Moment) -> list[str]:
    game: NegotiationGame = at.game
    gain = price_gain(game, at.answered("offer")["amount"]) / game.own_value
    if gain > _TIE:
        return ["accept"]
    if not (game.limit_told and at.round >= game.max_rounds):
        return ["reject"]
    return ["reject", "outside"] if gain < -_TIE else ["accept", "reject", "outside"]


def _issues(at: Moment) -> list[str]:
    game: IssuesGame = at.game
    at.answered("offer")
    points = dict(zip(game.issues, game.own_points, strict=True))
    now = [event for event in at.seen("offer") if event["round"] == at.round]
    latest = {event["action"]: event["amount"] for event in now}
    gain = sum(points[issue] * amount for issue, amount in latest.items()) - game.walk_away_points
    if abs(gain) <= _TIE:
        return ["accept", "reject"]
    return ["accept"] if gain > 0 else ["reject"]
