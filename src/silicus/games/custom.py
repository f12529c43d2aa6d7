"""Anyone's own experiment, in words of its own."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters

TEMPLATES = ("rules", "ask", "outcome")
"""Fields of an own game that are words, not parameters."""


class CustomGame(Parameters):
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
