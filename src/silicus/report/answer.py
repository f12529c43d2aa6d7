"""The answer of a run in words: a line per family of games, a sentence per model.

Nothing is decided here: who is ahead, what stays unknown and what is too little is said by the
Answer and Judgement tables (:mod:`silicus.schema`), and this module only words their rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from silicus.report import cells, style
from silicus.report.facts import Facts

Row = Mapping[str, Any]
MOST_COMPARISONS = 3
"""With more comparisons than this the means over pairs speak."""
CHIPS = {
    "ahead": "nearer to people",
    "unknown": "unknown",
    "differs_between_data_sets": "differs between data sets",
    "differs_between_wordings": "differs between wordings",
    "differs_between_families": "differs between games",
    "not_assessed": "not assessed",
    "contradict": "measures contradict",
    "enough": "beats the base rate",
    "short": "below the base rate",
}
MARKS = {
    "base": "\N{BLACK CIRCLE}",
    "aligned": "\N{BLACK DIAMOND}",
    "unknown": "?",
    "differs": "\N{LEFT RIGHT ARROW}",
    "contradict": "\N{UP DOWN ARROW}",
    "not_assessed": "\N{EN DASH}",
    "enough": "\N{CHECK MARK}",
    "short": "\N{MULTIPLICATION SIGN}",
}


class Answered(NamedTuple):
    """What a run comes to: the Answer table and the Judgement table."""

    answer: pl.DataFrame
    card: pl.DataFrame


@dataclass(frozen=True)
class Line:
    """One family of games in the answer.

    ``kind`` names the chip (a key of :data:`MARKS`) and ``chip`` its words; ``text`` says who is
    ahead and by how much; ``enough`` how that stands to base rate, best theory and ceiling;
    ``caveat`` what limits the line.
    """

    family: str
    label: str
    rounds: str
    kind: str
    chip: str
    text: str
    enough: str
    caveat: str

    @property
    def mark(self) -> str:
        """The sign of the chip."""
        return MARKS[self.kind]


def lines(answered: Answered, known: Facts) -> list[Line]:
    """Return the lines of the answer, multi-round games before one-shot ones."""
    rows = answered.answer.to_dicts()
    contrast = "pair" if 0 < len(known.comparisons) <= MOST_COMPARISONS else "mean_over_pairs"
    found: list[Line] = []
    for family in dict.fromkeys(row["family"] for row in rows if row["family"] != "all"):
        own = [row for row in rows if row["family"] == family]
        compared: dict[tuple[str, str], dict[str, Row]] = {}
        for row in own:
            if row["contrast"] == contrast:
                who = (row["predictor_id"], row["reference_id"])
                compared.setdefault(who, {})[row["metric"]] = row
        label = style.family_label(family)
        for who, measures in compared.items():
            found.append(_compared(family, label, who, measures, own, known))
        if not compared:
            found.append(_alone(family, label, own))
    return sorted(found, key=lambda line: line.rounds != "multi_round")


def _compared(
    family: str,
    label: str,
    who: tuple[str, str],
    measures: Mapping[str, Row],
    own: Sequence[Row],
    known: Facts,
) -> Line:
    """Return the line of two predictors, or of the means over pairs."""
    loss, r = measures.get("log_loss"), measures.get("pearson_r")
    main = loss or r
    assert main is not None
    mean = main["contrast"] == "mean_over_pairs"
    names = ("base models", "aligned models") if mean else who
    kind, chip, text = _who(main, loss, r, names, mean=mean)
    if kind in ("ahead", "behind"):
        winner = who[kind == "behind"]
        role = winner if mean else known.predictor(winner).role
        kind = role if role in ("base", "aligned") else "enough"
    models = None if mean else set(who)
    # who is not a pair, and where rows are resampled, is told once for the whole answer
    caveats = [CAVEAT_WORDS[name] for name in main["caveats"] if name in CAVEAT_WORDS]
    return Line(
        family,
        label,
        main["rounds"],
        kind,
        chip,
        _started(text, () if mean else names),
        _started(_enough(own, models), () if mean else who),
        _started("; ".join(caveats)),
    )


def _started(text: str, names: Sequence[str] = ()) -> str:
    """Return a text as a sentence; a name at its beginning is left as it is written."""
    if not text:
        return ""
    start = text if text.startswith(tuple(names) or "\0") else text[0].upper() + text[1:]
    return f"{start}."


CAVEAT_WORDS = {
    "low_mass": "low mass: the listed options get less than .80 of a model's probability",
}


def _who(
    main: Row, loss: Row | None, r: Row | None, names: Sequence[str], *, mean: bool
) -> tuple[str, str, str]:
    """Return kind of chip, its words, and the sentence of who is ahead by which measure."""
    state = main["state"]
    other = r if main is loss else None
    verb = "are" if mean else "is"
    average = " on average over the pairs" if mean else ""
    if state in ("ahead", "behind"):
        place = int(state == "behind")
        text = f"{names[place]} {verb} nearer{average}, {_by(main)}"
        if other is None or other["state"] == state:
            return state, names[place], text + (", and also by r" if other else "")
        if other["state"] in ("ahead", "behind"):
            text = (
                f"the probabilities of {names[place]} are nearer ({_by(main)}), but "
                f"{names[1 - place]} puts decisions in the better order ({_by(other)})"
            )
            return "contradict", CHIPS["contradict"], text
        return state, names[place], f"{text}; by r it {_open(other['state'])}"
    if state.startswith("differs"):
        what = state.removeprefix("differs_between_").replace("_", " ")
        text = (
            f"who is nearer differs between {what}: {_measure(main)} of {names[0]} minus "
            f"{names[1]} lies clearly on both sides of 0 ({_range(main)})"
        )
        return "differs", CHIPS[state], text
    if state == "not_assessed":
        return state, CHIPS[state], f"no interval, so that nobody can be called nearer{average}"
    text = f"unknown who is nearer{average}: {_measure(main)} differs {_by(main)}"
    if other is not None and other["state"] in ("ahead", "behind"):
        ahead = names[other["state"] == "behind"]
        text += f"; {ahead} puts decisions in the better order ({_by(other)})"
    return "unknown", CHIPS["unknown"], text


def _open(state: str) -> str:
    return "differs between data sets" if state.startswith("differs") else "stays unknown"


def _measure(row: Row) -> str:
    return cells.metric(row["metric"]).label


def _by(row: Row) -> str:
    """Return the size of a difference, unsigned where its side is told: ``by 0.11 [..] nats``."""
    unit = " nats a decision" if row["metric"] == "log_loss" else " in r"
    if row["estimate"] is None:
        return f"by {_range(row)}{unit}"
    negative = row["state"] in ("ahead", "behind") and row["estimate"] < 0
    shown = _turned(row) if negative else row
    return f"by {cells.estimate(shown)}{unit}"


def _turned(row: Row) -> dict[str, Any]:
    """Return a difference seen from the other side."""
    low, high = row["ci_low"], row["ci_high"]
    return dict(row) | {
        "estimate": -row["estimate"],
        "ci_low": None if high is None else -high,
        "ci_high": None if low is None else -low,
    }


def _range(row: Row) -> str:
    decimals = cells.metric(row["metric"]).decimals
    ends = [cells.number(row[name], decimals) for name in ("lowest", "highest")]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _alone(family: str, label: str, own: Sequence[Row]) -> Line:
    """Return the line of a family in which nobody is compared."""
    floors = [row for row in own if row["contrast"] == "base_rate"]
    beat = any(row["state"] == "ahead" for row in floors)
    kind = "enough" if beat else "short" if floors else "not_assessed"
    rounds = own[0]["rounds"] if own else "one_shot"
    return Line(
        family,
        label,
        rounds,
        kind,
        CHIPS[kind],
        _started(
            _enough(own, None) or "nothing to compare with", [row["predictor_id"] for row in own]
        ),
        "",
        "",
    )


def _enough(own: Sequence[Row], models: set[str] | None) -> str:
    """Return how the models stand to the base rate, the best theory and the ceiling."""
    of = [row for row in own if models is None or row["predictor_id"] in models]
    parts = []
    for contrast, what in (("base_rate", "the base rate"), ("best_theory", "the best theory")):
        rows = [row for row in of if row["contrast"] == contrast]
        if rows:
            parts.append(_beaten(rows, _theory(rows) if contrast == "best_theory" else what))
    shares = [row for row in of if row["contrast"] == "ceiling" and (row["highest"] or 0) > 0]
    if shares:
        best = max(shares, key=lambda row: row["highest"])
        share = cells.estimate(best) if best["estimate"] is not None else _range(best)
        who = f" ({best['predictor_id']})" if len(shares) > 1 else ""
        parts.append(f"share of the reachable {share}{who}")
    return "; ".join(parts)


def _theory(rows: Sequence[Row]) -> str:
    names = {row["reference_id"] for row in rows} - {"best_theory"}
    return f"the best theory ({', '.join(sorted(names))})" if names else "the best theory"


def _beaten(rows: Sequence[Row], what: str) -> str:
    """Return which of the models are better than a yardstick."""
    ahead = [row["predictor_id"] for row in rows if row["state"] == "ahead"]
    unsure = [row["predictor_id"] for row in rows if row["state"] not in ("ahead", "behind")]
    n = len(rows)
    if len(ahead) == n:
        return f"{'both beat' if n == 2 else 'beats' if n == 1 else f'all {n} beat'} {what}"
    if not ahead:
        none = {1: "does not beat", 2: "neither beats"}.get(n, f"none of {n} beats")
        text = f"{none} {what}"
        return text if not unsure else f"{text} clearly"
    if n <= 2:
        return f"{ahead[0]} beats {what}"
    return f"{len(ahead)} of {n} models beat {what}"


def flips(answered: Answered, known: Facts) -> list[tuple[str, str]]:
    """Return, for each comparison, the chip and the sentence of multi-round beside one-shot."""
    rows = [row for row in answered.answer.to_dicts() if row["contrast"] in ("flip", "mean_flip")]
    wanted = "flip" if len(known.comparisons) <= MOST_COMPARISONS else "mean_flip"
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for row in rows:
        if row["contrast"] == wanted:
            who = (row["predictor_id"], row["reference_id"])
            found.setdefault(who, {}).setdefault(row["metric"], {})[row["rounds"]] = row["state"]
    said = []
    for who, measures in found.items():
        names = who if wanted == "flip" else ("base models", "aligned models")
        states = measures.get("log_loss") or measures["pearson_r"]
        text = {
            "flips": "The lead flips between multi-round and one-shot games",
            "does_not_flip": "The lead does not flip between multi-round and one-shot games",
            "unknown": "Whether the lead flips between multi-round and one-shot games is unknown",
        }[states["all"]]
        sides = ", ".join(
            f"{label}: {_side(states[name], names)}"
            for name, label in (("multi_round", "multi-round"), ("one_shot", "one-shot"))
        )
        said.append((states["all"], f"{text} ({sides})."))
    return said


def _side(state: str, names: Sequence[str]) -> str:
    if state in ("ahead", "behind"):
        return f"{names[state == 'behind']} nearer"
    return CHIPS[state]


def point(told: Sequence[Line], known: Facts) -> str:
    """Return in one line what the first picture shows."""
    n = len({line.family for line in told})
    names: dict[str, int] = {}
    for line in told:
        if line.kind in ("base", "aligned"):
            names[line.chip] = names.get(line.chip, 0) + 1
    games = f"{n} kind{'s' * (n != 1)} of games"
    if not names:
        if any(line.kind in ("enough", "short") for line in told):
            beat = sum(line.kind == "enough" for line in told)
            return f"A model beats the base rate in {beat} of {games}"
        return f"Nobody is clearly nearer to people in the {games} of this run"
    del known
    of = f"{{}} of {games}" if n > 1 else "the games of this run"
    parts = [
        f"{name} {'are' if name.endswith(' models') else 'is'} nearer to people in {of.format(k)}"
        for name, k in names.items()
    ]
    return ", ".join(parts)


def how_sure(results: pl.DataFrame) -> str:
    """Return what was resampled to get the intervals, in one sentence."""
    rows = results.filter(pl.col("slice") == "all", pl.col("ci_low").is_not_null())
    if rows.is_empty():
        return "There are no intervals, so nothing says how sure the figures are."
    parts = []
    for unit in rows["unit"].unique(maintain_order=True):
        families = rows.filter(pl.col("unit") == unit)["family"].unique(maintain_order=True)
        labels = listed(_family(family) for family in families)
        why = " (published rates, so that people cannot be resampled)" if unit == "row" else ""
        parts.append(f"{unit}s in {labels}{why}")
    first = rows.row(0, named=True)
    level = f"{100 * first['ci_level']:g}%" if first["ci_level"] else "their level"
    draws = f"{first['n_resamples']:,} resamples" if first["n_resamples"] else "resamples"
    return f"Intervals in brackets hold {level} of {draws} of {listed(parts)}."


def _family(family: str) -> str:
    """Return the name of a family inside a sentence."""
    label = style.family_label(family)
    return label[0].lower() + label[1:] if family in style.FAMILY_LABELS else label


def listed(items: Iterable[Any]) -> str:
    """Return words joined as in a sentence.

    Examples
    --------
    >>> listed(["one", "two", "three"])
    'one, two and three'
    """
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
