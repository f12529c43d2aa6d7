"""Attention over a block of a token trie: each node sees its ancestors and itself, no others.

Registered with transformers under :data:`NAME`. No mask function goes by that name, so
transformers builds no mask, and the keys and values that arrive here already carry their position
(= depth), so nothing else of a model has to know about the trie.

A block is a run of nodes in depth-first order. The same property that makes a block work makes
every run inside it work: all ancestors of nodes in a run are either in the run or ancestors of
its first node. So queries are taken in runs of :data:`RUN` nodes against the path to the run's
first node plus the run itself, and almost no key is computed with in vain.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from silicus.backends.base import Block
from silicus.errors import ModelError

NAME = "silicus_trie"
RUN = 256
"""Nodes whose queries are taken together."""

_ACTIVE: ContextVar["TrieState"] = ContextVar("active trie state")


@dataclass
class _Run:
    """Queries ``start:stop`` of a block, the keys they need, and who is an ancestor of whom."""

    start: int
    stop: int
    key: torch.Tensor  # (n_keys,) index into path + block
    key_depth: np.ndarray
    query_depth: np.ndarray
    allowed: np.ndarray  # (n_queries, n_keys)
    biases: dict[tuple[int | None, int, torch.dtype], tuple[torch.Tensor, torch.Tensor]] = field(
        default_factory=dict
    )

    def view(
        self, window: int | None, groups: int, dtype: torch.dtype
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the key index and the additive mask (groups * n_queries, n_keys) for a window."""
        name = (window, groups, dtype)
        if name not in self.biases:
            allowed, key = self.allowed, self.key
            if window is not None:
                # A sliding window counts depth, not place in the block.
                near = self.query_depth[:, None] - self.key_depth[None, :] < window
                allowed = allowed & near
                used = allowed.any(axis=0)
                allowed, key = allowed[:, used], key[torch.from_numpy(used).to(key.device)]
            bias = torch.zeros(allowed.shape, dtype=dtype)
            bias[~torch.from_numpy(allowed)] = float("-inf")
            self.biases[name] = (key, bias.repeat(groups, 1).to(key.device))
        return self.biases[name]


class TrieState:
    """Keys and values of the current path, and the plan of the block being evaluated."""

    def __init__(self) -> None:
        self.path: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self.whole: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self.n_path = 0
        self.runs: list[_Run] = []
        self.n_calls = 0

    def begin(self, block: Block, device: torch.device) -> None:
        """Cut the path to the block's first node and lay out its runs."""
        held = next((keys.shape[2] for keys, _ in self.path.values()), 0)
        if block.n_path > held:
            raise ModelError(
                f"a block needs the state of {block.n_path} path tokens, {held} are held. "
                "Evaluate the blocks of a plan in order, from the first."
            )
        self.n_path = block.n_path
        self.runs = lay_out_runs(block, device)
        self.whole = {}
        self.n_calls = 0

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


def lay_out_runs(block: Block, device: torch.device) -> list[_Run]:
    """Return the runs of a block: keys needed and ancestor masks, shared by all layers."""
    runs = []
    parents, depths = block.parent, block.depth
    for start in range(0, len(parents), RUN):
        stop = min(start + RUN, len(parents))
        above = []  # ancestors of the first node that are in the block, deepest first
        node = int(parents[start])
        while node >= 0:
            above.append(node)
            node = int(parents[node])
        top = above[-1] if above else start
        n_path = int(depths[top])  # path tokens above the run's first node
        path_nodes = np.asarray(above[::-1], dtype=np.int64)
        n_before = n_path + len(path_nodes)
        size = stop - start
        allowed = np.zeros((size, n_before + size), dtype=bool)
        place = {node: n_path + i for i, node in enumerate(path_nodes.tolist())}
        for row in range(size):
            parent = int(parents[start + row])
            if parent >= start:
                allowed[row] = allowed[n_row := parent - start]
                allowed[row, n_before + n_row] = True
            elif parent >= 0:
                allowed[row, : place[parent] + 1] = True
            else:
                allowed[row, : int(depths[start + row])] = True
            allowed[row, n_before + row] = True
        inside = np.arange(start, stop, dtype=np.int64)
        key = np.concatenate([np.arange(n_path), block.n_path + path_nodes, block.n_path + inside])
        key_depth = np.concatenate([np.arange(n_before), depths[start:stop]])
        runs.append(
            _Run(
                start,
                stop,
                torch.from_numpy(key).to(device),
                key_depth,
                depths[start:stop].astype(np.int64),
                allowed,
            )
        )
    return runs


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
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend from every node of the active block to its ancestors and itself.

    ``query`` has shape (1, n_heads, n_nodes, head_dim), ``key`` and ``value`` (1, n_kv_heads,
    n_nodes, head_dim); the result (1, n_nodes, n_heads, head_dim), as transformers expects.
    """
    state = _ACTIVE.get()
    state.n_calls += 1
    layer = int(module.layer_idx)  # type: ignore[arg-type]
    if s_aux is not None or attention_mask is not None:
        raise ModelError("attention sinks and ready-made masks are not supported in packed form")
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
    for run in state.runs:
        index, bias = run.view(sliding_window, groups, query.dtype)
        size = run.stop - run.start
        # heads that share keys become more query rows: (1, n_kv, groups * size, head_dim)
        rows = grouped[:, :, run.start : run.stop].reshape(1, n_kv, groups * size, head_dim)
        chosen_key = key.index_select(2, index)
        chosen_value = value.index_select(2, index)
        if softcap is None:
            got = scaled_dot_product_attention(
                rows, chosen_key, chosen_value, attn_mask=bias[None, None], scale=scaling
            )
        else:
            scale = head_dim**-0.5 if scaling is None else scaling
            logits = softcap * torch.tanh(rows @ chosen_key.transpose(2, 3) * scale / softcap)
            weights = torch.softmax(logits + bias, dim=-1, dtype=torch.float32)
            got = weights.to(chosen_value.dtype) @ chosen_value
        # (1, n_kv, groups * size, d) -> (size, n_kv * groups, d)
        out[run.start : run.stop] = (
            got.view(n_kv, groups, size, -1).permute(2, 0, 1, 3).reshape(size, n_heads, -1)
        )
    return out[None], None


AttentionInterface.register(NAME, trie_attention)
