"""Cases of one act count together as one decision; rates without n count once each."""

import numpy as np
import polars as pl
import pytest

from silicus.analysis import analyse

from .tables import choices, rates, scores, value


def with_copies(table: pl.DataFrame, copies: np.ndarray) -> pl.DataFrame:
    """Return each row as often as told, the copies in one play and round under ids of their own."""
    index = np.repeat(np.arange(len(table)), copies)
    part = np.concatenate([np.arange(n) for n in copies])
    mark = pl.Series("mark", [f"/c{n}" if n else "" for n in part])
    return table[index].with_columns(decision_id=pl.col("decision_id") + mark)


def scored_alike(made: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of the rows for their copies, too."""
    origin = made.select("decision_id", source=pl.col("decision_id").str.replace(r"/c\d+$", ""))
    return (
        origin.join(table, left_on="source", right_on="decision_id", how="left")
        .drop("source")
        .select(table.columns)
    )


@pytest.mark.parametrize("at_least", [1, 3])
def test_analyse_when_an_act_is_told_in_many_cases_then_nothing_narrows(at_least: int) -> None:
    """The same decision told as one to five cases of one act: every number and interval stays."""
    rng = np.random.default_rng(5)
    plain = choices(20, 4, rng=rng)
    made = scores(plain, "m", rng=rng)
    copies = rng.integers(at_least, 6, size=len(plain))
    acts = with_copies(plain, copies)
    one = analyse(plain, made, n_resamples=200)
    many = analyse(acts, scored_alike(acts, made), n_resamples=200)
    for predictor in ("m", "base_rate"):
        for metric in ("log_loss", "brier", "option_mass", "pearson_r"):
            if (metric, predictor) == ("pearson_r", "base_rate"):
                continue
            first, second = (value(table, metric, predictor) for table in (one, many))
            for name in ("estimate", "ci_low", "ci_high"):
                assert second[name] == pytest.approx(first[name], abs=1e-12), (metric, name)
            assert second["n_choices"] == first["n_choices"] == 80
            assert second["n_units"] == first["n_units"]
            assert second["n_decisions"] == int(copies.sum())
            assert "one act" in second["note"]
            assert "one act" not in first["note"]


def test_analyse_when_copies_were_not_one_act_then_numbers_would_differ() -> None:
    """The test above can fail: as decisions of rounds of their own, the copies do weigh more."""
    rng = np.random.default_rng(5)
    plain = choices(20, 4, rng=rng)
    made = scores(plain, "m", rng=rng)
    copies = rng.integers(1, 6, size=len(plain))
    acts = with_copies(plain, copies).with_columns(
        round=pl.int_range(1, pl.len() + 1).over("play_id").cast(pl.Int32)
    )
    one = analyse(plain, made, n_resamples=50)
    many = analyse(acts, scored_alike(acts, made), n_resamples=50)
    first, second = (value(table, "log_loss", "m")["estimate"] for table in (one, many))
    assert abs(first - second) > 1e-3


def test_analyse_when_n_is_unknown_then_each_game_counts_once_and_it_is_said() -> None:
    """As with the same n everywhere, but no choices are claimed and there is no ceiling."""
    rng = np.random.default_rng(7)
    table = rates(rng=rng)
    unknown = table.with_columns(n_choices=pl.lit(None, pl.Int32))
    same = table.with_columns(n_choices=pl.lit(50, pl.Int32))
    made = scores(table, "m", rng=rng)
    found, expected = (analyse(one, made, n_resamples=100) for one in (unknown, same))
    for metric in ("pearson_r", "pearson_r_weighted", "log_loss", "brier"):
        first, second = (value(one, metric, "m") for one in (found, expected))
        for name in ("estimate", "ci_low", "ci_high"):
            assert first[name] == pytest.approx(second[name], abs=1e-12)
        assert first["n_choices"] == 0
        assert "not known: each game counts once" in first["note"]
        assert first["unit"] == "row"
