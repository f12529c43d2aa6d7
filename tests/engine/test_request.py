"""What makes a score, and the key that says for which model and which tokens it holds."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from silicus.backends.base import ModelCard
from silicus.engine import request_key
from silicus.engine.request import combine
from silicus.errors import ScoringError
from tests.engine.requests import all_scores, random_requests, request

CARD = ModelCard("m", "f" * 64, "A", "float32", "transformers-5", 1, 10, 10, "t" * 64, None)
END = np.asarray([5, 6], dtype=np.int32)


def test_key_when_the_model_differs_then_differs() -> None:
    """Scores of model A can never be taken for scores of model B.

    lm-evaluation-harness#4063, #2715, PR #4065: the cache served one model's answers for another.
    """
    item = request([1, 2], [(3,)], [(4,)])
    key = request_key(CARD, item, END)
    assert key == request_key(replace(CARD, model_id="another name"), item, END)
    for change in (
        {"fingerprint": "e" * 64},
        {"dtype": "bfloat16"},
        {"dtype": "mixed"},
        {"backend": "transformers-6"},
    ):
        assert request_key(replace(CARD, **change), item, END) != key


def test_key_when_two_weights_share_a_name_then_differs(tiny_backend: Any) -> None:
    """Two loads under similar names are told apart by their weights, not by what they are called.

    lm-evaluation-harness#4063: answers of one checkpoint were served for another.
    """
    one, other = tiny_backend("llama"), tiny_backend("llama", seed=1)
    requests = random_requests(3)
    assert one.card.fingerprint != other.card.fingerprint
    found = (all_scores(backend, requests, method="packed") for backend in (one, other))
    first, second = found
    assert not set(first) & set(second)


def test_key_when_what_is_asked_differs_then_differs() -> None:
    """Prompt, options, surface forms, their order, and the set of ends are all part of it."""
    asked = [
        (request([1, 2], [(3,)], [(4,)]), END),
        (request([1, 2, 3], [(3,)], [(4,)]), END),
        (request([12], [(3,)], [(4,)]), END),
        (request([1, 2], [(4,)], [(3,)]), END),
        (request([1, 2], [(3,), (4,)], [(5,)]), END),
        (request([1, 2], [(3,)], [(4,), (5,)]), END),
        (request([1, 2], [(3, 4)], [(5,)]), END),
        (request([1, 2], [(3,)], [(4,)]), END[:1]),
    ]
    assert len({request_key(CARD, item, ends) for item, ends in asked}) == len(asked)


def test_key_when_number_types_differ_then_is_the_same() -> None:
    """The key is made of token ids, not of how an array stores them."""
    item = request([1, 2], [(3,)], [(4,)])
    wide = replace(item, prompt=item.prompt.astype(np.int64))
    assert request_key(CARD, item, END) == request_key(CARD, wide, END.astype(np.int64))
    listed = request([1, 2], [(np.int64(3),)], [(np.int64(4),)])
    assert request_key(CARD, item, END) == request_key(CARD, listed, END)


def test_forms_when_several_then_probabilities_of_first_tokens_add() -> None:
    """Surface forms of one option are added, never the best one taken; each is kept.

    opencompass#709, #466; BIG-bench PR #468: several forms of one answer should add up.
    """
    item = request([1], [(3,), (4,)], [(5,)])
    steps = [[[math.log(0.2), -0.5], [math.log(0.1), -0.25]], [[math.log(0.4), -1.0]]]
    made = combine("k", item, steps)
    assert made.form_logprobs[0] == pytest.approx((math.log(0.2) - 0.5, math.log(0.1) - 0.25))
    assert made.first_token_logprobs == pytest.approx((math.log(0.3), math.log(0.4)))


def test_first_tokens_when_forms_of_one_option_share_one_then_it_counts_once() -> None:
    """Forms "Yes" and "Yes." of one option begin alike: their first token is not counted twice."""
    item = request([1], [(3,), (3, 7)], [(5,)])
    steps = [[[math.log(0.2), -1.0], [math.log(0.2), -1.0, -1.0]], [[math.log(0.4), -1.0]]]
    made = combine("k", item, steps)
    assert made.first_token_logprobs == pytest.approx((math.log(0.2), math.log(0.4)))


@pytest.mark.parametrize("bad", [math.nan, 0.5, math.inf])
def test_value_when_it_is_no_log_probability_then_is_refused(bad: float) -> None:
    """NaN and values above 0 stop the run; they never reach a table.

    minicons#78, #51: NaN after a change of chat format; helm#1497.
    """
    with pytest.raises(ScoringError, match="option 1 of the prompt ending in 'tail'"):
        combine("k", replace(request([1], [(3,)], [(4,)]), text="tail"), [[[-1.0]], [[bad]]])
