"""Packed linear layers give the numbers of ordinary ones, or are not used."""

import weakref
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import linear
from transformers.activations import ACT2FN

from silicus.backends import attend as attending
from silicus.backends import linear as packing
from silicus.backends import precision
from silicus.backends.linear import GatedMLP, Kernels, PackedLinear, has_kernels, pack
from silicus.backends.precision import MixedLinear
from silicus.backends.transformers import load
from tests.backends import tiny
from tests.engine.requests import all_scores, largest_difference, oracle, random_requests

CPU = torch.device("cpu")
DTYPES = (torch.float32, torch.bfloat16)

pytestmark = pytest.mark.skipif(
    not has_kernels(CPU, torch.float32), reason="this build of torch has no oneDNN"
)


class Gated(nn.Module):
    """A gated block as the model library writes it."""

    def __init__(self, activation: str, *, bias: bool = False, factor: float = 1.0) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(24, 40, bias=bias)
        self.up_proj = nn.Linear(24, 40, bias=bias)
        self.down_proj = nn.Linear(40, 24, bias=bias)
        self.act_fn = ACT2FN[activation]
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        inner = self.act_fn(self.gate_proj(x)) * self.up_proj(x)
        return self.factor * self.down_proj(inner)  # type: ignore[no-any-return]


def drawn(*shape: int) -> torch.Tensor:
    """Return numbers that are the same at every run."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7))


@pytest.fixture(autouse=True)
def _no_gradients() -> Any:
    torch.manual_seed(1)
    with torch.inference_mode():
        yield


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("n_rows", [1, 3, 130])
def test_packed_when_multiplied_then_equals_the_ordinary_layer(
    dtype: torch.dtype, bias: bool, n_rows: int
) -> None:
    """Odd sizes, few and many rows, with and without bias."""
    layer = nn.Linear(37, 53, bias=bias).to(dtype)
    packed = PackedLinear(layer, Kernels())
    x = drawn(2, n_rows, 37).to(dtype)
    found, wanted = packed(x), layer(x)
    assert found.shape == wanted.shape
    assert found.dtype == dtype
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_when_unpacked_then_are_bit_for_bit(dtype: torch.dtype) -> None:
    """Brute force multiplies by the weights of the file, not by rounded ones."""
    weight = nn.Linear(67, 131).weight.to(dtype)
    layer = nn.Linear(67, 131).to(dtype)
    layer.weight = nn.Parameter(weight.clone(), requires_grad=False)
    assert torch.equal(PackedLinear(layer, Kernels()).weight, weight)


def test_kernels_when_ordinary_then_the_ordinary_product_is_taken() -> None:
    """The way back is exact, and packed products return after an error."""
    layer = nn.Linear(37, 53)
    packed = PackedLinear(layer, Kernels())
    x = drawn(5, 37)
    with packed.kernels.ordinary():
        assert torch.equal(packed(x), linear(x, layer.weight, layer.bias))
    with pytest.raises(ZeroDivisionError), packed.kernels.ordinary():
        raise ZeroDivisionError
    assert not packed.kernels.plain


def test_mixed_when_packed_then_is_bfloat16_inside_and_float32_outside() -> None:
    """The residual stream keeps its precision."""
    mixed = MixedLinear(nn.Linear(64, 32))
    packed = PackedLinear(mixed, Kernels())
    x = drawn(9, 64)
    assert packed.weight.dtype == torch.bfloat16
    assert packed(x).dtype == torch.float32
    torch.testing.assert_close(packed(x), mixed(x), atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_pytorch_tanh", "relu"])
@pytest.mark.parametrize("bias", [True, False])
def test_gated_block_when_fused_then_equals_its_own_forward(activation: str, bias: bool) -> None:
    """Each activation is the one that the block names, not one near it."""
    model = nn.ModuleDict({"mlp": Gated(activation, bias=bias)})
    x = 3 * drawn(1, 11, 24)
    wanted = model["mlp"](x)
    kernels = pack(model)
    assert (kernels.n_packed, kernels.n_fused) == (3, 1)
    assert isinstance(model["mlp"], GatedMLP)
    torch.testing.assert_close(model["mlp"](x), wanted, atol=1e-5, rtol=1e-5)
    with kernels.ordinary():
        torch.testing.assert_close(model["mlp"](x), wanted, atol=1e-6, rtol=1e-6)


def test_gated_block_when_it_computes_something_else_then_is_left() -> None:
    """A block is known by what it gives: names alone do not make it fused."""
    model = nn.ModuleDict({"mlp": Gated("silu", factor=1.01)})
    x = drawn(1, 11, 24)
    wanted = model["mlp"](x)
    kernels = pack(model)
    assert (kernels.n_packed, kernels.n_fused) == (3, 0)
    torch.testing.assert_close(model["mlp"](x), wanted, atol=1e-5, rtol=1e-5)


def test_layer_when_packing_changes_it_then_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that answers otherwise, or not at all, is found out when the model is loaded."""
    wrong = PackedLinear.product
    monkeypatch.setattr(PackedLinear, "product", lambda self, x: 1.001 * wrong(self, x))
    model = nn.ModuleDict({"inner": nn.Linear(8, 8)})
    assert pack(model).n_packed == 0

    def failing(*_: Any) -> None:
        raise RuntimeError("could not create a primitive")

    for method in ("product", "__init__"):
        monkeypatch.setattr(PackedLinear, method, failing)
        assert pack(model).n_packed == 0
    assert type(model["inner"]) is nn.Linear


@pytest.mark.parametrize("mixed", [False, True])
def test_layers_when_exchanged_then_are_freed_one_by_one(
    monkeypatch: pytest.MonkeyPatch, mixed: bool
) -> None:
    """At no time are all weights held in both forms."""
    model = nn.Sequential(*(nn.Sequential(nn.Linear(8, 8)) for _ in range(4)))
    alive = [weakref.ref(module[0]) for module in model]  # type: ignore[index]
    counts: list[int] = []

    def counting(form: Any) -> Any:
        def made(*given: Any) -> Any:
            counts.append(sum(layer() is not None for layer in alive))
            return form(*given)

        return made

    if mixed:
        monkeypatch.setattr(precision, "MixedLinear", counting(MixedLinear))
        precision.make_mixed(model, None)
    else:
        monkeypatch.setattr(packing, "_agrees", counting(packing._agrees))
        pack(model)
    assert counts == [4, 3, 2, 1]


def test_layer_when_of_a_class_derived_from_linear_then_keeps_its_dtype() -> None:
    """A library's own kind of linear layer in bfloat16 takes and gives bfloat16."""

    class Derived(nn.Linear):
        pass

    model = nn.ModuleDict({"inner": Derived(8, 8).to(torch.bfloat16)})
    assert pack(model).n_packed == 1
    assert model["inner"](drawn(3, 8).to(torch.bfloat16)).dtype == torch.bfloat16


def test_weights_when_not_finite_then_the_layer_is_left() -> None:
    """What cannot be compared is not exchanged; scoring then stops at its numbers."""
    layer = nn.Linear(8, 8)
    layer.weight[0, 0] = torch.nan
    assert pack(nn.ModuleDict({"inner": layer})).n_packed == 0


@pytest.mark.parametrize("name", ["llama", "gemma3", "opt", "mixtral"])
def test_scores_when_there_are_no_kernels_then_are_the_same(
    tiny_folder: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Processors without oneDNN, and GPUs, take torch's own layers and attention."""
    requests = random_requests(6)
    source = f"folder:{tiny_folder(name)}"
    with_kernels = load(model_id="m", source=source)
    packed = all_scores(with_kernels, requests, method="packed")
    monkeypatch.setattr(packing, "has_kernels", lambda *_: False)
    monkeypatch.setattr(attending, "_onednn_agrees", lambda _: False)
    without = load(model_id="m", source=source)
    plain = all_scores(without, requests, method="packed")
    assert with_kernels.card.details["linear_layers"].startswith("oneDNN")
    assert without.card.details["linear_layers"] == "torch"
    assert with_kernels.card.n_parameters == without.card.n_parameters
    assert largest_difference(packed, plain) < 1e-4
    expected = oracle(without, requests)
    assert largest_difference(plain, expected) < 1e-4
    assert largest_difference(oracle(with_kernels, requests), expected) < 1e-5


def test_embedding_when_shared_with_the_head_then_stays(tmp_path: Any) -> None:
    """A packed head leaves the table of token vectors as it was in the file."""
    backend = load(model_id="m", source=f"folder:{tiny.save('gemma3', tmp_path)}")
    head, table = backend.model.get_output_embeddings(), backend.model.get_input_embeddings()
    assert isinstance(head, PackedLinear)
    assert torch.equal(head.weight, table.weight)
    assert backend.card.details["head_copy_bytes"] == 4 * table.weight.numel()
