"""The study's printed figures against its own printed table (issue 6; paper section 6 checks)."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from silicus.analysis import published, recount
from silicus.analysis.published import FAMILIES, count_wins, select
from silicus.errors import AnalysisError

PAIRS = published.published_pairs()
MAIN = {"least_mass": 0.8, "least_r": 0.3}


def counts(families, *, size_from=None, size_below=None, **filters):
    rows = select(PAIRS, families=families, size_from=size_from, size_below=size_below)
    wins = count_wins(rows, **filters)
    return wins.base, wins.aligned, wins.ties


def median(family, column, **filters):
    return published.passing(select(PAIRS, families=[family]), **filters)[column].median()


def test_published_pairs_when_read_are_120_in_six_families():
    """The table holds 120 pairs x 6 families of 23 model families, with nothing missing."""
    assert PAIRS.shape == (720, 10)
    assert PAIRS["pair_id"].n_unique() == 120
    assert PAIRS["model_family"].n_unique() == 23
    assert PAIRS.null_count().sum_horizontal().item() == 0
    assert PAIRS["family"].value_counts()["count"].to_list() == [120] * 6


def test_model_family_when_counted_gives_the_printed_numbers_of_pairs():
    """Pairs per model family are those stated in the paper (section 2 of our notes)."""
    found = dict(published.wins_by_model_family(PAIRS).select("model_family", "n_pairs").rows())
    many = {"Qwen": 32, "Falcon": 11, "Gemma": 11, "Llama": 8, "OLMo": 8, "CodeLlama": 6}
    some = {"DeepSeek": 6, "SmolLM": 6, "Granite": 5, "Mistral": 5, "Yi": 5, "H2O": 3}
    few = {"StableLM": 3, "Sailor": 2}
    stated = many | some | few
    assert {name: found[name] for name in stated} == stated
    assert all(n == 1 for name, n in found.items() if name not in stated)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("bargaining", (76, 3, 1)),
        ("persuasion", (33, 3, 1)),
        ("negotiation", (33, 1, 0)),
        ("matrix", (81, 12, 3)),
        ("lottery", (27, 75, 4)),
        ("one_shot", (0, 0, 0)),
    ],
)
def test_main_filter_when_recounted_gives_the_noted_wins(family, expected):
    """Checks 1 to 3: wins (base, aligned, ties) of the pairs that pass both filters."""
    assert counts([family], **MAIN) == expected


@pytest.mark.parametrize(
    ("family", "base", "aligned"),
    [
        ("bargaining", 0.40, 0.06),
        ("persuasion", 0.34, 0.27),
        ("negotiation", 0.35, -0.01),
        ("matrix", 0.41, 0.28),
        ("lottery", 0.48, 0.64),
    ],
)
def test_median_r_when_both_filters_pass_is_as_noted(family, base, aligned):
    """Median r of base and aligned models among the pairs that pass both filters."""
    assert median(family, "r_base", **MAIN) == pytest.approx(base, abs=0.0051)
    assert median(family, "r_aligned", **MAIN) == pytest.approx(aligned, abs=0.0051)


@pytest.mark.parametrize(
    ("family", "low_mass", "top", "negative"),
    [
        ("bargaining", 28, 0.45, 42),
        ("persuasion", 68, 0.39, 17),
        ("negotiation", 43, 0.42, 70),
        ("matrix", 1, 0.51, 18),
    ],
)
def test_extremes_when_unfiltered_are_as_noted(family, low_mass, top, negative):
    """Pairs lost to the mass filter, the highest r of any model, aligned models with r < 0."""
    rows = select(PAIRS, families=[family])
    assert len(rows) - len(published.passing(rows, least_mass=0.8)) == low_mass
    assert max(rows["r_base"].max(), rows["r_aligned"].max()) == top
    assert (rows["r_aligned"] < 0).sum() == negative


def test_negotiation_when_at_the_edge_of_the_filter_explains_34_against_26():
    """Check 1: seven pairs stand at exactly r = .30 and three at mass .80."""
    kept = published.passing(select(PAIRS, families=["negotiation"]), **MAIN)
    assert kept.filter(pl.max_horizontal("r_base", "r_aligned") == 0.3).height == 7
    assert (
        kept.select(pl.min_horizontal("mass_base", "mass_aligned")).to_series() == 0.8
    ).sum() == 3
    assert published.could_have_counted(
        select(PAIRS, families=["negotiation"]), 25, 1, least_mass=0.8, least_r=0.3
    )


def test_persuasion_when_counted_has_23_aligned_models_with_almost_no_mass():
    """In persuasion 23 aligned models give yes and no under a tenth of the probability."""
    assert (select(PAIRS, families=["persuasion"])["mass_aligned"] < 0.1).sum() == 23


def test_one_shot_columns_when_recounted_cannot_give_the_printed_57_to_14():
    """Check 2: every one-shot r lies in -.13 to .16; 47:58 with 9 ties of 114; Wilcoxon p .37."""
    rows = select(PAIRS, families=["one_shot"])
    both = pl.concat([rows["r_base"], rows["r_aligned"]])
    assert (both.min(), both.max()) == (-0.13, 0.16)
    kept = published.passing(rows, least_mass=0.8)
    assert len(kept) == 114
    assert counts(["one_shot"], least_mass=0.8) == (47, 58, 9)
    gains = (kept["r_base"] - kept["r_aligned"]).round(2).to_numpy()
    assert wilcoxon(gains).pvalue == pytest.approx(0.37, abs=0.005)
    for least_r in (None, 0.05, 0.1, 0.2, 0.3):
        assert not published.could_have_counted(rows, 14, 57, least_mass=0.8, least_r=least_r)


def test_model_families_when_recounted_are_as_noted():
    """Check 4: wins by model family with both filters; in two families base does not lead."""
    rows = select(PAIRS)
    table = published.wins_by_model_family(rows, **MAIN).rows_by_key("model_family", named=True)
    found = {name: (row[0]["base"], row[0]["aligned"]) for name, row in table.items()}
    assert found == {
        "Qwen": (77, 7), "Gemma": (23, 0), "Falcon": (18, 2), "Llama": (13, 0), "OLMo": (12, 2),
        "DeepSeek": (6, 1), "SmolLM": (3, 1), "Granite": (16, 0), "Yi": (11, 1),
        "Mistral": (10, 0), "CodeLlama": (6, 0), "Sailor": (6, 0), "StableLM": (5, 1),
        "MiMo": (4, 0), "Solar": (3, 0), "MAP-Neo": (2, 0), "Nemotron": (2, 0),
        "SeaLLM": (2, 0), "CodeGemma": (1, 0), "TinyLlama": (1, 0), "Zamba2": (1, 0),
        "H2O": (1, 3), "Seed-Coder": (0, 1),
    }  # fmt: skip
    figures = published.printed_figures().filter(pl.col("name").str.starts_with("model family/"))
    assert figures["aligned"].sum() == 33 > 22


def test_every_cell_below_5_percent_when_checked_does_not_hold():
    """Check 5: 3:0 and 4:0 have p .125 and .0625 ; persuasion at .5 and .6 has .09, .11."""
    assert published.binomial_p(3, 0) == 0.125
    assert published.binomial_p(4, 0) == 0.0625
    rows = select(PAIRS, families=["persuasion"])
    for mass, base, aligned, p_value in ((0.5, 40, 28, 0.09), (0.6, 39, 28, 0.11)):
        assert published.binomial_p(base, aligned) == pytest.approx(p_value, abs=0.0051)
        assert published.could_have_counted(rows, base, aligned, least_mass=mass, least_r=0.2)


def test_filters_when_taken_away_shrink_the_ratio():
    """Check 6: 9.7:1 with both printed filters, 5.7:1 with mass alone, 3.8:1 with none."""
    printed = published.printed_figures().filter(pl.col("kind") == "wins")
    ratio = {row["name"]: row["base"] / row["aligned"] for row in printed.iter_rows(named=True)
             if row["aligned"]}  # fmt: skip
    assert ratio["main/all"] == pytest.approx(9.7, abs=0.05)
    assert ratio["mass .8 only/all"] == pytest.approx(5.7, abs=0.05)
    assert ratio["unfiltered/all"] == pytest.approx(3.8, abs=0.05)
    grid = published.filter_grid(PAIRS)
    assert grid.row(0, named=True)["least_mass"] is None
    assert grid.row(0, named=True)["least_r"] is None
    first = grid.filter(pl.col("family") == "all").row(0, named=True)
    assert (first["base"], first["aligned"], first["ties"]) == (376, 95, 9)


@pytest.mark.parametrize(
    ("family", "unfiltered", "filtered"),
    [
        ("bargaining", (25, 9, 0), (20, 1)),
        ("persuasion", (22, 11, 1), (8, 1)),
        ("negotiation", (25, 9, 0), (11, 1)),
        ("matrix", (21, 12, 1), (12, 7)),
        ("lottery", (11, 22, 1), (6, 16)),
    ],
)
def test_small_models_when_recounted_are_as_noted(family, unfiltered, filtered):
    """Check 7: wins among the 34 pairs of up to 2B, without and with the filters."""
    assert counts([family], size_below=2.01) == unfiltered
    assert counts([family], size_below=2.01, **MAIN)[:2] == filtered
    assert select(PAIRS, families=[family], size_below=2.01).height == 34


@pytest.mark.parametrize(
    ("size_from", "size_below", "wins", "medians"),
    [
        (0, 3, (51, 10), (0.22, 0.38, 0.02, 0.05)),
        (3, 7, (28, 6), (0.33, 0.17, 0.13, 0.08)),
        (7, 14, (84, 3), (0.35, 0.35, 0.18, 0.09)),
        (14, None, (60, 0), (0.38, 0.38, 0.11, 0.07)),
    ],
)
def test_sizes_when_recounted_are_as_noted(size_from, size_below, wins, medians):
    """Wins and median r difference by size, for the pairs that pass both filters."""
    assert counts(FAMILIES, size_from=size_from, size_below=size_below, **MAIN)[:2] == wins
    for family, expected in zip(
        ("bargaining", "negotiation", "matrix", "persuasion"), medians, strict=True
    ):
        rows = select(PAIRS, families=[family], size_from=size_from, size_below=size_below)
        middle, low, high = published.median_difference(rows, **MAIN)
        assert middle == pytest.approx(expected, abs=0.0051)
        assert low < middle < high


def test_recompute_when_run_lists_the_figures_that_cannot_be():
    """Headline and filter counts lie within rounding; the named others do not."""
    table = recount.recompute()
    agrees = dict(table.select("name", "agrees").rows())
    assert all(
        agrees[name]
        for name in agrees
        if name.startswith(("main/", "unfiltered/", "mass .8", "least r"))
    )
    assert sorted(name for name, held in agrees.items() if not held) == sorted(
        [
            "one-shot",
            "one-shot, mass .8 only",
            "lottery",
            *(f"model family/{name}" for name in
              ("Qwen", "Gemma", "Falcon", "Llama", "OLMo", "DeepSeek", "SmolLM")),
            "size/negotiation/under 3B",
            "size/matrix/under 3B",
            "p/formulation/reversed roles",
            "p/every cell/negotiation, least r .4",
            "p/every cell/matrix, least r .5",
        ]
    )  # fmt: skip
    assert table["name"].is_unique().all()


def test_select_when_the_family_is_unknown_names_the_known_ones():
    """A mistyped family is refused with the list of those there are."""
    with pytest.raises(AnalysisError, match="matrix, negotiation"):
        select(PAIRS, families=["bargain"])
    with pytest.raises(AnalysisError, match=r"no published pair passes least mass 1\.1"):
        published.median_difference(PAIRS, least_mass=1.1)


@given(
    st.lists(
        st.tuples(*[st.floats(0, 1)] * 2, *[st.floats(-0.4, 0.5)] * 2), min_size=1, max_size=12
    ),
    st.sampled_from([None, 0.5, 0.8]),
    st.sampled_from([None, 0.0, 0.3]),
)
def test_rounding_bounds_when_the_unrounded_table_is_known_hold_its_counts(rows, mass, r):
    """Whatever the unrounded values are, their counts and median lie within the bounds."""
    names = ["mass_base", "mass_aligned", "r_base", "r_aligned"]
    exact = pl.DataFrame(rows, schema=names, orient="row").with_columns(family=pl.lit("matrix"))
    exact = exact.filter((pl.col("r_base") - pl.col("r_aligned")).abs() > 1e-6)
    printed = exact.with_columns(pl.col(names).round(2))
    kept = exact
    if mass is not None:
        kept = kept.filter(pl.min_horizontal("mass_base", "mass_aligned") >= mass)
    if r is not None:
        kept = kept.filter(pl.max_horizontal("r_base", "r_aligned") >= r)
    base = int((kept["r_base"] > kept["r_aligned"]).sum())
    aligned = len(kept) - base
    wins = count_wins(printed, least_mass=mass, least_r=r)
    assert wins.base_low <= base <= wins.base_high
    assert wins.aligned_low <= aligned <= wins.aligned_high
    assert published.could_have_counted(printed, base, aligned, least_mass=mass, least_r=r)
    if len(kept) and len(published.passing(printed, least_mass=mass, least_r=r)):
        _, low, high = published.median_difference(printed, least_mass=mass, least_r=r)
        gain = (kept["r_base"] - kept["r_aligned"]).median()
        assert low - 1e-9 <= gain <= high + 1e-9
