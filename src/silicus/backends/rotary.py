"""Rotary positions that depend on how long the whole sequence is.

Some models turn a position into other angles in a long sequence than in a short one: longrope has
two sets of factors and a length at which it switches (Peng et al., Ding et al. 2402.13753),
"dynamic" NTK scaling changes with every token beyond the original context. The library reads the
length off the positions of each pass, and keeps what it grew to for later passes. A pass that
holds tokens of several sequences must therefore be told which length to compute as, and sequences
that are computed as different lengths cannot share a pass. What the configuration names and what
the modules do are compared when a model is loaded.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from silicus.backends.base import LengthRule
from silicus.backends.configuration import number, scalings

STATIC = frozenset({"default", "linear", "yarn", "llama3", "proportional", "mrope"})
"""Kinds of rotary scaling whose angles are the same whatever the length."""

_PROBE = 4
"""Positions whose angles are compared between lengths."""


class Rotary:
    """The rotary modules of a model, and the length that the next pass is computed as.

    Attributes
    ----------
    rule : LengthRule
        Which lengths share their angles, from the configuration.
    fault : str or None
        What the modules do that the rule does not say; such a model shares no passes.
    """

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config()
        self._modules = _rotary_modules(model)
        self._length = 0
        kinds = list(scalings(config))
        self.rule = _rule(config, kinds)
        odd = sorted({kind for kind, _ in kinds} - STATIC - {"longrope", "su", "dynamic"})
        self.fault = f"rotary scaling of the kind {odd[0]!r} is not known" if odd else None
        self._fresh = [
            (module, dict(module._buffers), _lengths_held(module)) for module in self._modules
        ]
        if self.rule.depends:
            for module in self._modules:
                module.register_forward_pre_hook(self._lengthen, with_kwargs=True)
                module.register_forward_hook(self._cut, with_kwargs=True)
        self.fault = self.fault or self._contradiction(config)

    @contextmanager
    def as_long_as(self, length: int) -> Iterator[None]:
        """Compute the passes inside as parts of sequences of ``length`` tokens.

        0 leaves that to each pass: its own positions tell. Nothing that the library keeps from an
        earlier pass has a say.
        """
        if not self.rule.depends:
            yield
            return
        for module, buffers, held in self._fresh:
            module._buffers.update(buffers)
            for name in _lengths_held(module).keys() - held:
                delattr(module, name)
            vars(module).update(held)
        self._length = length
        try:
            yield
        finally:
            self._length = 0

    def _lengthen(self, module: Any, args: Any, kwargs: Any) -> Any:
        """Add the last position of the sequence to those of the pass."""
        if not self._length:
            return None
        args, kwargs = list(args), dict(kwargs)
        positions = kwargs["position_ids"] if "position_ids" in kwargs else args[1]
        last = torch.full_like(positions[..., :1], self._length - 1)
        longer = torch.cat([positions, last], dim=-1)
        if "position_ids" in kwargs:
            kwargs["position_ids"] = longer
        else:
            args[1] = longer
        return tuple(args), kwargs

    def _cut(self, module: Any, args: Any, kwargs: Any, out: Any) -> Any:
        """Take the angles of the added position away again (last axis but one)."""
        if not self._length:
            return None
        if isinstance(out, tuple):
            return tuple(part[..., :-1, :] for part in out)
        return out[..., :-1, :]

    def _contradiction(self, config: Any) -> str | None:
        """Return where the modules do not follow the rule; None if they do, or cannot be asked."""
        lengths = {_PROBE}
        for switch in self.rule.switches:
            lengths |= {switch, switch + 1}
        longest = number(getattr(config, "max_position_embeddings", None))
        if self.rule.grows_beyond is not None:
            longest = min(longest, self.rule.grows_beyond)
        if longest > _PROBE:
            lengths.add(min(longest, 1 << 20))
        for module in self._modules:
            found: dict[int, list[torch.Tensor]] = {}
            for length in sorted(lengths):
                angles = self._angles(module, length, config)
                if angles is None:
                    break
                same = found.setdefault(self.rule.computed_as(length), angles)
                if any(not torch.equal(a, b) for a, b in zip(same, angles, strict=True)):
                    return "rotary angles depend on the length in a way the configuration hides"
        return None

    def _angles(self, module: Any, length: int, config: Any) -> list[torch.Tensor] | None:
        """Return the angles of the first positions in a sequence of some length."""
        positions = torch.tensor([[*range(_PROBE - 1), length - 1]])
        device = next((b.device for b in module.buffers()), torch.device("cpu"))
        x = torch.zeros(1, _PROBE, 1, device=device)
        layer_types = getattr(module, "layer_types", None)
        kinds = [{"layer_type": kind} for kind in sorted(set(layer_types))] if layer_types else [{}]
        angles = []
        try:
            for more in kinds:
                with self.as_long_as(0), torch.inference_mode():
                    out = module(x, position_ids=positions.to(device), **more)
                parts = out if isinstance(out, tuple) else (out,)
                angles += [part[..., : _PROBE - 1, :] for part in parts]
        except (TypeError, RuntimeError, IndexError, KeyError, AttributeError, ValueError):
            return None  # not of the shape that the library's own modules have
        return angles


def _rotary_modules(model: Any) -> list[Any]:
    return [
        module
        for module in model.modules()
        if "Rotary" in type(module).__name__
        and "position_ids" in inspect.signature(module.forward).parameters
    ]


def _lengths_held(module: Any) -> dict[str, Any]:
    """Return what a module remembers of the lengths that it met."""
    names = ("max_seq_len_cached", "attention_scaling")
    return {name: value for name, value in vars(module).items() if name.endswith(names)}


def _rule(config: Any, kinds: list[tuple[str, dict[str, Any]]]) -> LengthRule:
    switches, grows = set(), set()
    longest = number(getattr(config, "max_position_embeddings", None))
    for kind, settings in kinds:
        original = settings.get("original_max_position_embeddings") or getattr(
            config, "original_max_position_embeddings", None
        )
        if kind in ("longrope", "su"):
            switches.add(number(original, longest))
        elif "dynamic" in kind:
            grows.add(longest or number(original))
    return LengthRule(tuple(sorted(switches)), min(grows, default=None))
