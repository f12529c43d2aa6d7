"""Base minus aligned, pair by pair, with the replicates that all pairs share.

Every pair meets the same people, so the replicates of all pairs are computed from the same drawn
people and stay aligned: what moves all pairs together is seen (see
:mod:`silicus.analysis.over_pairs`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from silicus.analysis.agreement import metric_estimates
from silicus.analysis.moments import Estimates
from silicus.analysis.panel import Run
from silicus.analysis.preparation import Resampled
from silicus.analysis.resampling import MAX_UNDEFINED, Bools
from silicus.errors import AnalysisError

GAP_METRICS = ("pearson_r", "log_loss")
"""The metrics compared over pairs."""

NATIVE = ("plain", "chat")
"""The formats in which base and aligned models are at home."""


@dataclass(frozen=True)
class PairGaps:
    """The pairs of one panel, formulation and pair of formats.

    Attributes
    ----------
    resampled : Resampled
    formulation, base_format, aligned_format : str
    pairs : polars.DataFrame
        The rows of the pair table that were scored, in the order of the columns.
    kept : ndarray of shape (n_pairs, n_decisions)
        Decisions that both members of a pair have scored.
    base, aligned : dict of str to Estimates
        Every metric of both members, one column per pair.
    """

    resampled: Resampled
    formulation: str
    base_format: str
    aligned_format: str
    pairs: pl.DataFrame
    kept: Bools
    base: dict[str, Estimates]
    aligned: dict[str, Estimates]

    @property
    def runs(self) -> tuple[Run, Run]:
        """The two sides as runs of all base and all aligned models."""
        return (
            Run(self.formulation, self.base_format, "base"),
            Run(self.formulation, self.aligned_format, "aligned"),
        )

    def gap(self, metric: str) -> Estimates:
        """Return base minus aligned; a note names the side that has no value."""
        base, aligned = self.base[metric], self.aligned[metric]
        notes = [
            "; ".join(f"{side}: {text}" for side, text in (("base", b), ("aligned", a)) if text)
            for b, a in zip(base.notes, aligned.notes, strict=True)
        ]
        return base.minus(aligned, notes)

    def usable(self, metric: str) -> tuple[Estimates, Bools, str]:
        """Return the gaps of the pairs that have one, which those are, and what is left out.

        The few replicates of a pair without a value take the mean of its others.
        """
        gap = self.gap(metric)
        undefined = np.isnan(gap.replicates).mean(axis=0)
        good = ~np.isnan(gap.value) & (undefined <= MAX_UNDEFINED)
        good &= ~np.isnan(gap.jackknife).any(axis=0)
        found = gap.take(np.flatnonzero(good))
        replicates = found.replicates.copy()
        note = ""
        if not good.all():
            lost = self.pairs["pair_id"].filter(pl.Series(~good)).to_list()
            note = f"{len(lost)} of {len(good)} pairs have no value ({', '.join(lost[:3])}"
            note += ", ...)" if len(lost) > 3 else ")"
        for column in np.flatnonzero(undefined[good] > 0):
            hole = np.isnan(replicates[:, column])
            replicates[hole, column] = replicates[~hole, column].mean()
        return replace(found, replicates=replicates, notes=("",) * int(good.sum())), good, note


def check_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pair table with all its columns, or raise.

    Parameters
    ----------
    pairs : polars.DataFrame
        ``pair_id``, ``base`` and ``aligned`` (predictor ids) and ``model_family``; optionally
        ``provider`` (else the model family) and ``size_billion`` (else null).
    """
    missing = [
        name for name in ("pair_id", "base", "aligned", "model_family") if name not in pairs.columns
    ]
    if missing or len(pairs) == 0:
        raise AnalysisError(
            "the pair table needs at least one row and the columns pair_id, base, aligned and "
            f"model_family; found {len(pairs)} rows and {', '.join(pairs.columns) or 'no column'}. "
            "Make it from the pairs of the study."
        )
    for name in ("pair_id", "base", "aligned", "model_family"):
        if pairs[name].null_count():
            raise AnalysisError(
                f"the pair table has a null in {name}. Name it in the study's pairs."
            )
    if pairs["pair_id"].n_unique() < len(pairs):
        twice = pairs["pair_id"].filter(pairs["pair_id"].is_duplicated())[0]
        raise AnalysisError(f'pair_id "{twice}" occurs twice in the pair table. Keep one row.')
    if "provider" not in pairs.columns:
        pairs = pairs.with_columns(provider=pl.col("model_family"))
    if "size_billion" not in pairs.columns:
        pairs = pairs.with_columns(size_billion=pl.lit(None, pl.Float64))
    return pairs.sort("pair_id")


def pair_gaps(
    resampled: Resampled, pairs: pl.DataFrame, *, among: Bools | None = None
) -> Iterator[PairGaps]:
    """Yield the gaps of each formulation, native formats first, then like with like.

    Native is plain for a base and chat for an aligned model; a model with one format is taken in
    that one.

    Parameters
    ----------
    resampled : Resampled
    pairs : polars.DataFrame
        From :func:`check_pairs`.
    among : ndarray of shape (n_decisions,), optional
        Use only these decisions.
    """
    panel = resampled.panel
    rows = {run: row for row, run in enumerate(panel.runs)}
    scored = ~np.isnan(panel.whole.target_prob)
    if among is not None:
        scored = scored & among
    for formulation, base_format, aligned_format in _cells(panel.runs, pairs):
        found, base_rows, aligned_rows = [], [], []
        for index, (base, aligned) in enumerate(pairs.select("base", "aligned").rows()):
            left = rows.get(Run(formulation, base_format, base))
            right = rows.get(Run(formulation, aligned_format, aligned))
            if left is not None and right is not None:
                found.append(index)
                base_rows.append(left)
                aligned_rows.append(right)
        if not found:
            continue
        kept = scored[base_rows] & scored[aligned_rows]
        both = metric_estimates(
            panel,
            panel.whole,
            [*base_rows, *aligned_rows],
            np.concatenate([kept, kept]),
            resampled.bootstrap,
        )
        n = len(found)
        yield PairGaps(
            resampled,
            formulation,
            base_format,
            aligned_format,
            pairs[found],
            kept,
            {name: estimates.columns(0, n) for name, estimates in both.items()},
            {name: estimates.columns(n, 2 * n) for name, estimates in both.items()},
        )


def _cells(runs: Sequence[Run], pairs: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return (formulation, base format, aligned format), native first within a formulation."""
    names = {"base": set(pairs["base"]), "aligned": set(pairs["aligned"])}
    cells = []
    for formulation in sorted({run.formulation for run in runs}):
        base, aligned = (
            sorted(
                {
                    run.format
                    for run in runs
                    if run.formulation == formulation and run.predictor_id in names[side]
                }
            )
            for side in ("base", "aligned")
        )
        native = (
            NATIVE[0] if NATIVE[0] in base else next(iter(base), ""),
            NATIVE[1] if NATIVE[1] in aligned else next(iter(aligned), ""),
        )
        same = [(name, name) for name in base if name in aligned]
        cells += [(formulation, *formats) for formats in dict.fromkeys([native, *same])]
    return cells
