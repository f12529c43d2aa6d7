"""How one cell of a Result table is written for readers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING = "\N{EM DASH}"


@dataclass(frozen=True)
class Metric:
    """What a metric is called, how many decimals it gets, and how to read it."""

    label: str
    decimals: int
    reading: str


METRICS = {
    "pearson_r": Metric(
        "r", 2, "Pearson correlation with what people did; 1 is best, 0 is no agreement"
    ),
    "pearson_r_weighted": Metric(
        "r weighted by n", 2, "the same, each published rate weighted by the choices behind it"
    ),
    "pearson_r_free": Metric(
        "r of all options", 2, "r about equal shares, whichever option is called the target"
    ),
    "log_loss": Metric("log-loss", 3, "mean surprise at what people did, in nats; lower is better"),
    "brier": Metric("Brier", 3, "mean squared error of the probabilities; lower is better"),
    "option_mass": Metric(
        "option mass", 2, "probability given to all listed options together; 1 is best"
    ),
    "calibration_error": Metric(
        "calibration error", 3, "mean gap between probability given and share of people; 0 is best"
    ),
    "calibration_mean_prob": Metric("mean probability", 2, "mean probability given, in a bin"),
    "calibration_human_rate": Metric("share of people", 2, "people who took the option, in a bin"),
    "noise_ceiling_pearson_r": Metric("noise ceiling of r", 2, "the highest r to be reached"),
    "noise_ceiling_log_loss": Metric(
        "noise ceiling of log-loss", 3, "the lowest log-loss to be reached"
    ),
    "reachable_share_pearson_r": Metric("share of the reachable r", 2, "r divided by its ceiling"),
    "reachable_share_log_loss": Metric(
        "share of the reachable log-loss", 2, "0 is the base rate, 1 the noise ceiling"
    ),
    "pearson_r_lower": Metric("r, lowest that low mass allows", 2, ""),
    "pearson_r_upper": Metric("r, highest that low mass allows", 2, ""),
    "log_loss_lower": Metric("log-loss, lowest that low mass allows", 3, ""),
    "log_loss_upper": Metric("log-loss, highest that low mass allows", 3, ""),
    "human_weight": Metric(
        "weight on people", 3, "how far a model's probability follows what people chose"
    ),
    "normative_weight": Metric(
        "weight on the theory", 3, "how far it follows what the theory prescribes, given people"
    ),
    "calibration_slope": Metric("calibration slope", 2, "1 is best"),
    "calibration_bias": Metric(
        "calibration bias", 3, "mean probability given minus share of people; 0 is best"
    ),
    "split_half_reliability": Metric("split-half reliability", 2, "of people's rates"),
}
FIRST_TOKEN = "_first_token"  # noqa: S105


def metric(name: str) -> Metric:
    """Return how a metric is written; an unknown one keeps its own name and three decimals.

    Examples
    --------
    >>> metric("pearson_r_first_token").label
    'r (first token)'
    >>> metric("pearson_r_mean_over_pairs").label
    'r, mean over pairs'
    """
    if name in METRICS:
        return METRICS[name]
    stem = name.removesuffix(FIRST_TOKEN)
    if stem != name and stem in METRICS:
        whole = METRICS[stem]
        return Metric(
            f"{whole.label} (first token)", whole.decimals, f"{whole.reading}; first token alone"
        )
    for known in sorted(METRICS, key=len, reverse=True):
        if name.startswith(f"{known}_"):
            what = name.removeprefix(f"{known}_").replace("_", " ")
            return Metric(f"{METRICS[known].label}, {what}", METRICS[known].decimals, "")
    return Metric(name.replace("_", " "), 3, "")


def number(value: float | None, decimals: int) -> str:
    r"""Return a number with fixed decimals and a real minus sign; a dash where there is none.

    Examples
    --------
    >>> number(-0.066, 2) == "\N{MINUS SIGN}0.07"
    True
    >>> number(-0.001, 2), number(None, 2)
    ('0.00', '—')
    """
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "\N{MINUS SIGN}")


def p_value(value: float | None) -> str:
    """Return a p-value; one below .001 as a bound, never as zero.

    Examples
    --------
    >>> p_value(0.0005), p_value(0.0312), p_value(None)
    ('< 0.001', '0.031', '—')
    """
    return "< 0.001" if value is not None and value < 0.001 else number(value, 3)


def count(value: int | None) -> str:
    """Return a whole number with thousands set apart; a dash where there is none.

    Examples
    --------
    >>> count(3900)
    '3,900'
    """
    return MISSING if value is None else f"{value:,}"


def estimate(row: Mapping[str, Any]) -> str:
    """Return estimate and interval of one Result row, such as ``0.31 [0.24, 0.38]``.

    Parameters
    ----------
    row : mapping
        Needs ``metric``, ``estimate``, ``ci_low`` and ``ci_high``.

    Examples
    --------
    >>> estimate({"metric": "pearson_r", "estimate": 0.31, "ci_low": 0.24, "ci_high": 0.38})
    '0.31 [0.24, 0.38]'
    """
    return f"{point(row)} {interval(row)}".rstrip()


def point(row: Mapping[str, Any]) -> str:
    """Return the estimate of one Result row; a dash where there is none."""
    return number(row["estimate"], metric(row["metric"]).decimals)


def interval(row: Mapping[str, Any]) -> str:
    """Return the interval of one Result row in brackets; nothing where there is none."""
    if row["ci_low"] is None or row["ci_high"] is None:
        return ""
    decimals = metric(row["metric"]).decimals
    return f"[{number(row['ci_low'], decimals)}, {number(row['ci_high'], decimals)}]"


def unit(row: Mapping[str, Any]) -> str:
    """Return what was resampled and how many there were, such as ``195 participants``.

    Examples
    --------
    >>> unit({"unit": "participant", "n_units": 195})
    '195 participants'
    """
    if row["unit"] is None:
        return MISSING
    if row["n_units"] is None:
        return str(row["unit"])
    plural = "" if row["n_units"] == 1 else "s"
    return f"{row['n_units']:,} {row['unit']}{plural}"
