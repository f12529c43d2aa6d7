"""The Bayesian buyer: buy when the product is worth more than it costs, given what was said.

A binary recommendation is judged by the seller's record. The buyer holds independent Beta priors on
how often the seller recommends a good and a bad product, counts what was recommended before
qualities came out, and applies Bayes' rule to today's recommendation. Before any experience a
recommendation says nothing, as in a babbling equilibrium [CrawfordSobel1982]_.

Free text has no count: it is taken to say nothing, so the buyer goes by the told chance of high
quality. This is an assumption, and makes the prediction the same in every round.

References
----------
.. [CrawfordSobel1982] Crawford and Sobel 1982, Econometrica 50.
.. [KamenicaGentzkow2011] Kamenica and Gentzkow 2011, American Economic Review 101, p. 2591, the
   judge's posterior.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import polars as pl

from silicus.errors import StudyError
from silicus.games import PersuasionGame
from silicus.theory.base import Chances, Theory
from silicus.theory.offers import Moment, moments, share_out

_ANSWERS: Final = {"yes": "yes", "no": "no"}

CLOSE: Final = 1e-3
"""Worth and price that differ by less, relative to the price, count as equal."""


def posterior(prior: float, signal_if_high: float, signal_if_low: float) -> float:
    """Return the chance of high quality after a signal, by Bayes' rule.

    Parameters
    ----------
    prior : float
        Chance of high quality, in [0, 1].
    signal_if_high, signal_if_low : float
        Chance of the signal given each quality; not both 0.

    Examples
    --------
    >>> round(posterior(0.3, 1, 3 / 7), 6)
    0.5
    """
    high, low = prior * signal_if_high, (1 - prior) * signal_if_low
    return high / (high + low)


@dataclass(frozen=True)
class BayesianBuyer(Theory):
    """A buyer who maximises expected worth less price; an even case shares the probability.

    Parameters
    ----------
    prior : float
        Parameter of the symmetric Beta priors, above 0 (1 is uniform): the imagined number of
        recommendations and of silences seen for each quality beforehand.
    """

    prior: float = 1.0

    name: ClassVar[str] = "bayesian_buyer"
    kinds: ClassVar[tuple[str, ...]] = ("persuasion",)
    citation: ClassVar[str] = "KamenicaGentzkow2011, p. 2591; CrawfordSobel1982"
    needs: ClassVar[str] = "the parameters of the game, past recommendations and qualities"

    def __post_init__(self) -> None:
        if not self.prior > 0:
            raise StudyError(
                f"theory bayesian_buyer: prior is {self.prior:g}, but must be above 0. "
                "Correct the study file."
            )

    @property
    def deterministic(self) -> bool:
        return True

    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        return set(options) == set(_ANSWERS)

    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        return [self._buy(at) for at in moments(decisions)]

    def belief(self, at: Moment) -> float:
        """Return the buyer's chance of high quality at the moment of decision."""
        game: PersuasionGame = at.game
        if game.message_type == "text":
            return game.chance_of_high
        now = at.answered("recommendation")["action"]
        said = {event["round"]: event["action"] for event in at.seen("recommendation")}
        told = [e for e in at.history if e["kind"] == "quality" and e["round"] < at.round]
        likely = {
            quality: self._likelihood(
                now, said, [e["round"] for e in told if e["action"] == quality]
            )
            for quality in ("high", "low")
        }
        return posterior(game.chance_of_high, likely["high"], likely["low"])

    def _likelihood(self, now: str, said: Mapping[int, str], rounds: Sequence[int]) -> float:
        """Return the predictive chance of today's word, given past words about one quality."""
        same = sum(1 for past in rounds if said.get(past) == now)
        known = sum(1 for past in rounds if past in said)
        return (self.prior + same) / (2 * self.prior + known)

    def _buy(self, at: Moment) -> Chances:
        game: PersuasionGame = at.game
        high = self.belief(at)
        worth = high * game.worth_high + (1 - high) * game.worth_low
        if abs(worth - game.price) <= CLOSE * game.price:
            return share_out(at.options, _ANSWERS, ["yes", "no"])
        return share_out(at.options, _ANSWERS, ["yes"] if worth > game.price else ["no"])
