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


Game = Annotated[MatrixGame | UltimatumGame | LotteryChoice, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Any] = TypeAdapter(Game)


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
        ``decision_id`` and one string column per scalar parameter that any game has; null where
        a game has no such parameter.
    """
    distinct = decisions.select("game").unique(maintain_order=True)
    rows = []
    for text in distinct["game"]:
        values = read_game(text).model_dump()
        scalars = {
            name: str(value)
            for name, value in values.items()
            if isinstance(value, str | int | float | bool)
        }
        rows.append({"game": text, **scalars})
    table = pl.DataFrame(rows, infer_schema_length=None)
    return decisions.select("decision_id", "game").join(table, on="game", how="left").drop("game")
