"""Linear layers on weights laid out once for the processor, with what follows them built in.

An ordinary linear layer reads its weights as they lie in the file. oneDNN, which torch carries,
multiplies about twice as fast in float32 when they are laid out in blocks beforehand, and can apply
an activation or a product to the result before it leaves the processor's cache. The numbers are
float32 as before, summed in another order. Weights are exchanged for their packed form, not
copied (but a head that shares its weights with the embedding), and unpacked exactly for the brute
force that everything is checked against.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear

from silicus.backends.precision import MixedLinear, exchange

ROWS = 1024
"""Rows for which weights are laid out; other numbers of rows work as well."""

RELATIVE_ERROR = {torch.float32: 1e-5, torch.bfloat16: 3e-2}
"""Largest difference from the ordinary layer, relative to its largest output, to be used."""

_ACTIVATIONS: dict[str, tuple[str, str]] = {
    "SiLU": ("swish", ""),
    "SiLUActivation": ("swish", ""),
    "ReLU": ("relu", ""),
    "GELU": ("gelu", "none"),
    "GELUActivation": ("gelu", "none"),
    "GELUTanh": ("gelu", "tanh"),
    "PytorchGELUTanh": ("gelu", "tanh"),
}
"""Activation classes of torch and transformers, and oneDNN's name and algorithm for them."""


class Kernels:
    """What a model's packed layers share: how many there are, and whether they are in use."""

    def __init__(self) -> None:
        self.n_packed = 0
        self.n_fused = 0
        self.plain = False

    @property
    def name(self) -> str:
        """Return what a run records of the linear layers."""
        if not self.n_packed:
            return "torch"
        return f"oneDNN, {self.n_packed} packed, {self.n_fused} gated blocks fused"

    @contextmanager
    def ordinary(self) -> Iterator[None]:
        """Let every layer compute as torch's ordinary one does, from its unpacked weights."""
        self.plain = True
        try:
            yield
        finally:
            self.plain = False


def product(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    activation: tuple[str, str] = ("none", ""),
    times: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return ``activation(x @ weight.T + bias)`` by oneDNN, or ``(x @ weight.T + bias) * times``.

    ``weight`` is packed or not, of shape (out_features, in_features); ``activation`` is one of
    oneDNN's names, and its algorithm.
    """
    pointwise = torch.ops.mkldnn._linear_pointwise
    if times is not None:
        return pointwise.binary(x, times, weight, bias, "mul")  # type: ignore[no-any-return]
    name, algorithm = activation
    return pointwise(x, weight, bias, name, [], algorithm)  # type: ignore[no-any-return]


class PackedLinear(nn.Module):
    """A linear layer on packed weights, computed in their dtype and returned in the input's."""

    def __init__(self, layer: nn.Linear | MixedLinear, kernels: Kernels) -> None:
        super().__init__()
        self.out_features, self.in_features = layer.weight.shape
        self.dtype = layer.weight.dtype
        self.outer = torch.float32 if isinstance(layer, MixedLinear) else self.dtype
        self.bias = layer.bias
        self.packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)
        self.kernels = kernels

    @property
    def weight(self) -> torch.Tensor:
        """Return the weights unpacked, shape (out_features, in_features), bit for bit."""
        return self.packed.to_dense()  # type: ignore[no-any-return]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the layer's output in the dtype of ``x``, of shape (..., out_features)."""
        if self.kernels.plain:
            return linear(x.to(self.dtype), self.weight, self.bias).to(x.dtype)
        return self.product(x.to(self.dtype)).to(x.dtype)

    def product(
        self,
        x: torch.Tensor,
        activation: tuple[str, str] = ("none", ""),
        times: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the layer's output in its own dtype, see :func:`product`."""
        return product(x, self.packed, self.bias, activation, times)

    @property
    def n_bytes(self) -> int:
        """Return the size of the weights."""
        return int(self.in_features * self.out_features * self.dtype.itemsize)


class GatedMLP(nn.Module):
    """``down(activation(gate(x)) * up(x))`` without writing what lies between more than once."""

    def __init__(self, block: nn.Module, kernels: Kernels) -> None:
        super().__init__()
        self.block = block
        self.kernels = kernels
        self.activation = _ACTIVATIONS[type(block.act_fn).__name__]
        gate: Any = block.gate_proj
        self.in_features, self.dtype, self.outer = gate.in_features, gate.dtype, gate.outer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output in the dtype of ``x``."""
        if self.kernels.plain:
            return self.block(x)  # type: ignore[no-any-return]
        gate, up, down = self.block.gate_proj, self.block.up_proj, self.block.down_proj
        inner = x.to(self.dtype)
        gated = gate.product(inner, self.activation)  # type: ignore[operator]
        return down.product(up.product(inner, times=gated)).to(x.dtype)  # type: ignore[operator]


def pack(model: nn.Module) -> Kernels:
    """Exchange the linear layers of a model for packed ones, in place, where that is possible.

    A layer is exchanged if it lies on a CPU for which oneDNN has kernels and gives there what the
    ordinary layer gives (:data:`RELATIVE_ERROR`); gated blocks likewise. Others stay as they are.
    """
    kernels = Kernels()
    kernels.n_packed = exchange(
        model,
        _is_ordinary,
        lambda layer: _packed(layer, kernels),
    )
    kernels.n_fused = exchange(model, _is_gated, lambda block: _fused(block, kernels))
    if kernels.n_packed:
        _let_go_of_file(model)
    return kernels


def _packed(layer: nn.Linear | MixedLinear, kernels: Kernels) -> PackedLinear | None:
    """Return a layer packed, or None where that cannot be done or gives something else."""
    if not has_kernels(layer.weight.device, layer.weight.dtype):
        return None
    try:
        packed = PackedLinear(layer, kernels)
    except RuntimeError:  # this processor has no such layout
        return None
    return packed if _agrees(packed, layer) else None


def _fused(block: nn.Module, kernels: Kernels) -> GatedMLP | None:
    """Return a gated block fused, or None where it computes something else."""
    fused = GatedMLP(block, kernels)
    return fused if _agrees(fused, block) else None


def head_copy_bytes(model: Any) -> int:
    """Return the bytes that a packed head takes beside the embedding that it shares."""
    head = model.get_output_embeddings()
    tied = model.config.get_text_config().tie_word_embeddings
    return head.n_bytes if tied and isinstance(head, PackedLinear) else 0


def _let_go_of_file(model: nn.Module) -> None:
    """Copy what was not packed, so that the mapped weight file no longer takes memory."""
    for tensor in [*model.parameters(), *model.buffers()]:
        tensor.data = tensor.data.clone()


def has_kernels(device: torch.device, dtype: torch.dtype) -> bool:
    """Tell whether oneDNN can compute in a dtype on a device."""
    if device.type != "cpu" or dtype not in RELATIVE_ERROR:
        return False
    ops = torch.ops.mkldnn
    if not torch.backends.mkldnn.is_available() or not hasattr(ops, "_linear_pointwise"):
        return False
    return dtype == torch.float32 or bool(ops._is_mkldnn_bf16_supported())


def _is_ordinary(module: Any) -> bool:
    """Tell whether a layer is linear and no more: a router returns scores beside the logits."""
    if isinstance(module, MixedLinear):
        return True
    return isinstance(module, nn.Linear) and type(module).forward is nn.Linear.forward


def _is_gated(block: Any) -> bool:
    parts = [getattr(block, name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    return (
        all(type(part) is PackedLinear for part in parts)
        and len(list(block.children())) == 4
        and type(getattr(block, "act_fn", None)).__name__ in _ACTIVATIONS
    )


@torch.inference_mode()
def _agrees(ours: Any, theirs: nn.Module) -> bool:
    """Tell whether a layer gives what the ordinary one gives, on fixed random input."""
    generator = torch.Generator().manual_seed(20260317)
    x = torch.randn(1, 7, ours.in_features, generator=generator).to(ours.outer)
    try:
        found = ours(x)
        with ours.kernels.ordinary():
            wanted = theirs(x)
    except (RuntimeError, TypeError, AttributeError, ValueError):
        return False  # not called as an ordinary block is
    if not isinstance(wanted, torch.Tensor) or wanted.shape != found.shape:
        return False
    limit = RELATIVE_ERROR[ours.dtype] * float(wanted.abs().max())
    return found.dtype == wanted.dtype and float((found - wanted).abs().max()) <= limit
