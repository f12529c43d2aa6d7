"""What this machine could attain: measured kernel rates times the work that cannot be avoided.

The work is that of every distinct trie node once: linear layers, attention of each node to its
own ancestors (within a layer's window) and itself, and the output head at the wanted nodes. The
rates are the best that the same libraries reach on this machine, in the same run: with the
model's own matrices (all layers in turn, since weights have to be read) and on attention of the
engine's shape. Norms, activations, embeddings, copies and all bookkeeping count as nothing, so no
program reaches the bound.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import linear, scaled_dot_product_attention

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
    per_node = sum(2.0 * m.weight.numel() for m in _linears(model) if m is not head)
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
        2.0 * head.weight.numel() * rows,
    )


class Rates(NamedTuple):
    """Operations per second reached by each kind of kernel."""

    linear: float
    attention: float
    head: float


def rates(model: Any, *, mean_keys: int, seconds: float = 6.0) -> Rates:
    """Return the best rates measured for a model's matrix products and for attention."""
    config = model.config.get_text_config()
    head = model.get_output_embeddings()
    body = [m for m in _linears(model) if m is not head]
    linear_rate = 0.0
    for n in (512, 1024):
        inputs = {
            key: torch.randn(n, key[0]).to(key[1])
            for key in {(m.weight.shape[1], m.weight.dtype) for m in body}
        }

        def products(inputs: dict[Any, torch.Tensor] = inputs) -> None:
            for m in body:  # the real weights, one layer after the other: they must be read
                linear(inputs[m.weight.shape[1], m.weight.dtype], m.weight)

        flop = 2.0 * n * sum(m.weight.numel() for m in body)
        linear_rate = max(linear_rate, _best(products, flop, seconds / 4))
    residual = next(p.dtype for n, p in model.named_parameters() if "norm" in n)
    n_kv = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    groups = config.num_attention_heads // n_kv
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    attention = 0.0
    for nodes in (64, 85, 128, 256):
        q = torch.randn(1, n_kv, nodes * groups, head_dim).to(residual)
        k = torch.randn(1, n_kv, mean_keys, head_dim).to(residual)
        mask = torch.zeros(1, 1, nodes * groups, mean_keys, dtype=residual)
        flop = 4.0 * q.shape[2] * mean_keys * head_dim * n_kv
        call = lambda q=q, k=k, m=mask: scaled_dot_product_attention(q, k, k, attn_mask=m)  # noqa: E731
        attention = max(attention, _best(call, flop, seconds / 16))
        if residual == torch.bfloat16:
            products = lambda q=q, k=k: torch.softmax(q @ k.mT, -1) @ k  # noqa: E731
            attention = max(attention, _best(products, flop, seconds / 16))
    x = torch.randn(128, head.weight.shape[1]).to(head.weight.dtype)
    flop = 2.0 * 128 * head.weight.numel()
    of_head = _best(lambda: linear(x, head.weight), flop, seconds / 8)
    return Rates(linear_rate, attention, of_head)


def seconds_at_least(needed: Work, reached: Rates) -> float:
    """Return the seconds that the work takes at the rates."""
    return sum(flop / rate for flop, rate in zip(needed, reached, strict=True))


def faster(one: Rates, other: Rates) -> Rates:
    """Return the higher of two measurements of each rate."""
    return Rates(*(max(pair) for pair in zip(one, other, strict=True)))


def _linears(model: Any) -> list[Any]:
    return [m for m in model.modules() if hasattr(m, "weight") and "Linear" in type(m).__name__]


def _best(call: Callable[[], Any], flop: float, seconds: float) -> float:
    with torch.inference_mode():
        call()
        best, end = 0.0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            call()
            best = max(best, flop / (time.perf_counter() - start))
    return best
