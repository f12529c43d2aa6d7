"""Theories by the names of a study, predicting several data sets at once."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from silicus import plugins
from silicus.errors import AnalysisError, StudyError
from silicus.schema import Score, check
from silicus.theory.base import Theory
from silicus.theory.best import BEST
from silicus.theory.crossfit import PARAMETERS, CrossFit, cross_fit


def theory_named(name: str, settings: Mapping[str, Any] | None = None) -> Theory:
    """Return the theory of a registered name with the given settings.

    Raises
    ------
    StudyError
        If there is no such theory, or it has no such setting.
    """
    factory = plugins.load("theories", name)
    try:
        made: Theory = factory(**(settings or {}))
    except TypeError as cause:
        raise StudyError(
            f"theory {name} cannot be made with {dict(settings or {})}: {cause}. "
            "Correct its settings in the study file."
        ) from cause
    return made


def predict_all(
    theories: Mapping[str, Mapping[str, Any]],
    decisions: pl.DataFrame,
    *,
    n_folds: int = 5,
    seed: int = 0,
) -> CrossFit:
    """Predict every data set with every theory, free parameters fitted on other people.

    Parameters are fitted apart for each data set. Folds depend on the seed, the data set and the
    theory only, not on what else is in the study.

    Parameters
    ----------
    theories : mapping
        Registered name to settings.
    decisions : Decision table
        Of one or more data sets.
    n_folds, seed : int

    Returns
    -------
    CrossFit
        Score table, and parameters with a first column ``dataset``. A theory that cannot be fitted
        to a data set, for want of people to fit it on, is told in ``not_computed``, and so is how
        many games of its kinds a theory abstains from, and why; the others go on.
    """
    decisions = decisions.with_columns(pl.col("n_choices").fill_null(1))
    scores: list[pl.DataFrame] = []
    parameters = [pl.DataFrame(schema={"dataset": pl.String, **PARAMETERS})]
    told: list[str] = []
    for name, settings in theories.items():
        theory = theory_named(name, settings)
        for (dataset,), own in decisions.group_by("dataset", maintain_order=True):
            rng = np.random.default_rng([seed, zlib.crc32(f"{dataset}/{name}".encode())])
            try:
                found = cross_fit(theory, own, n_folds=n_folds, rng=rng)
            except AnalysisError as cause:
                told.append(f"data set {dataset}: {cause}")
                continue
            silent = theory.silence(own)
            told.extend([f"data set {dataset}: {silent}"] if silent and name != BEST else [])
            scores.append(found.scores)
            parameters.append(found.parameters.select(pl.lit(dataset).alias("dataset"), pl.all()))
    if not scores:
        scores = [Score.create_empty()]
    checked = check(pl.concat(scores), Score, where="theories")
    return CrossFit(checked, pl.concat(parameters), tuple(told))
