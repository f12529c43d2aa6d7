"""Typed parameters of a game, one model per kind, kept as JSON in ``Decision.game``.

The parameters are everything that defines the situation apart from what happened in it (that is
the history). Data sets write them, prompts put them into words, theories compute with them, and
:func:`configuration` turns them into columns by which an analysis can split.
"""

from silicus.games.amounts import AmountGame
from silicus.games.auction import AuctionGame
from silicus.games.bargaining import BargainingGame
from silicus.games.centipede import CentipedeGame
from silicus.games.columns import configuration
from silicus.games.contribution import ContributionGame
from silicus.games.custom import TEMPLATES, CustomGame
from silicus.games.dictator import DictatorGame
from silicus.games.guessing import GuessingGame
from silicus.games.hotel import HotelGame
from silicus.games.issues import IssuesGame
from silicus.games.kinds import Game, read_game
from silicus.games.lottery import LotteryChoice, Outcome
from silicus.games.matrix import MatrixGame
from silicus.games.minimum_effort import MinimumEffortGame
from silicus.games.negotiation import NegotiationGame
from silicus.games.persuasion import PersuasionGame
from silicus.games.public_goods import PublicGoodsGame, ThresholdGame
from silicus.games.transcript import TranscriptGame
from silicus.games.trust import TrustGame
from silicus.games.ultimatum import UltimatumGame

__all__ = [
    "TEMPLATES",
    "AmountGame",
    "AuctionGame",
    "BargainingGame",
    "CentipedeGame",
    "ContributionGame",
    "CustomGame",
    "DictatorGame",
    "Game",
    "GuessingGame",
    "HotelGame",
    "IssuesGame",
    "LotteryChoice",
    "MatrixGame",
    "MinimumEffortGame",
    "NegotiationGame",
    "Outcome",
    "PersuasionGame",
    "PublicGoodsGame",
    "ThresholdGame",
    "TranscriptGame",
    "TrustGame",
    "UltimatumGame",
    "configuration",
    "read_game",
]
