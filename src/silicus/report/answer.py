"""The answer of a run in three points, put together from cells of its Result table.

Nothing is estimated here. Who is nearer to people is told by two measures that can contradict
each other: r (who puts the decisions in the right order) and log-loss (whose probabilities are
right). A family counts as clear in one of them only if the interval of the difference leaves out
zero in every formulation of the run.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from silicus.report import cells, pairing, style, tables
from silicus.report.facts import Comparison, Facts

if TYPE_CHECKING:
    from silicus.report.card import Verdict

FLOOR = "base_rate"
"""Predictor id of the floor, which knows only how often people take each option."""
MOST_COMPARISONS = 3
"""With more comparisons than this the sentence points to the figure instead."""
MOST_SHARES = 3
"""The same for the shares of the reachable."""


def sentences(results: pl.DataFrame, known: Facts, verdicts: Sequence["Verdict"] = ()) -> list[str]:
    """Return who agrees with people more, how sure that is, and whether it is enough.

    Parameters
    ----------
    results : polars.DataFrame
        A Result table in reading order (see :func:`silicus.report.tables.checked`).
    known : Facts
    verdicts : sequence of Verdict
        The lines of the stand-in card, whose sum the third point gives.

    Returns
    -------
    list of str
        Three points of one sentence or a few.
    """
    enough = [_stand_in(verdicts), _floor_and_ceiling(results, known)]
    return [
        _who_is_ahead(results, known),
        _how_sure(results),
        " ".join(text for text in enough if text),
    ]


def _stand_in(verdicts: Sequence["Verdict"]) -> str:
    """Return what the stand-in card comes to over all its lines."""
    if not verdicts:
        return ""
    may = [one for one in verdicts if one.answer in ("yes, here", "with warnings")]
    if not may:
        return (
            "By the rules of the stand-in card below, no model of this run may stand in for these "
            "participants in any of its games and wordings."
        )
    named = dict.fromkeys(f"{one.predictor_id} in {_family(one.family)}" for one in may)
    shown = list(named)[:MOST_COMPARISONS]
    more = f" and {len(named) - len(shown)} more" if len(named) > len(shown) else ""
    warned = any(one.answer == "with warnings" for one in may)
    return (
        f"By the rules of the stand-in card below, {len(may)} of {len(verdicts)} lines (a model "
        f"in one family, data set and wording) may stand in for these participants"
        f"{', some only with warnings' if warned else ''}: {_list(shown)}{more}."
    )


def _who_is_ahead(results: pl.DataFrame, known: Facts) -> str:
    rows = tables.differences(results)
    compared = [
        one
        for one in known.comparisons
        if not _between(rows.filter(pl.col("metric") == "pearson_r"), one).is_empty()
    ]
    if not compared:
        return "This run compares no base model with an aligned one."
    if len(compared) > MOST_COMPARISONS:
        return _many_pairs(rows)
    return " ".join(_one_comparison(_between(rows, one), one, known) for one in compared)


def _many_pairs(rows: pl.DataFrame) -> str:
    """Return what the means over all pairs say, family by family."""
    means = rows.filter(pl.col("metric") == "pearson_r_mean_over_pairs")
    if means.is_empty():
        return (
            "This run compares many pairs of models; the figures and the table of differences "
            "show each of them."
        )
    words = {
        "more": "base models agree with people more than aligned ones",
        "less": "aligned models agree with people more than base ones",
        "open": "the sign of the mean difference stays open",
    }
    sides: dict[str, list[str]] = {side: [] for side in words}
    for family in means["family"].unique(maintain_order=True):
        sides[_side(means.filter(pl.col("family") == family))].append(_family(family))
    parts = [f"in {_list(sides[side])} {text}" for side, text in words.items() if sides[side]]
    return f"On average over the pairs, {'; '.join(parts)}."


def _between(rows: pl.DataFrame, one: Comparison) -> pl.DataFrame:
    return rows.filter(pl.col("predictor_id") == one.base, pl.col("reference_id") == one.aligned)


def _one_comparison(rows: pl.DataFrame, one: Comparison, known: Facts) -> str:
    """Return who is nearer to people in which family, by both measures."""
    found: dict[tuple[str, str], list[str]] = {}
    for family in rows["family"].unique(maintain_order=True):
        own = rows.filter(pl.col("family") == family)
        by_r = own.filter(pl.col("metric") == "pearson_r")
        by_loss = own.filter(pl.col("metric") == "log_loss")
        if by_r.is_empty():
            continue
        side = _side(by_r)
        other = "none" if by_loss.is_empty() else TURNED[_side(by_loss)]
        text = _family(family)
        if len(by_r) == 1 and side != "open":
            text += f" (r differs by {cells.estimate(by_r.row(0, named=True))})"
        found.setdefault((side, other), []).append(text)
    roles = tuple(known.predictor(name).role for name in (one.base, one.aligned))
    named = roles == ("base", "aligned")
    names = roles if named else (one.base, one.aligned)
    parts = [_said(*key, f"in {_list(found[key])}", names) for key in sorted(found, key=_rank)]
    if one in known.strangers:
        parts.append("the two are not a same-provider pair, so this says nothing about alignment")
    of = (" (base)", " (aligned)") if named else ("", "")
    return f"{one.base}{of[0]} against {one.aligned}{of[1]}: {'; '.join(parts)}."


SIDES = ("more", "less", "open")
TURNED = {"more": "less", "less": "more", "open": "open"}
"""A lower log-loss is the better one."""


def _rank(sides: tuple[str, str]) -> tuple[bool, bool, int]:
    """Sort what both measures say alike before what they contradict, and the open ones last."""
    by_r, by_loss = sides
    return by_r == "open", by_loss not in (by_r, "none", "open"), SIDES.index(by_r)


def _said(by_r: str, by_loss: str, where: str, names: tuple[str, ...]) -> str:
    """Return what the sides of the two differences say; ``none`` is a measure not there."""
    order = {"more": names, "less": names[::-1]}
    if by_r == "open":
        if by_loss in order:
            return (
                f"the sign of the difference in r stays open {where}, and the probabilities of "
                f"{order[by_loss][0]} are nearer to what people do (log-loss)"
            )
        return f"the sign of the difference stays open {where}"
    ahead, behind = order[by_r]
    if by_loss in ("none", by_r):
        both = ", by r and by log-loss" if by_loss == by_r else ""
        return f"{ahead} agrees with people more {where}{both}"
    if by_loss == "open":
        return f"{ahead} agrees with people more {where} by r, while log-loss leaves it open"
    return (
        f"the two measures contradict each other {where}: {ahead} has the higher r, but the "
        f"probabilities of {behind} are nearer to what people do (log-loss)"
    )


def _family(family: str) -> str:
    """Return the name of a family inside a sentence."""
    label = style.family_label(family)
    return label[0].lower() + label[1:] if family in style.FAMILY_LABELS else label


def _side(rows: pl.DataFrame) -> str:
    """Return ``more`` or ``less`` if every interval leaves out zero on that side, else ``open``."""
    if rows["ci_low"].null_count() or rows["ci_high"].null_count():
        return "open"
    if (rows["ci_low"] > 0).all():
        return "more"
    return "less" if (rows["ci_high"] < 0).all() else "open"


def _how_sure(results: pl.DataFrame) -> str:
    rows = results.filter(pl.col("slice") == "all", pl.col("ci_low").is_not_null())
    if rows.is_empty():
        return "There are no intervals, so nothing says how sure the figures are."
    parts = []
    for unit in rows["unit"].unique(maintain_order=True):
        families = rows.filter(pl.col("unit") == unit)["family"].unique(maintain_order=True)
        labels = _list(_family(family) for family in families)
        why = " (published rates, so that people cannot be resampled)" if unit == "row" else ""
        parts.append(f"{unit}s in {labels}{why}")
    first = rows.row(0, named=True)
    level = f"{100 * first['ci_level']:g}%" if first["ci_level"] else "their level"
    draws = f"{first['n_resamples']:,} resamples" if first["n_resamples"] else "resamples"
    return f"Intervals hold {level} of {draws} of {_list(parts)}."


def _floor_and_ceiling(results: pl.DataFrame, known: Facts) -> str:
    losses = tables.single(results, "log_loss").filter(pl.col("estimate").is_not_null())
    floors = {
        (row["dataset"], row["family"]): row["estimate"]
        for row in losses.filter(pl.col("predictor_id") == FLOOR).iter_rows(named=True)
    }
    behind: dict[str, list[str]] = {}
    models = 0
    for row in losses.iter_rows(named=True):
        if known.predictor(row["predictor_id"]).role not in ("base", "aligned"):
            continue
        models += 1
        floor = floors.get((row["dataset"], row["family"]))
        if floor is not None and row["estimate"] >= floor:
            behind.setdefault(row["predictor_id"], []).append(_family(row["family"]))
    ceiling = _ceiling(results, known)
    if not floors or not models:
        return f"{ceiling[0].upper()}{ceiling[1:]}."
    if not behind:
        return (
            "Every model predicts better (log-loss) than the base rate, which knows only how often "
            f"people take each option; {ceiling}."
        )
    shown = list(behind.items())[:MOST_COMPARISONS]
    more = " and further models" if len(behind) > len(shown) else ""
    families = losses["family"].n_unique()
    named = _list(f"{name} ({_where(where, families)})" for name, where in shown)
    return (
        "The base rate, which knows only how often people take each option, predicts at least as "
        f"well (log-loss) as {named}{more}; {ceiling}."
    )


def _where(families: Sequence[str], n_families: int) -> str:
    """Return the families as words, or that it is all of several."""
    found = list(dict.fromkeys(families))
    return "in every family" if 1 < n_families == len(found) else f"in {_list(found)}"


def _ceiling(results: pl.DataFrame, known: Facts) -> str:
    """Return how much of what is reachable the models reach, from the cells of that metric."""
    rows = pairing.native(results, known).filter(
        pl.col("metric") == "reachable_share_log_loss", pl.col("slice") == "all"
    )
    models = {p.id for p in known.predictors if p.role in ("base", "aligned")}
    shares = [
        f"{row['predictor_id']} {cells.estimate(row)} in {_family(row['family'])}"
        for row in rows.iter_rows(named=True)
        if row["predictor_id"] in models and row["estimate"] is not None
    ]
    if not shares:
        return "what agreement was reachable is not estimated in this run"
    if len(shares) > MOST_SHARES:
        return "the share of what is reachable stands in the stand-in card"
    return (
        f"of what is reachable between the base rate (0) and the noise ceiling (1): {_list(shares)}"
    )


def _list(items: Iterable[Any]) -> str:
    """Return words joined as in a sentence.

    Examples
    --------
    >>> _list(["one", "two", "three"])
    'one, two and three'
    """
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
