"""A random part of a data set, drawn by people, sessions, plays or decisions, the same every time.

Each unit has a number made of its name and the seed, and the units with the smallest numbers are
taken. So a draw does not depend on the order of the rows, and a larger one with the same seed
holds a smaller one.
"""

import hashlib
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from silicus.errors import DataError

Unit = Literal["participant", "session", "play", "decision"]
COUNTED: dict[str, Unit] = {
    "participants": "participant",
    "sessions": "session",
    "plays": "play",
    "decisions": "decision",
}


class Sample(BaseModel):
    """How much of a data set to take: one number, and what is drawn whole.

    Attributes
    ----------
    participants, sessions, plays, decisions : int
        How many; one of them.
    unit : str
        What is drawn whole, ``participant``, ``session``, ``play`` or ``decision``; what is
        counted, if left out. With ``unit: session`` both sides of a dialogue come together; units
        are then drawn as long as they fit into the number asked for.
    seed : int
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    participants: int | None = Field(default=None, ge=1)
    sessions: int | None = Field(default=None, ge=1)
    plays: int | None = Field(default=None, ge=1)
    decisions: int | None = Field(default=None, ge=1)
    unit: Unit | None = None
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_number(self) -> "Sample":
        given = [name for name in COUNTED if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"sample needs one of {', '.join(COUNTED)}, found {len(given)}")
        return self

    @property
    def counted(self) -> str:
        """Return what the number counts: a key of :data:`COUNTED`."""
        return next(name for name in COUNTED if getattr(self, name) is not None)

    @property
    def drawn(self) -> Unit:
        """Return what is drawn whole."""
        return self.unit or COUNTED[self.counted]


def sample(decisions: pl.DataFrame, wanted: Sample, *, where: str) -> pl.DataFrame:
    """Return the rows of the units that are drawn, in the order of the table.

    Parameters
    ----------
    decisions : Decision table
    wanted : Sample
    where : str
        What the table is, for messages.

    Raises
    ------
    DataError
        If there are fewer than asked for, the data do not tell the units apart, or a unit does
        not belong whole to one of what is drawn.
    """
    n: int = getattr(wanted, wanted.counted)
    counted, drawn = (_column(COUNTED[wanted.counted]), _column(wanted.drawn))
    for column in dict.fromkeys((counted, drawn)):
        if decisions[column].null_count():
            told = [name for name in ("session_id", "play_id") if not decisions[name].null_count()]
            lacking = decisions[column].null_count()
            raise DataError(
                f"{where}: {lacking} of {decisions.height} decisions have no "
                f"{column}, so {wanted.counted} cannot be drawn by it. Draw by "
                f"{' or '.join(name.removesuffix('_id') for name in told)}."
            )
    there = decisions[counted].n_unique()
    if there < n:
        raise DataError(
            f"{where}: sample asks for {n} {wanted.counted}, and there are {there}. Ask for fewer, "
            "or leave sample out."
        )
    units = decisions.select(*dict.fromkeys((drawn, counted))).unique(maintain_order=True)
    if drawn == counted:
        sizes = dict.fromkeys(units[drawn], 1)
    else:
        if units[counted].n_unique() < units.height:
            raise DataError(
                f"{where}: one of the {wanted.counted} belongs to more than one {wanted.drawn}, so "
                f"they cannot be counted by it. Count {wanted.drawn}s instead."
            )
        sizes = dict(units.group_by(drawn).len().iter_rows())
    taken, left = [], n
    for unit in sorted(sizes, key=lambda name: _number(name, wanted.seed)):
        if sizes[unit] <= left:
            taken.append(unit)
            left -= sizes[unit]
    if not taken:
        raise DataError(
            f"{where}: no {wanted.drawn} has as few as {n} {wanted.counted}. Ask for more."
        )
    return decisions.filter(pl.col(drawn).is_in(taken))


def _column(unit: Unit) -> str:
    return f"{unit}_id"


def _number(name: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
