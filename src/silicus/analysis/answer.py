"""The answer of a run as data: who is nearer to people in which games, and is that enough.

A line compares a model with one thing (its counterpart, the base rate, the best theory, the
ceiling) in one family of games by one measure, over all data sets and wordings of the family.
Nothing is estimated here: every number is a cell of the Result table, and the state follows from
where the intervals lie. The page, the terminal and the JSON output only put this into words.

*unknown* and *differs between data sets* are not the same: in the first the intervals leave the
sign open, in the second they are clear and contradict each other, so that no sentence about the
family as a whole is true.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from silicus.analysis.base_rate import BASE_RATE
from silicus.analysis.between_data_sets import ACROSS
from silicus.analysis.yardsticks import best_theory
from silicus.errors import AnalysisError
from silicus.schema import Answer, check

MULTI_ROUND, ONE_SHOT = "multi_round", "one_shot"
LEAST_MASS = 0.8
HIGHER_IS_BETTER = {"pearson_r": True, "log_loss": False}
"""The measures of the answer: r puts decisions in order, log-loss judges the probabilities."""
CEILING_METRIC = "reachable_share_log_loss"
MEAN = "_mean_over_pairs"


@dataclass(frozen=True)
class Cast:
    """Who takes part: what the answer must know and a Result table does not hold.

    ``roles`` maps predictor ids to ``base``, ``aligned``, ``theory`` or another kind;
    ``formats`` maps models to their own format; ``pairs`` are (base, aligned, of one provider);
    ``multi_round`` names the data sets in which people had seen earlier rounds of their play.
    """

    roles: Mapping[str, str]
    formats: Mapping[str, str]
    pairs: Sequence[tuple[str, str, bool]]
    multi_round: frozenset[str]

    @property
    def models(self) -> list[str]:
        """The models, in their order."""
        return [name for name, role in self.roles.items() if role in ("base", "aligned")]

    @property
    def theories(self) -> list[str]:
        """The theories, in their order."""
        return [name for name, role in self.roles.items() if role == "theory"]


def answers(results: pl.DataFrame, cast: Cast) -> pl.DataFrame:
    """Return the lines of the answer.

    Parameters
    ----------
    results : Result table
        In the order in which families are to be told.
    cast : Cast

    Returns
    -------
    Answer table
        Lines of each family, then those of multi-round beside one-shot games.
    """
    rows = results.filter(pl.col("slice") == "all", pl.col("dataset") != ACROSS)
    native = _native(rows, cast)
    low_mass = {
        (row["family"], row["predictor_id"])
        for row in native.filter(
            pl.col("metric") == "option_mass", pl.col("estimate") < LEAST_MASS
        ).iter_rows(named=True)
    }
    lines: list[dict[str, Any]] = []
    differences = rows.filter(pl.col("reference_id").is_not_null())
    rivals = _rivals(native, cast)
    empty = rows.clear()
    singles = _parts(native.filter(pl.col("metric") == CEILING_METRIC))
    losses = _parts(differences.filter(pl.col("metric") == "log_loss"))
    for family in rows["family"].unique(maintain_order=True):
        own = differences.filter(pl.col("family") == family)
        for base, aligned, same_provider in cast.pairs:
            models = {cast.roles.get(base), cast.roles.get(aligned)} <= {"base", "aligned"}
            caveats = [] if same_provider or not models else ["not_a_pair"]
            caveats += ["low_mass"] * any((family, m) in low_mass for m in (base, aligned))
            found = _native_pair(own, base, aligned, cast)
            lines += _lines(found, family, (base, aligned), "pair", caveats, cast)
        means = own.filter(pl.col("metric").str.ends_with(MEAN)).with_columns(
            metric=pl.col("metric").str.strip_suffix(MEAN)
        )
        lines += _lines(means, family, ("base", "aligned"), "mean_over_pairs", [], cast)
        for name in cast.models:
            caveats = ["low_mass"] * ((family, name) in low_mass)
            mine = _native_format(losses.get((family, name), empty), name, cast)
            floor = mine.filter(pl.col("reference_id") == BASE_RATE)
            lines += _lines(floor, family, (name, BASE_RATE), "base_rate", caveats, cast)
            theory = mine.filter(
                pl.col("reference_id")
                == pl.col("dataset").replace_strict(rivals, default=None, return_dtype=pl.String)
            )
            best = _named(theory["reference_id"]) or "best_theory"
            lines += _lines(theory, family, (name, best), "best_theory", caveats, cast)
            share = singles.get((family, name), empty)
            lines += _lines(share, family, (name, "ceiling"), "ceiling", caveats, cast)
    table = pl.DataFrame([*lines, *_flips(lines)], schema=_schema())
    return check(table, Answer, where="answer of the run", error=AnalysisError)


def _parts(rows: pl.DataFrame) -> dict[tuple[Any, ...], pl.DataFrame]:
    """Return the rows by family and predictor."""
    return rows.partition_by("family", "predictor_id", maintain_order=True, as_dict=True)


def state(rows: pl.DataFrame, better_above: bool) -> str:
    """Return where the intervals of a family's differences lie, as one word.

    Parameters
    ----------
    rows : Result rows of one contrast, family and measure
    better_above : bool
        Whether a difference above 0 speaks for the first predictor.

    Returns
    -------
    str
        ``ahead`` if every interval lies on the better side of 0, ``behind`` on the worse;
        ``differs_between_data_sets`` (or ``_wordings``, within one data set) if some lie clearly
        on one side and some on the other; ``unknown`` if an interval holds 0; ``not_assessed``
        if there is none at all.
    """
    known = rows.filter(pl.col("estimate").is_not_null())
    if known.is_empty() or known["ci_low"].null_count() == len(known):
        return "not_assessed"
    above = pl.when(pl.col("ci_low") > 0).then(1).when(pl.col("ci_high") < 0).then(-1).otherwise(0)
    sides = known.with_columns(_side=above if better_above else -above)
    found = set(sides["_side"])
    if {1, -1} <= found:
        clear = sides.filter(pl.col("_side") != 0)
        by_data = clear.group_by("dataset").agg(pl.col("_side").unique())
        contradicts = by_data.filter(pl.col("_side").list.len() > 1)
        return "differs_between_wordings" if len(contradicts) else "differs_between_data_sets"
    if found == {1}:
        return "ahead"
    return "behind" if found == {-1} else "unknown"


def _lines(
    rows: pl.DataFrame,
    family: str,
    who: tuple[str, str],
    contrast: str,
    caveats: Sequence[str],
    cast: Cast,
) -> list[dict[str, Any]]:
    """Return one line per measure that the rows hold."""
    lines = []
    for metric in (*HIGHER_IS_BETTER, CEILING_METRIC):
        own = rows.filter(pl.col("metric") == metric)
        if own.is_empty():
            continue
        known = own.filter(pl.col("estimate").is_not_null())
        first = known.row(0, named=True) if len(known) == 1 else {}
        units = set(known["unit"].drop_nulls())
        rounds = {name in cast.multi_round for name in own["dataset"]}
        lines.append(
            {
                "family": family,
                "rounds": MULTI_ROUND if rounds == {True} else ONE_SHOT,
                "contrast": contrast,
                "predictor_id": who[0],
                "reference_id": who[1],
                "metric": metric,
                "state": _reached(known)
                if contrast == "ceiling"
                else state(own, HIGHER_IS_BETTER[metric]),
                **{name: first.get(name) for name in ("estimate", "ci_low", "ci_high", "ci_level")},
                "lowest": known["estimate"].min(),
                "highest": known["estimate"].max(),
                "n_data_sets": own["dataset"].n_unique(),
                "n_wordings": own["formulation"].n_unique(),
                "n_decisions": _total(own, "n_decisions"),
                "n_participants": _total(own, "n_participants"),
                "caveats": [*caveats, *(["rows_resampled"] if units == {"row"} else [])],
            }
        )
    return lines


def _reached(rows: pl.DataFrame) -> str:
    """Return whether the share of the reachable lies clearly above the base rate."""
    if rows.is_empty() or rows["ci_low"].null_count() == len(rows):
        return "not_assessed"
    if (rows["ci_low"] > 0).all():
        return "ahead"
    return "behind" if (rows["ci_high"] < 0).all() else "unknown"


def _total(rows: pl.DataFrame, column: str) -> int | None:
    """Return how many there are over all data sets; wordings repeat the same ones."""
    each = rows.group_by("dataset").agg(pl.col(column).max())[column]
    return None if each.null_count() or not len(each) else int(each.sum())


def _flips(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return, per contrast and measure, multi-round beside one-shot games, and whether it flips."""
    found: dict[tuple[str, str, str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for line in lines:
        if line["contrast"] in ("pair", "mean_over_pairs"):
            key = tuple(line[n] for n in ("contrast", "predictor_id", "reference_id", "metric"))
            found.setdefault(key, {}).setdefault(line["rounds"], []).append(line)  # type: ignore[arg-type]
    made = []
    for groups in found.values():
        if set(groups) != {MULTI_ROUND, ONE_SHOT}:
            continue
        sides = {name: _side_of(groups[name]) for name in (MULTI_ROUND, ONE_SHOT)}
        clear = set(sides.values())
        flip = "unknown"
        if clear == {"ahead", "behind"}:
            flip = "flips"
        elif clear in ({"ahead"}, {"behind"}):
            flip = "does_not_flip"
        for name, of in ((MULTI_ROUND, sides), (ONE_SHOT, sides), ("all", {"all": flip})):
            own = [line for g, each in groups.items() for line in each if name in (g, "all")]
            made.append(
                {
                    **{n: own[0][n] for n in ("predictor_id", "reference_id", "metric")},
                    "family": "all",
                    "rounds": name,
                    "contrast": "flip" if own[0]["contrast"] == "pair" else "mean_flip",
                    "state": of[name],
                    "lowest": min(
                        (x["lowest"] for x in own if x["lowest"] is not None), default=None
                    ),
                    "highest": max(
                        (x["highest"] for x in own if x["highest"] is not None), default=None
                    ),
                    "n_data_sets": sum(line["n_data_sets"] for line in own),
                    "n_wordings": max(line["n_wordings"] for line in own),
                    "n_decisions": None,
                    "n_participants": None,
                    "caveats": sorted({c for line in own for c in line["caveats"]}),
                }
            )
    return made


def _side_of(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the side of a group of families: ahead where one is and none is behind."""
    states = {line["state"] for line in lines}
    if states <= {"not_assessed"}:
        return "not_assessed"
    if any(name.startswith("differs") for name in states) or {"ahead", "behind"} <= states:
        return "differs_between_families"
    return next((name for name in ("ahead", "behind") if name in states), "unknown")


def _native(rows: pl.DataFrame, cast: Cast) -> pl.DataFrame:
    """Return rows of single predictors, each model in its own format."""
    own = pl.col("predictor_id").replace_strict(
        dict(cast.formats), default=None, return_dtype=pl.String
    )
    return rows.filter(pl.col("reference_id").is_null(), own.is_null() | (own == pl.col("format")))


def _native_format(rows: pl.DataFrame, name: str, cast: Cast) -> pl.DataFrame:
    """Return differences of a model in its own format from something that reads no words."""
    own = cast.formats.get(name)
    if own is None or rows.is_empty():
        return rows
    return rows.filter(pl.col("format").str.split("|").list.first() == own)


def _native_pair(rows: pl.DataFrame, base: str, aligned: str, cast: Cast) -> pl.DataFrame:
    """Return the differences of two predictors, each in its own format."""
    mine = rows.filter(pl.col("predictor_id") == base, pl.col("reference_id") == aligned)
    formats = [cast.formats.get(name) for name in (base, aligned)]
    if None in formats or mine["format"].n_unique() < 2:
        return mine
    wanted = str(formats[0]) if formats[0] == formats[1] else f"{formats[0]}|{formats[1]}"
    own = mine.filter(pl.col("format") == wanted)
    return mine if own.is_empty() else own


def _rivals(native: pl.DataFrame, cast: Cast) -> dict[str, str | None]:
    """Return which theory is the best of each data set."""
    losses: dict[str, dict[str, float]] = {}
    for row in native.filter(
        pl.col("metric") == "log_loss", pl.col("estimate").is_not_null()
    ).iter_rows(named=True):
        losses.setdefault(row["dataset"], {})[row["predictor_id"]] = row["estimate"]
    return {name: best_theory(found, cast.theories) for name, found in losses.items()}


def _named(names: pl.Series) -> str:
    return ", ".join(names.drop_nulls().unique(maintain_order=True))


def _schema() -> dict[str, Any]:
    return {name: column.dtype for name, column in Answer.columns().items()}
