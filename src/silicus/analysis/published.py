"""The printed figures of the reference study, and what its own table says about them.

The study [Shapira2026]_ prints mass and correlation of 120 base/aligned pairs with two decimals
(Tables 10 and 11) and counts wins from them. Here the counts are made again from the printed
table. Rounding leaves room: a printed .30 is anything from .295 to .305. So each count comes with
the lowest and highest value that the rounding allows, and a printed count *agrees* when some
unrounded table could have produced it, base and aligned wins together.

These are descriptions of a published table, no tests: pairs share people, bases and families.

References
----------
.. [Shapira2026] Shapira, Tennenholtz and Reichart 2026, arXiv 2603.17218v2, CC BY 4.0.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import polars as pl
from scipy.stats import binomtest

from silicus.errors import AnalysisError

FAMILIES: Final = ("bargaining", "persuasion", "negotiation", "matrix")
"""The four multi-round families on which the study's headline rests."""

HALF: Final = 0.005
"""Half a unit of the last printed decimal: what rounding can hide."""

TINY: Final = 1e-9
"""Room for the binary form of decimal numbers."""

_MODEL_FAMILIES: Final = {
    "codegemma": "CodeGemma",
    "codellama": "CodeLlama",
    "deepseek": "DeepSeek",
    "falcon": "Falcon",
    "gemma": "Gemma",
    "recurrentgemma": "Gemma",
    "granite": "Granite",
    "h2o": "H2O",
    "llama": "Llama",
    "meta-llama": "Llama",
    "neo_": "MAP-Neo",
    "mimo": "MiMo",
    "mistral": "Mistral",
    "minitron": "Nemotron",
    "olmo": "OLMo",
    "qwen": "Qwen",
    "sailor": "Sailor",
    "seallm": "SeaLLM",
    "seed-coder": "Seed-Coder",
    "smollm": "SmolLM",
    "solar": "Solar",
    "stablelm": "StableLM",
    "tinyllama": "TinyLlama",
    "yi-": "Yi",
    "zamba": "Zamba2",
}


class WinCount(NamedTuple):
    """How often each side has the higher correlation, as printed and as rounding allows.

    ``base``, ``aligned`` and ``ties`` are counted from the printed decimals; ``*_low`` and
    ``*_high`` are the extremes over all unrounded tables that print the same.
    """

    base: int
    aligned: int
    ties: int
    base_low: int
    base_high: int
    aligned_low: int
    aligned_high: int


@cache
def published_pairs() -> pl.DataFrame:
    """Return the printed table: one row per pair and game family, in printed order.

    Returns
    -------
    polars.DataFrame
        ``pair_id`` (base+aligned), ``base_model``, ``aligned_model``, ``size_billion``,
        ``family`` (bargaining, persuasion, negotiation, matrix, one_shot, lottery),
        ``mass_base``, ``mass_aligned``, ``r_base``, ``r_aligned``, ``model_family`` (of 23).
    """
    table = _read("shapira2026_pairs.csv")
    known = [
        pl.when(pl.col("base_model").str.to_lowercase().str.starts_with(start)).then(pl.lit(name))
        for start, name in _MODEL_FAMILIES.items()
    ]
    return table.select(
        pl.format("{}+{}", "base_model", "aligned_model").alias("pair_id"),
        *[name for name in table.columns if name != "pair_number"],
        pl.coalesce(known).alias("model_family"),
    )


@cache
def printed_figures() -> pl.DataFrame:
    """Return the figures that the study prints, each with the pairs and filter it rests on."""
    return _read("shapira2026_printed.csv")


def select(
    pairs: pl.DataFrame,
    *,
    families: Sequence[str] = FAMILIES,
    model_family: str | None = None,
    size_from: float | None = None,
    size_below: float | None = None,
) -> pl.DataFrame:
    """Return the rows of some game families, of one model family, of a range of sizes.

    Raises
    ------
    AnalysisError
        If a family is not in the table.
    """
    for column, wanted in (("family", families), ("model_family", [model_family])):
        unknown = [name for name in wanted if name and name not in set(pairs[column])]
        if unknown:
            raise AnalysisError(
                f"{column} {', '.join(unknown)} is not in the table of published pairs "
                f"(known: {', '.join(sorted(pairs[column].unique()))}). Correct the name."
            )
    keep = pl.col("family").is_in(list(families))
    if model_family is not None:
        keep &= pl.col("model_family") == model_family
    if size_from is not None:
        keep &= pl.col("size_billion") >= size_from
    if size_below is not None:
        keep &= pl.col("size_billion") < size_below
    return pairs.filter(keep)


def passing(
    pairs: pl.DataFrame, *, least_mass: float | None = None, least_r: float | None = None
) -> pl.DataFrame:
    """Return the rows that pass the study's two filters, judged by the printed decimals.

    ``least_mass`` must be reached by both members, ``least_r`` by the better of the two; None
    leaves a filter out.
    """
    return _possible(pairs, least_mass, least_r).filter("passes").select(pairs.columns)


def count_wins(
    pairs: pl.DataFrame, *, least_mass: float | None = None, least_r: float | None = None
) -> WinCount:
    """Count the rows in which each side has the higher correlation.

    Parameters
    ----------
    pairs : polars.DataFrame
        From :func:`published_pairs` or :func:`select`.
    least_mass, least_r : float or None
        The filters of :func:`passing`.
    """
    rows = _possible(pairs, least_mass, least_r)
    kept = rows.filter("passes")
    b, a, out = rows["can_base"], rows["can_aligned"], rows["can_drop"]
    base = int((kept["r_base"] > kept["r_aligned"] + TINY).sum())
    aligned = int((kept["r_aligned"] > kept["r_base"] + TINY).sum())
    return WinCount(
        base=base,
        aligned=aligned,
        ties=len(kept) - base - aligned,
        base_low=int((b & ~a & ~out).sum()),
        base_high=int(b.sum()),
        aligned_low=int((a & ~b & ~out).sum()),
        aligned_high=int(a.sum()),
    )


def could_have_counted(
    pairs: pl.DataFrame,
    base: int,
    aligned: int,
    *,
    least_mass: float | None = None,
    least_r: float | None = None,
) -> bool:
    """Say whether some unrounded table that prints the same gives exactly these two counts.

    Each row can be a base win, an aligned win or filtered out, as far as its rounding allows;
    the question is whether the rows can be shared out so that both counts come right.
    """
    rows = _possible(pairs, least_mass, least_r)
    kinds = rows.select("can_base", "can_aligned", "can_drop").rows()
    n = {kind: kinds.count(kind) for kind in set(kinds)}
    base_left = base - n.get((True, False, False), 0)
    aligned_left = aligned - n.get((False, True, False), 0)
    either = n.get((True, True, False), 0)
    base_or_out, aligned_or_out = n.get((True, False, True), 0), n.get((False, True, True), 0)
    free = n.get((True, True, True), 0)
    for to_base in range(either + 1):
        more_base, more_aligned = base_left - to_base, aligned_left - (either - to_base)
        if more_base < 0 or more_aligned < 0:
            continue
        if max(0, more_base - base_or_out) + max(0, more_aligned - aligned_or_out) <= free:
            return True
    return False


def median_difference(
    pairs: pl.DataFrame, *, least_mass: float | None = None, least_r: float | None = None
) -> tuple[float, float, float]:
    """Return the median of r base minus r aligned, and its bounds under rounding.

    The bounds let every correlation move by half a printed unit and every row at the edge of a
    filter be in or out, whichever moves the median furthest.

    Raises
    ------
    AnalysisError
        If no row passes the filters.
    """
    rows = _possible(pairs, least_mass, least_r).with_columns(
        (pl.col("r_base") - pl.col("r_aligned")).alias("gain")
    )
    kept = rows.filter("passes")
    if kept.is_empty():
        raise AnalysisError(
            f"no published pair passes least mass {least_mass} and least r {least_r} in "
            f"{', '.join(pairs['family'].unique().sort()) or 'an empty table'}, so there is no "
            "median. Loosen a filter."
        )
    can_stay = rows.filter(pl.col("can_base") | pl.col("can_aligned"))
    sure, unsure = (can_stay.filter(pl.col("can_drop") == out)["gain"] for out in (False, True))
    low, high = (
        min(
            sign * float(pl.concat([sure, unsure.sort(descending=sign < 0).head(k)]).median())  # type: ignore[arg-type]
            for k in range(len(unsure) + 1)
            if len(sure) + k
        )
        * sign
        for sign in (1, -1)
    )
    middle = float(kept["gain"].median())  # type: ignore[arg-type]
    return middle, low - 2 * HALF, high + 2 * HALF


def filter_grid(
    pairs: pl.DataFrame,
    *,
    least_masses: Sequence[float | None] = (None, 0.5, 0.6, 0.7, 0.8, 0.9),
    least_rs: Sequence[float | None] = (None, 0.2, 0.3, 0.4),
) -> pl.DataFrame:
    """Count wins over a grid of filters, the unfiltered cell first.

    Returns
    -------
    polars.DataFrame
        ``family`` (and "all" for the four multi-round ones), ``least_mass``, ``least_r``, the
        fields of :class:`WinCount`, and ``p_value`` of the study's one-sided binomial test of
        the side that is ahead (null without a win), a description and not a sound test.
    """
    rows = []
    for mass in least_masses:
        for r in least_rs:
            for name, families in [*((f, (f,)) for f in FAMILIES), ("all", FAMILIES)]:
                wins = count_wins(select(pairs, families=families), least_mass=mass, least_r=r)
                p_value = binomial_p(wins.base, wins.aligned)
                cell = {"family": name, "least_mass": mass, "least_r": r}
                rows.append({**cell, **wins._asdict(), "p_value": p_value})
    return pl.DataFrame(rows, infer_schema_length=None)


def wins_by_model_family(
    pairs: pl.DataFrame, *, least_mass: float | None = None, least_r: float | None = None
) -> pl.DataFrame:
    """Count wins for each of the 23 model families, largest family first.

    Returns
    -------
    polars.DataFrame
        ``model_family``, ``n_pairs`` and the fields of :class:`WinCount`.
    """
    rows = []
    for (name,), group in pairs.group_by("model_family", maintain_order=True):
        wins = count_wins(group, least_mass=least_mass, least_r=least_r)
        rows.append(
            {"model_family": name, "n_pairs": group["pair_id"].n_unique(), **wins._asdict()}
        )
    return pl.DataFrame(rows).sort("n_pairs", "model_family", descending=[True, False])


def binomial_p(base: int, aligned: int) -> float | None:
    """Return the one-sided binomial p-value, against one half, of the side that is ahead."""
    if base + aligned == 0:
        return None
    return float(binomtest(max(base, aligned), base + aligned, 0.5, alternative="greater").pvalue)


def _possible(pairs: pl.DataFrame, least_mass: float | None, least_r: float | None) -> pl.DataFrame:
    """Add whether a row passes as printed, and which fates its rounding allows."""
    mass = pl.min_horizontal("mass_base", "mass_aligned")
    best = pl.max_horizontal("r_base", "r_aligned")
    gain = pl.col("r_base") - pl.col("r_aligned")
    passes, can_stay, can_drop = pl.lit(True), pl.lit(True), pl.lit(False)
    for value, least in ((mass, least_mass), (best, least_r)):
        if least is not None:
            passes &= value >= least - TINY
            can_stay &= value + HALF >= least - TINY
            can_drop |= value - HALF < least - TINY
    return pairs.with_columns(
        passes=passes,
        can_base=can_stay & (gain > -2 * HALF + TINY),
        can_aligned=can_stay & (gain < 2 * HALF - TINY),
        can_drop=can_drop,
    )


def _read(name: str) -> pl.DataFrame:
    file = resources.files("silicus.analysis") / "data" / name
    return pl.read_csv(file.read_bytes(), infer_schema_length=None)
