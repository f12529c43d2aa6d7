"""What a model's configuration says of its context, its thresholds and its memory.

The library's configurations name the same thing in many ways; every name is read here, and
nowhere else. A value that is a list (one per layer) is taken at its largest.
"""

import re
from collections.abc import Iterator
from typing import Any

CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "n_ctx",
    "max_sequence_length",
    "max_seq_length",
    "model_max_length",
    "max_target_positions",
)
"""Names under which the longest sequence of a model is told, in order of preference."""

UNBOUNDED = 1 << 30
"""Context of a model whose configuration names none (recurrent ones)."""

_THRESHOLD = re.compile(
    r"(^|_)(window(_size)?|chunk_size|chunk|index_topk|floor_scale|local_attention|block_size)$"
    r"|^original_max_position_embeddings$|^sliding_window|^attention_chunk"
)
"""Names of lengths beyond which a model computes differently."""

_LIMITED = {"sliding_attention": "sliding_window", "chunked_attention": "attention_chunk_size"}


def number(value: Any, default: int = 0) -> int:
    """Return a whole number of a configuration: the largest of a list, the default for none.

    Examples
    --------
    >>> number(64), number([16384, 8192]), number(None, 4)
    (64, 16384, 4)
    """
    if isinstance(value, (list, tuple)):
        return max((number(one) for one in value), default=default)
    return int(value) if isinstance(value, (int, float)) and value else default


def context_length(config: Any) -> int:
    """Return the longest sequence of a model in tokens, under whatever name it is told.

    Rotary angles stretched by the length of the sequence ("dynamic") reach further than the
    context that the configuration names, by their factor.
    """
    found = next((n for name in CONTEXT if (n := number(getattr(config, name, None))) > 0), 0)
    factor = max(
        (
            float(part.get("factor") or 1)
            for kind, part in scalings(config)
            if kind.startswith("dynamic")
        ),
        default=1.0,
    )
    return int(found * max(factor, 1.0)) or UNBOUNDED


def thresholds(config: Any) -> tuple[int, ...]:
    """Return the lengths in tokens beyond which a model computes differently, ascending.

    Windows and chunks of attention, top-k selection of keys, positions at which rotary angles or
    the scale of queries change: whatever the configuration names, at any depth of it.
    """
    layer_types = set(getattr(config, "layer_types", None) or _LIMITED)
    unused = {name for kind, name in _LIMITED.items() if kind not in layer_types}
    longest = context_length(config)
    found = {
        length
        for name, value in _named(vars(config))
        if _THRESHOLD.search(name) and name not in unused and (length := number(value)) > 1
    }
    if any(kind.startswith("dynamic") for kind, _ in scalings(config)):
        found.add(number(getattr(config, "max_position_embeddings", None)))
    return tuple(sorted(length for length in found if 1 < length < longest))


def scalings(config: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and settings of each rotary scaling of a configuration (one per layer type)."""
    for name in ("rope_parameters", "rope_scaling"):
        held = getattr(config, name, None)
        if not isinstance(held, dict):
            continue
        for part in (held, *(part for part in held.values() if isinstance(part, dict))):
            kind = part.get("rope_type", part.get("type"))
            if kind is not None:
                yield str(kind), part


def bytes_per_token(config: Any, element_size: int) -> dict[str, int]:
    """Return the memory of one token's attention state, and of its activations in one layer."""
    n_heads = number(getattr(config, "num_attention_heads", None))
    hidden = number(getattr(config, "hidden_size", None))
    n_layers = number(getattr(config, "num_hidden_layers", None))
    if not (n_heads and hidden and n_layers):
        return {}
    n_kv = number(getattr(config, "num_key_value_heads", None), n_heads)
    head_dim = number(getattr(config, "head_dim", None), hidden // n_heads)
    widest = number(getattr(config, "intermediate_size", None), 4 * hidden)
    return {
        "state_bytes_per_token": 2 * n_layers * n_kv * head_dim * element_size,
        "working_bytes_per_token": (4 * widest + 8 * hidden) * element_size,
    }


def _named(held: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield names and values of a configuration, those of its parts included."""
    for name, value in held.items():
        if isinstance(value, dict):
            yield from _named(value)
        else:
            yield str(name), value
