"""The answer in three sentences."""

import dataclasses
from typing import Any

import polars as pl
import pytest

from silicus.report import answer, card, facts, tables

from .synthetic import ALIGNED, BASE, THEORY, result, table


def said(manifest: dict[str, Any], results: pl.DataFrame) -> list[str]:
    """Return the sentences of a run."""
    known = facts.read(manifest)
    return answer.sentences(tables.checked(results, known), known)


def difference(family: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    """Return a difference of r between base and aligned."""
    ends = {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high}
    return result(**({"family": family, "reference_id": ALIGNED} | ends | more))


def test_sentences_when_intervals_differ_then_each_family_is_sorted_by_its_interval(
    manifest: dict[str, Any],
) -> None:
    """More, less and open follow from the interval's place around zero and from nothing else."""
    manifest["comparisons"][0]["same_provider"] = True
    minus = "\N{MINUS SIGN}"
    rows = [
        difference("repeated_matrix", 0.01, 0.4),
        difference("bargaining", -0.01, 0.4),
        difference("lottery", -0.4, -0.01),
    ]
    assert said(manifest, table(rows))[0].replace(minus, "-") == (
        f"{BASE} (base) against {ALIGNED} (aligned): base agrees with people more in repeated "
        "matrix games (r differs by 0.21 [0.01, 0.40]); aligned agrees with people more in "
        "lotteries (r differs by -0.21 [-0.40, -0.01]); the sign of the difference stays open in "
        "bargaining."
    )


def test_sentences_when_one_formulation_is_open_then_the_family_is_open(
    manifest: dict[str, Any],
) -> None:
    """One wording with a clear difference does not speak for a family."""
    rows = [
        difference("lottery", 0.1, 0.2),
        difference("lottery", -0.1, 0.2, formulation="persona"),
    ]
    first = said(manifest, table(rows))[0]
    assert "stays open" in first
    assert "not a same-provider pair, so this says nothing about alignment" in first


@pytest.mark.parametrize(
    ("r", "loss", "says"),
    [
        ((0.1, 0.2), (-0.2, -0.1), "base agrees with people more in lotteries (r differs by"),
        ((0.1, 0.2), (-0.2, 0.1), "by r, while log-loss leaves it open"),
        ((0.1, 0.2), (0.1, 0.2), ": base has the higher r, but the probabilities of aligned"),
        ((-0.2, -0.1), (-0.2, -0.1), ": aligned has the higher r, but the probabilities of base"),
        ((-0.1, 0.2), (0.1, 0.2), "and the probabilities of aligned are nearer"),
        ((-0.1, 0.2), (-0.1, 0.2), "the sign of the difference stays open in lotteries"),
    ],
)
def test_sentences_when_there_are_two_measures_then_a_contradiction_is_told(
    manifest: dict[str, Any], r: tuple[float, float], loss: tuple[float, float], says: str
) -> None:
    """A model can order decisions better and have the worse probabilities; nobody is ahead then."""
    rows = [difference("lottery", *r), difference("lottery", *loss, metric="log_loss")]
    assert says in said(manifest, table(rows))[0]


def test_sentences_when_a_theory_is_compared_then_it_is_called_by_its_name(
    manifest: dict[str, Any],
) -> None:
    """Base and aligned are words for models; a theory in a comparison keeps its name."""
    manifest["comparisons"] = [{"base": BASE, "aligned": THEORY, "same_provider": False}]
    rows = [difference("lottery", -0.4, -0.01) | {"reference_id": THEORY}]
    first = said(manifest, table(rows))[0]
    assert first.startswith(f"{BASE} against {THEORY}: {THEORY} agrees with people more in lotter")
    assert "same-provider" not in first


def test_sentences_when_there_is_a_card_then_its_sum_is_told(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The third point says whether any model may stand in, by the verdicts of the card."""
    known = facts.read(manifest)
    ordered = tables.checked(results, known)
    lines = [dataclasses.replace(one, answer="no") for one in card.card(ordered, known)]
    third = answer.sentences(ordered, known, lines)[2]
    assert "no model of this run may stand in for these participants" in third
    may = [dataclasses.replace(lines[0], answer="with warnings"), *lines[1:]]
    third = answer.sentences(ordered, known, may)[2]
    assert f"1 of {len(lines)} lines" in third
    assert f"{lines[0].predictor_id} in repeated matrix games" in third


@pytest.mark.parametrize(("model", "floor", "worse"), [(0.6, 0.65, False), (0.65, 0.65, True)])
def test_sentences_when_the_base_rate_is_as_good_then_it_is_said(
    manifest: dict[str, Any], model: float, floor: float, worse: bool
) -> None:
    """A model that does not beat the base rate's log-loss is named with the family."""
    rows = [
        result(metric="log_loss", estimate=model),
        result(metric="log_loss", estimate=floor, predictor_id="base_rate", formulation="none"),
    ]
    last = said(manifest, table(rows))[2]
    assert (f"{BASE} (in repeated matrix games)" in last) is worse
    assert ("Every model predicts better" in last) is not worse
    assert "what agreement was reachable is not estimated" in last


def test_sentences_when_rows_were_resampled_then_the_reason_is_given(
    manifest: dict[str, Any], results: pl.DataFrame
) -> None:
    """The second sentence names level, number and unit of resampling, and why it is rows."""
    assert said(manifest, results)[1] == (
        "Intervals hold 95% of 2,000 resamples of participants in repeated matrix games and "
        "bargaining and rows in one-shot matrix games and lotteries (published rates, so that "
        "people cannot be resampled)."
    )


def test_sentences_when_there_is_neither_comparison_nor_interval_then_that_is_said(
    manifest: dict[str, Any],
) -> None:
    """A bare run is told so rather than given an empty answer."""
    row = result(ci_low=None, ci_high=None, ci_level=None, unit=None, n_units=None)
    first, second, third = said(manifest, table([row]))
    assert first == "This run compares no base model with an aligned one."
    assert second.startswith("There are no intervals")
    assert third == "What agreement was reachable is not estimated in this run."


def test_sentences_when_there_are_many_pairs_then_the_means_over_pairs_speak(
    manifest: dict[str, Any],
) -> None:
    """With more than three comparisons the answer comes from the mean over the pairs."""
    manifest["comparisons"] = [
        {"base": f"b{n}", "aligned": f"a{n}", "same_provider": True} for n in range(4)
    ]
    over = {"predictor_id": "base", "reference_id": "aligned"}
    rows = [
        *(result(predictor_id=f"b{n}", reference_id=f"a{n}") for n in range(4)),
        result(**over, metric="pearson_r_mean_over_pairs", ci_low=0.1),
        result(**over, metric="pearson_r_mean_over_pairs", ci_low=-0.1, family="lottery"),
    ]
    assert said(manifest, table(rows))[0] == (
        "On average over the pairs, in repeated matrix games base models agree with people more "
        "than aligned ones; in lotteries the sign of the mean difference stays open."
    )


def test_sentences_when_a_ceiling_was_estimated_then_each_share_is_named(
    manifest: dict[str, Any],
) -> None:
    """The share of the reachable is the cell of the table, with its interval."""
    row = result(metric="reachable_share_log_loss", estimate=0.4, ci_low=0.3, ci_high=0.5)
    assert f"{BASE} 0.40 [0.30, 0.50] in repeated matrix games" in said(manifest, table([row]))[2]
