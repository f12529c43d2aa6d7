"""Every kernel of attention gives what the formula gives."""

from typing import Any

import numpy as np
import pytest
import torch

from silicus.backends import attend as attending
from silicus.backends.attend import attend, mask_kind, way

WAYS = ("onednn", "fused", "products")


def formula(query: Any, key: Any, value: Any, bias: Any, scale: float, cap: float | None) -> Any:
    """Return attention in NumPy, float64, one head and row after the other."""
    n_heads, n_rows = query.shape[1:3]
    out = np.zeros((1, n_heads, n_rows, value.shape[-1]))
    for head in range(n_heads):
        for row in range(n_rows):
            logits = scale * (key[0, head] @ query[0, head, row])
            if cap is not None:
                logits = cap * np.tanh(logits / cap)
            weights = np.exp(logits + bias[row] - (logits + bias[row]).max())
            out[0, head, row] = weights @ value[0, head] / weights.sum()
    return out


@pytest.mark.parametrize("kernel", WAYS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 1, 16, 8), (3, 30, 48, 16), (2, 96, 112, 64)])
@pytest.mark.parametrize("n_seen", [1, 7, 16])
def test_attention_when_masked_then_equals_the_formula(
    monkeypatch: pytest.MonkeyPatch,
    kernel: str,
    dtype: torch.dtype,
    shape: tuple[int, ...],
    n_seen: int,
) -> None:
    """Heads, rows, keys and widths; values wider than keys; keys that a row does not see.

    The mask is given for the keys after those that all rows see; where all see all, it is empty.
    """
    n_heads, n_rows, n_keys, width = shape
    if kernel == "onednn" and not attending._onednn_agrees(dtype):
        pytest.skip("this build of torch has no oneDNN")
    monkeypatch.setattr(attending, "_onednn_agrees", lambda _: kernel == "onednn")
    cap = 5.0 if kernel == "products" else None
    generator = torch.Generator().manual_seed(3)
    query = torch.randn(1, n_heads, n_rows, width, generator=generator).to(dtype)
    key = torch.randn(1, n_heads, n_keys, width, generator=generator).to(dtype)
    value = torch.randn(1, n_heads, n_keys, width + 8, generator=generator).to(dtype)
    seen = torch.rand(n_rows, n_keys, generator=generator) < 0.5
    seen[:, :n_seen] = True
    bias = torch.zeros(n_rows, n_keys).masked_fill_(~seen, float("-inf"))
    assert way(query, cap) == kernel
    given = bias.to(mask_kind(query, cap).dtype)[:, n_seen:]
    found = attend(query, key, value, given, 0.3, cap)
    exact = [x.double().numpy() for x in (query, key, value)]
    wanted = formula(*exact, bias.double().numpy(), 0.3, cap)
    assert found.dtype == dtype
    tolerance = 1e-5 if dtype == torch.float32 else 4e-2
    assert np.abs(found.double().numpy() - wanted).max() < tolerance


def test_way_when_a_cap_is_asked_for_then_is_products() -> None:
    """No fused kernel knows a soft cap."""
    query = torch.zeros(1, 1, 1, 8)
    assert way(query, 30.0) == "products"
    assert way(query.to("meta"), None) == "fused"
