"""Win counts, win ratios and their tests over a grid of filters: description, not inference.

The reference study [1]_ counts in how many pairs base or aligned has the higher r, after dropping
pairs of low option mass and pairs in which neither member reaches a least r, and tests the count
as if pairs were independent. They are not: all pairs face the same people, and a style that base
models share moves many pairs at once. In a simulated null with such a style the binomial test
rejects most of the time. The second filter moreover selects on the outcome. So the counts here
always come with the whole grid of filters, the unfiltered cell first; for inference use
:func:`silicus.analysis.over_pairs.over_pairs`.

References
----------
.. [1] Shapira, Tennenholtz and Reichart (2026), arXiv 2603.17218, Tables 5 to 9.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import binomtest, wilcoxon

from silicus.analysis.gaps import check_pairs, pair_gaps
from silicus.analysis.preparation import resampled_panels
from silicus.analysis.results import Settings
from silicus.errors import AnalysisError

LEAST_MASSES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAST_RS = (None, 0.2, 0.3, 0.4)
LABEL = "description: pairs share people and families, so these p-values are not valid tests"

_NEEDED = ("family", "mass_base", "mass_aligned", "r_base", "r_aligned")


def pair_table(decisions: pl.DataFrame, scores: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return option mass and r of both members of every pair, per data set and family.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
    pairs : polars.DataFrame
        As in :func:`silicus.analysis.over_pairs.over_pairs`.

    Returns
    -------
    polars.DataFrame
        ``pair_id``, ``dataset``, ``family``, ``formulation``, ``format`` (``plain|chat``: base,
        aligned), ``mass_base``, ``mass_aligned``, ``r_base``, ``r_aligned`` (null where a
        member's predictions are constant), ``model_family``, ``provider``, ``size_billion``.
    """
    listed = check_pairs(pairs)
    tables = []
    for resampled in resampled_panels(decisions, scores, Settings(1, 0, 0.95)):
        for gaps in pair_gaps(resampled, listed):
            tables.append(
                gaps.pairs.select("pair_id", "model_family", "provider", "size_billion").select(
                    "pair_id",
                    pl.lit(resampled.panel.dataset).alias("dataset"),
                    pl.lit(resampled.panel.family).alias("family"),
                    pl.lit(gaps.formulation).alias("formulation"),
                    pl.lit(f"{gaps.base_format}|{gaps.aligned_format}").alias("format"),
                    pl.Series("mass_base", gaps.base["option_mass"].value),
                    pl.Series("mass_aligned", gaps.aligned["option_mass"].value),
                    pl.Series("r_base", gaps.base["pearson_r"].value).fill_nan(None),
                    pl.Series("r_aligned", gaps.aligned["pearson_r"].value).fill_nan(None),
                    "model_family",
                    "provider",
                    pl.col("size_billion").cast(pl.Float64),
                )
            )
    if not tables:
        raise AnalysisError(
            "no pair has scores of both members on the same decisions in one formulation. "
            "Score base and aligned models of a pair on the same data set."
        )
    return pl.concat(tables)


def win_grid(
    pairs: pl.DataFrame,
    *,
    least_masses: Sequence[float] = LEAST_MASSES,
    least_rs: Sequence[float | None] = LEAST_RS,
) -> pl.DataFrame:
    """Return the win counts of every family, and of all together, over a grid of filters.

    Parameters
    ----------
    pairs : polars.DataFrame
        One row per pair and family: ``family``, ``mass_base``, ``mass_aligned``, ``r_base``,
        ``r_aligned``; for instance :func:`pair_table` or a published table.
    least_masses : sequence of float
        Both members must have at least this mean option mass; 0 keeps all.
    least_rs : sequence of float or None
        At least one member must have at least this r; None keeps all.

    Returns
    -------
    polars.DataFrame
        ``family`` (``all`` last), ``least_mass``, ``least_r`` and the columns of
        :func:`count_wins`; the unfiltered cell is the first of each family.
    """
    _check(pairs)
    rows = []
    families: list[str | None] = [*sorted(pairs["family"].unique()), None]
    for family in families:
        mine = pairs if family is None else pairs.filter(pl.col("family") == family)
        for mass in sorted(least_masses):
            for least_r in sorted(least_rs, key=lambda r: -np.inf if r is None else r):
                cell = {"family": family or "all", "least_mass": mass, "least_r": least_r}
                rows.append({**cell, **count_wins(passing(mine, mass, least_r))})
    return pl.DataFrame(rows, infer_schema_length=None)


def passing(pairs: pl.DataFrame, least_mass: float, least_r: float | None) -> pl.DataFrame:
    """Return the rows that pass both filters of the study."""
    enough = pl.min_horizontal("mass_base", "mass_aligned") >= least_mass
    if least_r is not None:
        enough = enough & (pl.max_horizontal("r_base", "r_aligned") >= least_r)
    return pairs.filter(enough)


def wins_by(pairs: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the unfiltered win counts for each value of a column, largest group first."""
    _check(pairs)
    if column not in pairs.columns:
        raise AnalysisError(
            f"the pair table has no column {column} (found: {', '.join(pairs.columns)}). "
            "Group by one that is there."
        )
    groups = pairs.partition_by(column, as_dict=True, maintain_order=True)
    rows = [{column: value, **count_wins(group)} for (value,), group in groups.items()]
    return pl.DataFrame(rows, infer_schema_length=None).sort(
        "n_pairs", column, descending=[True, False]
    )


def count_wins(pairs: pl.DataFrame) -> dict[str, Any]:
    """Return wins, ties, win ratio and the study's two one-sided tests in the winner's direction.

    Pairs without an r on both sides are counted in ``n_undefined`` and nowhere else. The win
    ratio is null where the aligned models never win; both p-values are null without a decision
    between the sides.
    """
    gap = (pairs["r_base"] - pairs["r_aligned"]).drop_nulls()
    values = gap.filter(gap.is_not_nan()).to_numpy()
    base, aligned = int((values > 1e-12).sum()), int((values < -1e-12).sum())
    ahead = "greater" if base >= aligned else "less"
    decided = base + aligned
    return {
        "n_pairs": len(pairs),
        "n_undefined": len(pairs) - len(values),
        "base_wins": base,
        "aligned_wins": aligned,
        "ties": len(values) - decided,
        "win_ratio": base / aligned if aligned else None,
        "binomial_p": float(binomtest(base, decided, 0.5, alternative=ahead).pvalue)
        if decided
        else None,
        "wilcoxon_p": _wilcoxon(values, ahead) if decided else None,
        "note": LABEL,
    }


def _wilcoxon(values: Any, ahead: str) -> float:
    """Return the signed-rank p-value; exact while no gap is 0 or tied."""
    moved = values[np.abs(values) > 1e-12]
    tied = len(np.unique(np.abs(moved))) < len(moved)
    method = "exact" if len(moved) <= 50 and not tied else "asymptotic"
    return float(wilcoxon(moved, alternative=ahead, method=method).pvalue)


def _check(pairs: pl.DataFrame) -> None:
    missing = [name for name in _NEEDED if name not in pairs.columns]
    if missing:
        raise AnalysisError(
            f"column(s) {', '.join(missing)} missing from the table of pairs "
            f"(found: {', '.join(pairs.columns) or 'none'}). Make it with pair_table."
        )
