"""The stand-in card in words and marks: models by games, a mark for each rule.

The outcomes stand in the Judgement table (:mod:`silicus.schema`); nothing is judged here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from silicus.report import cells, style, tables
from silicus.report.facts import Facts

MET, NOT_MET, OPEN, NOT_ASSESSED = "met", "not met", "open", "not assessed"
MARKS = {
    MET: "\N{CHECK MARK}",
    NOT_MET: "\N{MULTIPLICATION SIGN}",
    OPEN: "?",
    NOT_ASSESSED: "\N{EN DASH}",
}
"""A sign of its own shape for each state, so that none is told by colour."""
RULES = {
    "agreement": ("right order", "The interval of r lies above 0."),
    "floor": (
        "beats the base rate",
        "Log-loss is below that of the base rate, which knows only how often people take each "
        "option: the whole interval, of the difference where the run has it.",
    ),
    "theory": (
        "beats the best theory",
        "Log-loss is below that of the best theory of the run, again with the whole interval: a "
        "model that a formula outdoes adds nothing to what is known about people.",
    ),
    "mass": ("answers as asked", "Mean option mass is at least {limit:.2f}."),
    "calibration": ("calibrated", "Calibration error is at most {limit:.2f}."),
    "reachable": (
        "near the ceiling",
        "The share of the reachable log-loss, from 0 at the base rate to 1 at the noise ceiling, "
        "is at least {limit:.2f}.",
    ),
    "parts": (
        "in every part",
        "r is above 0 in every round and condition where it can be computed.",
    ),
}
"""Label and text of each rule of :mod:`silicus.analysis.stand_in`."""
ANSWERS = {
    "no": "A needed rule is not met.",
    "not shown": "A needed rule is open or not assessed.",
    "with warnings": "The needed rules are met, but another is not met or not assessed.",
    "yes, here": "All rules are met, for these participants, games and wordings only.",
}
MAY = ("yes, here", "with warnings")
MOST_PARTS = 6


@dataclass(frozen=True)
class Mark:
    """One rule in one cell of the card."""

    rule: str
    state: str
    needed: bool
    figure: str
    more: str

    @property
    def sign(self) -> str:
        """The sign of the state."""
        return MARKS[self.state]


@dataclass(frozen=True)
class Cell:
    """One model in one family, data set and wording."""

    predictor_id: str
    role: str
    family: str
    dataset: str
    formulation: str
    format: str
    verdict: str
    marks: list[Mark]
    sample: str

    @property
    def column(self) -> tuple[str, str, str]:
        """Family, data set and formulation."""
        return self.family, self.dataset, self.formulation

    def mark(self, rule: str) -> Mark:
        """Return the mark of a rule."""
        return next(one for one in self.marks if one.rule == rule)


@dataclass(frozen=True)
class Card:
    """The whole card: ``rows`` are (model, role, sentence, its cells by column)."""

    columns: list[tuple[str, str, str]]
    limits: dict[str, float]
    rows: list[tuple[str, str, str, dict[tuple[str, str, str], Cell]]]

    def rule_text(self, rule: str) -> str:
        """Return a rule as a sentence."""
        return RULES[rule][1].format(limit=self.limits.get(rule, 0.0))

    @property
    def cells(self) -> list[Cell]:
        """Every cell, model by model."""
        return [cell for row in self.rows for cell in row[3].values()]


def made(judged: pl.DataFrame, known: Facts) -> Card:
    """Return the card of a Judgement table."""
    found: dict[str, dict[tuple[str, str, str], Cell]] = {}
    columns: dict[tuple[str, str, str], None] = {}
    keys = list(tables.KEYS)
    for key, rows in judged.group_by(keys, maintain_order=True):
        named = dict(zip(keys, key, strict=True))
        first = rows.row(0, named=True)
        cell = Cell(
            **{name: str(value) for name, value in named.items()},
            role=known.predictor(str(named["predictor_id"])).role,
            verdict=first["verdict"],
            marks=[_mark(row) for row in rows.iter_rows(named=True)],
            sample=_sample(first, known.run_of(named)),
        )
        found.setdefault(cell.predictor_id, {})[cell.column] = cell
        columns[cell.column] = None
    order = {name: n for n, name in enumerate(style.FAMILY_LABELS)}
    sorted_columns = sorted(columns, key=lambda c: (order.get(c[0], len(order)), c[1], c[2]))
    limits = dict(judged.drop_nulls("limit").select("rule", "limit").unique("rule").rows())
    return Card(
        sorted_columns,
        limits,
        [
            (name, known.predictor(name).role, sentence(name, list(own.values())), own)
            for name, own in found.items()
        ],
    )


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(row["rule"], row["state"], row["needed"], _figure(row), _more(row))


def _figure(row: dict[str, Any]) -> str:
    """Return the number in the cell, the parts as ``7 of 10``."""
    if row["rule"] == "parts":
        if not row["n_parts"]:
            return ""
        return f"{row['n_parts'] - len(row['failing'])} of {row['n_parts']}"
    if row["estimate"] is None:
        return ""
    text = cells.point(row)
    signed = row["reference_id"] is not None and row["limit"] == 0 and row["estimate"] > 0
    return f"+{text}" if signed else text


def _more(row: dict[str, Any]) -> str:
    """Return what stands behind the number: metric, interval, what it is held against."""
    if row["rule"] == "parts":
        if not row["failing"]:
            return ""
        shown = ", ".join(_part(name) for name in row["failing"][:MOST_PARTS])
        left = len(row["failing"]) - MOST_PARTS
        return f"r not above 0 in {shown}" + (f" and {left} more" if left > 0 else "")
    if row["estimate"] is None:
        return "the run has no such number"
    label = cells.metric(row["metric"]).label
    if row["reference_id"] is None:
        return f"{label} {cells.estimate(row)}"
    if row["limit"] == 0:
        return f"{label} minus {row['reference_id']} {cells.estimate(row)}"
    return (
        f"{label} {cells.estimate(row)}, {row['reference_id']} "
        f"{cells.number(row['limit'], cells.metric(row['metric']).decimals)}"
    )


def _part(slice_: str) -> str:
    """Return a slice as readers see it, such as ``round 3``."""
    name, _, value = slice_.partition("=")
    return f"{name.replace('_', ' ')} {value}"


def _sample(row: dict[str, Any], run: str) -> str:
    """Return how many decisions and units a cell rests on, and the run it is from."""
    parts = [f"{cells.count(row['n_decisions'])} decisions"]
    if row["unit"] is not None:
        parts.append(f"{cells.unit(row)} resampled")
    return ", ".join([*parts, *([f"run {run}"] if run else [])])


def sentence(name: str, own: Sequence[Cell]) -> str:
    """Return one sentence on whether a model may stand in, and what most often stands against."""
    may = [cell for cell in own if cell.verdict in MAY]
    families = list(dict.fromkeys(style.family_label(cell.family).lower() for cell in may))
    n = len(own)
    if may:
        warned = "" if all(c.verdict == "yes, here" for c in may) else ", with warnings"
        of = f" ({len(may)} of {n} cells)" if n > 1 else ""
        return f"{name} may stand in for these participants in {', '.join(families)}{of}{warned}."
    failing: dict[str, int] = {}
    for cell in own:
        for mark in cell.marks:
            if mark.needed and mark.state != MET:
                failing[mark.rule] = failing.get(mark.rule, 0) + 1
    worst = max(failing, key=lambda rule: failing[rule])
    often = f" ({failing[worst]} of {n})" if n > 1 else ""
    no = all(cell.verdict == "no" for cell in own)
    start = "may not stand in" if no else "is not shown to be able to stand in"
    where = f" in any of {n} cells" if n > 1 else ""
    return f"{name} {start} for these participants{where}; unmet: {RULES[worst][0]}{often}."


def summary(card: Card) -> str:
    """Return the sum of the whole card in one sentence."""
    own = card.cells
    may = [cell for cell in own if cell.verdict in MAY]
    if not own:
        return ""
    if not may:
        return "No model of this run may stand in for these participants, by the rules of the card."
    shown = list(
        dict.fromkeys(f"{c.predictor_id} in {style.family_label(c.family).lower()}" for c in may)
    )
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return f"By the rules of the card, these may stand in: {'; '.join(shown[:3])}{more}."


def summed(card: Card) -> list[dict[str, Any]]:
    """Return how many cells have which verdict, by family and kind of model, in their order."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for cell in card.cells:
        counts = found.setdefault((cell.family, cell.role), dict.fromkeys(ANSWERS, 0))
        counts[cell.verdict] += 1
    return [{"family": f, "role": role, **counts} for (f, role), counts in found.items()]


def heading(column: tuple[str, str, str], known: Facts, card: Card) -> tuple[str, str]:
    """Return the head of a column: the family, and what else tells it from its neighbours."""
    family, dataset, formulation = column
    several = len({c[2] for c in card.columns}) > 1
    return style.family_label(family), known.title_of(dataset) + (
        f", {formulation}" if several else ""
    )


def as_markdown(card: Card, known: Facts) -> str:
    """Return the card as Markdown tables, for a model card on a hub."""
    title = known.study.title or known.study.name
    out = [f"## Stand-in card: {_plain(title)}", ""]
    for name, _, said, own in card.rows:
        heads = [_plain(" ".join(heading(c, known, card))) for c in card.columns if c in own]
        out += [f"### {_plain(name)}", "", _plain(said), ""]
        out += ["| rule | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
        verdicts = [own[c].verdict for c in card.columns if c in own]
        out.append("| **may it?** | " + " | ".join(f"**{v}**" for v in verdicts) + " |")
        for rule, (label, _) in RULES.items():
            marks = [own[c].mark(rule) for c in card.columns if c in own]
            out.append(
                f"| {label} | "
                + " | ".join(f"{m.sign} {m.state} {m.figure}".rstrip() for m in marks)
                + " |"
            )
        out.append("")
    out += [f"- {label}: {card.rule_text(rule)}" for rule, (label, _) in RULES.items()]
    return "\n".join(out) + "\n"


def _plain(text: str) -> str:
    """Return untrusted text for one cell of a Markdown table."""
    kept = "".join(char if char.isprintable() else " " for char in text)
    for char in "\\|`*_[]<>#":
        kept = kept.replace(char, f"\\{char}")
    return kept


def as_json(judged: pl.DataFrame) -> str:
    """Return the Judgement table as JSON."""
    return json.dumps(judged.to_dicts(), indent=2, ensure_ascii=False) + "\n"


def as_svg(card: Card, known: Facts) -> str:
    """Return the card as one picture: white paper, a row per rule, a column per game."""
    step, left, wide = 24, 190, 150
    width = left + wide * max(1, len(card.columns)) + 20
    parts: list[str] = []
    y = 30

    def text(
        x: float, content: str, *, weight: str = "400", size: int = 13, grey: bool = False
    ) -> None:
        ink = style.QUIET["light"] if grey else style.INK["light"]
        parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{ink}">'
            f"{escape(content)}</text>"
        )

    text(16, "Stand-in card: " + (known.study.title or known.study.name), weight="600", size=16)
    for name, _, _said, own in card.rows:
        y += 2 * step
        text(16, name, weight="600", size=14)
        y += step
        for place, column in enumerate(card.columns):
            text(left + wide * place, heading(column, known, card)[0], weight="600")
        y += step
        text(16, "may it?", weight="600")
        for place, column in enumerate(card.columns):
            text(left + wide * place, own[column].verdict if column in own else "", weight="600")
        for rule, (label, _) in RULES.items():
            y += step
            text(16, label)
            for place, column in enumerate(card.columns):
                if column in own:
                    mark = own[column].mark(rule)
                    text(left + wide * place, f"{mark.sign} {mark.state} {mark.figure}")
    y += 2 * step
    text(16, "A verdict holds for these participants, games and wordings only.", grey=True, size=12)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 20}" '
        f'font-family="Helvetica, Arial, sans-serif"><rect width="100%" height="100%" '
        f'fill="{style.PAPER["light"]}"/>{"".join(parts)}</svg>\n'
    )
