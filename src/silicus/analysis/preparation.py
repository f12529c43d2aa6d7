"""What every analysis starts from: checked tables, panels with the floor, drawn units."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from silicus.analysis.base_rate import BASE_RATE, base_rate_scores
from silicus.analysis.panel import Panel, build_panels
from silicus.analysis.resampling import ClusterBootstrap, check_level, generator
from silicus.analysis.results import Settings
from silicus.errors import AnalysisError, unknown_name
from silicus.schema import Decision

_SCORE_COLUMNS = (
    "decision_id",
    "formulation",
    "format",
    "predictor_id",
    "option",
    "logprob",
    "option_prob",
    "option_mass",
    "first_token_logprob",
    "first_token_prob",
    "first_token_mass",
    "fold",
)


class Resampled(NamedTuple):
    """A panel and the units drawn for it; the same draws for every statistic of the panel."""

    panel: Panel
    bootstrap: ClusterBootstrap


def resampled_panels(
    decisions: pl.DataFrame, scores: pl.DataFrame, settings: Settings
) -> Iterator[Resampled]:
    """Yield each data set and family with its draws; the base-rate predictor is among the runs.

    Draws depend on the seed, the data set and the family alone, so that statistics computed in
    different calls belong to the same replicates.

    Raises
    ------
    AnalysisError
        If a setting is impossible or the tables do not fit each other.
    """
    _check_settings(settings)
    _check_columns(decisions, Decision.column_names(), "Decision")
    if "fold" not in scores.columns:
        scores = scores.with_columns(fold=pl.lit(None, dtype=pl.Int32))
    _check_columns(scores, _SCORE_COLUMNS, "Score")
    scored = scores.select(_SCORE_COLUMNS)
    if len(scored) and BASE_RATE not in set(scored["predictor_id"].unique()):
        floor = base_rate_scores(decisions.join(scored, on="decision_id", how="semi"))
        scored = pl.concat([scored, floor.select(_SCORE_COLUMNS)], how="vertical_relaxed")
    for panel in build_panels(decisions, scored):
        rng = generator(settings.seed, panel.dataset, panel.family, "bootstrap")
        bootstrap = ClusterBootstrap.draw(panel.units.n_units, settings.n_resamples, rng)
        yield Resampled(panel, bootstrap)


def check_predictors(scores: pl.DataFrame, names: Iterable[str]) -> None:
    """Refuse names that are neither a scored predictor nor the base rate."""
    _check_columns(scores, ["predictor_id"], "Score")
    known = set(scores["predictor_id"].unique()) | {BASE_RATE}
    for name in dict.fromkeys(names):
        if name not in known:
            raise AnalysisError(
                f"comparison: {unknown_name('predictor', name, known)} "
                "Compare predictors that the study scores."
            )


def _check_settings(settings: Settings) -> None:
    check_level(settings.ci_level)
    if settings.seed < 0:
        raise AnalysisError(f"seed must be at least 0, got {settings.seed}. Use for instance 0.")
    if settings.n_resamples < 1:
        raise AnalysisError(
            f"n_resamples must be at least 1, got {settings.n_resamples}. 2000 is usual."
        )


def _check_columns(table: pl.DataFrame, columns: Sequence[str], kind: str) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise AnalysisError(
            f"column(s) {', '.join(missing)} missing from the {kind} table given to the analysis "
            f"(found: {', '.join(table.columns) or 'none'}). Pass the table as it was written."
        )
