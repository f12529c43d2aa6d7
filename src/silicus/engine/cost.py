"""What a batch of requests will cost, before it is run: tokens, time, memory, disk.

Tokens are counted exactly, with the tries and blocks that will be run. Time is measured: some of
the very blocks are evaluated for a few seconds, and the rate carried over to the rest.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from silicus.backends.base import Backend, Request
from silicus.engine.plan import MAX_NODES, blocks
from silicus.engine.score import checked_on, choose_method, chunks, distinct_requests, n_tokens
from silicus.engine.trie import Trie, build

SAMPLE_TOKENS = 400_000
"""Prompt tokens of the neighbouring requests that calibration draws its blocks from."""

CHECK_TOKENS = 1024
"""Tokens of brute force by which a plan finds out how a model can be evaluated; a run takes more
of them."""

CALIBRATE_S = 5.0
"""Seconds of scoring from which the time of the whole is estimated."""

SCORE_BYTES = 300
"""Bytes on disk of one option of one request, in the journal and the Score table together."""

STATE_COPIES = 3
"""Copies of the attention state held at once: the path, path + block, and what is kept of it."""


@dataclass
class Count:
    """What some requests need.

    Attributes
    ----------
    n_requests : int
        Distinct ones.
    n_tokens_naive : int
        Each surface form in a sequence of its own, as often as it is asked for.
    n_tokens_distinct : int
        The same, each distinct request once: what brute force computes.
    n_tokens_trie : int
        Distinct beginnings, each computed once: what the engine computes.
    n_blocks, n_wanted, n_options : int
        Blocks evaluated, log-probabilities taken, options scored.
    longest : int
        Tokens of the longest sequence.
    request_bytes : int
        Token ids of the requests, all of which are held until they are scored.
    batch_bytes : int
        Most memory of the texts of one batch and its plan.
    """

    n_requests: int = 0
    n_tokens_naive: int = 0
    n_tokens_distinct: int = 0
    n_tokens_trie: int = 0
    n_blocks: int = 0
    n_wanted: int = 0
    n_options: int = 0
    longest: int = 0
    request_bytes: int = 0
    batch_bytes: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Return what both need, one after the other."""
        largest = ("longest", "batch_bytes")
        return Count(
            **{
                name: max(value, getattr(other, name))
                if name in largest
                else value + getattr(other, name)
                for name, value in vars(self).items()
            }
        )


@dataclass
class Counter:
    """Counts batches of requests as a run would meet them: what came before is not scored again.

    ``sample`` holds neighbouring requests of the largest batch, for :func:`calibrate`.
    """

    backend: Backend
    max_nodes: int = MAX_NODES
    sample: list[Request] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _largest: int = 0

    def add(self, requests: Sequence[Request], times: Sequence[int] | None = None) -> Count:
        """Return what one batch needs beyond the batches before.

        Parameters
        ----------
        requests : sequence of Request
        times : sequence of int, optional
            For how many decisions each request stands; one each if left out.
        """
        each = np.asarray([n_tokens(request) for request in requests], dtype=np.int64)
        repeated = np.ones_like(each) if times is None else np.asarray(times, dtype=np.int64)
        fresh = {
            key: request
            for key, request in distinct_requests(self.backend, requests).items()
            if key not in self._seen
        }
        self._seen.update(fresh)
        found = Count(
            n_requests=len(fresh),
            n_tokens_naive=int(each @ repeated),
            n_tokens_distinct=sum(map(n_tokens, fresh.values())),
            n_options=sum(len(request.options) for request in fresh.values()),
            request_bytes=sum(request.prompt.nbytes for request in fresh.values()),
            batch_bytes=sum(len(request.text) for request in requests),
        )
        limit = self.backend.capabilities.max_wanted_rows
        plan_bytes = 0
        for keys, computed_as in chunks(fresh, self.backend.capabilities.lengths):
            part = [fresh[key] for key in keys]
            trie, _ = _trie(self.backend, part)
            alone = computed_as is None  # each form is a sequence of its own
            found.n_tokens_trie += sum(map(n_tokens, part)) if alone else len(trie.token)
            found.n_blocks += sum(1 for _ in blocks(trie, max_nodes=self.max_nodes, max_rows=limit))
            found.n_wanted += len(trie.wanted_node)
            found.longest = max(found.longest, int(trie.depth.max(initial=-1)) + 1)
            plan_bytes = max(plan_bytes, 2 * sum(part.nbytes for part in trie))
        found.batch_bytes += plan_bytes
        if found.n_tokens_trie > self._largest:
            self._largest = found.n_tokens_trie
            self.sample = _neighbours(list(fresh.values()))
        return found

    def memory_bytes(self, count: Count) -> int:
        """Return the memory of scoring what was counted, beside the weights.

        A second copy of the head's weights where the backend makes one, requests, the plan of a
        batch, attention state, activations and logits of one block.
        """
        n_nodes = min(self.max_nodes, count.n_tokens_trie)
        block = _block_bytes(self.backend, count.longest, n_nodes)
        head = int(self.backend.card.details.get("head_copy_bytes", 0))
        return head + count.request_bytes + count.batch_bytes + block


@dataclass(frozen=True)
class Rate:
    """How fast a backend computes in its fastest way that works, in tokens per second."""

    method: str
    tokens_per_s: float

    def seconds(self, count: Count) -> float:
        """Return how long some requests take; brute force shares no beginnings."""
        brute = self.method == "sequence"
        return (count.n_tokens_distinct if brute else count.n_tokens_trie) / self.tokens_per_s


def calibrate(
    counter: Counter, *, asked: str = "auto", seconds: float = CALIBRATE_S
) -> Rate | None:
    """Return how fast a backend scores requests like those counted; None if there were none.

    Parameters
    ----------
    counter : Counter
    asked : str
        How to evaluate, as in :func:`silicus.engine.choose_method`; the check is brief, and no
        prompt is tried that is too long for it.
    seconds : float
        About how long to measure.
    """
    sample = counter.sample
    if not sample:
        return None
    tried = checked_on(sample, CHECK_TOKENS, None)
    method = choose_method(counter.backend, tried, asked=asked, check_tokens=CHECK_TOKENS).method
    return Rate(method, _rate(counter.backend, sample, method, seconds, counter.max_nodes))


def plan_cost(
    backend: Backend,
    requests: Sequence[Request],
    *,
    asked: str = "auto",
    calibrate_s: float = CALIBRATE_S,
    max_nodes: int = MAX_NODES,
) -> dict[str, Any]:
    """Return what scoring requests will cost.

    Parameters
    ----------
    backend : Backend
    requests : sequence of Request
        One per decision; equal ones are scored once.
    asked : str
        How to evaluate, as in :func:`silicus.engine.choose_method`.
    calibrate_s : float
        About how long to measure (after a brief check of the way to evaluate), in seconds; 0
        for no estimate of the time.
    max_nodes : int
        Most trie nodes evaluated in one call.

    Returns
    -------
    dict
        ``n_decisions`` and the counts of :class:`Count`; ``memory_bytes`` (beside the weights:
        requests, plan, attention state and logits of one block), ``disk_bytes`` (of the scores);
        ``method``, ``tokens_per_s`` and ``seconds`` (None without calibration).
    """
    counter = Counter(backend, max_nodes)
    count = counter.add(requests)
    rate = calibrate(counter, asked=asked, seconds=calibrate_s) if calibrate_s > 0 else None
    return {
        "n_decisions": len(requests),
        **vars(count),
        "memory_bytes": counter.memory_bytes(count),
        "disk_bytes": SCORE_BYTES * count.n_options,
        "method": rate and rate.method,
        "tokens_per_s": rate and rate.tokens_per_s,
        "seconds": rate and rate.seconds(count),
    }


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
