"""Number formats a model can be run in.

``float32`` is the reference. ``bfloat16`` runs everything in bfloat16. ``mixed`` runs the linear
layers in bfloat16 and keeps the residual stream, norms and attention in float32: most of the
speed, a fraction of the error. What was used is recorded with every score.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from silicus.errors import StudyError, unknown_name

DTYPES = ("float32", "bfloat16", "mixed")


def storage_dtype(name: str) -> torch.dtype:
    """Return the torch dtype in which weights are loaded.

    Raises
    ------
    StudyError
        If the name is not one of :data:`DTYPES`.
    """
    if name not in DTYPES:
        raise StudyError(unknown_name("dtype", name, DTYPES))
    return torch.bfloat16 if name == "bfloat16" else torch.float32


class MixedLinear(nn.Module):
    """A linear layer computed in bfloat16 between float32 neighbours."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.weight = nn.Parameter(linear.weight.to(torch.bfloat16), requires_grad=False)
        self.bias = (
            None
            if linear.bias is None
            else nn.Parameter(linear.bias.to(torch.bfloat16), requires_grad=False)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the layer's output in the dtype of ``x``."""
        return nn.functional.linear(x.to(torch.bfloat16), self.weight, self.bias).to(x.dtype)


def make_mixed(model: nn.Module, head: nn.Module | None) -> None:
    """Replace every linear layer except the output head, in place."""
    exchange(
        model,
        lambda module: type(module) is nn.Linear and module is not head,
        lambda layer: MixedLinear(layer),
    )


def exchange(
    model: nn.Module, wanted: Callable[[Any], bool], form: Callable[[Any], nn.Module | None]
) -> int:
    """Replace the wanted modules by what ``form`` makes of each, in place; None leaves one.

    Each is let go before the next is looked at: no list holds them all until the end.

    Returns
    -------
    int
        How many were replaced.
    """
    n_exchanged = 0
    for parent in [module for module in model.modules() if not wanted(module)]:
        for name in [name for name, child in parent.named_children() if wanted(child)]:
            made = form(getattr(parent, name))
            if made is not None:
                setattr(parent, name, made)
                n_exchanged += 1
    return n_exchanged
