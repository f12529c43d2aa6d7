"""A two-player game in strategic form, once or repeated."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.parameters import Parameters


class MatrixGame(Parameters):
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
    in_series: bool = Field(
        default=False, description="one of several one-shot games, each with another person"
    )

    @model_validator(mode="after")
    def _shape_fits(self) -> "MatrixGame":
        if self.in_series and self.n_rounds != 1:
            raise ValueError("in_series is for games that are played once: n_rounds must be 1")
        shape = (len(self.actions), len(self.other_actions))
        for table in (self.own, self.other):
            if len(table) != shape[0] or any(len(row) != shape[1] for row in table):
                raise ValueError(f"payoffs must be {shape[0]} x {shape[1]}")
        return self
