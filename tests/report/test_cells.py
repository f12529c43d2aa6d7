"""How numbers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silicus.report import cells


@given(st.floats(-10, 10), st.integers(0, 4))
def test_number_when_read_back_then_it_is_the_rounded_value(value: float, decimals: int) -> None:
    """What is written, read back, is the value to the decimals asked for, and never minus zero."""
    text = cells.number(value, decimals)
    read = float(text.replace("\N{MINUS SIGN}", "-"))
    assert abs(read - value) <= 0.5 * 10**-decimals + 1e-9
    assert not (read == 0 and text.startswith("\N{MINUS SIGN}"))


def test_estimate_when_there_is_no_interval_then_only_the_estimate_is_written() -> None:
    """A row without interval shows its estimate alone, and one without estimate a dash."""
    row = {"metric": "option_mass", "estimate": 0.944, "ci_low": None, "ci_high": None}
    assert cells.estimate(row) == "0.94"
    assert cells.estimate(row | {"estimate": None}) == cells.MISSING


@pytest.mark.parametrize(
    ("name", "label", "decimals"),
    [
        ("log_loss", "log-loss", 3),
        ("log_loss_first_token", "log-loss (first token)", 3),
        ("own_first_token", "own first token", 3),
        ("noise_ceiling", "noise ceiling", 3),
    ],
)
def test_metric_when_known_or_not_then_it_has_a_label(name: str, label: str, decimals: int) -> None:
    """A first-token metric keeps the decimals of its whole; an unknown one keeps its name."""
    assert (cells.metric(name).label, cells.metric(name).decimals) == (label, decimals)


def test_unit_when_one_or_more_then_the_noun_agrees() -> None:
    """The count of resampled units agrees with its noun; no interval has no unit."""
    assert cells.unit({"unit": "row", "n_units": 1}) == "1 row"
    assert cells.unit({"unit": "participant", "n_units": 1200}) == "1,200 participants"
    assert cells.unit({"unit": None, "n_units": None}) == cells.MISSING
