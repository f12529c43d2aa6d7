"""Check each figure's interval and test on people whose truth is planted.

People of different levels meet situations with rates of their own; some decide often, some rarely,
between two to five options. Two predictors know the situations' rates with an error; for
the test of their difference both know as much. Printed for every design: how often intervals of r,
log-loss, option mass and the differences hold the truth, how often a true null of the log-loss
difference is rejected, and the same for the weights on people and on a theory, from single choices
and from the same choices as counts.

Run: ``python benchmarks/coverage.py [--json] [--studies 1000] [--quick]``
"""

import argparse
import itertools
import json
import sys
import time
from types import SimpleNamespace

import numpy as np
from scipy.special import expit, softmax
from scipy.stats import t

from silicus.analysis.moments import estimate, pearson, weighted_mean
from silicus.analysis.normative import _fit, _refusal
from silicus.analysis.repeated_choice import RepeatedChoices
from silicus.analysis.resampling import (
    ClusterBootstrap,
    Units,
    sign_flip_p,
    stretched_interval,
)

LEVEL = 0.05
RESAMPLES = 400


class World:
    """Situations, a theory and two predictors; people are drawn from it again and again.

    ``rates`` of shape (n_situations, n_options) is what people do, ``probs`` of shape
    (2, n_situations, n_options) what the predictors say; ``theory`` one number a situation.
    """

    def __init__(self, n_situations: int, n_options: int, rng: np.random.Generator) -> None:
        logits = 0.9 * rng.normal(size=(n_situations, n_options))
        self.logits = logits
        noise = 0.6 * rng.normal(size=(2, n_situations, n_options))
        self.probs = softmax(logits + noise, axis=-1)
        self.theory = rng.choice([0.0, 0.5, 1.0], size=n_situations)
        self.mass = expit(2 + rng.normal(size=n_situations))
        self.rates = self._population(rng)

    def _population(self, rng: np.random.Generator) -> np.ndarray:
        level = 0.6 * rng.normal(size=(20_000, 1))
        return np.array([self._chances(one, level).mean(axis=0) for one in self.logits])

    @staticmethod
    def _chances(logits: np.ndarray, level: np.ndarray) -> np.ndarray:
        shifted = np.broadcast_to(logits, (len(level), logits.shape[-1])).copy()
        shifted[:, :1] += level
        return softmax(shifted, axis=-1)

    def people(
        self, n_people: int, unequal: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return person, situation and chosen option of every decision."""
        n_situations = len(self.logits)
        share = rng.uniform(0.2, 1.0, n_people) if unequal else np.ones(n_people)
        most = max(n_situations, 10)
        counts = np.maximum(2, np.round(share * most)).astype(int)
        person = np.repeat(np.arange(n_people), counts)
        start = np.repeat(rng.integers(n_situations, size=n_people), counts)
        place = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
        situation = (start + place) % n_situations
        level = 0.6 * rng.normal(size=(n_people, 1))
        chances = self._chances(self.logits[situation], level[person])
        chosen = (chances.cumsum(axis=1) < rng.uniform(size=(len(person), 1))).sum(axis=1)
        return person, situation, np.minimum(chosen, chances.shape[1] - 1)


def truths(world: World) -> dict[str, float]:
    """Return what each figure would be over all people, every situation met alike."""
    q, y = world.probs[:, :, 0], world.rates[:, 0]
    variance = y.mean() * (1 - y.mean())
    r = []
    for x in q:
        covariance = (x * y).mean() - x.mean() * y.mean()
        r.append(covariance / np.sqrt(x.var() * variance) if x.var() > 0 else np.nan)
    loss = [-(world.rates * np.log(p)).sum(axis=1).mean() for p in world.probs]
    return {
        "r": r[0],
        "r difference": r[0] - r[1],
        "log-loss": loss[0],
        "log-loss difference": loss[0] - loss[1],
        "option mass": world.mass.mean(),
    }


def agreement(
    world: World, drawn: tuple[np.ndarray, ...], rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Return the interval of every figure."""
    person, situation, chosen = drawn
    n = int(person.max()) + 1
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    units = Units("participant", starts, person, "")
    x = world.probs[:, situation, 0]
    once = np.ones_like(x)
    loss = -np.log(world.probs[:, situation, chosen])
    moments = {
        "r": pearson(x, (chosen == 0) * 1.0, once, units),
        "log-loss": weighted_mean(loss, once, units),
        "option mass": weighted_mean(world.mass[None, situation], once[:1], units),
    }
    found = estimate(moments, ClusterBootstrap.draw(n, RESAMPLES, rng))
    for name in ("r", "log-loss"):
        both = found[name]
        found[f"{name} difference"] = both.columns(0, 1).minus(both.columns(1, 2), [""])
    out = {}
    for name, each in found.items():
        interval = stretched_interval(
            each.value, each.replicates, each.jackknife, each.df, 1 - LEVEL,
            np.full(len(each.value), n),
        )  # fmt: skip
        out[name] = (interval.low[0], interval.high[0])
    return out


def weights(
    world: World, drawn: tuple[np.ndarray, ...], counts: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the lower and upper limits of both weights of who knows people's rates."""
    person, situation, chosen = drawn
    y = (chosen == 0) * 1.0
    codes, n_choices = situation, np.ones(len(y), dtype=np.int64)
    if counts:
        n_choices = np.bincount(situation, minlength=len(world.logits))
        y = np.bincount(situation, weights=y, minlength=len(n_choices)) / np.maximum(n_choices, 1)
        codes = np.flatnonzero(n_choices)
        y, n_choices, person = y[codes], n_choices[codes], np.arange(len(codes))
    panel = SimpleNamespace(
        aggregate=counts, units=SimpleNamespace(codes=person), n_choices=n_choices, human=y
    )
    data = RepeatedChoices.of(
        panel, codes, world.rates[codes, 0], world.theory[codes], np.ones(len(y), dtype=bool)
    )
    if _refusal(data, panel, len(y)):
        return None
    value, error, df = _fit(data)
    half = t.isf(LEVEL / 2, df) * error
    return value - half, value + half


def null_rejected(n_people: int, unequal: bool, rng: np.random.Generator) -> bool:
    """Return whether a log-loss difference of zero between two equally good ones is rejected."""
    counts = np.round(10 * (rng.uniform(0.2, 1, n_people) if unequal else np.ones(n_people)))
    gap = counts * 0.2 * rng.normal(size=n_people) + np.sqrt(counts) * 0.7 * rng.normal(
        size=n_people
    )
    return bool(sign_flip_p(gap[:, None], 999, rng)[0] < LEVEL)


def design(
    n_people: int, n_situations: int, n_options: int, unequal: bool, n_studies: int
) -> dict[str, object]:
    """Return the shares of one design."""
    seed = [n_people, n_situations, n_options, int(unequal)]
    world = World(n_situations, n_options, np.random.default_rng(seed))
    true = truths(world)
    covered: dict[str, list[bool]] = {}
    rejected = []
    for study in range(n_studies):
        rng = np.random.default_rng([*seed, study])
        drawn = world.people(n_people, unequal, rng)
        for name, (low, high) in agreement(world, drawn, rng).items():
            if np.isfinite(true[name]) and np.isfinite(low):
                covered.setdefault(name, []).append(bool(low <= true[name] <= high))
        rejected.append(null_rejected(n_people, unequal, rng))
        for counts in (False, True):
            if n_situations == 1:
                continue
            limits = weights(world, drawn, counts)
            if limits is not None:
                kind = "counts" if counts else "choices"
                for index, what in enumerate(("people", "theory")):
                    inside = limits[0][index] <= (1, 0)[index] <= limits[1][index]
                    covered.setdefault(f"weight on {what}, {kind}", []).append(bool(inside))
    shares = {name: round(float(np.mean(all_)), 3) for name, all_ in covered.items()}
    answered = len(covered.get("weight on people, choices", []))
    return {
        "people": n_people,
        "situations": n_situations,
        "options": n_options,
        "unequal": unequal,
        "covered": shares,
        "null_rejected": round(float(np.mean(rejected)), 3),
        "weights_answered": round(answered / n_studies, 3),
    }


def main() -> int:
    """Run all designs and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="a few designs, 60 studies each")
    arguments = parser.parse_args()
    grid = list(itertools.product((5, 8, 20, 60), (1, 8, 30), (2, 3, 5), (False, True)))
    n_studies = arguments.studies
    if arguments.quick:
        grid, n_studies = [(8, 8, 2, True), (20, 30, 3, False), (20, 1, 2, True)], 60
    started = time.perf_counter()
    found = []
    for one in grid:
        found.append(design(*one, n_studies))
        if not arguments.json:
            print({**found[-1]}, flush=True)
    report = {"studies": n_studies, "seconds": round(time.perf_counter() - started, 1)}
    print(json.dumps({**report, "designs": found}) if arguments.json else report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
