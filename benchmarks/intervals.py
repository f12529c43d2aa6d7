"""Compare ways to make an interval for few people, equal and unequal in number of decisions.

Coverage of 95% intervals of r, log-loss, their differences between two predictors, and option mass:
percentiles with smaller tails ("expanded"), BCa, bootstrap-t, a jackknife t interval with one
degree of freedom less than people, and the interval of the package ("stretched"): the bootstrap's
percentiles, as wide as a jackknife t interval whose degrees of freedom are for unequal people.

Run: ``python benchmarks/intervals.py [--json] [--studies 1000]``
"""

import argparse
import json
import sys
import time

import numpy as np
from scipy.special import expit
from scipy.stats import norm, t

from silicus.analysis.resampling import (
    degrees_of_freedom,
    expanded_tail,
    jackknife_error,
    stretched_interval,
)

NAMES = ("r", "r difference", "log-loss", "log-loss difference", "option mass")
TAIL = 0.025
RESAMPLES, INNER_LIMIT = 600, 12


def figures(totals: np.ndarray) -> np.ndarray:
    """Return the five figures of totals (..., 12), on the last axis."""
    w, y = totals[..., 0], totals[..., 1]
    r = []
    for first in (2, 5):
        x, xx, xy = (totals[..., first + place] for place in range(3))
        var_x, var_y = xx / w - (x / w) ** 2, y / w - (y / w) ** 2
        ok = (var_x > 1e-10) & (var_y > 1e-10)
        with np.errstate(divide="ignore", invalid="ignore"):
            r.append(np.where(ok, (xy / w - x * y / w**2) / np.sqrt(var_x * var_y), np.nan))
    loss = [totals[..., place] / w for place in (8, 9)]
    return np.stack([r[0], r[0] - r[1], loss[0], loss[0] - loss[1], totals[..., 10] / w], axis=-1)


def people(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the sums of every person (n_people, 11)."""
    n, code = int(sizes.sum()), np.repeat(np.arange(len(sizes)), sizes)
    own = {name: rng.normal(size=len(sizes))[code] for name in ("level", "one", "two", "mass")}
    situation = rng.normal(size=n)
    y = (rng.uniform(size=n) < expit(0.8 * own["level"] + situation)) * 1.0
    p = [
        expit(situation + spread * rng.normal(size=n) + 0.3 * own[name])
        for spread, name in ((0.6, "one"), (1.2, "two"))
    ]
    loss = [-np.log(np.where(y == 1, each, 1 - each)) for each in p]
    mass = expit(3 + own["mass"] + 1.5 * rng.normal(size=n))
    columns = [np.ones(n), y, *(z for x in p for z in (x, x * x, x * y)), *loss, mass]
    return np.array([np.bincount(code, weights=z, minlength=len(sizes)) for z in columns]).T


def sizes_of(n_people: int, unequal: bool, rng: np.random.Generator) -> np.ndarray:
    """Return everybody's number of decisions."""
    if not unequal:
        return np.full(n_people, 10)
    return np.maximum(1, np.round(rng.lognormal(2.0, 0.9, size=n_people))).astype(int)


def limits(sums: np.ndarray, rng: np.random.Generator) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return lower and upper limits of the figures by each method."""
    n = len(sums)
    value, without = figures(sums.sum(axis=0)), figures(sums.sum(axis=0) - sums)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(float)
    drawn = figures(counts @ sums)
    error = jackknife_error(value, without, n)
    out = {}
    tail = expanded_tail(1 - 2 * TAIL, n)
    out["expanded"] = tuple(np.nanquantile(drawn, [tail, 1 - tail], axis=0))
    half = t.isf(TAIL, n - 1) * error
    out["jackknife t"] = (value - half, value + half)
    df = np.full(len(value), degrees_of_freedom(sums[None, :, 0])[0])
    found = stretched_interval(value, drawn, without, df, 1 - 2 * TAIL, np.full(len(value), n))
    out["stretched"] = (found.low, found.high)
    gap = np.nanmean(without, axis=0) - without
    skew = np.nansum(gap**3, axis=0) / (6 * np.nansum(gap**2, axis=0) ** 1.5 + 1e-300)
    bias = norm.ppf(np.clip((drawn < value).mean(axis=0), 1e-3, 1 - 1e-3))
    ends = []
    for z in (norm.ppf(TAIL), norm.isf(TAIL)):
        level = norm.cdf(bias + (bias + z) / (1 - skew * (bias + z)))
        ends.append([np.nanquantile(drawn[:, k], level[k]) for k in range(len(value))])
    out["BCa"] = (np.array(ends[0]), np.array(ends[1]))
    if n <= INNER_LIMIT:
        totals = counts[:200] @ sums
        inner = figures(totals[:, None, :] - sums[None])
        again = figures(totals)
        spread = counts[:200, :, None] * (inner - again[:, None]) ** 2
        scale = np.sqrt((n - 1) / n * np.nansum(spread, axis=1))
        ratio = (again - value) / np.where(scale > 0, scale, np.nan)
        low, high = np.nanquantile(ratio, [TAIL, 1 - TAIL], axis=0)
        out["bootstrap-t"] = (value - high * error, value - low * error)
    return out


def main() -> int:
    """Print the coverage of every method, figure and number of people."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--studies", type=int, default=1000)
    arguments = parser.parse_args()
    started = time.perf_counter()
    report = []
    for unequal in (False, True):
        rng = np.random.default_rng(7)
        draws = [people(sizes_of(2000, unequal, rng), rng).sum(axis=0) for _ in range(40)]
        truth = figures(np.sum(draws, axis=0))
        for n_people in (3, 5, 8, 12, 20, 40, 100):
            rng = np.random.default_rng([n_people, int(unequal)])
            covered: dict[str, list[np.ndarray]] = {}
            for _ in range(arguments.studies):
                sums = people(sizes_of(n_people, unequal, rng), rng)
                with np.errstate(all="ignore"):
                    for name, (low, high) in limits(sums, rng).items():
                        covered.setdefault(name, []).append((low <= truth) & (truth <= high))
            for name, each in covered.items():
                shares = dict(zip(NAMES, np.mean(each, axis=0).round(3).tolist(), strict=True))
                report.append({"people": n_people, "unequal": unequal, "method": name, **shares})
                if not arguments.json:
                    print(*report[-1].values(), flush=True)
    seconds = round(time.perf_counter() - started, 1)
    if arguments.json:
        print(json.dumps({"studies": arguments.studies, "seconds": seconds, "coverage": report}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
