"""Attention over a block of a token trie: each node sees its ancestors and itself, no others.

Registered with transformers under :data:`NAME`. No mask function goes by that name, so
transformers builds no mask, and the keys and values that arrive here already carry their position
(= depth), so nothing else of a model has to know about the trie.

A block is a run of nodes in depth-first order. The same property that makes a block work makes
every run inside it work: all ancestors of nodes in a run are either in the run or ancestors of
its first node. So the block is cut into *stretches*: for each, the keys of the path to its first
node and of its own nodes are gathered once. Inside a stretch queries are taken in *runs* of about
:data:`ROWS` rows, each against the keys gathered up to its last node. A stretch ends where
gathering anew (a shorter path after a branch) is cheaper than computing with keys in vain.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import AttentionInterface

from silicus.backends.attend import MaskKind, attend, mask_kind
from silicus.backends.base import Block
from silicus.errors import ModelError

NAME = "silicus_trie"

ROWS = 512
"""Query rows of one attention call: nodes of a run times heads that share their keys."""

MOST_NODES = 128
"""Most nodes of a run; more compute with more keys that only some of them need."""

KEYS = 16
"""Numbers of keys are multiples of this: a kernel is made anew for each number."""

MOST_STRETCH = 512
"""Most nodes of a stretch."""

GATHER_COST = 16
"""Cost of gathering a key, in query rows computed with it (measured on a CPU)."""

BIAS_BYTES = 128 << 20
"""Most bytes of masks kept for all layers of a block; beyond, each layer makes its own."""

_ACTIVE: ContextVar["TrieState"] = ContextVar("active trie state")


class _Run(NamedTuple):
    """Queries ``start:stop`` of a block, and which gathered keys are their ancestors."""

    start: int
    stop: int
    query_depth: np.ndarray
    key_depth: np.ndarray
    allowed: np.ndarray  # (n_queries, n_keys); the first n_keys gathered ones


@dataclass
class _Stretch:
    """Keys gathered once, as ranges of path + block, for several runs."""

    ranges: list[tuple[int, int]]
    runs: list[_Run]

    def gathered(self, whole: torch.Tensor) -> torch.Tensor:
        """Return the keys or values of the stretch, contiguous per head."""
        return torch.cat([whole[:, :, start:stop] for start, stop in self.ranges], dim=2)


class _Layout:
    """The stretches of a block for a number of heads that share keys, and their masks."""

    def __init__(self, block: Block, groups: int, device: torch.device) -> None:
        self.groups = groups
        self.device = device
        self.stretches = lay_out(block, max(8, min(MOST_NODES, ROWS // groups)))
        self._biases: dict[tuple[int, int | None, MaskKind], tuple[int, torch.Tensor]] = {}
        self._bytes = 0

    def bias(self, run: _Run, window: int | None, like: MaskKind) -> tuple[int, torch.Tensor]:
        """Return the first key in use, and the additive mask of the last keys.

        The mask has shape (groups * n_queries, n_last) and begins with the first key that some
        query does not see; with the first in use where attention wants it whole.
        """
        name = (run.start, window, like)
        if name in self._biases:
            return self._biases[name]
        allowed, first = run.allowed, 0
        if window is not None:
            # A sliding window counts depth, not place in the block.
            allowed = allowed & (run.query_depth[:, None] - run.key_depth[None, :] < window)
            first = int(allowed.any(axis=0).argmax()) // KEYS * KEYS
            allowed = allowed[:, first:]
        if not like.whole:
            allowed = allowed[:, int(np.append(allowed.all(axis=0), False).argmin()) :]
        bias = torch.zeros(allowed.shape, dtype=like.dtype)
        bias.masked_fill_(torch.from_numpy(~allowed), float("-inf"))
        found = (first, bias.repeat(self.groups, 1).to(self.device))
        size = found[1].numel() * found[1].element_size()
        if self._bytes + size <= BIAS_BYTES:
            self._biases[name] = found
            self._bytes += size
        return found


class TrieState:
    """Keys and values of the current path, and the plan of the block being evaluated."""

    def __init__(self) -> None:
        # By layer, and how often it attended before in the same pass (differential attention
        # does so twice, with other values).
        self.path: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self.whole: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self.n_path = 0
        self.n_calls = 0
        self._block: Block | None = None
        self._layouts: dict[int, _Layout] = {}

    def begin(self, block: Block) -> None:
        """Cut the path to the block's first node."""
        held = next((keys.shape[2] for keys, _ in self.path.values()), 0)
        if block.n_path > held:
            raise ModelError(
                f"a block needs the state of {block.n_path} path tokens, {held} are held. "
                "Evaluate the blocks of a plan in order, from the first."
            )
        self.n_path = block.n_path
        self.whole = {}
        self.n_calls = 0
        self._block = block
        self._layouts = {}

    def place(self, layer: int) -> tuple[int, int]:
        """Return where the keys and values of a layer's next call are kept."""
        n_before = 0
        while (layer, n_before) in self.whole:
            n_before += 1
        return layer, n_before

    def layout(self, groups: int, device: torch.device) -> _Layout:
        """Return how the block is attended to by ``groups`` heads per key, made on first use."""
        if self._block is None:
            raise ModelError("attention over a trie was called before a block was begun")
        if groups not in self._layouts:
            self._layouts[groups] = _Layout(self._block, groups, device)
        return self._layouts[groups]

    def finish(self, block: Block) -> None:
        """Keep the keys and values of the nodes on the next block's path."""
        if not len(block.keep):
            return
        base = int(block.depth[block.keep[0]])
        index = np.concatenate([np.arange(base), self.n_path + block.keep.astype(np.int64)])
        for layer, (keys, values) in self.whole.items():
            chosen = torch.from_numpy(index).to(keys.device)
            self.path[layer] = (keys.index_select(2, chosen), values.index_select(2, chosen))
        self.whole = {}

    def activate(self) -> Any:
        """Make this state the one that attention calls see; returns the token to undo it."""
        return _ACTIVE.set(self)

    @staticmethod
    def deactivate(token: Any) -> None:
        """Undo :meth:`activate`."""
        _ACTIVE.reset(token)


def lay_out(block: Block, size: int) -> list[_Stretch]:
    """Return the stretches of a block, with runs of ``size`` nodes."""
    n_nodes = len(block.parent)
    stretches = []
    start = 0
    while start < n_nodes:
        bounds = [start, min(start + size, n_nodes)]
        n_before = int(block.depth[start])
        while bounds[-1] < n_nodes:
            at, stop = bounds[-1], min(bounds[-1] + size, n_nodes)
            along = (stop - at) * (n_before + stop - start) + GATHER_COST * (stop - at)
            anew = (stop - at + GATHER_COST) * (int(block.depth[at]) + stop - at)
            if along > anew or stop - start > MOST_STRETCH:
                break
            bounds.append(stop)
        stretches.append(_stretch(block, bounds))
        start = bounds[-1]
    return stretches


def _stretch(block: Block, bounds: list[int]) -> _Stretch:
    """Return the keys that the nodes between bounds need, and who is an ancestor of whom."""
    parents, depths = block.parent, block.depth
    start, stop = bounds[0], bounds[-1]
    above = []  # ancestors of the first node that are in the block, deepest first
    node = int(parents[start])
    while node >= 0:
        above.append(node)
        node = int(parents[node])
    n_path = int(depths[above[-1] if above else start])  # path tokens above the first node
    path_nodes = np.asarray(above[::-1], dtype=np.int64)
    n_before = n_path + len(path_nodes)
    n_padded = _rounded_up(n_before + stop - start)  # with keys that nobody sees
    allowed = np.zeros((stop - start, n_padded), dtype=bool)
    place = {node: n_path + i for i, node in enumerate(path_nodes.tolist())}
    for row in range(stop - start):
        parent = int(parents[start + row])
        if parent >= start:
            allowed[row] = allowed[parent - start]
        elif parent >= 0:
            allowed[row, : place[parent] + 1] = True
        else:
            allowed[row, : int(depths[start + row])] = True
        allowed[row, n_before + row] = True
    inside = np.arange(start, stop, dtype=np.int64)
    padding = np.zeros(n_padded - n_before - len(inside), dtype=np.int64)
    key = np.concatenate(
        [np.arange(n_path), block.n_path + path_nodes, block.n_path + inside, padding]
    )
    key_depth = np.concatenate([np.arange(n_before), depths[start:stop], padding])
    runs = []
    for first, last in pairwise(bounds):
        n_keys = _rounded_up(n_before + last - start)
        rows = slice(first - start, last - start)
        runs.append(
            _Run(first, last, depths[first:last], key_depth[:n_keys], allowed[rows, :n_keys])
        )
    breaks = np.flatnonzero(np.diff(key) != 1) + 1
    starts, stops = key[[0, *breaks]], key[[*(breaks - 1), -1]] + 1
    return _Stretch(list(zip(starts.tolist(), stops.tolist(), strict=True)), runs)


def _rounded_up(n_keys: int) -> int:
    return -(-n_keys // KEYS) * KEYS


def trie_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    position_bias: torch.Tensor | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend from every node of the active block to its ancestors and itself.

    ``query`` has shape (1, n_heads, n_nodes, head_dim), ``key`` and ``value`` (1, n_kv_heads,
    n_nodes, head_dim); the result (1, n_nodes, n_heads, head_dim), as transformers expects.
    """
    state = _ACTIVE.get()
    state.n_calls += 1
    layer = state.place(int(module.layer_idx))  # type: ignore[arg-type]
    if s_aux is not None or attention_mask is not None or position_bias is not None:
        raise ModelError(
            "attention sinks, position biases and ready-made masks are not supported in packed form"
        )
    if layer in state.path and state.n_path:
        keys, values = state.path[layer]
        key = torch.cat([keys[:, :, : state.n_path], key], dim=2)
        value = torch.cat([values[:, :, : state.n_path], value], dim=2)
    state.whole[layer] = (key, value)

    n_heads, n_nodes, head_dim = query.shape[1:]
    n_kv = key.shape[1]
    groups = n_heads // n_kv
    grouped = query.view(n_kv, groups, n_nodes, head_dim)
    out = query.new_empty(n_nodes, n_heads, value.shape[-1])
    layout = state.layout(groups, query.device)
    kind = mask_kind(query, softcap)
    scale = head_dim**-0.5 if scaling is None else scaling
    for stretch in layout.stretches:
        near_key, near_value = stretch.gathered(key), stretch.gathered(value)
        for run in stretch.runs:
            first, bias = layout.bias(run, sliding_window, kind)
            size, last = run.stop - run.start, run.allowed.shape[1]
            # heads that share keys become more query rows: (1, n_kv, groups * size, head_dim)
            rows = grouped[:, :, run.start : run.stop].reshape(1, n_kv, groups * size, head_dim)
            keys, values = near_key[:, :, first:last], near_value[:, :, first:last]
            got = attend(rows, keys, values, bias, scale, softcap)
            # (1, n_kv, groups * size, d) -> (size, n_kv * groups, d)
            out[run.start : run.stop] = (
                got.view(n_kv, groups, size, -1).permute(2, 0, 1, 3).reshape(size, n_heads, -1)
            )
    return out[None], None


AttentionInterface.register(NAME, trie_attention)
