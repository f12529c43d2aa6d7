"""Whether the data sets of one family say the same: *unknown* is not *differs*.

Two data sets may each have a clear difference between two predictors, one above and one below
zero. Their average is then near zero, and calling its sign open would hide what is known: that
the data sets differ. Every comparison that two or more data sets of a family have in common gets

=============================== =================================================================
``*_between_datasets_sd``       standard deviation of the true differences between data sets [1]_,
                                its interval [2]_, and as p-value the test that there is none [3]_;
                                the note gives Q and I2, the share of the variance that is not
                                sampling error [4]_
``*_opposite_signs``            1 where estimates lie on both sides of zero, else 0; p-value of the
                                test that all true differences share one sign [5]_
``*_mean_over_datasets``        mean difference in a population of data sets like these, with its
                                t interval [6]_; wide for few data sets, and it should be
=============================== =================================================================

``*`` is the metric of the comparison. The rows stand for ``dataset`` :data:`ACROSS`. Each data
set's standard error is read from its interval, half of whose width is a t quantile with
``n_units - 1`` degrees of freedom times it.

References
----------
.. [1] Paule and Mandel (1982), "Consensus values and weighting factors", Journal of Research of
   the National Bureau of Standards 87.
.. [2] Viechtbauer (2007), "Confidence intervals for the amount of heterogeneity in
   meta-analysis", Statistics in Medicine 26 (Q-profile).
.. [3] Welch (1951), "On the comparison of several mean values: an alternative approach",
   Biometrika 38: Cochran's Q with variances that are estimated from few units.
.. [4] Higgins and Thompson (2002), "Quantifying heterogeneity in a meta-analysis", Statistics in
   Medicine 21.
.. [5] Gail and Simon (1985), "Testing for qualitative interactions between treatment effects and
   patient subsets", Biometrics 41.
.. [6] Hartung and Knapp (2001), "A refined method for the meta-analysis of controlled clinical
   trials with binary outcome", Statistics in Medicine 20, never narrower than the common-effect
   interval.
"""

from collections.abc import Iterable
from math import comb
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.stats import chi2, f, norm, t

from silicus.analysis.resampling import Floats, Ints, join_notes
from silicus.analysis.results import result_table

ACROSS = "across_datasets"
"""Stands in the column ``dataset`` for figures about several data sets of a family."""

COMPARED = (
    "pearson_r",
    "log_loss",
    "brier",
    "pearson_r_mean_over_pairs",
    "log_loss_mean_over_pairs",
    "pearson_r_mean_over_these_pairs",
    "log_loss_mean_over_these_pairs",
)
"""The differences that are compared between data sets."""

_KEYS = ("family", "formulation", "format", "metric", "predictor_id", "reference_id")


class Heterogeneity(NamedTuple):
    """What several independent estimates of one quantity say of each other.

    ``sd`` is the standard deviation between the true values, ``i2`` in [0, 1] its share of the
    variance of the estimates, ``p_homogeneous`` the test that all true values are one,
    ``p_one_sign`` that all have one sign.
    """

    q: float
    i2: float
    sd: float
    sd_low: float
    sd_high: float
    p_homogeneous: float
    p_one_sign: float
    mean: float
    mean_low: float
    mean_high: float


def heterogeneity(results: pl.DataFrame) -> pl.DataFrame:
    """Return how far the data sets of each family differ in each comparison.

    Parameters
    ----------
    results : Result table
        With the differences of every data set, p-values not yet adjusted.

    Returns
    -------
    Result table
        ``dataset`` is :data:`ACROSS`, ``unit`` ``data set`` and ``n_units`` their number. No
        row where fewer than two data sets have an interval.
    """
    usable = results.filter(
        pl.col("metric").is_in(list(COMPARED)),
        pl.col("reference_id").is_not_null(),
        pl.col("slice") == "all",
        pl.col("dataset") != ACROSS,
    )
    rows: list[dict[str, Any]] = []
    for _, group in sorted(usable.partition_by(*_KEYS, as_dict=True).items()):
        found = group.filter(
            pl.col("ci_low").is_not_null(),
            pl.col("ci_high") > pl.col("ci_low"),
            pl.col("n_units") > 1,
        ).sort("dataset")
        if found["dataset"].n_unique() > 1:
            rows += _rows(found, group.filter(~pl.col("dataset").is_in(found["dataset"].implode())))
    return result_table(rows)


def compare(values: Floats, errors: Floats, df: Ints, level: float) -> Heterogeneity:
    """Return the heterogeneity of independent estimates.

    Parameters
    ----------
    values, errors : ndarray of shape (n_datasets,)
        Estimates and their standard errors, above 0.
    df : ndarray of shape (n_datasets,)
        Degrees of freedom of each standard error.
    level : float
        Of the intervals.
    """
    k = len(values)
    variances = errors**2
    q = _q(values, variances, 0.0)
    tail = (1 - level) / 2
    between = _solve(values, variances, k - 1)
    weight = 1 / (variances + between)
    mean = float(weight @ values / weight.sum())
    spread = max(1.0, float(weight @ (values - mean) ** 2) / (k - 1))
    half = float(t.isf(tail, k - 1)) * (spread / weight.sum()) ** 0.5
    return Heterogeneity(
        q=q,
        i2=max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        sd=between**0.5,
        sd_low=_solve(values, variances, float(chi2.isf(tail, k - 1))) ** 0.5,
        sd_high=_solve(values, variances, float(chi2.ppf(tail, k - 1))) ** 0.5,
        p_homogeneous=_welch(values, variances, df),
        p_one_sign=_one_sign(values / errors, df),
        mean=mean,
        mean_low=mean - half,
        mean_high=mean + half,
    )


def _q(values: Floats, variances: Floats, between: float) -> float:
    """Return the weighted sum of squares about the mean, for a variance between data sets."""
    weight = 1 / (variances + between)
    return float(weight @ (values - weight @ values / weight.sum()) ** 2)


def _solve(values: Floats, variances: Floats, wanted: float) -> float:
    """Return the variance between data sets at which Q has the wanted value; 0 if it is lower."""
    if _q(values, variances, 0.0) <= wanted:
        return 0.0
    high = float(np.ptp(values) ** 2) * len(values) / wanted + float(variances.max())
    return float(brentq(lambda between: _q(values, variances, between) - wanted, 0.0, high))


def _welch(values: Floats, variances: Floats, df: Ints) -> float:
    """Return Welch's p-value of equal means [3]_; for two, that of his t test."""
    k = len(values)
    share = 1 / variances / (1 / variances).sum()
    lack = float(((1 - share) ** 2 / df).sum())
    ratio = _q(values, variances, 0.0) / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * lack)
    return float(f.sf(ratio, k - 1, (k**2 - 1) / (3 * lack)))


def _one_sign(ratios: Floats, df: Ints) -> float:
    """Return the p-value of one common sign, from t ratios turned into normal ones [5]_."""
    z = norm.isf(np.clip(t.sf(np.abs(ratios), df), 1e-300, None))
    least = min(float((z[ratios > 0] ** 2).sum()), float((z[ratios < 0] ** 2).sum()))
    k = len(ratios)
    if least == 0:
        return 1.0
    return float(sum(comb(k - 1, h) / 2 ** (k - 1) * chi2.sf(least, h) for h in range(1, k)))


def _rows(found: pl.DataFrame, without: pl.DataFrame) -> list[dict[str, Any]]:
    level = float(found["ci_level"][0])
    df = found["n_units"].to_numpy() - 1
    values = found["estimate"].to_numpy()
    width = (found["ci_high"] - found["ci_low"]).to_numpy()
    tails = np.array([1 - own for own in found["ci_level"]]) / 2
    errors = width / (2 * t.isf(tails, df))
    said = compare(values, errors, df, level)
    shown = ", ".join(
        f"{row['dataset']} {row['estimate']:+.3g} [{row['ci_low']:.3g}, {row['ci_high']:.3g}]"
        for row in found.iter_rows(named=True)
    )
    k = len(found)
    notes = [
        f"{k} data sets: {shown}",
        f"no interval in {', '.join(sorted(set(without['dataset'])))}" if len(without) else "",
    ]
    measure = f"Q {said.q:.3g} on {k - 1}, I2 {100 * said.i2:.0f} %"
    metric = found["metric"][0]
    opposite = float((values > 0).any() and (values < 0).any())
    figures = (
        (
            f"{metric}_between_datasets_sd",
            said.sd,
            (said.sd_low, said.sd_high),
            said.p_homogeneous,
            measure,
        ),
        (f"{metric}_opposite_signs", opposite, None, said.p_one_sign, ""),
        (f"{metric}_mean_over_datasets", said.mean, (said.mean_low, said.mean_high), None, measure),
    )
    return [
        _row(found, name, value, interval, p, level, [*notes, note])
        for name, value, interval, p, note in figures
    ]


def _row(
    found: pl.DataFrame,
    metric: str,
    value: float,
    interval: tuple[float, float] | None,
    p_value: float | None,
    level: float,
    notes: Iterable[str],
) -> dict[str, Any]:
    people = found["n_participants"]
    return {
        **{name: found[name][0] for name in _KEYS},
        "dataset": ACROSS,
        "metric": metric,
        "slice": "all",
        "estimate": value,
        "ci_low": interval and interval[0],
        "ci_high": interval and interval[1],
        "ci_level": level if interval else None,
        "p_value": p_value,
        "n_decisions": found["n_decisions"].sum(),
        "n_choices": found["n_choices"].sum(),
        "n_participants": None if people.null_count() else people.sum(),
        "unit": "data set",
        "n_units": len(found),
        "n_resamples": None,
        "seed": None,
        "note": join_notes(list(notes)),
    }
