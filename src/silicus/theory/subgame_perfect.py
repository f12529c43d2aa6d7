"""Subgame-perfect play of responders: bargaining, ultimatum, negotiation, second movers.

References
----------
.. [Rubinstein1982] Rubinstein 1982, Econometrica 50, conclusion 2 (discounting factors).
.. [Stahl1972] Stahl 1972, Bargaining Theory, for a limited number of rounds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, Literal

import numpy as np
import polars as pl

from silicus.games import BargainingGame, ContributionGame, MatrixGame, NegotiationGame
from silicus.theory.bargaining import least_acceptable
from silicus.theory.base import Chances, Theory, one_of
from silicus.theory.offers import Moment, moments, share_out
from silicus.theory.strategic import best_reply, in_option_order

_ANSWERS: Final = {"accept": "accept", "reject": "reject"}

_TIE: Final = 1e-9


@dataclass(frozen=True)
class SubgamePerfect(Theory):
    """What a selfish player does who thinks to the end and expects the same of the other.

    * ``bargaining``: accept a share at least as good as proposing next round, with both players'
      discount factors. The number of rounds is what people were told; where no limit was told
      the game has no end, and the theory abstains if nobody is impatient (any division is then
      an equilibrium).
    * ``ultimatum``: accept anything above nothing; an offer of nothing is a tie.
    * ``negotiation``: without discounting whoever proposes last gets all gains from trade, so that
      player accepts nothing less before, and the other any price not worse than own value.
      Needs a limit that people were told. Where trade has no gains, only a price better than own
      value is accepted.
    * ``matrix`` where the other's move is known, and a fixed end: the best reply.
    * ``contribution``: keep the money (giving is dominated in a dilemma).

    Options between which the player is indifferent share the probability equally, unless ``tie``
    says otherwise: own payoff gives no reason for either.

    Parameters
    ----------
    incomplete : {"abstain", "as_if_complete"}
        Where the other's discount or value is not told there are many equilibria: abstain, or
        assume that it is known.
    tie : {"half", "accept", "reject"}
        What becomes of an offer worth exactly as much as the alternative (nothing in the
        ultimatum game, what waiting brings in bargaining and negotiation). ``half``: accepted
        and rejected with equal probability. ``accept``: accepted, as the strategies of the
        equilibrium have it where money can be divided without end [Rubinstein1982]_.
        ``reject``: rejected, which is as good an equilibrium where there is a smallest coin.
    """

    incomplete: Literal["abstain", "as_if_complete"] = "abstain"
    tie: Literal["half", "accept", "reject"] = "half"

    name: ClassVar[str] = "subgame_perfect"
    kinds: ClassVar[tuple[str, ...]] = (
        "bargaining",
        "ultimatum",
        "negotiation",
        "matrix",
        "contribution",
    )
    citation: ClassVar[str] = "Rubinstein1982, conclusion 2; Stahl1972"
    needs: ClassVar[str] = "the parameters of the game, and the offer or move that is answered"

    def __post_init__(self) -> None:
        one_of(self.name, "incomplete", self.incomplete, ("abstain", "as_if_complete"))
        one_of(self.name, "tie", self.tie, ("half", "accept", "reject"))

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        if isinstance(game, MatrixGame):
            fits = sorted(options) == sorted(game.actions)
            return game.sequential and game.n_rounds is not None and fits
        if isinstance(game, ContributionGame):
            return all(option in game.labels for option in options)
        if isinstance(game, NegotiationGame):
            known = game.complete_information or self.incomplete == "as_if_complete"
            return known and game.limit_told and all(option in game.labels for option in options)
        if not set(options) <= set(_ANSWERS):
            return False
        if isinstance(game, BargainingGame):
            known = game.complete_information or self.incomplete == "as_if_complete"
            patient = game.own_discount == game.other_discount == 1
            return known and (game.limit_told or not patient)
        return True

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        answer: dict[str, Callable[[Moment], Chances]] = {
            "bargaining": self._bargaining,
            "ultimatum": self._ultimatum,
            "negotiation": self._negotiation,
            "matrix": _second_mover,
            "contribution": lambda at: share_out(at.options, at.game.labels, ["keep"]),
        }
        return [answer[at.game.kind](at) for at in moments(decisions)]

    def _bargaining(self, at: Moment) -> Chances:
        game: BargainingGame = at.game
        left = game.max_rounds - at.round + 1 if game.limit_told else None
        least = least_acceptable(game.own_discount, game.other_discount, left)
        assert least is not None
        offered = at.answered("offer")["amount"] / game.total
        return share_out(at.options, _ANSWERS, self._answer(offered - least))

    def _ultimatum(self, at: Moment) -> Chances:
        return share_out(at.options, _ANSWERS, self._answer(at.game.share_offered))

    def _negotiation(self, at: Moment) -> Chances:
        game: NegotiationGame = at.game
        gain = price_gain(game, at.answered("offer")["amount"])
        surplus = price_gain(game, game.other_value)
        last = "seller" if game.max_rounds % 2 else "buyer"
        waiting = surplus if surplus > 0 and game.role == last and at.round < game.max_rounds else 0
        if surplus <= 0 and abs(gain) <= _TIE * game.own_value and self.tie == "half":
            return share_out(at.options, game.labels, ["accept", "reject", "outside"])
        acts = self._answer((gain - waiting) / game.own_value)
        if "reject" in acts and not waiting:
            acts = [*acts, "outside"]
        return share_out(at.options, game.labels, acts)

    def _answer(self, advantage: float) -> list[str]:
        """Return the acts that are best when accepting is better than waiting by so much."""
        if abs(advantage) <= _TIE:
            return ["accept", "reject"] if self.tie == "half" else [self.tie]
        return ["accept"] if advantage > 0 else ["reject"]


as_if_complete = partial(SubgamePerfect, incomplete="as_if_complete")
accept_ties = partial(SubgamePerfect, tie="accept")
reject_ties = partial(SubgamePerfect, tie="reject")


def price_gain(game: NegotiationGame, price: float) -> float:
    """Return what the participant gains, over trading outside at own value, at this price."""
    return price - game.own_value if game.role == "seller" else game.own_value - price


def _second_mover(at: Moment) -> Chances:
    game: MatrixGame = at.game
    column = game.other_actions.index(at.answered("move")["action"])
    values = np.array([row[column] for row in game.own], dtype=float)
    return in_option_order(game, at.options, best_reply(values).tolist())
