"""Rows of the Score table: distributions over options, mass beside them, refusals."""

import math

import pytest

from silicus.engine import ScoredRequest, score_table
from silicus.errors import ScoringError

PROMPT = {"decision_id": "d1", "formulation": "baseline", "format": "plain", "request_key": "k"}


def _item(forms, first=None) -> ScoredRequest:
    logs = tuple(tuple(math.log(p) if p else -math.inf for p in option) for option in forms)
    firsts = None if first is None else tuple(math.log(p) for p in first)
    return ScoredRequest("k", logs, firsts, 7)


def test_rows_when_options_have_forms_then_probabilities_add() -> None:
    """Mass is the sum over options and forms; option probabilities are shares of it."""
    table = score_table(
        [PROMPT], {"k": _item([[0.1, 0.2], [0.1]], first=[0.5, 0.25])}, predictor_id="m"
    )
    assert table["option_prob"].to_list() == pytest.approx([0.75, 0.25])
    assert table["option_mass"].to_list() == pytest.approx([0.4, 0.4])
    assert table["logprob"].to_list() == pytest.approx([math.log(0.3), math.log(0.1)])
    assert table["first_token_prob"].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert table["first_token_mass"].to_list() == pytest.approx([0.75, 0.75])
    assert [len(forms) for forms in table["form_logprobs"]] == [2, 1]
    assert table["n_prompt_tokens"].to_list() == [7, 7]


def test_rows_when_first_tokens_cannot_tell_options_apart_then_are_null() -> None:
    """10 and 100 begin with the same token: no first-token score is made up."""
    table = score_table([PROMPT], {"k": _item([[0.1], [0.2]])}, predictor_id="m")
    for column in ("first_token_logprob", "first_token_prob", "first_token_mass"):
        assert table[column].null_count() == 2


def test_rows_when_probabilities_are_tiny_then_shares_are_exact() -> None:
    """Shares are formed from log-probabilities: a mass of e^-900 does not round to zero."""
    item = ScoredRequest("k", ((-900.0,), (-901.0,)), None, 3)
    table = score_table([PROMPT], {"k": item}, predictor_id="m")
    assert table["option_prob"].to_list() == pytest.approx(
        [1 / (1 + math.exp(-1)), math.exp(-1) / (1 + math.exp(-1))]
    )


def test_table_when_a_score_is_missing_or_nothing_is_possible_then_refuses() -> None:
    """Neither a missing score nor a mass of zero becomes a row."""
    with pytest.raises(ScoringError, match="decision d1 has no score of m"):
        score_table([PROMPT], {}, predictor_id="m")
    with pytest.raises(ScoringError, match="no probability at all"):
        score_table([PROMPT], {"k": _item([[0.0], [0.0]])}, predictor_id="m")
