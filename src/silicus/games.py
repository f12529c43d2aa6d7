"""Typed parameters of a game, one model per kind, kept as JSON in ``Decision.game``.

The parameters are everything that defines the situation apart from what happened in it (that is
the history). Data sets write them, prompts put them into words, theories compute with them, and
:func:`configuration` turns them into columns by which an analysis can split.
"""

from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from silicus.errors import DataError


class _Game(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MatrixGame(_Game):
    """A two-player game in strategic form, seen by the participant, who is the row player.

    ``own[i][j]`` and ``other[i][j]`` are the payoffs, in ``payoff_unit``, when the participant
    takes ``actions[i]`` and the other player ``other_actions[j]``.
    """

    kind: Literal["matrix"] = "matrix"
    name: str
    actions: tuple[str, ...]
    other_actions: tuple[str, ...]
    own: tuple[tuple[float, ...], ...]
    other: tuple[tuple[float, ...], ...]
    payoff_unit: str = "points"
    n_rounds: int | None = Field(
        default=1, ge=1, description="fixed number of rounds; None where chance ends the game"
    )
    continuation: float | None = Field(
        default=None, gt=0, lt=1, description="chance of a further round after each round"
    )
    noise: float = Field(default=0, ge=0, lt=1, description="chance that a move is flipped")
    sequential: bool = Field(
        default=False, description="the other player's move is known before the choice"
    )
    opponent: Literal["human", "computer", "either", "unknown"] = Field(
        default="unknown", description="what people were told; either: one or the other"
    )
    labels: dict[str, str] = Field(
        default_factory=dict, description="standard name of an action: {'J': 'cooperate'}"
    )
    topology: str | None = Field(default=None, description="ordinal type of the payoffs")

    @model_validator(mode="after")
    def _shape_fits(self) -> "MatrixGame":
        shape = (len(self.actions), len(self.other_actions))
        for table in (self.own, self.other):
            if len(table) != shape[0] or any(len(row) != shape[1] for row in table):
                raise ValueError(f"payoffs must be {shape[0]} x {shape[1]}")
        return self


class UltimatumGame(_Game):
    """A proposer splits ``total``; if the participant rejects, both get nothing."""

    kind: Literal["ultimatum"] = "ultimatum"
    total: float | None = Field(default=None, gt=0, description="None where only shares are known")
    share_offered: float = Field(ge=0, le=1)
    payoff_unit: str = "dollars"


class Outcome(_Game):
    """One branch of a lottery: ``payoff`` (in the game's unit) with ``probability``."""

    probability: float = Field(ge=0, le=1)
    payoff: float


class LotteryChoice(_Game):
    """A choice between lotteries; ``lotteries[i]`` belongs to option i.

    Where ``ambiguous[i]`` the participant was not told the probabilities of lottery i.
    """

    kind: Literal["lottery"] = "lottery"
    lotteries: tuple[tuple[Outcome, ...], ...]
    payoff_unit: str
    hypothetical: bool = False
    feedback: bool = False
    ambiguous: tuple[bool, ...] | None = None
    correlation: int = 0

    @model_validator(mode="after")
    def _probabilities_sum(self) -> "LotteryChoice":
        for index, lottery in enumerate(self.lotteries):
            total = sum(outcome.probability for outcome in lottery)
            if abs(total - 1) > 1e-3:
                raise ValueError(f"probabilities of lottery {index} sum to {total:g}, not 1")
        return self


class BargainingGame(_Game):
    """Alternating offers: divide ``total``; what one gets shrinks with each round.

    The participant proposes in odd rounds where ``proposes_first``, else in even ones, and answers
    in the others. Agreed in round t, a gain is worth itself times own discount to the power t - 1.

    History: ``offer`` events with ``amount`` the gain that the *participant* would have (the rest
    is the other's) and ``text`` the message, then ``answer`` events with ``action`` "accept" or
    "reject". The last offer, of this round, is what this decision answers.
    """

    kind: Literal["bargaining"] = "bargaining"
    total: float = Field(gt=0)
    proposes_first: bool
    own_discount: float = Field(gt=0, le=1)
    other_discount: float = Field(gt=0, le=1)
    max_rounds: int = Field(ge=1)
    limit_told: bool = Field(description="whether people were told of max_rounds")
    complete_information: bool = Field(description="each is told the other's discount")
    messages_allowed: bool = False
    payoff_unit: str = "dollars"


class NegotiationGame(_Game):
    """One product, one price: offers in turn, the seller first; or an outside option at own value.

    History: ``offer`` events with ``amount`` the price and ``text`` the message, then ``answer``
    events with ``action`` the label of an option. ``labels`` gives the meaning of each option:
    "accept", "reject" (and make a counteroffer) or "outside" (trade with ``outsider``).
    """

    kind: Literal["negotiation"] = "negotiation"
    role: Literal["seller", "buyer"]
    own_value: float = Field(gt=0)
    other_value: float = Field(gt=0)
    max_rounds: int = Field(ge=1)
    limit_told: bool
    complete_information: bool = Field(description="each is told the other's value")
    messages_allowed: bool = False
    labels: dict[str, Literal["accept", "reject", "outside"]]
    outsider: str = "John"
    payoff_unit: str = "dollars"


class PersuasionGame(_Game):
    """A buyer decides about one product a round on a seller's word; quality is told afterwards.

    History: in each round ``message`` of "other" with ``text``, or, where ``message_type`` is
    "binary", ``recommendation`` of "other" with ``action`` "yes" or "no"; the buyer's ``answer``
    "yes" or "no"; then ``quality`` of "nature" with ``action`` "high" or "low".
    """

    kind: Literal["persuasion"] = "persuasion"
    price: float = Field(gt=0)
    chance_of_high: float = Field(ge=0, le=1)
    worth_high: float
    worth_low: float = 0
    n_rounds: int = Field(ge=1)
    seller_knows_worth: bool
    message_type: Literal["text", "binary"] = "text"
    payoff_unit: str = "dollars"


class HotelGame(_Game):
    """Go to a hotel or stay, on the strength of one review that an expert picked out of seven.

    Going is right when the mean score is at least ``threshold``. History: in each round
    ``message`` of "other" with ``text`` the review; ``answer`` of "self" with the option's label;
    then ``quality`` of "nature" with ``amount`` the mean score and, where recorded, ``payoff`` of
    "self" with ``amount`` the points of the round. ``labels`` says which option is "go" and which
    "stay".
    """

    kind: Literal["hotel"] = "hotel"
    n_rounds: int = Field(default=10, ge=1)
    threshold: float = 8
    labels: dict[str, Literal["go", "stay"]]
    payoff_unit: str = "points"


class IssuesGame(_Game):
    """Packages of several issues to share out after a chat; a submitted deal is answered.

    ``own_points[i]`` is what one package of ``issues[i]`` is worth to the participant, of which
    there are ``packages[i]``. History: ``message`` events with ``text``; a submitted deal is one
    ``offer`` event for each issue, with ``action`` the issue and ``amount`` the packages that the
    participant would get; earlier ``answer`` events with the label of an option. ``labels`` says
    which option is "accept", "reject" or "walk_away".
    """

    kind: Literal["issues"] = "issues"
    issues: tuple[str, ...]
    packages: tuple[int, ...]
    own_points: tuple[float, ...]
    own_reasons: tuple[str, ...] | None = None
    walk_away_points: float
    labels: dict[str, Literal["accept", "reject", "walk_away"]]
    payoff_unit: str = "points"

    @model_validator(mode="after")
    def _one_each(self) -> "IssuesGame":
        lengths = {len(self.packages), len(self.own_points), len(self.own_reasons or self.issues)}
        if lengths != {len(self.issues)}:
            raise ValueError(f"packages, points and reasons must be {len(self.issues)} each")
        return self


class ContributionGame(_Game):
    """A dilemma of giving, second mover: the partner's contribution is known before the choice.

    ``other_share`` is the share of the own money that the partner gave. ``labels`` says which
    option is "give" and which "keep".
    """

    kind: Literal["contribution"] = "contribution"
    other_share: float = Field(ge=0, le=1)
    endowment: float | None = Field(default=None, gt=0, description="None where it is not known")
    multiplier: float | None = Field(default=None, gt=0, description="None where it is not known")
    labels: dict[str, Literal["give", "keep"]]
    payoff_unit: str = "dollars"


class CustomGame(_Game):
    """Anyone's own experiment: parameters, and Jinja templates that put it into words.

    ``rules`` sees the parameters, ``options`` (listed, as a text) and ``labels``; ``ask``, for each
    round up to this one, ``round`` and ``seen`` (events of that round before the answer);
    ``outcome``, for each earlier round, ``round`` and ``events`` (all of that round).
    """

    kind: Literal["custom"] = "custom"
    name: str
    parameters: dict[str, str | float | int | bool | None] = Field(default_factory=dict)
    rules: str
    ask: str
    outcome: str = ""
    other: str = "the other player"


Game = Annotated[
    MatrixGame
    | UltimatumGame
    | LotteryChoice
    | BargainingGame
    | NegotiationGame
    | PersuasionGame
    | HotelGame
    | IssuesGame
    | ContributionGame
    | CustomGame,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Any] = TypeAdapter(Game)


TEMPLATES = ("rules", "ask", "outcome")
"""Fields of an own game that are words, not parameters."""


def read_game(text: str, *, where: str = "decision") -> Any:
    """Return the game that a ``Decision.game`` JSON text describes.

    Raises
    ------
    DataError
        If the text is not a known game; names the field.
    """
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as cause:
        first = cause.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{where}: game parameters are not valid: {field}: {first['msg']} "
            f"(found {first.get('input')!r:.80}). Correct the loader or the source row."
        ) from cause


def configuration(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return one row per decision with its scalar game parameters as columns.

    Parameters
    ----------
    decisions : Decision table

    Returns
    -------
    polars.DataFrame
        ``decision_id`` and one string column per scalar parameter that any game has, those of an
        own game (``parameters``) included; null where a game has no such parameter.
        ``ambiguous`` says whether any lottery hides its probabilities.
    """
    distinct = decisions.select("game").unique(maintain_order=True)
    rows = []
    for text in distinct["game"]:
        values = read_game(text).model_dump()
        values |= values.pop("parameters", {})
        if values.get("ambiguous") is not None:
            values["ambiguous"] = any(values["ambiguous"])
        scalars = {
            name: str(value)
            for name, value in values.items()
            if isinstance(value, str | int | float | bool) and name not in TEMPLATES
        }
        rows.append({"game": text, **scalars})
    table = pl.DataFrame(rows, infer_schema_length=None)
    listed = decisions.select("decision_id", "game")
    return listed.join(table, on="game", how="left", maintain_order="left").drop("game")
