"""What a batch of requests will cost, before it is run: tokens, time, memory, disk.

Tokens are counted exactly, with the tries and blocks that will be run. Time is measured: some of
the very blocks are evaluated for about ten seconds, and the rate carried over to the rest.
"""

import time
from typing import Any

import numpy as np

from silicus.backends.base import Backend, Request
from silicus.engine.plan import MAX_NODES, blocks
from silicus.engine.score import choose_method, chunks, distinct_requests, n_tokens
from silicus.engine.trie import Trie, build

SAMPLE_TOKENS = 400_000
"""Prompt tokens of the neighbouring requests that calibration draws its blocks from."""

SCORE_BYTES = 300
"""Bytes on disk of one option of one request, in the journal and the Score table together."""

STATE_COPIES = 3
"""Copies of the attention state held at once: the path, path + block, and what is kept of it."""


def plan_cost(
    backend: Backend,
    requests: list[Request],
    *,
    asked: str = "auto",
    calibrate_s: float = 10,
    max_nodes: int = MAX_NODES,
) -> dict[str, Any]:
    """Return what scoring requests will cost.

    Parameters
    ----------
    backend : Backend
    requests : list of Request
        One per decision; equal ones are scored once.
    asked : str
        How to evaluate, as in :func:`silicus.engine.choose_method`.
    calibrate_s : float
        About how long to measure (after the self-check of the way to evaluate), in seconds; 0
        for no estimate of the time.
    max_nodes : int
        Most trie nodes evaluated in one call.

    Returns
    -------
    dict
        ``n_decisions``, ``n_requests`` (distinct), ``n_tokens_naive`` (each surface form in a
        sequence of its own, for every decision), ``n_tokens_trie`` (distinct beginnings, each
        computed once), ``n_blocks``, ``n_wanted`` (log-probabilities taken), ``longest`` (tokens
        of the longest sequence), ``method``, ``tokens_per_s`` and ``seconds`` (None without
        calibration), ``memory_bytes`` (beside the weights: requests, plan, attention state and
        logits of one block), ``disk_bytes`` (of the scores).
    """
    distinct = distinct_requests(backend, requests)
    found: dict[str, Any] = {
        "n_decisions": len(requests),
        "n_requests": len(distinct),
        "n_tokens_naive": sum(map(n_tokens, requests)),
        "n_tokens_trie": 0,
        "n_blocks": 0,
        "n_wanted": 0,
        "longest": 0,
    }
    plan_bytes = 0
    limit = backend.capabilities.max_wanted_rows
    for keys in chunks(distinct):
        trie, _ = _trie(backend, [distinct[key] for key in keys])
        found["n_tokens_trie"] += len(trie.token)
        found["n_blocks"] += sum(1 for _ in blocks(trie, max_nodes=max_nodes, max_rows=limit))
        found["n_wanted"] += len(trie.wanted_node)
        found["longest"] = max(found["longest"], int(trie.depth.max(initial=-1)) + 1)
        plan_bytes = max(plan_bytes, 2 * sum(part.nbytes for part in trie))
    n_bytes = sum(r.prompt.nbytes + len(r.text) for r in distinct.values())
    block_bytes = _block_bytes(backend, found["longest"], min(max_nodes, found["n_tokens_trie"]))
    found["memory_bytes"] = n_bytes + plan_bytes + block_bytes
    found["disk_bytes"] = SCORE_BYTES * sum(len(r.options) for r in distinct.values())
    found |= {"method": None, "tokens_per_s": None, "seconds": None}
    if calibrate_s > 0 and distinct:
        method = choose_method(backend, list(distinct.values()), asked=asked).method
        # Brute force shares nothing: its tokens are those of the sequences.
        needed = (
            sum(map(n_tokens, distinct.values()))
            if method == "sequence"
            else found["n_tokens_trie"]
        )
        rate = _rate(backend, list(distinct.values()), method, calibrate_s, max_nodes)
        found |= {"method": method, "tokens_per_s": rate, "seconds": needed / rate}
    return found


def _trie(backend: Backend, requests: list[Request]) -> tuple[Trie, list[np.ndarray]]:
    set_index = {ends: k for k, ends in enumerate(sorted({r.ends for r in requests}))}
    return build(requests, set_index), [backend.token_set(ends) for ends in set_index]


def _rate(
    backend: Backend, requests: list[Request], method: str, seconds: float, max_nodes: int
) -> float:
    """Return tokens per second of a way to evaluate, on neighbouring requests of a plan."""
    if method == "sequence":
        return _sequence_rate(backend, requests, seconds)
    sample = _neighbours(requests)
    trie, sets = _trie(backend, sample)
    limit = backend.capabilities.max_wanted_rows
    n_done, spent = 0, 0.0
    # Small blocks at first, so that a slow model keeps to its time; the first one warms up.
    for size in (min(256, max_nodes), max_nodes):
        for n, planned in enumerate(blocks(trie, max_nodes=size, max_rows=limit)):
            start = time.perf_counter()
            backend.evaluate(planned.block, sets, method=method)
            if n or size == max_nodes:
                n_done += len(planned.block.token)
                spent += time.perf_counter() - start
            if n and spent >= seconds * (0.2 if size < max_nodes else 1):
                break
        if size < max_nodes and spent < seconds:
            n_done, spent = 0, 0.0  # large blocks are what will be run
    return n_done / spent


def _sequence_rate(backend: Backend, requests: list[Request], seconds: float) -> float:
    from silicus.engine.oracle import score_by_brute_force

    spread = np.linspace(0, len(requests) - 1, num=min(len(requests), 1000), dtype=int)
    order = np.random.default_rng(0).permutation(np.unique(spread))
    n_done, start = 0, time.perf_counter()
    for place in order:
        score_by_brute_force(backend, requests[place])
        n_done += n_tokens(requests[place])
        if time.perf_counter() - start >= seconds:
            break
    return n_done / (time.perf_counter() - start)


def _neighbours(requests: list[Request]) -> list[Request]:
    """Return requests that lie next to each other in the plan, from its middle on."""
    in_order = sorted(requests, key=lambda request: request.prompt[:64].astype(">u4").tobytes())
    middle = len(in_order) // 2
    size = 0
    sample: list[Request] = []
    for request in [*in_order[middle:], *in_order[:middle]]:
        size += n_tokens(request)
        if sample and size > SAMPLE_TOKENS:
            break
        sample.append(request)
    return sample


def _block_bytes(backend: Backend, longest: int, n_nodes: int) -> int:
    """Return an estimate of the memory for evaluating one block."""
    details = backend.card.details
    per_token = int(details.get("state_bytes_per_token", 0))
    state = STATE_COPIES * per_token * (longest + n_nodes)
    logits = 2 * 4 * backend.capabilities.max_wanted_rows * backend.card.vocab_size
    return state + logits + int(details.get("working_bytes_per_token", 0)) * n_nodes
