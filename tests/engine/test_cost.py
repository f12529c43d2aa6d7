"""What is planned is what is run; a large plan is made quickly and in little memory."""

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from silicus.backends.base import Capabilities, ModelCard
from silicus.engine import Counter, calibrate, plan_cost
from tests.engine.requests import all_scores, random_requests, request, sessions


@pytest.mark.parametrize("name", ["llama", "bloom"])
def test_cost_when_planned_then_counts_what_is_run(tiny_backend: Any, name: str) -> None:
    """Tokens of the trie and of brute force are exact; time comes from real blocks."""
    backend = tiny_backend(name)
    requests = sessions(4, 6)
    cost = plan_cost(backend, [*requests, requests[0]], calibrate_s=0.2)
    done: list[int] = []
    all_scores(backend, requests, method=cost["method"], progress=done.append)
    naive = sum(len(r.prompt) + 1 for r in [*requests, requests[0]] for _ in r.options)
    assert cost["n_decisions"] == len(requests) + 1
    assert cost["n_requests"] == len({item.prompt.tobytes() for item in requests})
    assert cost["n_tokens_trie"] == sum(done)
    assert cost["n_tokens_naive"] == naive
    assert cost["longest"] == max(len(item.prompt) + 1 for item in requests)
    assert cost["seconds"] == pytest.approx(cost["n_tokens_trie"] / cost["tokens_per_s"])
    assert cost["memory_bytes"] > 0
    assert cost["disk_bytes"] > 0


def test_cost_when_state_cannot_be_shared_then_time_is_of_every_sequence(tiny_backend: Any) -> None:
    """A recurrent model computes each surface form of each distinct request anew."""
    requests = random_requests(5)
    cost = plan_cost(tiny_backend("mamba"), requests, calibrate_s=0.1)
    assert cost["method"] == "sequence"
    assert cost["seconds"] == pytest.approx(cost["n_tokens_naive"] / cost["tokens_per_s"])


def test_cost_when_not_calibrated_or_empty_then_has_no_time(tiny_backend: Any) -> None:
    """Nothing is evaluated when no time is asked for, and no requests cost nothing."""
    cost = plan_cost(tiny_backend("llama"), random_requests(5), calibrate_s=0)
    assert cost["seconds"] is None
    assert cost["method"] is None
    empty = plan_cost(tiny_backend("llama"), [])
    assert (empty["n_decisions"], empty["n_tokens_trie"], empty["seconds"]) == (0, 0, None)


def test_count_when_in_batches_then_what_came_before_is_not_counted_again(
    tiny_backend: Any,
) -> None:
    """Batches add up as a run scores them: each distinct request once, decisions in full."""
    backend = tiny_backend("llama")
    requests = sessions(4, 6)
    counter = Counter(backend)
    first = counter.add(requests[:12], times=[3] * 12)
    second = counter.add(requests[6:])
    total = first + second
    before = {item.prompt.tobytes() for item in requests[:12]}
    fresh = [item for item in requests[12:] if item.prompt.tobytes() not in before]
    assert len(fresh) < 12
    alone = [all_tokens(backend, part) for part in (requests[:12], fresh)]
    assert total.n_tokens_trie == sum(alone)
    assert total.n_requests == plan_cost(backend, requests, calibrate_s=0)["n_requests"]
    each = [sum(len(r.prompt) + 1 for _ in r.options) for r in requests]
    assert total.n_tokens_naive == 3 * sum(each[:12]) + sum(each[6:])
    assert total.longest == max(first.longest, second.longest)
    assert counter.memory_bytes(total) > total.request_bytes > 0


def all_tokens(backend: Any, requests: list[Any]) -> int:
    """Return the tokens that scoring computes."""
    done: list[int] = []
    all_scores(backend, requests, method="packed", progress=done.append)
    return sum(done)


def test_rate_when_prompts_are_long_then_is_found_on_short_ones(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planning never runs brute force on what is longer than its few tokens allow."""
    backend = tiny_backend("llama")
    longest: list[int] = []
    run = type(backend).sequence

    def watched(self: Any, tokens: Any, *rest: Any) -> Any:
        longest.append(len(tokens))
        return run(self, tokens, *rest)

    monkeypatch.setattr(type(backend), "sequence", watched)
    rng = np.random.default_rng(0)
    requests = [request(rng.integers(270, 400, n), [(300,)], [(301,)]) for n in (20, 60, 900, 950)]
    rate = calibrate(_counted(backend, requests), seconds=0.1)
    assert rate is not None
    assert rate.method == "packed"
    assert rate.tokens_per_s > 0
    assert 0 < max(longest) <= 61
    assert calibrate(Counter(backend)) is None


def _counted(backend: Any, requests: list[Any]) -> Counter:
    counter = Counter(backend)
    counter.add(requests)
    return counter


class _Unloaded:
    """A model of which only the card is known: planning evaluates nothing."""

    card = ModelCard("m", "f", "A", "float32", "b", 1, 8192, 49152, "t", None)
    capabilities = Capabilities(("packed", "sequence"), True, 8192, 1024)

    def token_set(self, ends: tuple[str, ...]) -> np.ndarray:
        return np.arange(200, dtype=np.int32)


def test_cost_when_there_are_many_decisions_then_takes_seconds_and_little_memory() -> None:
    """10,000 decisions of about 500 tokens in a tenth of 30 s and well below 1.5 GB."""
    rng = np.random.default_rng(0)
    rules = rng.integers(0, 49000, 250)
    requests = []
    for _ in range(1000):
        text = np.concatenate([rules, rng.integers(0, 49000, 475)])
        requests += [request(text[: 272 + 48 * r], [(7,)], [(8,)]) for r in range(10)]
    start = time.process_time()
    tracemalloc.start()
    cost = plan_cost(_Unloaded(), requests, calibrate_s=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - start < 3 * 3  # tracing allocations costs about as much again
    assert peak < 200e6
    assert cost["n_tokens_trie"] < cost["n_tokens_naive"] / 10
