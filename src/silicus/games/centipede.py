"""The centipede game: take the larger share now, or pass and let the pot grow."""

from typing import Literal

from pydantic import Field, model_validator

from silicus.games.parameters import Parameters


class CentipedeGame(Parameters):
    """Two players in turn take, which ends the game, or pass; the participant is one of them.

    ``taken[k]`` are the payoffs of the first mover and of the second if the game is ended at the
    turn k + 1 (the first mover has the turns 1, 3, 5, ...); ``passed`` those if nobody ever takes.
    The round of a decision counts the participant's own turns. ``labels`` says which option is
    "take" and which "pass". History: in each earlier round the ``answer`` of "self", and of "other"
    with the same labels, all of them passes, or the game would have ended.
    """

    kind: Literal["centipede"] = "centipede"
    role: Literal["first", "second"]
    taken: tuple[tuple[float, float], ...] = Field(min_length=2)
    passed: tuple[float, float]
    labels: dict[str, Literal["take", "pass"]]
    payoff_unit: str = "points"

    @model_validator(mode="after")
    def _one_each(self) -> "CentipedeGame":
        if sorted(self.labels.values()) != ["pass", "take"]:
            raise ValueError("labels must name one option for take and one for pass")
        return self

    @property
    def max_rounds(self) -> int:
        """How many turns the participant has at most."""
        return len(self.taken) // 2 + (len(self.taken) % 2 if self.role == "first" else 0)

    def turn(self, round: int) -> int:
        """Return which turn of the game the participant's ``round``-th turn is, counted from 1."""
        return 2 * round - 1 if self.role == "first" else 2 * round

    def payoff(self, turn: int | None) -> tuple[float, float]:
        """Return what the first and the second mover get if the game ends at a turn, or never."""
        return self.passed if turn is None else self.taken[turn - 1]
