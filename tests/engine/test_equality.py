"""Every fast way gives the numbers of brute force, whatever the batch, budget, order or model."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from silicus.engine import choose_method
from tests.backends.tiny import ARCHITECTURES
from tests.engine.requests import (
    FIRST_ID,
    LAST_ID,
    all_scores,
    flat,
    largest_difference,
    oracle,
    random_requests,
    request,
    request_sets,
    sessions,
)

NATS = 1e-4
FAST = [
    (name, method)
    for name, made in ARCHITECTURES.items()
    for method in made.methods
    if method != "sequence" and (name, method) != ("gpt_oss", "packed")
]


@pytest.mark.parametrize(("name", "method"), FAST)
def test_scores_when_prompts_share_beginnings_then_equal_brute_force(
    tiny_backend: Any, name: str, method: str
) -> None:
    """Random branching prompts, longer than every window, in many blocks."""
    backend = tiny_backend(name)
    requests = random_requests(14)
    expected = oracle(backend, requests)
    values = np.concatenate([flat(item) for item in expected.values()])
    assert values.std() > 1, "the tiny model hardly tells contexts apart: the test has no power"
    for max_nodes in (7, 64, 4096):
        found = all_scores(backend, requests, method=method, max_nodes=max_nodes)
        assert largest_difference(found, expected) < NATS


@pytest.mark.parametrize(("name", "method"), FAST)
def test_scores_when_later_prompts_continue_earlier_ones_then_equal_brute_force(
    tiny_backend: Any, name: str, method: str
) -> None:
    """A whole dialogue in one pass: decision points are inner nodes."""
    backend = tiny_backend(name)
    requests = sessions(2, 6)
    found = all_scores(backend, requests, method=method, max_nodes=50)
    assert largest_difference(found, oracle(backend, requests)) < NATS


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_decision_in_a_dialogue_when_later_turns_change_then_keeps_its_score(
    tiny_backend: Any, name: str
) -> None:
    """Scoring a session in one pass shows no decision what came after it."""
    backend = tiny_backend(name)
    method = choose_method(backend, sessions(1, 3)).method
    first = sessions(1, 5, seed=3)
    other = [*first[:3], *sessions(1, 5, seed=4)]
    long, changed = (all_scores(backend, part, method=method) for part in (first, other))
    alone = all_scores(backend, first[:3], method=method)
    for key, item in alone.items():
        assert np.abs(flat(item) - flat(long[key])).max() < NATS
        assert np.abs(flat(item) - flat(changed[key])).max() < NATS


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    requests=request_sets(),
    max_nodes=st.integers(1, 40),
    name=st.sampled_from(["llama", "gemma3", "gemma2", "opt"]),
    method=st.sampled_from(["packed", "cached"]),
    order=st.randoms(use_true_random=False),
)
def test_scores_when_anything_else_changes_then_stay(
    tiny_backend: Any, requests: Any, max_nodes: int, name: str, method: str, order: Any
) -> None:
    """Budget, order, batch and way are no part of a score; any sharing may occur."""
    backend = tiny_backend(name)
    expected = oracle(backend, requests)
    shuffled = list(requests)
    order.shuffle(shuffled)
    found = all_scores(backend, shuffled, method=method, max_nodes=max_nodes)
    assert largest_difference(found, expected) < NATS


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_batch_when_split_then_changes_nothing(tiny_backend: Any, method: str) -> None:
    """Alone, in pairs or all at once: a request keeps its numbers.

    lm-evaluation-harness#704, #1645, #1625, #1672: likelihoods changed with the batch size.
    """
    backend = tiny_backend("llama")
    requests = random_requests(10, seed=5)
    whole = all_scores(backend, requests, method=method)
    for size in (1, 2, 3):
        parts: dict[str, Any] = {}
        for at in range(0, len(requests), size):
            parts.update(all_scores(backend, requests[at : at + size], method=method))
        assert largest_difference(parts, whole) < 1e-5


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_option_when_others_are_added_then_keeps_its_score(tiny_backend: Any, method: str) -> None:
    """An option's log-probability does not depend on which others are asked for."""
    backend = tiny_backend("qwen3")
    prompt = random_requests(1)[0].prompt
    pair = request(prompt, [(300,)], [(301, 302)])
    more = request(prompt, [(300,)], [(301, 302)], [(300, 302)], [(310,), (311,)])
    (two,) = all_scores(backend, [pair], method=method).values()
    (four,) = all_scores(backend, [more], method=method).values()
    assert np.abs(flat(two) - flat(four)[:2]).max() < 1e-5


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_option_when_it_begins_another_then_both_are_whole(tiny_backend: Any, method: str) -> None:
    """10 and 100, 1 and 10: each ends with its end, so neither contains the other."""
    backend = tiny_backend("llama")
    prompt = random_requests(1)[0].prompt
    nested = request(prompt, [(300,)], [(300, 301)], [(300, 301, 301)])
    found = all_scores(backend, [nested], method=method)
    assert largest_difference(found, oracle(backend, [nested])) < NATS
    (item,) = found.values()
    assert item.first_token_logprobs is None
    total = float(np.logaddexp.reduce(flat(item)))
    assert total < 0
    ids = np.arange(len(backend.encoder.tokenizer), dtype=np.int32)
    step = backend.sequence(
        np.asarray([*prompt, 300], dtype=np.int32), np.full(2, len(prompt)), np.array([301, -1]),
        [backend.token_set(('"',))],
    )  # fmt: skip
    everything = backend.sequence(prompt, np.full(len(ids), len(prompt) - 1), ids, [])
    assert np.logaddexp.reduce(everything) == pytest.approx(0, abs=1e-5)
    assert flat(item)[0] == pytest.approx(everything[300] + step[1], abs=NATS)


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_prompts_when_equal_then_are_scored_once(tiny_backend: Any, method: str) -> None:
    """Equal requests cost one evaluation and give one score; different ends are different."""
    backend = tiny_backend("llama")
    one, other = random_requests(2, seed=9)
    done: list[int] = []
    found = all_scores(backend, [one, other, one, one], method=method, progress=done.append)
    once: list[int] = []
    all_scores(backend, [one, other], method=method, progress=once.append)
    assert sum(done) == sum(once)
    assert len(found) == 2
    dotted = replace(one, ends=(".",))
    both = all_scores(backend, [one, dotted], method=method)
    assert len(both) == 2
    assert largest_difference(both, oracle(backend, [one, dotted])) < NATS


def test_prompts_when_one_continues_with_an_option_of_another_then_share_nodes(
    tiny_backend: Any,
) -> None:
    """The nodes of a dialogue are those of its last prompt, plus the options not taken."""
    backend = tiny_backend("llama")
    requests = sessions(1, 8)
    done: list[int] = []
    all_scores(backend, requests, method="packed", progress=done.append)
    last = len(requests[-1].prompt)
    assert sum(done) == last + 7 * 1 + 2  # one untaken option a round, two of the last one


@pytest.mark.parametrize("method", ["packed", "cached"])
def test_wanted_rows_when_more_than_a_block_may_hold_then_blocks_are_smaller(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Large vocabularies bound the logits of a block; results do not depend on the bound."""
    backend = tiny_backend("gemma3")
    requests = random_requests(10)
    expected = oracle(backend, requests)
    largest: list[int] = []
    evaluate = type(backend).evaluate

    def counted(self: Any, block: Any, *rest: Any, **how: Any) -> Any:
        largest.append(len(np.unique(block.wanted_node)))
        return evaluate(self, block, *rest, **how)

    monkeypatch.setattr(type(backend), "evaluate", counted)
    for rows in (1, 2, 5):
        largest.clear()
        monkeypatch.setattr(
            backend, "capabilities", replace(backend.capabilities, max_wanted_rows=rows)
        )
        found = all_scores(backend, requests, method=method)
        assert max(largest) <= rows
        assert largest_difference(found, expected) < NATS


def test_window_when_prompts_are_longer_then_matters(tiny_backend: Any) -> None:
    """The windows of the tiny models are short enough that a wrong one would show."""
    backend = tiny_backend("gemma3")
    rng = np.random.default_rng(0)
    tail = rng.integers(FIRST_ID, LAST_ID, 30)
    near = request(np.concatenate([[300] * 30, tail]), [(300,)], [(301,)])
    far = request(np.concatenate([[310] * 30, tail]), [(300,)], [(301,)])
    a, b = (flat(next(iter(oracle(backend, [item]).values()))) for item in (near, far))
    assert np.abs(a - b).max() > 0.01  # the full layers see beyond the windows
    config = backend.model.config.get_text_config()
    assert len(tail) > config.sliding_window


@pytest.mark.parametrize("name", ["llama", "mixtral", "gemma2"])
@pytest.mark.parametrize(("dtype", "nats"), [("mixed", 0.6), ("bfloat16", 1.0)])
def test_reduced_precision_when_compared_with_float32_then_is_near(
    tiny_backend: Any, name: str, dtype: str, nats: float
) -> None:
    """bfloat16 and mixed stay near float32, and the fast ways near their own brute force.

    Bounds are wide because tiny models with wide weights magnify rounding; the real models'
    errors are in test_real_models.py.
    """
    exact, rounded = tiny_backend(name), tiny_backend(name, dtype=dtype)
    requests = random_requests(12)
    precise = list(oracle(exact, requests).values())
    found = list(oracle(rounded, requests).values())
    differences = np.concatenate(
        [np.abs(flat(a) - flat(b)) for a, b in zip(precise, found, strict=True)]
    )
    assert 0 < np.median(differences) < nats / 4
    packed = all_scores(rounded, requests, method="packed")
    own = oracle(rounded, requests)
    assert np.median([np.abs(flat(packed[k]) - flat(own[k])).max() for k in own]) < nats / 4
    weight = rounded.model.get_input_embeddings().weight
    assert weight.dtype == (torch.bfloat16 if dtype == "bfloat16" else torch.float32)
    assert rounded.card.dtype == dtype
    assert not set(packed) & {item.key for item in precise}
