"""All prompts and options of a batch as one token trie: each distinct beginning is one node.

Sequences are sorted; in that order a trie is nothing but each sequence's length in common with
the one before, and its nodes come out in depth-first order. No tree of objects is built.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64

from silicus.backends.base import Request


class Trie(NamedTuple):
    """Nodes in depth-first order, and what is wanted after them.

    Attributes
    ----------
    token, depth : int32 arrays of shape (n_nodes,)
        Token id, and position in its sequence from 0.
    parent : int32 array of shape (n_nodes,)
        Index of the node before, or -1 for a first token.
    wanted_node, wanted_token : int32 arrays of shape (n_wanted,)
        Distinct pairs of a node and a token id (or -1 - k for token set k) wanted after it, by
        node.
    step : int64 array of shape (n_steps,)
        For every step of every form of every request, in order, its index in ``wanted_*``.
    first_step : int64 array of shape (n_requests + 1,)
        Where each request's steps begin in ``step``.
    """

    token: Int32[np.ndarray, " node"]
    depth: Int32[np.ndarray, " node"]
    parent: Int32[np.ndarray, " node"]
    wanted_node: Int32[np.ndarray, " wanted"]
    wanted_token: Int32[np.ndarray, " wanted"]
    step: Int64[np.ndarray, " step"]
    first_step: Int64[np.ndarray, " boundary"]


def build(requests: list[Request], set_index: dict[tuple[str, ...], int]) -> Trie:
    """Return the trie of requests.

    Parameters
    ----------
    requests : list of Request
    set_index : dict
        Number k of each request's token set (``Request.ends``).

    Returns
    -------
    Trie
        The same, node for node, whatever the order of the requests (apart from ``step``).
    """
    sequences = []
    first_step = [0]
    n_steps = 0
    for r, request in enumerate(requests):
        head = request.prompt.astype(">u4").tobytes()
        for option in request.options:
            for form in option.forms:
                tail = np.asarray(form, dtype=">u4").tobytes()
                sequences.append((head + tail, r, n_steps, len(form)))
                n_steps += len(form) + 1
        first_step.append(n_steps)
    sequences.sort(key=lambda sequence: sequence[0])

    longest = max((len(sequence[0]) // 4 for sequence in sequences), default=0)
    path = np.full(longest, -1, dtype=np.int32)  # node at each depth of the current sequence
    before = np.empty(0, dtype=">u4")
    tokens, depths, parents = [], [], []
    pair_node = np.empty(n_steps, dtype=np.int64)
    pair_token = np.empty(n_steps, dtype=np.int64)
    n_nodes = 0
    for raw, r, at, n_form in sequences:
        ids = np.frombuffer(raw, dtype=">u4")
        common = common_length(before, ids)
        fresh = len(ids) - common
        if fresh:
            nodes = np.arange(n_nodes, n_nodes + fresh, dtype=np.int32)
            parent = nodes - 1
            parent[0] = path[common - 1] if common else -1
            path[common : len(ids)] = nodes
            tokens.append(ids[common:].astype(np.int32))
            depths.append(np.arange(common, len(ids), dtype=np.int32))
            parents.append(parent)
            n_nodes += fresh
        n_prompt = len(ids) - n_form
        pair_node[at : at + n_form + 1] = path[n_prompt - 1 : len(ids)]
        pair_token[at : at + n_form] = ids[n_prompt:]
        pair_token[at + n_form] = -1 - set_index[requests[r].ends]
        before = ids
    offset = len(set_index)
    width = np.int64(1 << 32)
    pairs, step = np.unique(pair_node * width + pair_token + offset, return_inverse=True)
    return Trie(
        _joined(tokens),
        _joined(depths),
        _joined(parents),
        (pairs // width).astype(np.int32),
        (pairs % width - offset).astype(np.int32),
        step.astype(np.int64),
        np.asarray(first_step, dtype=np.int64),
    )


def common_length(a: np.ndarray, b: np.ndarray) -> int:
    """Return how many leading tokens two sequences share.

    Examples
    --------
    >>> common_length(np.array([1, 2, 3]), np.array([1, 2, 4, 5]))
    2
    """
    n = min(len(a), len(b))
    differs = a[:n] != b[:n]
    at = int(differs.argmax()) if n else 0
    return at if n and differs[at] else n


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
