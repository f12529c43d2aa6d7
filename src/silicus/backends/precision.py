"""Number formats a model can be run in.

``float32`` is the reference. ``bfloat16`` runs everything in bfloat16. ``mixed`` runs the linear
layers in bfloat16 and keeps the residual stream, norms and attention in float32: most of the
speed, a fraction of the error. What was used is recorded with every score.
"""

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
    # A list of the layers themselves would keep every float32 one in memory until the end.
    for parent in [module for module in model.modules() if type(module) is not nn.Linear]:
        for name in [name for name, child in parent.named_children() if type(child) is nn.Linear]:
            if getattr(parent, name) is not head:
                setattr(parent, name, MixedLinear(getattr(parent, name)))
