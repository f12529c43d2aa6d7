"""Requests to scores: choose a way that agrees with brute force, then stream the results."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from silicus.backends.base import Backend, LengthRule, OptionTokens, Request
from silicus.engine.oracle import score_by_brute_force
from silicus.engine.plan import MAX_NODES, blocks
from silicus.engine.request import ScoredRequest, combine, request_key
from silicus.engine.trie import Trie, build
from silicus.errors import SilicusError, StudyError

CHUNK_TOKENS = 8_000_000
"""Tokens of the requests that share one trie; bounds the memory of the plan."""

TOLERANCE = {"float32": 1e-3, "mixed": 0.1, "bfloat16": 0.5}
"""Largest difference from brute force, in nats, at which a way to evaluate is used."""

CHECK_TOKENS = 4096
"""Tokens of brute force that the check of a way to evaluate may take; see :func:`checked_on`."""

CHECK_NODES = 512
"""Most nodes of a block in the check: fewer than in a run, so that what blocks hand on is checked.

Where the longest prompt has fewer than four times as many, a quarter of its tokens."""


class MethodCheck(NamedTuple):
    """The way chosen, and how far each way tried was from brute force (nats, or the error)."""

    method: str
    differences: dict[str, float | str]

    @property
    def warning(self) -> str | None:
        """Return what a run must tell of a way that was refused, or None."""
        refused = {name: found for name, found in self.differences.items() if name != self.method}
        if not refused:
            return None
        told = "; ".join(
            f"{name}: {found}" if isinstance(found, str) else f"{name}: off by {found:.2g} nat"
            for name, found in refused.items()
        )
        return f"fell back to the way {self.method!r} after the self-check ({told})"


def choose_method(
    backend: Backend,
    requests: Iterable[Request],
    *,
    asked: str = "auto",
    check_tokens: int = CHECK_TOKENS,
) -> MethodCheck:
    """Return the fastest way of a backend that agrees with brute force on a few real prompts.

    Parameters
    ----------
    backend : Backend
    requests : iterable of Request
        What is going to be scored; some are tried, see :func:`checked_on`.
    asked : str
        ``"auto"``, or the one way to use.
    check_tokens : int
        About how many tokens brute force may take.

    Raises
    ------
    StudyError
        If the way asked for is not one of the backend's.
    """
    methods = backend.capabilities.methods
    if asked != "auto":
        if asked not in methods:
            raise StudyError(
                f'{backend.card.model_id} cannot be evaluated as "{asked}"; possible: '
                f"{', '.join(methods)}, or auto."
            )
        methods = tuple(dict.fromkeys([asked, "sequence"]))
    sample = checked_on(list(requests), check_tokens, backend.capabilities.thresholds)
    longest = max((len(request.prompt) for request in sample), default=0)
    n_nodes = min(CHECK_NODES, max(2, longest // 4))
    differences: dict[str, float | str] = {}
    reference: list[ScoredRequest] | None = None
    for method in methods:
        if method == "sequence":
            break
        if reference is None:
            reference = [score_by_brute_force(backend, request) for request in sample]
        try:
            parts = score(backend, sample, method=method, max_nodes=n_nodes)
            scored = [item for part in parts for item in part]
        except (SilicusError, RuntimeError, TypeError, ValueError, AttributeError) as error:
            differences[method] = f"{type(error).__name__}: {error}"
            continue
        difference = _largest_difference(reference, scored)
        differences[method] = difference
        if difference <= TOLERANCE[backend.card.dtype]:
            return MethodCheck(method, differences)
    return MethodCheck("sequence", differences)


def checked_on(
    requests: Sequence[Request], check_tokens: int, thresholds: Sequence[int] | None = ()
) -> list[Request]:
    """Return the requests on which a way to evaluate is checked.

    They are the shortest and one of median length, as far as the tokens suffice, the longest, and
    for each length beyond which the model computes differently the shortest request beyond it. What
    is longer than the tokens left allow is tried on one form of two of its options, so that the
    check takes at most ``check_tokens``, the shortest request, and two sequences for the longest
    request and for each threshold.

    Parameters
    ----------
    requests : sequence of Request
    check_tokens : int
        Tokens, each surface form in a sequence of its own.
    thresholds : sequence of int or None
        Lengths in tokens; None if nothing may be tried that the tokens do not suffice for.
    """
    by_length = sorted(requests, key=lambda request: len(request.prompt))
    if not by_length:
        return []
    lengths = np.asarray([len(request.prompt) for request in by_length])
    tried = {0: by_length[0]}
    left = check_tokens - n_tokens(by_length[0])

    def add(place: int, *, always: bool = False) -> bool:
        nonlocal left
        if place in tried:
            return True
        whole, short = by_length[place], _shortened(by_length[place])
        chosen = whole if n_tokens(whole) <= left else short
        if n_tokens(chosen) > left and not always:
            return False
        tried[place] = chosen
        left -= n_tokens(chosen)
        return True

    if thresholds is not None:
        for threshold in sorted(thresholds):
            beyond = int(np.searchsorted(lengths, threshold, "right"))
            if beyond < len(by_length):
                add(beyond, always=True)
        add(len(by_length) - 1, always=True)
    add(len(by_length) // 2)
    # The longest for which two forms fit; prompts of one length have about the same options.
    place = int(np.searchsorted(lengths, left // 2, "right")) - 1
    while place > 0 and not add(place):
        place -= 1
    return list(tried.values())


def _shortened(request: Request) -> Request:
    """Return a request for one form of each of the first two options."""
    options = tuple(OptionTokens(option.forms[:1]) for option in request.options[:2])
    return replace(request, options=options)


def _largest_difference(reference: list[ScoredRequest], scored: list[ScoredRequest]) -> float:
    by_key = {item.key: item for item in scored}
    values = [
        0.0 if a == b else abs(a - b)  # both may be minus infinity
        for item in reference
        for option, other in zip(item.form_logprobs, by_key[item.key].form_logprobs, strict=True)
        for a, b in zip(option, other, strict=True)
    ]
    return max(values, default=0.0)


def score(
    backend: Backend,
    requests: list[Request],
    *,
    method: str,
    max_nodes: int = MAX_NODES,
    progress: Callable[[int], None] = lambda _n: None,
) -> Iterator[list[ScoredRequest]]:
    """Yield scores as they come; equal requests are scored once.

    Parameters
    ----------
    backend : Backend
    requests : list of Request
    method : str
        One of the backend's ways, see :func:`choose_method`.
    max_nodes : int
        Most trie nodes evaluated in one call.
    progress : callable
        Called with the number of trie nodes (tokens, for ``sequence``) just computed.

    Yields
    ------
    list of ScoredRequest
        In an order of the engine's own; match by ``key``.

    Raises
    ------
    ScoringError
        If the model answers with something that is not a log-probability; what was yielded
        before is valid.
    """
    distinct = distinct_requests(backend, requests)
    if method == "sequence":
        for request in distinct.values():
            yield [score_by_brute_force(backend, request)]
            progress(n_tokens(request))
        return
    for keys, computed_as in chunks(distinct, backend.capabilities.lengths):
        part = [distinct[key] for key in keys]
        if computed_as is None:
            for request in part:
                yield [score_by_brute_force(backend, request)]
                progress(n_tokens(request))
            continue
        set_index = {ends: k for k, ends in enumerate(sorted({r.ends for r in part}))}
        sets = [backend.token_set(ends) for ends in set_index]
        trie = build(part, set_index)
        last = _last_wanted(trie)
        order = np.argsort(last, kind="stable")
        values = np.full(len(trie.wanted_node), np.nan)
        n_done = 0
        limit = backend.capabilities.max_wanted_rows
        for planned in blocks(trie, max_nodes=max_nodes, max_rows=limit, computed_as=computed_as):
            got = backend.evaluate(planned.block, sets, method=method)
            values[planned.first_wanted : planned.stop_wanted] = got
            ready = []
            while n_done < len(order) and last[order[n_done]] < planned.stop_wanted:
                r = int(order[n_done])
                ready.append(combine(keys[r], part[r], _steps(trie, part[r], r, values)))
                n_done += 1
            progress(len(planned.block.token))
            if ready:
                yield ready


def distinct_requests(backend: Backend, requests: Sequence[Request]) -> dict[str, Request]:
    """Return the requests by key, equal ones once."""
    return {
        request_key(backend.card, request, backend.token_set(request.ends)): request
        for request in requests
    }


def n_tokens(request: Request) -> int:
    """Return the tokens of a request, each surface form in a sequence of its own."""
    n_prompt = len(request.prompt)
    return sum(n_prompt + len(form) for option in request.options for form in option.forms)


class Chunk(NamedTuple):
    """Keys of requests that share one trie.

    ``computed_as`` is the length that their sequences are computed as, see
    :class:`silicus.backends.base.LengthRule`; None where the forms of a request differ in it, so
    that each is a sequence of its own.
    """

    keys: list[str]
    computed_as: int | None


def chunks(distinct: dict[str, Request], lengths: LengthRule) -> Iterator[Chunk]:
    """Yield keys in the order of their prompts, so that neighbours share beginnings.

    Each chunk holds at most :data:`CHUNK_TOKENS` tokens (or one request), and sequences that the
    model computes as of one length.
    """
    groups: dict[int | None, list[str]] = {}
    for key, request in distinct.items():
        groups.setdefault(_computed_as(request, lengths), []).append(key)
    for computed_as, keys in groups.items():
        keys.sort(key=lambda key: distinct[key].prompt.astype(">u4").tobytes())
        chunk: list[str] = []
        size = 0
        for key in keys:
            n = n_tokens(distinct[key])
            if chunk and size + n > CHUNK_TOKENS:
                yield Chunk(chunk, computed_as)
                chunk, size = [], 0
            chunk.append(key)
            size += n
        yield Chunk(chunk, computed_as)


def _computed_as(request: Request, lengths: LengthRule) -> int | None:
    if not lengths.depends:
        return 0
    n_prompt = len(request.prompt)
    found = {
        lengths.computed_as(n_prompt + len(form))
        for option in request.options
        for form in option.forms
    }
    return found.pop() if len(found) == 1 else None


def _last_wanted(trie: Trie) -> np.ndarray:
    """Return, per request, the last of its wanted pairs: when that is known, all are."""
    return np.maximum.reduceat(trie.step, trie.first_step[:-1])


def _steps(trie: Trie, request: Request, r: int, values: np.ndarray) -> list[list[list[float]]]:
    at = int(trie.first_step[r])
    steps: list[list[list[float]]] = []
    for option in request.options:
        forms = []
        for form in option.forms:
            stop = at + len(form) + 1
            forms.append([float(value) for value in values[trie.step[at:stop]]])
            at = stop
        steps.append(forms)
    return steps
