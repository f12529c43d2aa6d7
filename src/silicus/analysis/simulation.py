"""Studies with a known truth, to see whether tests hold their level and intervals cover.

The model is that of a study of base and aligned models: people with a level of their own make
decisions that follow true probabilities; every model predicts them with an error, part of which
all models of its kind share (their style), part of which its model family shares.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from silicus.analysis.moments import Estimates, estimate, pearson
from silicus.analysis.resampling import ClusterBootstrap, Floats, Ints, Units
from silicus.errors import AnalysisError


@dataclass(frozen=True)
class Design:
    """What a simulated study looks like.

    Attributes
    ----------
    n_pairs, n_families, n_people, n_rounds : int
        Pairs are spread evenly over model families; every person decides ``n_rounds`` times.
    style_share, family_share : float
        Shares of the error's variance common to all models of a kind (base or aligned), and to
        the models of one kind in one family; together at most 1.
    error_base, error_aligned : float
        Standard deviation of the error on the logit scale; equal ones make the null true.
    person_spread, situation_spread : float
        Standard deviations of people's own levels and of situations, on the logit scale.
    """

    n_pairs: int = 60
    n_families: int = 12
    n_people: int = 160
    n_rounds: int = 20
    style_share: float = 0.5
    family_share: float = 0.0
    error_base: float = 1.0
    error_aligned: float = 1.0
    person_spread: float = 0.7
    situation_spread: float = 0.7

    def __post_init__(self) -> None:
        if self.style_share + self.family_share > 1:
            raise AnalysisError(
                f"style_share {self.style_share:g} and family_share {self.family_share:g} exceed 1 "
                "together. Lower one of them."
            )

    @property
    def families(self) -> Ints:
        """Model family of every pair."""
        return np.arange(self.n_pairs) % self.n_families

    @property
    def units(self) -> Units:
        """People as the units of resampling."""
        codes = np.repeat(np.arange(self.n_people), self.n_rounds)
        return Units("participant", np.arange(self.n_people) * self.n_rounds, codes, "")


@dataclass(frozen=True)
class Study:
    """One simulated study: choices and the predictions of every base and aligned model.

    ``choices`` has shape (n_decisions,), the predictions (n_pairs, n_decisions).
    """

    choices: Floats
    base: Floats
    aligned: Floats


def simulate(design: Design, rng: np.random.Generator) -> Study:
    """Draw one study."""
    shape = (design.n_people, design.n_rounds)
    logit = design.person_spread * rng.normal(size=(design.n_people, 1))
    truth = (logit + design.situation_spread * rng.normal(size=shape)).ravel()
    choices = (rng.uniform(size=truth.size) < expit(truth)).astype(np.float64)
    own_share = 1 - design.style_share - design.family_share
    sides = []
    for error in (design.error_base, design.error_aligned):
        style = rng.normal(size=truth.size)
        family = rng.normal(size=(design.n_families, truth.size))[design.families]
        own = rng.normal(size=(design.n_pairs, truth.size))
        noise = (
            design.style_share**0.5 * style
            + design.family_share**0.5 * family
            + own_share**0.5 * own
        )
        sides.append(expit(truth + error * noise))
    return Study(choices, *sides)


def simulated_gaps(
    design: Design, study: Study, n_resamples: int, rng: np.random.Generator
) -> Estimates:
    """Return the r gaps (base minus aligned) of all pairs with people resampled."""
    units = design.units
    bootstrap = ClusterBootstrap.draw(units.n_units, n_resamples, rng)
    x = np.concatenate([study.base, study.aligned])
    moment = pearson(x, study.choices, np.ones_like(x), units)
    both = estimate({"r": moment}, bootstrap)["r"]
    n = design.n_pairs
    return both.columns(0, n).minus(both.columns(n, 2 * n), [""] * n)


def true_gap(design: Design, n_draws: int = 400_000) -> float:
    """Return the r gap in a population of people, by a large fixed draw."""
    rng = np.random.default_rng(20_260_525)
    spread = (design.person_spread**2 + design.situation_spread**2) ** 0.5
    truth = spread * rng.normal(size=n_draws)
    noise = rng.normal(size=n_draws)
    # The expected choice correlates with predictions as the choice does, but without its noise.
    chance = expit(truth)
    rate = float(chance.mean())
    scale = chance.std() / (rate * (1 - rate)) ** 0.5
    r = [
        float(np.corrcoef(chance, expit(truth + error * noise))[0, 1]) * scale
        for error in (design.error_base, design.error_aligned)
    ]
    return float(r[0] - r[1])
