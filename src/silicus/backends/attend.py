"""Masked softmax attention, by the kernels that are fastest where the tensors lie.

Three ways, chosen by :func:`way`. ``fused`` is torch's own, the only one on a GPU. ``onednn`` is
two products of oneDNN with a softmax between: on a CPU 1.2 to 2 times as fast in float32, since the
fused kernel there multiplies by MKL, and more in bfloat16, of which that kernel makes no use.
``products`` is the same in ordinary torch, with a soft cap on the logits where a model has one.
"""

from functools import cache
from typing import NamedTuple

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from silicus.backends.linear import RELATIVE_ERROR, has_kernels, product


def way(query: torch.Tensor, softcap: float | None) -> str:
    """Return how attention is computed for such queries: onednn, products or fused."""
    if softcap is not None:
        return "products"
    if query.device.type == "cpu" and _onednn_agrees(query.dtype):
        return "onednn"
    return "fused"


class MaskKind(NamedTuple):
    """What :func:`attend` is fastest with: a dtype, and whether for all keys or the last ones."""

    dtype: torch.dtype
    whole: bool


def mask_kind(query: torch.Tensor, softcap: float | None) -> MaskKind:
    """Return what the additive mask should be for such queries."""
    chosen = way(query, softcap)
    return MaskKind(torch.float32 if chosen == "products" else query.dtype, chosen == "fused")


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    bias: torch.Tensor,
    scale: float,
    softcap: float | None = None,
) -> torch.Tensor:
    """Return softmax attention with an additive mask, logits capped softly where asked.

    Parameters
    ----------
    query : tensor of shape (1, n_heads, n_rows, head_dim)
    key, value : tensors of shape (1, n_heads, n_keys, head_dim)
    bias : tensor of shape (n_rows, n_last)
        For the last keys: 0 where a row sees the key, minus infinity where not; of the dtype of
        :func:`mask_kind`. The keys before them are seen by every row.
    scale : float
        Factor of the logits.
    softcap : float or None
        The logits become ``softcap * tanh(logits / softcap)``.

    Returns
    -------
    tensor of shape (1, n_heads, n_rows, head_dim)
    """
    chosen = way(query, softcap)
    if chosen == "onednn":
        return _by_onednn(query, key, value, bias, scale)
    n_before = key.shape[2] - bias.shape[1]
    if chosen == "fused":
        mask = pad(bias, (n_before, 0)) if n_before else bias
        return scaled_dot_product_attention(
            query, key, value, attn_mask=mask[None, None], scale=scale
        )
    logits = (query @ key.transpose(2, 3)).float()
    capped = softcap * torch.tanh(logits * (scale / softcap))  # type: ignore[operator]
    capped[..., n_before:] += bias
    return torch.softmax(capped, dim=-1).to(value.dtype) @ value


def _by_onednn(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bias: torch.Tensor, scale: float
) -> torch.Tensor:
    """Take keys and values of a head as the weights of two linear layers."""
    scaled, n_before = query * scale, key.shape[2] - bias.shape[1]
    out = query.new_empty(*query.shape[:3], value.shape[-1])
    for head in range(query.shape[1]):
        logits = product(scaled[0, head], key[0, head])
        logits[:, n_before:] += bias
        shares = torch.softmax(logits, dim=-1)  # in float32 inside, whatever the dtype
        out[0, head] = product(shares, value[0, head].t())
    return out


@cache
@torch.inference_mode()
def _onednn_agrees(dtype: torch.dtype) -> bool:
    """Tell whether oneDNN is there and gives what the fused kernel gives, on fixed random input."""
    if not has_kernels(torch.device("cpu"), dtype):
        return False
    generator = torch.Generator().manual_seed(20260317)
    query, key, value = torch.randn(3, 1, 2, 48, 16, generator=generator).to(dtype)
    seen = torch.ones(48, 48, dtype=torch.bool).tril()
    bias = torch.zeros(48, 48, dtype=dtype).masked_fill_(~seen, float("-inf"))
    try:
        found = _by_onednn(query, key, value, bias, 0.25)
    except RuntimeError:
        return False
    wanted = scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=0.25)
    limit = RELATIVE_ERROR[dtype] * float(wanted.abs().max())
    return float((found - wanted).abs().max()) <= limit
