"""Williams, Steiger, Meng and Zou against printed examples."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from silicus.analysis.dependent_correlations import meng, steiger, williams, zou_interval
from silicus.errors import AnalysisError


def test_williams_and_steiger_give_the_printed_example_of_depcor() -> None:
    """Silver, Hittner and May 2006: r .3 and .4, .5 between, n = 100."""
    assert williams(0.3, 0.4, 0.5, 100) == pytest.approx((-1.0767, 0.2843), abs=5e-5)
    assert steiger(0.3, 0.4, 0.5, 100) == pytest.approx((-1.0718, 0.2838), abs=5e-5)
    assert meng(0.3, 0.4, 0.5, 100) == pytest.approx((-1.0707, 0.2843), abs=5e-5)


def test_steiger_gives_the_printed_case_a_within_its_rounding() -> None:
    """Steiger 1980, p. 249 prints -.8913 from a covariance rounded to .0042; exact is -.8887."""
    assert steiger(0.4, 0.5, 0.1, 103).statistic == pytest.approx(-0.8887185, abs=1e-7)


@pytest.mark.parametrize(
    ("arguments", "z"),
    [
        ((0.63, -0.03, -0.19, 15), 1.68),
        ((0.5, 0.2, 0.0, 50), 1.62),
        ((0.5, 0.2, 0.3, 50), 1.91),
        ((0.5, 0.2, 0.8, 50), 3.50),
        ((0.7, 0.4, 0.5, 50), 2.66),
        ((0.7, 0.4, 0.8, 50), 4.05),
    ],
)
def test_meng_gives_the_printed_statistics(arguments: tuple, z: float) -> None:
    """Meng, Rosenthal and Rubin 1992, and the table of May and Hittner 1997."""
    assert round(meng(*arguments).statistic, 2) == z


def test_zou_interval_gives_the_printed_example() -> None:
    """Zou 2007: .396 and .179 with .088 between, n = 66: -.093 to .517."""
    assert zou_interval(0.396, 0.179, 0.088, 66) == pytest.approx((-0.093, 0.517), abs=5e-4)


def test_williams_holds_its_level_on_independent_normal_rows() -> None:
    """That is what it is for; at 5 percent about 5 percent of true nulls are rejected."""
    rng = np.random.default_rng(1)
    rejected = 0
    for _ in range(400):
        y = rng.normal(size=60)
        a, b = y + rng.normal(size=60), y + rng.normal(size=60)
        r = [pearsonr(*two).statistic for two in ((y, a), (y, b), (a, b))]
        rejected += williams(*r, 60).p_value < 0.05
    assert 8 <= rejected <= 36


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0.3, 0.4, 0.5, 3), "at least 4 rows"),
        ((0.3, 0.4, 1.0, 50), "strictly between"),
        ((0.9, -0.9, 0.9, 50), "no data set"),
    ],
)
def test_dependent_correlations_that_cannot_be_are_refused(arguments: tuple, words: str) -> None:
    """Too few rows, equal predictions and impossible triples are errors."""
    for test in (williams, steiger, meng, zou_interval):
        with pytest.raises(AnalysisError, match=words):
            test(*arguments)
