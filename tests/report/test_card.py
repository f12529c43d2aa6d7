"""The stand-in card and its rules."""

import json
from typing import Any

import pytest

from silicus.report import card, facts
from silicus.study.answering import answered

from .synthetic import ALIGNED, BASE, THEORY, result, table

FLOOR = {"predictor_id": "base_rate", "formulation": "none", "format": "none"}
GOOD = [
    result(estimate=0.5, ci_low=0.4, ci_high=0.6),
    result(metric="log_loss", estimate=0.5, ci_low=0.48, ci_high=0.52),
    result(metric="log_loss", estimate=0.65, **FLOOR),
    result(
        metric="log_loss", estimate=0.64, predictor_id=THEORY, formulation="none", format="none"
    ),
    result(metric="option_mass", estimate=0.8),
    result(metric="calibration_error", estimate=0.1),
    result(metric="reachable_share_log_loss", estimate=0.8),
    result(slice="round=1", estimate=0.01),
]


def made(manifest: dict[str, Any], rows: list[dict[str, Any]]) -> card.Card:
    """Return the card of planted results."""
    return card.made(answered(manifest, table(rows)).card, facts.read(manifest))


def judged(manifest: dict[str, Any], rows: list[dict[str, Any]]) -> card.Cell:
    """Return the one cell of a card."""
    (cell,) = made(manifest, rows).cells
    return cell


def changed(metric: str, slice_: str = "all", **cells: Any) -> list[dict[str, Any]]:
    """Return the good rows with one of them changed."""
    found = [r["metric"] == metric and r["slice"] == slice_ for r in GOOD]
    assert any(found)
    return [
        r | cells if hit and r["predictor_id"] == BASE else r
        for r, hit in zip(GOOD, found, strict=True)
    ]


def without(metric: str) -> list[dict[str, Any]]:
    """Return the good rows without a metric over all decisions."""
    return [r for r in GOOD if r["metric"] != metric or r["slice"] != "all"]


def test_card_when_all_rules_are_met_then_the_answer_is_yes_here(manifest: dict[str, Any]) -> None:
    """Figures exactly at the written limits meet the rules."""
    line = judged(manifest, GOOD)
    assert line.verdict == "yes, here"
    assert [one.state for one in line.marks] == [card.MET] * len(card.RULES)


@pytest.mark.parametrize(
    ("rows", "rule", "state", "answer"),
    [
        (changed("pearson_r", ci_low=-0.01), "agreement", card.OPEN, "not shown"),
        (changed("pearson_r", ci_low=None, ci_high=None), "agreement", card.OPEN, "not shown"),
        (
            changed("pearson_r", estimate=-0.1, ci_low=-0.2, ci_high=0.1),
            "agreement",
            card.NOT_MET,
            "no",
        ),
        (changed("log_loss", estimate=0.64), "theory", card.NOT_MET, "no"),
        (changed("log_loss", ci_high=0.645), "theory", card.OPEN, "not shown"),
        (
            [row for row in GOOD if row["predictor_id"] != THEORY],
            "theory",
            card.NOT_ASSESSED,
            "not shown",
        ),
        (changed("option_mass", estimate=0.79), "mass", card.NOT_MET, "no"),
        (changed("calibration_error", estimate=0.11), "calibration", card.NOT_MET, "with warnings"),
        (without("calibration_error"), "calibration", card.NOT_ASSESSED, "with warnings"),
        (
            changed("reachable_share_log_loss", estimate=0.79),
            "reachable",
            card.NOT_MET,
            "with warnings",
        ),
        (changed("pearson_r", "round=1", estimate=0.0), "parts", card.NOT_MET, "with warnings"),
    ],
)
def test_card_when_one_figure_changes_then_its_rule_and_the_answer_follow(
    manifest: dict[str, Any], rows: list[dict[str, Any]], rule: str, state: str, answer: str
) -> None:
    """Each rule alone turns the answer as written, and the others stay met."""
    line = judged(manifest, rows)
    states = {one.rule: one.state for one in line.marks}
    assert states.pop(rule) == state
    assert set(states.values()) == {card.MET}
    assert line.verdict == answer


def test_card_when_the_run_compares_with_the_base_rate_then_that_difference_decides(
    manifest: dict[str, Any],
) -> None:
    """A paired difference is better than two intervals side by side, and takes their place."""
    paired = {"metric": "log_loss", "format": "plain|none", "estimate": -0.15, "ci_high": -0.1}
    rows = [
        *changed("log_loss", ci_high=0.7),
        *(result(**paired, reference_id=name) for name in ("base_rate", THEORY)),
    ]
    line = judged(manifest, rows)
    floor, theory = line.mark("floor"), line.mark("theory")
    assert (floor.state, theory.state, line.verdict) == (card.MET, card.MET, "yes, here")
    assert "minus base_rate" in floor.more
    assert f"minus {THEORY}" in theory.more


def test_card_when_there_are_theories_then_only_models_get_a_line(
    manifest: dict[str, Any],
) -> None:
    """Theories and floors do not stand in for people; models come in the manifest's order."""
    rows = [
        result(predictor_id=THEORY, format="none"),
        result(**FLOOR),
        result(predictor_id=ALIGNED, format="chat"),
        result(),
    ]
    assert [row[0] for row in made(manifest, rows).rows] == [BASE, ALIGNED]


def test_card_when_a_model_was_scored_in_two_formats_then_its_own_is_judged(
    manifest: dict[str, Any],
) -> None:
    """An aligned model scored plain and with its template is judged with the template."""
    manifest["predictors"][1:2] = [
        manifest["predictors"][1] | {"format": format_} for format_ in ("plain", "chat")
    ]
    rows = [result(predictor_id=ALIGNED, format=format_) for format_ in ("plain", "chat")]
    assert judged(manifest, rows).format == "chat"


def test_card_when_there_is_one_pair_then_its_rounds_are_read_from_the_means_over_pairs(
    manifest: dict[str, Any],
) -> None:
    """The mean over base models is the one base model, so its rounds count for the card."""
    means = {"metric": "pearson_r_mean_over_pairs", "predictor_id": "base", "slice": "round=3"}
    rows = [row for row in GOOD if row["slice"] == "all"]
    line = judged(manifest, [*rows, result(**means, estimate=-0.02)])
    assert line.verdict == "with warnings"
    assert line.mark("parts").more == "r not above 0 in round 3"


def test_card_when_r_cannot_be_computed_in_a_part_then_that_part_does_not_count(
    manifest: dict[str, Any],
) -> None:
    """A condition in which nobody varied says nothing against a model."""
    missing = {"estimate": None, "ci_low": None, "ci_high": None, "note": "nobody varied"}
    assert judged(manifest, [*GOOD, result(slice="round=2", **missing)]).verdict == "yes, here"


def test_sentence_when_a_model_fails_then_the_rule_that_fails_most_is_named(
    manifest: dict[str, Any],
) -> None:
    """One sentence per model says whether it may stand in and what stands against it."""
    (row,) = made(manifest, GOOD).rows
    assert row[2] == f"{BASE} may stand in for these participants in repeated matrix games."
    (row,) = made(manifest, changed("option_mass", estimate=0.5)).rows
    assert row[2] == f"{BASE} may not stand in for these participants; unmet: answers as asked."


def test_exports_when_names_hold_markup_then_every_form_keeps_them_as_text(
    manifest: dict[str, Any],
) -> None:
    """Markdown, SVG and JSON carry each mark with its word, and untrusted names stay text."""
    hostile = "<b>|x\n# y</b>"
    manifest["study"]["title"] = hostile
    found = answered(manifest, table(GOOD))
    one, known = card.made(found.card, facts.read(manifest)), facts.read(manifest)
    markdown, svg = card.as_markdown(one, known), card.as_svg(one, known)
    assert "<b>" not in markdown.replace("\\<b", "")
    assert "\n# y" not in markdown
    assert "<b>" not in svg
    assert markdown.count(card.MARKS[card.MET] + " met") == len(card.RULES)
    assert svg.count(card.MARKS[card.MET] + " met") == len(card.RULES)
    assert len(json.loads(card.as_json(found.card))) == len(card.RULES)
