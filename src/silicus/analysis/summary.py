"""The front door: every agreement and every declared comparison of a set of scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from silicus.analysis.agreement import agreement_rows
from silicus.analysis.paired import matched_runs, paired_rows
from silicus.analysis.preparation import check_predictors, resampled_panels
from silicus.analysis.results import Settings, result_table
from silicus.errors import AnalysisError


def analyse(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    *,
    comparisons: Sequence[tuple[str, str]] = (),
    n_resamples: int = 2000,
    seed: int = 0,
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return the agreement of every predictor with people, and the declared differences.

    Per data set, family, formulation, format and predictor: the metrics of
    :mod:`silicus.analysis.agreement`, first on all decisions (slice ``all``), then on those with
    an option mass of at least .8. The base-rate predictor is added as the floor. Per comparison
    the difference of r, log-loss and Brier score on the same decisions, with a sign-flip p-value
    for the log-loss. Intervals are percentiles over resampled participants, a little wider where
    these are few (sessions or plays where there are none; rows only where the data are
    aggregates, and the note says so).

    Parameters
    ----------
    decisions : Decision table
        May hold decisions without scores; each figure says how many.
    scores : Score table
    comparisons : sequence of (str, str)
        Pairs (predictor, reference) of predictor ids; ``base_rate`` may be the reference.
    n_resamples : int
        Replicates of the bootstrap and flips of the test.
    seed : int
        At least 0. Each data set and family has its own stream, so results depend neither on
        the order of rows nor on what else is analysed.
    ci_level : float
        Confidence level, in (0, 1).
    native_formats : mapping from predictor id to format, optional
        Needed for a compared predictor that was scored in several formats.

    Returns
    -------
    Result table
        No value is NaN: what cannot be computed is null, and ``note`` says why.

    Raises
    ------
    AnalysisError
        If there is nothing to analyse, the tables do not fit, or a comparison names a predictor
        that was not scored.
    """
    settings = Settings(n_resamples, seed, ci_level)
    check_predictors(scores, (name for pair in comparisons for name in pair))
    rows: list[dict[str, Any]] = []
    unmatched = set(comparisons)
    for panel, bootstrap in resampled_panels(decisions, scores, settings):
        rows += agreement_rows(panel, bootstrap, settings)
        matches = matched_runs(panel, comparisons, native_formats or {})
        rows += paired_rows(panel, matches, bootstrap, settings)
        unmatched -= {
            (panel.runs[match.run].predictor_id, panel.runs[match.reference].predictor_id)
            for match in matches
        }
    if unmatched:
        predictor, reference = sorted(unmatched)[0]
        raise AnalysisError(
            f"comparison {predictor} minus {reference}: they have no scores on the same decisions "
            "in a shared formulation. Score both on one data set and formulation."
        )
    return result_table(rows)
