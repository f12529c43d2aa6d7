"""Every kind of game, and the reading of one from its JSON."""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from silicus.errors import DataError
from silicus.games.bargaining import BargainingGame
from silicus.games.contribution import ContributionGame
from silicus.games.custom import CustomGame
from silicus.games.hotel import HotelGame
from silicus.games.issues import IssuesGame
from silicus.games.lottery import LotteryChoice
from silicus.games.matrix import MatrixGame
from silicus.games.negotiation import NegotiationGame
from silicus.games.persuasion import PersuasionGame
from silicus.games.transcript import TranscriptGame
from silicus.games.ultimatum import UltimatumGame

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
    | CustomGame
    | TranscriptGame,
    Field(discriminator="kind"),
]
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
