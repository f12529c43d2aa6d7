"""The stand-in card as data: may a model stand in for these participants, by rules.

Each rule reads cells of the Result table and is met, not met, open (the interval leaves it so)
or not assessed (the run has no such number). The verdict follows from the outcomes alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from silicus.analysis.answer import Cast
from silicus.analysis.base_rate import BASE_RATE
from silicus.analysis.yardsticks import best_theory
from silicus.errors import AnalysisError
from silicus.schema import Judgement, check

MET, NOT_MET, OPEN, NOT_ASSESSED = "met", "not met", "open", "not assessed"
LEAST_MASS = 0.8
MOST_CALIBRATION_ERROR = 0.1
LEAST_SHARE = 0.8
PART = re.compile(r"^(?P<name>\w+)=(?P<value>.+)$")
"""A slice of the data by round or condition, such as ``round=3``."""
KEYS = ("family", "dataset", "formulation", "format", "predictor_id")
Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a rule comes to, and the cell that it rests on."""

    state: str
    metric: str
    row: Row | None = None
    limit: float | None = None
    n_parts: int = 0
    failing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rule:
    """A rule of the card; a ``needed`` one must be met, the others give warnings."""

    name: str
    needed: bool
    judge: Callable[["Cells"], Outcome]


class Cells:
    """The Result rows about one predictor in one family, data set, formulation and format."""

    def __init__(self, index: "_Index", key: Row) -> None:
        data = (key["family"], key["dataset"])
        own = (*data, key["formulation"], key["predictor_id"])
        self._single = index.single.get((*own, key["format"]), [])
        # with one pair, the mean over base models is the base model itself
        mean = (*data, key["formulation"], index.alone.get(key["predictor_id"], ""))
        self._mean = index.single.get((*mean, key["format"]), [])
        self._compared = [
            row
            for row in index.compared.get(own, [])
            if row["format"].partition("|")[0] == key["format"]
        ]
        self._yardsticks = index.yardsticks.get(data, {})
        best = best_theory(
            {name: row["estimate"] for name, row in self._yardsticks.items()}, index.theories
        )
        self.best = best

    def one(self, metric: str) -> Row | None:
        """Return the row of a metric over all decisions, or None."""
        return _first(self._single, metric)

    def yardstick(self, name: str) -> Row | None:
        """Return the log-loss of the base rate or a theory on the same data set, or None."""
        return self._yardsticks.get(name)

    def difference(self, reference: str) -> Row | None:
        """Return the log-loss difference from a yardstick, or None."""
        return _first([r for r in self._compared if r["reference_id"] == reference], "log_loss")

    def parts(self, metric: str) -> list[Row]:
        """Return the rows of a metric by round or condition."""
        own = [r for r in self._single if r["metric"] == metric and PART.match(r["slice"])]
        over = f"{metric}_mean_over_pairs"
        return own or [r for r in self._mean if r["metric"] == over and PART.match(r["slice"])]


class _Index:
    """The rows of a Result table by what a card asks for."""

    def __init__(self, results: pl.DataFrame, cast: Cast) -> None:
        alone = cast.pairs if len(cast.pairs) == 1 else ()
        self.alone = {
            name: side
            for base, aligned, _ in alone
            for name, side in ((base, "base"), (aligned, "aligned"))
        }
        self.theories = cast.theories
        self.single: dict[tuple[str, ...], list[Row]] = {}
        self.compared: dict[tuple[str, ...], list[Row]] = {}
        self.yardsticks: dict[tuple[str, ...], dict[str, Row]] = {}
        needless = {BASE_RATE, *cast.theories}
        for row in results.iter_rows(named=True):
            data = (row["family"], row["dataset"])
            own = (*data, row["formulation"], row["predictor_id"])
            if row["reference_id"] is not None:
                self.compared.setdefault(own, []).append(row)
                continue
            self.single.setdefault((*own, row["format"]), []).append(row)
            if row["predictor_id"] in needless and _first([row], "log_loss"):
                self.yardsticks.setdefault(data, {})[row["predictor_id"]] = row


def _first(rows: list[Row], metric: str) -> Row | None:
    for row in rows:
        if row["metric"] == metric and row["slice"] == "all" and row["estimate"] is not None:
            return row
    return None


def _agreement(own: Cells) -> Outcome:
    row = own.one("pearson_r")
    if row is None:
        return Outcome(NOT_ASSESSED, "pearson_r")
    if row["ci_low"] is None:
        return Outcome(OPEN, "pearson_r", row, 0.0)
    if row["ci_low"] > 0:
        return Outcome(MET, "pearson_r", row, 0.0)
    behind = row["ci_high"] <= 0 or row["estimate"] <= 0
    return Outcome(NOT_MET if behind else OPEN, "pearson_r", row, 0.0)


def _below(own: Cells, yardstick: str | None) -> Outcome:
    """Return whether the log-loss lies below that of a yardstick, with its whole interval."""
    metric = "log_loss"
    difference = own.difference(yardstick) if yardstick else None
    if difference is not None:
        if difference["estimate"] >= 0:
            return Outcome(NOT_MET, metric, difference, 0.0)
        below = difference["ci_high"] is not None and difference["ci_high"] < 0
        return Outcome(MET if below else OPEN, metric, difference, 0.0)
    row, beside = own.one(metric), own.yardstick(yardstick) if yardstick else None
    if row is None or beside is None:
        return Outcome(NOT_ASSESSED, metric)
    limit = beside["estimate"]
    row = row | {"reference_id": yardstick}
    if row["estimate"] >= limit:
        return Outcome(NOT_MET, metric, row, limit)
    sure = row["ci_high"] is not None and row["ci_high"] < limit
    return Outcome(MET if sure else OPEN, metric, row, limit)


def _floor(own: Cells) -> Outcome:
    return _below(own, BASE_RATE)


def _theory(own: Cells) -> Outcome:
    return _below(own, own.best)


def _least(metric: str, limit: float) -> Callable[[Cells], Outcome]:
    def judge(own: Cells) -> Outcome:
        row = own.one(metric)
        if row is None:
            return Outcome(NOT_ASSESSED, metric, limit=limit)
        return Outcome(MET if row["estimate"] >= limit else NOT_MET, metric, row, limit)

    return judge


def _calibration(own: Cells) -> Outcome:
    row = own.one("calibration_error")
    if row is None:
        return Outcome(NOT_ASSESSED, "calibration_error", limit=MOST_CALIBRATION_ERROR)
    met = row["estimate"] <= MOST_CALIBRATION_ERROR
    return Outcome(MET if met else NOT_MET, "calibration_error", row, MOST_CALIBRATION_ERROR)


def _parts(own: Cells) -> Outcome:
    rows = [row for row in own.parts("pearson_r") if row["estimate"] is not None]
    if not rows:
        return Outcome(NOT_ASSESSED, "pearson_r")
    failing = [row for row in rows if row["estimate"] <= 0]
    worst = min(rows, key=lambda row: row["estimate"])
    names = [row["slice"] for row in failing]
    state = NOT_MET if failing else MET
    return Outcome(state, "pearson_r", worst, 0.0, len(rows), names)


RULES = (
    Rule("agreement", True, _agreement),
    Rule("floor", True, _floor),
    Rule("theory", True, _theory),
    Rule("mass", True, _least("option_mass", LEAST_MASS)),
    Rule("calibration", False, _calibration),
    Rule("reachable", False, _least("reachable_share_log_loss", LEAST_SHARE)),
    Rule("parts", False, _parts),
)
"""The interval of r above 0; the log-loss below that of the base rate and of the best theory, with
the whole interval; mean option mass, calibration error and share of the reachable within their
limits; r above 0 in every round and condition."""
VERDICTS = ("no", "not shown", "with warnings", "yes, here")
"""A needed rule is not met; one is open or not assessed; another is not met or not assessed; all
are met."""


def verdict(states: dict[str, str]) -> str:
    """Return the answer that follows from the state of every rule, one of :data:`VERDICTS`."""
    needed = {states[rule.name] for rule in RULES if rule.needed}
    if NOT_MET in needed:
        return "no"
    if needed != {MET}:
        return "not shown"
    return "yes, here" if set(states.values()) == {MET} else "with warnings"


def stand_in_card(results: pl.DataFrame, cast: Cast) -> pl.DataFrame:
    """Return each rule's outcome for every model, family, data set and formulation.

    Parameters
    ----------
    results : Result table
        In reading order.
    cast : Cast
        Its base and aligned models get a card, each in its own format; theories do not.

    Returns
    -------
    Judgement table
        In the order of the models, then of the results, then of :data:`RULES`.
    """
    place = {name: n for n, name in enumerate(cast.models)}
    own = results.filter(
        pl.col("predictor_id").is_in(cast.models),
        pl.col("reference_id").is_null(),
        pl.col("slice") == "all",
    )
    index = _Index(results, cast)
    rows: list[Row] = []
    keys = own.select(KEYS).unique(maintain_order=True).to_dicts()
    for key in sorted(keys, key=lambda each: place[each["predictor_id"]]):
        name = key["predictor_id"]
        if cast.formats.get(name, key["format"]) != key["format"]:
            continue
        found = Cells(index, key)
        outcomes = {rule.name: rule.judge(found) for rule in RULES}
        answer = verdict({name: one.state for name, one in outcomes.items()})
        sample = found.one("pearson_r") or found.one("log_loss") or {}
        counts = {
            "n_decisions": sample.get("n_decisions", 0),
            "unit": sample.get("unit"),
            "n_units": sample.get("n_units"),
        }
        for rule in RULES:
            one = outcomes[rule.name]
            cell = one.row or {}
            rows.append(
                key
                | counts
                | {"verdict": answer, "rule": rule.name, "needed": rule.needed}
                | {"state": one.state, "metric": one.metric, "limit": one.limit}
                | {"n_parts": one.n_parts, "failing": one.failing}
                | {n: cell.get(n) for n in ("reference_id", "estimate", "ci_low", "ci_high")}
            )
    schema = {name: column.dtype for name, column in Judgement.columns().items()}
    table = pl.DataFrame(rows, schema=schema)
    return check(table, Judgement, where="stand-in card", error=AnalysisError)
