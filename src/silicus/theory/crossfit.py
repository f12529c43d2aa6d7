"""Fitting on some people and predicting others, so that no theory has seen whom it predicts."""

from typing import NamedTuple

import numpy as np
import polars as pl

from silicus.errors import AnalysisError
from silicus.theory.base import FittedTheory, Theory


class CrossFit(NamedTuple):
    """Predictions for people outside the training set, and the parameters of every fit.

    ``scores`` is a Score table. ``parameters`` has one row per fold and parameter:
    ``predictor_id``, ``fold`` (null where nothing was fitted), ``parameter``, ``value``,
    ``log_likelihood`` (nats, of the training choices), ``n_decisions`` and ``n_choices`` used,
    ``unit`` (what was kept together), ``n_units`` (in training), ``note``. ``not_computed`` tells
    which theory could not be fitted to which data set, and why.
    """

    scores: pl.DataFrame
    parameters: pl.DataFrame
    not_computed: tuple[str, ...] = ()


PARAMETERS = {
    "predictor_id": pl.String,
    "fold": pl.Int64,
    "parameter": pl.String,
    "value": pl.Float64,
    "log_likelihood": pl.Float64,
    "n_decisions": pl.Int64,
    "n_choices": pl.Int64,
    "unit": pl.String,
    "n_units": pl.Int64,
    "note": pl.String,
}
"""Columns of :attr:`CrossFit.parameters`."""


def unit_of(decisions: pl.DataFrame) -> tuple[str, pl.Series]:
    """Return what must be kept together when people are split, and its name.

    Individual choices go by participant; where participants are not known, by session, else by
    play. Rates go by game, so that no game is fitted on one row and predicted on another.
    """
    if decisions["choice"].null_count() == len(decisions):
        return "game", decisions["game"]
    for column in ("participant_id", "session_id"):
        if decisions[column].null_count() == 0:
            return column.removesuffix("_id"), decisions[column]
    return "play", decisions["play_id"]


def cross_fit(
    theory: Theory, decisions: pl.DataFrame, *, n_folds: int = 5, rng: np.random.Generator
) -> CrossFit:
    """Predict every decision with parameters fitted on other people.

    The units of :func:`unit_of` are dealt into folds at random; each fold is predicted by the
    theory fitted on all the others. A theory without free parameters simply predicts.

    Parameters
    ----------
    theory : Theory
    decisions : Decision table
    n_folds : int
        At least 2.
    rng : numpy.random.Generator
        Deals the units into folds.

    Raises
    ------
    AnalysisError
        If there are fewer units than folds, or a fold leaves nothing to fit.
    """
    told = decisions.filter(theory.applies(decisions))
    if not isinstance(theory, FittedTheory) or not theory.free or told.is_empty():
        return CrossFit(theory.predict(told), pl.DataFrame(schema=PARAMETERS))
    name, units = unit_of(told)
    distinct = units.unique(maintain_order=True)
    if n_folds < 2 or len(distinct) < n_folds:
        raise AnalysisError(
            f"theory {theory.predictor_id}: {len(distinct)} {name}(s) cannot be split into "
            f"{n_folds} folds. Use at least 2 folds and at most as many as there are {name}s."
        )
    dealt = pl.Series(rng.permutation(len(distinct)) % n_folds)
    fold_of = units.replace_strict(distinct, dealt)
    scores, parameters = [], []
    for fold in range(n_folds):
        fitted = theory.fit(told.filter(fold_of != fold))
        predicted = fitted.predict(told.filter(fold_of == fold))
        scores.append(predicted.with_columns(fold=pl.lit(fold, dtype=pl.Int32)))
        found = fitted.estimates
        assert found is not None
        parameters += [
            {
                "predictor_id": theory.predictor_id,
                "fold": fold,
                "parameter": parameter,
                "value": value,
                "log_likelihood": found.log_likelihood,
                "n_decisions": found.n_decisions,
                "n_choices": found.n_choices,
                "unit": name,
                "n_units": len(distinct) - int((dealt == fold).sum()),
                "note": found.note,
            }
            for parameter, value in found.values.items()
        ]
    order = decisions.select("decision_id").with_row_index("row")
    table = pl.concat(scores).join(order, on="decision_id").sort("row", "option").drop("row")
    return CrossFit(table, pl.DataFrame(parameters, schema=PARAMETERS))
