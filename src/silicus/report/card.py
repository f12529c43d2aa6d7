"""The stand-in card: may a model stand in for these participants, by rules that are shown.

Each rule reads cells of the Result table and is met, not met, open (the interval leaves it so) or
not assessed (the run has no such number). The verdict follows from the outcomes alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from silicus.report import cells, pairing, tables
from silicus.report.answer import FLOOR
from silicus.report.facts import Facts

LEAST_MASS = 0.8
MOST_CALIBRATION_ERROR = 0.1
LEAST_SHARE = 0.8
MET, NOT_MET, OPEN, NOT_ASSESSED = "met", "not met", "open", "not assessed"
PART = re.compile(r"^(?P<name>\w+)=(?P<value>.+)$")
"""A slice of the data by round or condition, such as ``round=3``."""


@dataclass(frozen=True)
class Outcome:
    """What a rule says of one model in one family, with the cells it rests on."""

    rule: str
    state: str
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule of the card; a ``needed`` one must be met, the others give warnings."""

    name: str
    text: str
    needed: bool
    judge: Callable[["Cells"], tuple[str, str]]


@dataclass(frozen=True)
class Verdict:
    """One line of the card: a model in one family, data set and formulation."""

    predictor_id: str
    role: str
    family: str
    dataset: str
    formulation: str
    format: str
    answer: str
    outcomes: list[Outcome]
    sample: str
    """Decisions behind it, what was resampled, and the run, where several are shown."""

    def of(self, *states: str) -> list[Outcome]:
        """Return the outcomes in any of these states."""
        return [one for one in self.outcomes if one.state in states]


Row = dict[str, Any]


class Cells:
    """The Result rows about one predictor in one family, data set, formulation and format."""

    def __init__(self, index: "Index", key: Row) -> None:
        data = (key["family"], key["dataset"])
        own = (*data, key["formulation"], key["predictor_id"])
        self._single = index.single.get((*own, key["format"]), [])
        # with one pair, the mean over base models is the base model itself
        mean = (*data, key["formulation"], index.alone.get(key["predictor_id"], ""))
        self._mean = index.single.get((*mean, key["format"]), [])
        self._compared = index.compared.get(own, [])
        self._floor = index.floor.get(data, [])

    def one(self, metric: str) -> Row | None:
        """Return the row of a metric over all decisions, or None."""
        return _first(self._single, metric)

    def sample(self, run: str) -> str:
        """Return how many decisions and units the line rests on, and the run it is from."""
        row = self.one("pearson_r") or self.one("log_loss") or self._single[0]
        parts = [f"{cells.count(row['n_decisions'])} decisions"]
        if row["unit"] is not None:
            parts.append(f"{cells.unit(row)} resampled")
        return ", ".join([*parts, *([f"run {run}"] if run else [])])

    def floor(self, metric: str) -> Row | None:
        """Return the base rate's row of a metric, or None."""
        return _first(self._floor, metric)

    def above_floor(self, metric: str) -> Row | None:
        """Return the row of the difference from the base rate, or None."""
        return _first([row for row in self._compared if row["reference_id"] == FLOOR], metric)

    def parts(self, metric: str) -> list[Row]:
        """Return the rows of a metric by round or condition."""
        own = [r for r in self._single if r["metric"] == metric and PART.match(r["slice"])]
        over = f"{metric}_mean_over_pairs"
        return own or [r for r in self._mean if r["metric"] == over and PART.match(r["slice"])]


class Index:
    """The rows of a Result table by what a card asks for."""

    def __init__(self, results: pl.DataFrame, known: Facts) -> None:
        alone = known.comparisons if len(known.comparisons) == 1 else []
        self.alone = {
            n: side for one in alone for n, side in ((one.base, "base"), (one.aligned, "aligned"))
        }
        self.single: dict[tuple[str, ...], list[Row]] = {}
        self.compared: dict[tuple[str, ...], list[Row]] = {}
        self.floor: dict[tuple[str, ...], list[Row]] = {}
        for row in results.iter_rows(named=True):
            data = (row["family"], row["dataset"])
            own = (*data, row["formulation"], row["predictor_id"])
            if row["reference_id"] is not None:
                self.compared.setdefault(own, []).append(row)
                continue
            self.single.setdefault((*own, row["format"]), []).append(row)
            if row["predictor_id"] == FLOOR:
                self.floor.setdefault(data, []).append(row)


def _first(rows: list[Row], metric: str) -> Row | None:
    for row in rows:
        if row["metric"] == metric and row["slice"] == "all" and row["estimate"] is not None:
            return row
    return None


def _agreement(own: Cells) -> tuple[str, str]:
    row = own.one("pearson_r")
    if row is None:
        return NOT_ASSESSED, "no r"
    text = f"r {cells.estimate(row)}"
    if row["ci_low"] is None:
        return OPEN, f"{text} without interval"
    if row["ci_low"] > 0:
        return MET, text
    return (NOT_MET if row["ci_high"] <= 0 or row["estimate"] <= 0 else OPEN), text


def _floor(own: Cells) -> tuple[str, str]:
    difference = own.above_floor("log_loss")
    if difference is not None:
        text = f"log-loss minus base rate {cells.estimate(difference)}"
        if difference["estimate"] >= 0:
            return NOT_MET, text
        below = difference["ci_high"] is not None and difference["ci_high"] < 0
        return (MET if below else OPEN), text
    row, floor = own.one("log_loss"), own.floor("log_loss")
    if row is None or floor is None:
        return NOT_ASSESSED, "no base rate to compare with"
    text = f"log-loss {cells.estimate(row)}, base rate {cells.estimate(floor)}"
    if row["estimate"] >= floor["estimate"]:
        return NOT_MET, text
    return (
        MET if row["ci_high"] is not None and row["ci_high"] < floor["estimate"] else OPEN
    ), text


def _mass(own: Cells) -> tuple[str, str]:
    row = own.one("option_mass")
    if row is None:
        return NOT_ASSESSED, "no option mass"
    return (MET if row["estimate"] >= LEAST_MASS else NOT_MET), f"option mass {cells.estimate(row)}"


def _calibration(own: Cells) -> tuple[str, str]:
    row = own.one("calibration_error")
    if row is None:
        return NOT_ASSESSED, "calibration not assessed"
    met = row["estimate"] <= MOST_CALIBRATION_ERROR
    return (MET if met else NOT_MET), f"calibration error {cells.estimate(row)}"


def _reachable(own: Cells) -> tuple[str, str]:
    row = own.one("reachable_share_log_loss")
    if row is None:
        return NOT_ASSESSED, "share of the reachable not assessed"
    met = row["estimate"] >= LEAST_SHARE
    return (MET if met else NOT_MET), f"share of the reachable {cells.estimate(row)}"


def _part(slice_: str) -> str:
    """Return a slice as readers see it, such as ``round 3``."""
    name, _, value = slice_.partition("=")
    return f"{name.replace('_', ' ')} {value}"


def _parts(own: Cells) -> tuple[str, str]:
    rows = [row for row in own.parts("pearson_r") if row["estimate"] is not None]
    if not rows:
        return NOT_ASSESSED, "no r for rounds and conditions"
    failing = [row for row in rows if row["estimate"] <= 0]
    if failing:
        shown = ", ".join(f"{_part(row['slice'])} ({cells.estimate(row)})" for row in failing[:6])
        more = f" and {len(failing) - 6} more" if len(failing) > 6 else ""
        counted = f"{len(failing)} of {len(rows)} parts"
        return NOT_MET, f"r not above 0 in {counted}: {shown}{more}"
    return MET, f"r above 0 in each of {len(rows)} parts"


RULES = (
    Rule("agreement", "The interval of r lies above 0.", True, _agreement),
    Rule(
        "floor",
        "Log-loss is below that of the base rate, which knows only how often people take each "
        "option: the whole interval, of the difference where the run has it.",
        True,
        _floor,
    ),
    Rule("mass", f"Mean option mass is at least {LEAST_MASS:.2f}.", True, _mass),
    Rule(
        "calibration",
        f"Calibration error is at most {MOST_CALIBRATION_ERROR:.2f}.",
        False,
        _calibration,
    ),
    Rule(
        "reachable",
        "The share of the reachable log-loss, from 0 at the base rate to 1 at the noise ceiling, "
        f"is at least {LEAST_SHARE:.2f}.",
        False,
        _reachable,
    ),
    Rule(
        "parts",
        "r is above 0 in every round and condition where it can be computed.",
        False,
        _parts,
    ),
)
ANSWERS = {
    "no": "A needed rule is not met.",
    "not shown": "A needed rule is open or not assessed.",
    "with warnings": "The needed rules are met, but another is not met or not assessed.",
    "yes, here": "All rules are met, for these participants, games and wordings only.",
}


def verdict(outcomes: list[Outcome]) -> str:
    """Return the answer that follows from the outcomes of all rules, one of :data:`ANSWERS`."""
    needed = {one.name for one in RULES if one.needed}
    states = {one.state for one in outcomes if one.rule in needed}
    if NOT_MET in states:
        return "no"
    if states != {MET}:
        return "not shown"
    return "yes, here" if all(one.state == MET for one in outcomes) else "with warnings"


def summed(lines: list[Verdict]) -> list[dict[str, Any]]:
    """Return how many lines have which answer, by family and kind of model, in their order."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for line in lines:
        counts = found.setdefault((line.family, line.role), dict.fromkeys(ANSWERS, 0))
        counts[line.answer] += 1
    return [{"family": f, "role": role, **counts} for (f, role), counts in found.items()]


def card(results: pl.DataFrame, known: Facts) -> list[Verdict]:
    """Return a line per model, family, data set and formulation, each model in its own format.

    Parameters
    ----------
    results : polars.DataFrame
        A Result table in reading order.
    known : Facts
        Its base and aligned models get a card; theories and the base rate do not.
    """
    models = [p.id for p in known.predictors if p.role in ("base", "aligned")]
    rows = pairing.native(results, known).filter(
        pl.col("predictor_id").is_in(models), pl.col("slice") == "all"
    )
    lines = []
    index = Index(results, known)
    for key in rows.select(tables.KEYS).unique(maintain_order=True).iter_rows(named=True):
        own = Cells(index, key)
        outcomes = [Outcome(rule.name, *rule.judge(own)) for rule in RULES]
        role = known.predictor(key["predictor_id"]).role
        lines.append(
            Verdict(
                **key,
                role=role,
                answer=verdict(outcomes),
                outcomes=outcomes,
                sample=own.sample(known.run_of(key)),
            )
        )
    place = {name: n for n, name in reversed(list(enumerate(models)))}
    return sorted(lines, key=lambda line: place[line.predictor_id])
