"""What this machine could attain: measured kernel rates times the work that cannot be avoided.

The work is that of every distinct trie node once: linear layers, attention of each node to its
own ancestors (within a layer's window) and itself, and the output head at the wanted nodes. The
rates are the best that the same libraries reach on this machine, in the same run: with the
model's own matrices (all layers in turn, since weights have to be read) and on attention of the
engine's shape. Norms, activations, embeddings, copies and all bookkeeping count as nothing, so no
program reaches the bound. Beside it stands the bound of torch's ordinary layers and attention,
which packed products of oneDNN can pass on processors for which MKL has slower kernels.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import linear, scaled_dot_product_attention

from silicus.backends.attend import attend
from silicus.backends.linear import PackedLinear, head_copy_bytes
from silicus.engine.trie import Trie


class Work(NamedTuple):
    """Floating-point operations of a trie."""

    linear: float
    attention: float
    head: float


def work(model: Any, trie: Trie) -> Work:
    """Return the operations needed to evaluate each node of a trie once."""
    config = model.config.get_text_config()
    head = model.get_output_embeddings()
    per_node = sum(2.0 * m.in_features * m.out_features for m in _linears(model) if m is not head)
    n_nodes = len(trie.token)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    keys = trie.depth.astype(np.int64) + 1
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    pairs = 0.0
    for kind in kinds:
        windowed = kind == "sliding_attention" and config.sliding_window
        pairs += float((np.minimum(keys, config.sliding_window) if windowed else keys).sum())
    rows = len(np.unique(trie.wanted_node))
    return Work(
        per_node * n_nodes,
        4.0 * config.num_attention_heads * head_dim * pairs,
        2.0 * head.in_features * head.out_features * rows,
    )


class Rates(NamedTuple):
    """Operations per second reached by each kind of kernel."""

    linear: float
    attention: float
    head: float


def rates(model: Any, *, mean_keys: int, ordinary: bool = False, seconds: float = 6.0) -> Rates:
    """Return the best rates measured for a model's matrix products and for attention.

    ``ordinary`` leaves out oneDNN's packed products: what torch's own layers and its fused
    attention reach.
    """
    config = model.config.get_text_config()
    head = model.get_output_embeddings()
    body = [m for m in _linears(model) if m is not head]
    linear_rate = max(_linear_rate(body, n, ordinary, seconds / 4) for n in (512, 1024))
    residual = next(p.dtype for n, p in model.named_parameters() if "norm" in n)
    n_kv = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    groups = config.num_attention_heads // n_kv
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    attention = 0.0
    for nodes in (64, 85, 128, 256):
        q = torch.randn(1, n_kv, nodes * groups, head_dim).to(residual)
        k = torch.randn(1, n_kv, mean_keys, head_dim).to(residual)
        mask = torch.zeros(nodes * groups, mean_keys, dtype=residual)
        flop = 4.0 * q.shape[2] * mean_keys * head_dim * n_kv
        calls: list[Callable[[], Any]] = [
            lambda q=q, k=k, m=mask: scaled_dot_product_attention(q, k, k, attn_mask=m[None, None]),
            lambda q=q, k=k: torch.softmax(q @ k.mT, -1) @ k,
        ]
        if not ordinary:
            calls.append(lambda q=q, k=k, m=mask: attend(q, k, k, m, 0.125))
        attention = max(attention, *(_best(call, flop, seconds / 32) for call in calls))
    return Rates(linear_rate, attention, _linear_rate([head], 128, ordinary, seconds / 8))


def _linear_rate(layers: list[Any], n_rows: int, ordinary: bool, seconds: float) -> float:
    """Return the rate of the real layers one after the other: their weights must be read."""
    flop = 2.0 * n_rows * sum(m.in_features * m.out_features for m in layers)
    dense = [m.weight for m in layers]
    inputs = [
        torch.randn(n_rows, m.in_features).to(w.dtype) for m, w in zip(layers, dense, strict=True)
    ]

    def by_torch() -> None:
        for x, weight in zip(inputs, dense, strict=True):
            linear(x, weight)

    def as_they_are() -> None:
        for x, layer in zip(inputs, layers, strict=True):
            layer(x)

    calls = (by_torch,) if ordinary else (by_torch, as_they_are)
    return max(_best(call, flop, seconds) for call in calls)


def weight_bytes(model: Any) -> int:
    """Return the bytes of a model's weights, each counted once, packed or not."""
    packed = sum(m.n_bytes for m in model.modules() if isinstance(m, PackedLinear))
    ordinary = sum(p.numel() * p.element_size() for p in model.parameters())
    return ordinary + packed - head_copy_bytes(model)


def seconds_at_least(needed: Work, reached: Rates) -> float:
    """Return the seconds that the work takes at the rates."""
    return sum(flop / rate for flop, rate in zip(needed, reached, strict=True))


def faster(one: Rates, other: Rates) -> Rates:
    """Return the higher of two measurements of each rate."""
    return Rates(*(max(pair) for pair in zip(one, other, strict=True)))


def _linears(model: Any) -> list[Any]:
    return [m for m in model.modules() if "Linear" in type(m).__name__]


def _best(call: Callable[[], Any], flop: float, seconds: float) -> float:
    with torch.inference_mode():
        call()
        best, end = 0.0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            call()
            best = max(best, flop / (time.perf_counter() - start))
    return best
