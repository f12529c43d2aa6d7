"""Every kind of game, and the reading of one from its JSON."""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from silicus.errors import DataError
from silicus.games.auction import AuctionGame
from silicus.games.bargaining import BargainingGame
from silicus.games.centipede import CentipedeGame
from silicus.games.contribution import ContributionGame
from silicus.games.custom import CustomGame
from silicus.games.dictator import DictatorGame
from silicus.games.guessing import GuessingGame
from silicus.games.hotel import HotelGame
from silicus.games.issues import IssuesGame
from silicus.games.lottery import LotteryChoice
from silicus.games.matrix import MatrixGame
from silicus.games.minimum_effort import MinimumEffortGame
from silicus.games.negotiation import NegotiationGame
from silicus.games.persuasion import PersuasionGame
from silicus.games.public_goods import PublicGoodsGame, ThresholdGame
from silicus.games.transcript import TranscriptGame
from silicus.games.trust import TrustGame
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
    | DictatorGame
    | TrustGame
    | PublicGoodsGame
    | ThresholdGame
    | GuessingGame
    | MinimumEffortGame
    | CentipedeGame
    | AuctionGame
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
