"""Win counts and their grid of filters."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, pearsonr, wilcoxon

from silicus.analysis.published import published_pairs
from silicus.analysis.wins import LABEL, count_wins, pair_table, win_grid, wins_by
from silicus.errors import AnalysisError

from .tables import choices, matrix, scores, shares


def test_count_wins_counts_ties_apart_and_tests_in_the_winners_direction() -> None:
    """Three base wins, one aligned win, one tie, one pair without an r."""
    table = pl.DataFrame(
        {
            "family": ["f"] * 6,
            "mass_base": [1.0] * 6,
            "mass_aligned": [1.0] * 6,
            "r_base": [0.5, 0.4, 0.3, 0.1, 0.2, None],
            "r_aligned": [0.1, 0.2, 0.25, 0.4, 0.2, 0.1],
        }
    )
    counts = count_wins(table)
    assert [counts[name] for name in ("base_wins", "aligned_wins", "ties", "n_undefined")] == [
        3,
        1,
        1,
        1,
    ]
    assert counts["win_ratio"] == 3
    assert counts["binomial_p"] == pytest.approx(binom.sf(2, 4, 0.5))
    assert counts["wilcoxon_p"] == pytest.approx(
        wilcoxon([0.4, 0.2, 0.05, -0.3], alternative="greater", method="exact").pvalue
    )
    turned = count_wins(table.rename({"r_base": "r_aligned", "r_aligned": "r_base"}))
    assert turned["binomial_p"] == counts["binomial_p"]
    assert turned["wilcoxon_p"] == pytest.approx(counts["wilcoxon_p"])


def test_win_grid_of_the_published_table_gives_the_unfiltered_and_mass_only_counts() -> None:
    """The study prints 380:100 without a filter and 284:50 at mass .8, up to rounding ties."""
    families = ["bargaining", "persuasion", "negotiation", "matrix"]
    grid = win_grid(published_pairs().filter(pl.col("family").is_in(families)))
    first = grid.filter(pl.col("family") == "all").row(0, named=True)
    assert (first["least_mass"], first["least_r"], first["n_pairs"]) == (0.0, None, 480)
    assert abs(first["base_wins"] - 380) <= first["ties"]
    mass = grid.filter(
        pl.col("family") == "all", pl.col("least_mass") == 0.8, pl.col("least_r").is_null()
    ).row(0, named=True)
    assert abs(mass["base_wins"] - 284) <= mass["ties"] + 3
    assert (grid["note"] == LABEL).all()
    assert grid.group_by("family", maintain_order=True).first()["least_r"].is_null().all()


def test_win_grid_only_loses_pairs_as_filters_get_stricter() -> None:
    """A stricter filter never keeps more pairs."""
    rng = np.random.default_rng(0)
    n = 200
    table = pl.DataFrame(
        {
            "family": ["f"] * n,
            **{name: rng.uniform(0, 1, n) for name in ("mass_base", "mass_aligned")},
            **{name: rng.uniform(-0.2, 0.6, n) for name in ("r_base", "r_aligned")},
        }
    )
    grid = win_grid(table).filter(pl.col("family") == "f")
    counts = grid["n_pairs"].to_numpy().reshape(6, 4)
    assert (np.diff(counts, axis=0) <= 0).all()
    assert (np.diff(counts, axis=1) <= 0).all()
    assert counts[0, 0] == n


def test_pair_table_holds_each_members_r_and_mass() -> None:
    """Base in plain, aligned in chat, each with SciPy's r."""
    rng = np.random.default_rng(1)
    table = choices(rng=rng)
    base, aligned = scores(table, "b", rng=rng), scores(table, "a", rng=rng, format_="chat")
    pairs = pl.DataFrame({"pair_id": ["p"], "base": ["b"], "aligned": ["a"], "model_family": ["F"]})
    row = pair_table(table, pl.concat([base, aligned]), pairs).row(0, named=True)
    assert row["format"] == "plain|chat"
    rows, target = np.arange(len(table)), table["target"].to_numpy()
    for side, predicted in (("base", base), ("aligned", aligned)):
        x = matrix(predicted, table, "option_prob")[rows, target]
        assert row[f"r_{side}"] == pytest.approx(pearsonr(x, shares(table)[rows, target]).statistic)
        mass = matrix(predicted, table, "option_mass")[:, 0].mean()
        assert row[f"mass_{side}"] == pytest.approx(mass)


def test_wins_by_family_adds_up_to_all_wins() -> None:
    """Groups divide the pairs."""
    table = published_pairs().filter(pl.col("family") == "bargaining")
    groups, whole = wins_by(table, "model_family"), count_wins(table)
    for name in ("n_pairs", "base_wins", "aligned_wins", "ties"):
        assert groups[name].sum() == whole[name]
    with pytest.raises(AnalysisError, match="no column colour"):
        wins_by(table, "colour")


def test_win_grid_when_a_column_is_missing_names_it() -> None:
    """The table must hold both masses and both r."""
    with pytest.raises(AnalysisError, match="mass_aligned"):
        win_grid(published_pairs().drop("mass_aligned"))
