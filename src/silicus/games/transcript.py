"""Anyone's experiment as a transcript: the source's own words are what participants were told."""

from typing import Literal

from pydantic import Field

from silicus.games.parameters import Parameters

OPEN, CLOSE = "<<", ">>"
"""Around a choice in a transcript, as in Psych-101 (Binz et al. 2025)."""


class TranscriptGame(Parameters):
    """An experiment told in a text that holds the participant's choices between << and >>.

    History: in each round ``text`` of "nature" with the words before the choice, to the letter,
    then ``move`` of "self" with ``action`` the choice. ``options_from`` says where the options are
    known from; where that is ``used``, they are the choices of the whole transcript, so that the
    list of the options (not the text) tells something of later choices.
    """

    kind: Literal["transcript"] = "transcript"
    name: str = Field(description="the experiment")
    options_from: Literal["declared", "instructions", "used"]
    parameters: dict[str, str | float | int | bool | None] = Field(
        default_factory=dict, description="all other fields of the transcript"
    )
