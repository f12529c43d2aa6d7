"""Normative bias: whether a model follows people, or what a theory says they should do.

The probability that a model gives the target option is regressed on what people chose and on what
a theory prescribes, together. The weight on the theory, given what people did, is the normative
bias; its change from base to aligned says whether alignment moved the model towards the theory.
Standard errors are robust to clustering in people [1]_; rows that are aggregates count once each,
with heteroskedasticity-robust errors.

References
----------
.. [1] Cameron and Miller (2015), "A practitioner's guide to cluster-robust inference", Journal of
   Human Resources 50.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from silicus.analysis.paired import matched_runs
from silicus.analysis.panel import Panel, Run
from silicus.analysis.preparation import check_predictors, resampled_panels
from silicus.analysis.resampling import Bools, Floats
from silicus.analysis.results import Settings, result_row, result_table
from silicus.errors import AnalysisError

WEIGHTS = ("human_weight", "normative_weight")


class Coefficient(NamedTuple):
    """One regression weight with its interval and p-value."""

    value: float
    low: float
    high: float
    p_value: float


def normative_bias(
    decisions: pl.DataFrame,
    scores: pl.DataFrame,
    theory: str,
    *,
    comparisons: Sequence[tuple[str, str]] = (),
    ci_level: float = 0.95,
    native_formats: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return every model's weights on people and on a theory, and their change.

    Parameters
    ----------
    decisions : Decision table
    scores : Score table
        Of the models and of the theory.
    theory : str
        Predictor id of the normative prediction; data sets without it have no rows.
    comparisons : sequence of (str, str)
        Pairs (predictor, reference), for instance (aligned, base): the change of both weights.
    ci_level : float
    native_formats : mapping, optional
        As in :func:`silicus.analysis.analyse`.

    Returns
    -------
    Result table
        Metrics ``human_weight`` and ``normative_weight``; slice ``theory=NAME``. Null, with the
        reason, where people or the theory do not vary or say the same.

    Raises
    ------
    AnalysisError
        If the theory or a compared predictor was not scored.
    """
    settings = Settings(1, 0, ci_level)
    check_predictors(scores, [theory, *(name for pair in comparisons for name in pair)])
    rows: list[dict[str, Any]] = []
    for panel, _ in resampled_panels(decisions, scores, settings):
        found = [row for row, run in enumerate(panel.runs) if run.predictor_id == theory]
        if not found:
            continue
        if len(found) > 1:
            raise AnalysisError(
                f"the theory {theory} was scored in {len(found)} formulations or formats "
                f'(data set "{panel.dataset}"). Keep the one to compare with.'
            )
        x = panel.whole.target_prob
        prescribed = x[found[0]]
        for run in range(len(panel.runs)):
            if run != found[0]:
                rows += _rows(panel, x[run], prescribed, panel.runs[run], None, theory, settings)
        for match in matched_runs(panel, comparisons, native_formats or {}):
            rows += _rows(
                panel,
                x[match.run] - x[match.reference],
                prescribed,
                panel.runs[match.run],
                panel.runs[match.reference],
                theory,
                settings,
            )
    if not rows:
        raise AnalysisError(
            f"the theory {theory} and the models share no data set. Score both on one."
        )
    return result_table(rows)


def _rows(
    panel: Panel,
    y: Floats,
    prescribed: Floats,
    run: Run,
    reference: Run | None,
    theory: str,
    settings: Settings,
) -> list[dict[str, Any]]:
    kept = ~np.isnan(y) & ~np.isnan(prescribed)
    reason = _reason(panel.human[kept], prescribed[kept], panel.units.codes[kept])
    weights = (
        [Coefficient(np.nan, np.nan, np.nan, np.nan)] * 2
        if reason
        else _weights(panel, y, prescribed, kept, settings)
    )
    rows = []
    for metric, weight in zip(WEIGHTS, weights, strict=True):
        row = result_row(
            panel,
            run,
            reference,
            metric,
            f"theory={theory}",
            weight.value,
            (weight.low, weight.high),
            weight.p_value,
            kept,
            settings,
            [reason],
        )
        # Nothing is drawn here: the interval comes from the cluster-robust covariance.
        rows.append({**row, "n_resamples": None, "seed": None})
    return rows


def _reason(human: Floats, prescribed: Floats, codes: Any) -> str:
    """Return why the regression cannot be made, or an empty text."""
    if len(human) < 4 or len(np.unique(codes)) < 2:
        return f"too few decisions or units for a regression ({len(human)} decisions)"
    for name, values in (("people's choices", human), ("the theory's predictions", prescribed)):
        if np.ptp(values) <= 1e-12:
            return f"{name} do not vary"
    if abs(np.corrcoef(human, prescribed)[0, 1]) > 1 - 1e-9:
        return "the theory says exactly what people did: the weights cannot be told apart"
    return ""


def _weights(
    panel: Panel, y: Floats, prescribed: Floats, kept: Bools, settings: Settings
) -> list[Coefficient]:
    # Imported here because statsmodels takes over a second to load.
    import statsmodels.api as sm

    design = np.column_stack([np.ones(int(kept.sum())), panel.human[kept], prescribed[kept]])
    model = sm.OLS(y[kept], design)
    if panel.units.name == "row":
        fit = model.fit(cov_type="HC1", use_t=True)
    else:
        fit = model.fit(
            cov_type="cluster", cov_kwds={"groups": panel.units.codes[kept]}, use_t=True
        )
    interval = fit.conf_int(alpha=1 - settings.ci_level)
    return [
        Coefficient(
            float(fit.params[i]),
            float(interval[i][0]),
            float(interval[i][1]),
            float(fit.pvalues[i]),
        )
        for i in (1, 2)
    ]
