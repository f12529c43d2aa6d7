"""Public goods: linear, where each amount given is worth a bit to all; and with a threshold."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.amounts import AmountGame
from silicus.games.parameters import Parameters


class PublicGoodsGame(AmountGame):
    """Each of ``n_players`` gives part of ``endowment`` at the same time, and keeps the rest.

    Each point given is worth ``per_capita`` points to every player, the giver included (marginal
    per-capita return; the sum given times a multiplier, shared equally, is multiplier /
    ``n_players``). History, of earlier rounds: ``answer`` of "self" with the amount given, then
    any of ``contribution`` of "other" with the ``amount`` that one other player gave (one event
    each), ``total`` of "nature" with the sum that all gave and ``payoff`` of "self".
    """

    kind: Literal["public_goods"] = "public_goods"
    n_players: int = Field(ge=2)
    endowment: float = Field(gt=0)
    per_capita: float = Field(gt=0)
    n_rounds: int = Field(default=1, ge=1)
    same_group: bool = Field(default=True, description="the group stays together over the rounds")

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, self.endowment

    def payoff(self, given: float, given_by_others: float) -> float:
        """Return what a player then has, from the own amount and the sum of the others'."""
        return self.endowment - given + self.per_capita * (given + given_by_others)


class ThresholdGame(Parameters):
    """Each of ``n_players`` gives the whole ``endowment`` or keeps it; enough givers win for all.

    If at least ``threshold`` give, each gets ``reward`` more, whether they gave or not; otherwise
    what was given is lost. Where ``outside`` is a number one can leave instead, keep the endowment
    and get that much more for certain; the group is then formed of those who stay. ``labels`` says
    which option is "give", "keep" and, with an outside option, "leave". No history.
    """

    kind: Literal["threshold"] = "threshold"
    n_players: int = Field(ge=2)
    endowment: float = Field(gt=0)
    threshold: int = Field(ge=1)
    reward: float = Field(gt=0)
    outside: float | None = None
    labels: dict[str, Literal["give", "keep", "leave"]]
    payoff_unit: str = "points"

    @model_validator(mode="after")
    def _fits(self) -> "ThresholdGame":
        if self.threshold > self.n_players:
            raise ValueError(f"a threshold of {self.threshold} among {self.n_players} players")
        wanted = {"give", "keep"} | ({"leave"} if self.outside is not None else set())
        if set(self.labels.values()) != wanted or len(self.labels) != len(wanted):
            raise ValueError(
                f"labels must name one option each for {', '.join(sorted(wanted))} (leave exactly "
                "where there is an outside option)"
            )
        return self

    def payoff(self, act: Literal["give", "keep", "leave"], other_givers: int) -> float:
        """Return what a player then has, from the own act and how many of the others give."""
        if act == "leave":
            return self.endowment + (self.outside or 0)
        givers = other_givers + (act == "give")
        won = self.reward if givers >= self.threshold else 0
        return won + (self.endowment if act == "keep" else 0)
