"""The answer in words: every sentence from planted results."""

from typing import Any

import polars as pl
import pytest

from silicus.report import answer, facts
from silicus.study.answering import answered

from .synthetic import ALIGNED, BASE, result, table

MINUS = "\N{MINUS SIGN}"


def told(manifest: dict[str, Any], rows: list[dict[str, Any]]) -> list[answer.Line]:
    """Return the lines of a run."""
    return answer.lines(answered(manifest, table(rows)), facts.read(manifest))


def loss(low: float, high: float, **more: Any) -> dict[str, Any]:
    """Return a log-loss difference between base and aligned."""
    ends = {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high}
    return result(
        **({"reference_id": ALIGNED, "metric": "log_loss", "format": "plain|chat"} | ends | more)
    )


def r(low: float, high: float, **more: Any) -> dict[str, Any]:
    """Return a difference of r between base and aligned."""
    return loss(low, high, metric="pearson_r", **more)


@pytest.mark.parametrize(
    ("rows", "kind", "chip", "says"),
    [
        ([loss(-0.3, -0.1)], "base", BASE, f"{BASE} is nearer, by 0.200 [0.100, 0.300] nats"),
        ([loss(0.1, 0.3)], "aligned", ALIGNED, f"{ALIGNED} is nearer, by 0.200 [0.100, 0.300]"),
        (
            [loss(-0.1, 0.3)],
            "unknown",
            "unknown",
            f"Unknown who is nearer: log-loss differs by 0.100 [{MINUS}0.1",
        ),
        (
            [loss(-0.4, -0.2), loss(0.1, 0.3, dataset="synthetic_2x2")],
            "differs",
            "differs between data sets",
            f"minus {ALIGNED} lies clearly on both sides of 0 ({MINUS}0.300 to 0.200)",
        ),
        (
            [loss(-0.4, -0.2), loss(0.1, 0.3, formulation="persona")],
            "differs",
            "differs between wordings",
            "Who is nearer differs between wordings",
        ),
        (
            [loss(-0.4, -0.2), loss(-0.1, 0.3, dataset="other")],
            "unknown",
            "unknown",
            f"by {MINUS}0.300 to 0.100",
        ),
        ([loss(-0.3, -0.1), r(0.1, 0.2)], "base", BASE, "nats a decision, and also by r."),
        ([loss(-0.3, -0.1), r(-0.1, 0.2)], "base", BASE, "; by r it stays unknown."),
        (
            [loss(-0.3, -0.1), r(-0.2, -0.1)],
            "contradict",
            "measures contradict",
            f"{ALIGNED} puts decisions in the better order (by 0.15 [0.10, 0.20] in r).",
        ),
        (
            [loss(-0.1, 0.2), r(0.1, 0.2)],
            "unknown",
            "unknown",
            f"; {BASE} puts decisions in the better order",
        ),
        ([r(0.1, 0.2)], "base", BASE, f"{BASE} is nearer, by 0.15 [0.10, 0.20] in r."),
        (
            [loss(-0.3, -0.1, ci_low=None, ci_high=None)],
            "not_assessed",
            "not assessed",
            "No interval, so that nobody can be called nearer.",
        ),
    ],
)
def test_lines_when_intervals_are_planted_then_the_sentence_follows(
    manifest: dict[str, Any], rows: list[dict[str, Any]], kind: str, chip: str, says: str
) -> None:
    """Ahead, behind, unknown, differing and contradicting come from the intervals alone."""
    (line,) = told(manifest, rows)
    assert (line.kind, line.chip) == (kind, chip)
    assert says in line.text


def test_lines_when_mass_is_low_then_the_line_says_so(manifest: dict[str, Any]) -> None:
    """A mean option mass below .8 of either model stands beside the sentence."""
    (line,) = told(manifest, [loss(-0.3, -0.1), result(metric="option_mass", estimate=0.79)])
    assert line.caveat.startswith("Low mass: ")
    (line,) = told(manifest, [loss(-0.3, -0.1), result(metric="option_mass", estimate=0.8)])
    assert line.caveat == ""


def test_lines_when_two_models_are_no_pair_then_the_table_says_so(manifest: dict[str, Any]) -> None:
    """Two providers are a caveat of the comparison, one provider is none."""
    rows = [loss(-0.3, -0.1)]
    found = answered(manifest, table(rows)).answer
    assert found["caveats"].to_list() == [["not_a_pair"]]
    manifest["comparisons"][0]["same_provider"] = True
    assert answered(manifest, table(rows)).answer["caveats"].to_list() == [[]]


def against(reference: str, low: float, high: float, who: str = BASE) -> dict[str, Any]:
    """Return a model's log-loss minus that of a yardstick."""
    format_ = "plain|none" if who == BASE else "chat|none"
    return loss(low, high, predictor_id=who, reference_id=reference, format=format_)


def test_lines_when_there_are_yardsticks_then_each_is_told(manifest: dict[str, Any]) -> None:
    """Base rate, best theory by its name, and the share of the reachable follow the lead."""
    theory = {"predictor_id": "synthetic-nash", "format": "none", "formulation": "none"}
    rows = [
        loss(-0.3, -0.1),
        result(**theory, metric="log_loss", estimate=0.6),
        against("base_rate", -0.2, -0.1),
        against("base_rate", 0.1, 0.2, ALIGNED),
        against("synthetic-nash", -0.02, 0.1),
        against("synthetic-nash", 0.1, 0.2, ALIGNED),
        result(metric="reachable_share_log_loss", estimate=0.4, ci_low=0.3, ci_high=0.5),
    ]
    (line,) = told(manifest, rows)
    assert line.enough == (
        f"{BASE} beats the base rate; neither beats the best theory (synthetic-nash) clearly; "
        "share of the reachable 0.40 [0.30, 0.50]."
    )


@pytest.mark.parametrize(
    ("one_shot", "state", "says"),
    [
        ((0.1, 0.3), "flips", "The lead flips between"),
        ((-0.3, -0.1), "does_not_flip", "The lead does not flip"),
        ((-0.3, 0.1), "unknown", "Whether the lead flips"),
    ],
)
def test_flips_when_multi_round_stands_beside_one_shot_then_it_is_told(
    manifest: dict[str, Any], one_shot: tuple[float, float], state: str, says: str
) -> None:
    """A lead of the base model in one kind of games and of the aligned one in the other flips."""
    rows = [loss(-0.3, -0.1), loss(*one_shot, family="lottery", dataset="synthetic_lotteries")]
    ((found, text),) = answer.flips(answered(manifest, table(rows)), facts.read(manifest))
    assert found == state
    assert text.startswith(says)
    assert f"multi-round: {BASE} nearer" in text


def test_lines_when_a_data_set_has_one_round_then_its_family_counts_as_one_shot(
    manifest: dict[str, Any],
) -> None:
    """What the manifest says of a data set goes before what its family usually is."""
    manifest["datasets"][0]["multi_round"] = False
    (line,) = told(manifest, [loss(-0.3, -0.1)])
    assert line.rounds == "one_shot"


def test_lines_when_there_are_many_pairs_then_the_means_over_pairs_speak(
    manifest: dict[str, Any],
) -> None:
    """With more than three comparisons the answer comes from the mean over the pairs."""
    manifest["comparisons"] = [
        {"base": f"b{n}", "aligned": f"a{n}", "same_provider": True} for n in range(4)
    ]
    over = {"predictor_id": "base", "reference_id": "aligned"}
    rows = [
        *(result(predictor_id=f"b{n}", reference_id=f"a{n}") for n in range(4)),
        loss(-0.3, -0.1, **over, metric="log_loss_mean_over_pairs"),
        loss(-0.3, 0.1, **over, metric="log_loss_mean_over_pairs", family="lottery"),
    ]
    first, second = told(manifest, rows)
    says = "Base models are nearer on average over the pairs, by 0.200 [0.100, 0.300] nats a"
    assert first.text == f"{says} decision."
    assert second.chip == "unknown"


def test_lines_when_nobody_is_compared_then_models_stand_against_the_base_rate(
    manifest: dict[str, Any],
) -> None:
    """A run without comparisons still says who beats what needs no model."""
    manifest["comparisons"] = []
    (line,) = told(
        manifest, [against("base_rate", -0.2, -0.1), against("base_rate", 0.1, 0.2, ALIGNED)]
    )
    assert line.text == f"{BASE} beats the base rate."


def test_how_sure_when_rows_were_resampled_then_the_reason_is_given(
    results: pl.DataFrame,
) -> None:
    """Level, number and unit of resampling are told, and why it is rows."""
    assert answer.how_sure(results) == (
        "Intervals in brackets hold 95% of 2,000 resamples of participants in repeated matrix "
        "games and bargaining and rows in one-shot matrix games and lotteries (published rates, "
        "so that people cannot be resampled)."
    )
    bare = table([result(ci_low=None, ci_high=None, ci_level=None)])
    assert answer.how_sure(bare).startswith("There are no intervals")
