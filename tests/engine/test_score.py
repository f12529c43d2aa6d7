"""Choosing a way that agrees with brute force, and streaming what it finds."""

import tracemalloc
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.backends.transformers import load
from silicus.backends.trie_attention import _Layout
from silicus.engine import choose_method, score
from silicus.engine.score import MethodCheck, checked_on, n_tokens
from silicus.errors import ScoringError, StudyError
from tests.backends import tiny
from tests.backends.tiny import ARCHITECTURES
from tests.engine.requests import (
    FIRST_ID,
    LAST_ID,
    all_scores,
    largest_difference,
    oracle,
    random_requests,
    request,
    sessions,
)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_way_when_chosen_then_is_the_fastest_that_agrees(tiny_backend: Any, name: str) -> None:
    """Packed where attention can be replaced, else cached, else brute force; each one checked."""
    backend = tiny_backend(name)
    assert backend.capabilities.methods == ARCHITECTURES[name].methods
    check = choose_method(backend, random_requests(6))
    expected = "cached" if name == "gpt_oss" else ARCHITECTURES[name].methods[0]
    assert check.method == expected
    for found in check.differences.values():
        assert isinstance(found, str) or found < 1e-4


def test_way_when_attention_cannot_be_replaced_then_falls_back_with_a_warning(
    tiny_backend: Any,
) -> None:
    """A model with attention sinks is evaluated with its own attention, and the run says so."""
    backend = tiny_backend("gpt_oss")
    check = choose_method(backend, random_requests(6))
    assert check.warning is not None
    assert "fell back to the way 'cached'" in check.warning
    assert "attention sinks" in check.warning
    requests = sessions(1, 4)
    found = all_scores(backend, requests, method=check.method)
    assert largest_difference(found, oracle(backend, requests)) < 1e-4


def test_way_when_it_gives_other_numbers_then_is_refused(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong mask is found by the self-check, whatever its cause."""
    backend = tiny_backend("mistral")
    right = _Layout.bias
    monkeypatch.setattr(_Layout, "bias", lambda self, run, _, dtype: right(self, run, None, dtype))
    check = choose_method(backend, random_requests(6))
    assert check.method == "cached"
    assert isinstance(check.differences["packed"], float)
    assert check.differences["packed"] > 1e-3
    assert "packed: off by" in str(check.warning)


def test_way_when_asked_for_then_is_used_or_refused_by_name(tiny_backend: Any) -> None:
    """Asking for one way skips faster ones; asking for an impossible one is an error."""
    requests = random_requests(4)
    assert choose_method(tiny_backend("llama"), requests, asked="cached").method == "cached"
    assert choose_method(tiny_backend("llama"), requests, asked="sequence").differences == {}
    with pytest.raises(StudyError, match='cannot be evaluated as "packed"; possible: sequence'):
        choose_method(tiny_backend("mamba"), requests, asked="packed")


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=12),
    window=st.sampled_from([None, 64, 512]),
    n_options=st.integers(2, 4),
)
def test_check_when_prompts_are_long_then_is_bounded_and_passes_the_window(
    lengths: list[int], window: int | None, n_options: int
) -> None:
    """What brute force takes is bounded; a prompt beyond the window is tried if there is one.

    In any case the shortest prompt is tried, and on two forms the shortest beyond the window and
    the longest of all.
    """
    options = [[(k, 5), (k + 10,)] for k in range(n_options)]
    requests = [request(np.full(n, 300), *options) for n in lengths]
    sample = checked_on(requests, 4096, () if window is None else (window,))
    tried = [len(item.prompt) for item in sample]
    assert len(sample) == len({id(item) for item in sample}) <= 5
    assert max(tried) == max(lengths)
    assert min(lengths) in tried
    beyond = [n for n in lengths if window is not None and n > window]
    if beyond:
        assert max(tried) > (window or 0)
    unavoidable = 2 * n_options * (min(lengths) + 2)
    unavoidable += 2 * (min(beyond, default=0) + 2) + 2 * (max(lengths) + 2)
    assert sum(map(n_tokens, sample)) <= 4096 + unavoidable
    for item in sample:
        assert len(item.options) >= 2
        assert all(option.forms for option in item.options)


def test_check_when_short_prompts_only_then_tries_the_longest_too(tiny_backend: Any) -> None:
    """Where tokens suffice, the sample is the shortest, the median and the longest, unshortened."""
    requests = sessions(3, 7)
    sample = checked_on(requests, 100_000)
    lengths = sorted(len(item.prompt) for item in requests)
    assert sorted(len(item.prompt) for item in sample) == [lengths[0], lengths[10], lengths[-1]]
    assert all(any(item is given for given in requests) for item in sample)


def test_way_when_wrong_beyond_the_window_only_then_is_refused(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that is left out shows in prompts longer than it: the check has one.

    All but one of the prompts are shorter, and the tokens of the check do not suffice for it.
    """
    backend = tiny_backend("mistral")
    (window,) = backend.capabilities.thresholds
    right = _Layout.bias
    monkeypatch.setattr(_Layout, "bias", lambda self, run, _, dtype: right(self, run, None, dtype))
    rng = np.random.default_rng(1)
    n_short = window // 2
    requests = [
        request(rng.integers(FIRST_ID, LAST_ID, n_short), [(300, 301)], [(302,)]) for _ in range(9)
    ]
    assert choose_method(backend, requests, check_tokens=4 * window).method == "packed"
    requests.append(request(rng.integers(FIRST_ID, LAST_ID, 3 * window), [(300,)], [(302,)]))
    check = choose_method(backend, requests, check_tokens=4 * window)
    assert check.method == "cached"


@pytest.mark.parametrize(
    ("name", "window"), [("llama", False), ("mistral", True), ("gemma3", True)]
)
def test_window_when_a_model_has_one_then_is_told(
    tiny_backend: Any, name: str, window: bool
) -> None:
    """Capabilities say how far back a layer with a limited view looks, and nothing otherwise."""
    backend = tiny_backend(name)
    found = backend.capabilities.thresholds
    assert found == ((backend.model.config.sliding_window,) if window else ())


def test_warning_when_nothing_was_refused_then_is_none() -> None:
    """A run in which the first way agreed has nothing to tell."""
    assert MethodCheck("packed", {"packed": 1e-6}).warning is None


def test_weights_when_they_hold_nan_then_scoring_stops(tmp_path: Any) -> None:
    """A model that answers NaN is an error that names it, in every way, never a row.

    minicons#78, #51: NaN scores went unnoticed.
    """
    folder = tiny.save("llama", tmp_path)
    backend = load(model_id="broken", source=f"folder:{folder}")
    backend.model.model.layers[1].post_attention_layernorm.weight[0] = torch.nan
    requests = random_requests(3)
    for method in ("packed", "cached", "sequence"):
        with pytest.raises(ScoringError, match="model broken gave a log-probability"):
            all_scores(backend, requests, method=method)
    with pytest.raises(ScoringError):
        choose_method(backend, requests)


def test_probabilities_when_of_a_real_forward_pass_then_are_not_one(tiny_backend: Any) -> None:
    """Log-probabilities lie below 0 and differ: a client that answers 0 for all would be found.

    helm#1497, #1469: a local client returned log-probability 0, so everything looked right.
    """
    values = np.concatenate(
        [
            np.concatenate([np.asarray(forms) for forms in item.form_logprobs])
            for item in all_scores(
                tiny_backend("llama"), random_requests(8), method="packed"
            ).values()
        ]
    )
    assert (values < -1e-3).all()
    assert len(np.unique(values)) > len(values) / 2


def test_scores_when_streamed_then_come_before_the_end(tiny_backend: Any) -> None:
    """Chunks arrive as blocks are done, so that an interrupted run keeps what it has."""
    requests = random_requests(12)
    parts = list(score(tiny_backend("llama"), requests, method="packed", max_nodes=30))
    assert len(parts) > 3
    assert sum(map(len, parts)) == len(requests)


def test_scores_when_the_plan_is_cut_into_chunks_then_stay(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many tries instead of one, to bound memory, give the same numbers."""
    requests = random_requests(12)
    backend = tiny_backend("gemma3")
    expected = oracle(backend, requests)
    monkeypatch.setattr(import_module("silicus.engine.score"), "CHUNK_TOKENS", 150)
    assert largest_difference(all_scores(backend, requests, method="packed"), expected) < 1e-4


def test_memory_when_decisions_grow_then_does_not(tiny_backend: Any) -> None:
    """Scores are handed on, not collected: memory follows a chunk, not the run."""
    backend = tiny_backend("llama")

    def peak(n: int) -> int:
        requests = sessions(n, 5)
        tracemalloc.start()
        for _ in score(backend, requests, method="packed", max_nodes=256):
            pass
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    peak(2)
    assert peak(40) < 40 / 4 * max(peak(4), 100_000)


def test_requests_when_none_then_no_scores(tiny_backend: Any) -> None:
    """An empty batch is no error and no number."""
    for method in ("packed", "cached", "sequence"):
        assert all_scores(tiny_backend("llama"), [], method=method) == {}
