"""What each number format changes, and what it leaves alone."""

import torch
from torch import nn

from silicus.backends.precision import MixedLinear, make_mixed, storage_dtype


def test_mixed_when_made_then_only_inner_linears_are_bfloat16() -> None:
    """Embedding, norms and the output head stay float32."""
    head = nn.Linear(8, 20, bias=False)
    model = nn.ModuleDict(
        {
            "embed": nn.Embedding(20, 8),
            "block": nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8, bias=False)),
            "head": head,
        }
    )
    make_mixed(model, head)
    assert isinstance(model["block"][0], MixedLinear)
    assert model["block"][0].weight.dtype == torch.bfloat16
    assert model["block"][0].bias.dtype == torch.bfloat16
    assert model["block"][2].bias is None
    assert model["head"] is head
    assert {p.dtype for p in (head.weight, model["embed"].weight, model["block"][1].weight)} == {
        torch.float32
    }


def test_mixed_linear_when_called_then_is_near_and_keeps_the_dtype() -> None:
    """float32 in, float32 out, with the relative error of bfloat16."""
    generator = torch.Generator().manual_seed(0)
    linear = nn.Linear(64, 32).requires_grad_(False)
    x = torch.randn(5, 64, generator=generator)
    found = MixedLinear(linear)(x)
    assert found.dtype == torch.float32
    assert 0 < float((found - linear(x)).abs().max()) < 0.05


def test_storage_when_asked_for_then_is_bfloat16_only_for_bfloat16() -> None:
    """Mixed is loaded in float32 and made bfloat16 layer by layer."""
    found = [storage_dtype(name) for name in ("float32", "mixed", "bfloat16")]
    assert found == [torch.float32, torch.float32, torch.bfloat16]
