"""Models through Hugging Face transformers: the reference backend.

Evaluates a block of the token trie in one pass with its own attention (``packed``), or chain by
chain with an ordinary key-value cache (``cached``), or one sequence at a time with the library's
attention (``sequence``, the oracle). Logits are taken only where a probability is wanted, and
normalised in float32.
"""

import copy
import inspect
import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from jaxtyping import Float, Int32
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, DynamicCache

from silicus.backends import configuration, linear, precision, sources, trie_attention
from silicus.backends.base import Block, Capabilities, ModelCard, Request
from silicus.backends.progress import quiet
from silicus.backends.rotary import Rotary
from silicus.backends.tokens import Encoder
from silicus.errors import ModelError, ScoringError

LOGIT_BYTES = 128 << 20
"""Most bytes of float32 logits held at once; bounds the wanted rows of a block."""

CHUNK_BYTES = 4 << 20
"""Bytes of logits normalised at a time: what stays in the processor's cache."""

_LOADING_ERRORS = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    ImportError,
    AttributeError,
    SafetensorError,
)


def load(
    *,
    model_id: str,
    source: str,
    dtype: str = "float32",
    sha256: str | None = None,
    device: str = "cpu",
    n_threads: int | None = None,
    template_source: str | None = None,
) -> "Transformers":
    """Load a model.

    Parameters
    ----------
    model_id : str
        Name in the study and in every table.
    source : str
        ``package:NAME`` (a GGUF file carried by an installed package), ``folder:PATH`` (config,
        safetensors and tokenizer) or ``hub:ORG/NAME[@REVISION]``.
    dtype : str
        One of :data:`silicus.backends.precision.DTYPES`.
    sha256 : str, optional
        Expected checksum of the GGUF file of a package.
    device : str
        A torch device.
    n_threads : int, optional
        Threads of the CPU; the library's choice if None.
    template_source : str, optional
        Source of a tokenizer whose chat template to use (for a base model in chat format).

    Raises
    ------
    ModelError
        If weights, configuration or tokenizer are missing, corrupt or of a refused kind.
    """
    storage = precision.storage_dtype(dtype)
    if n_threads is not None:
        torch.set_num_threads(n_threads)
    found = sources.resolve(model_id, source, sha256)
    template = None if template_source is None else sources.template_of(model_id, template_source)
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(found.folder, trust_remote_code=False)
            model, loading = AutoModelForCausalLM.from_pretrained(
                found.folder,
                dtype=storage,
                attn_implementation="sdpa" if _has_sdpa(found.folder) else "eager",
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except _LOADING_ERRORS as cause:
        raise ModelError(
            f"model {model_id} cannot be loaded from {found.folder}: {cause} Check that the folder "
            "holds config.json, safetensors weights and a tokenizer that belong together."
        ) from cause
    lacking = sorted([*loading["missing_keys"], *map(str, loading["mismatched_keys"])])
    if lacking:
        # The library would go on with random numbers in their place.
        raise ModelError(
            f"model {model_id}: the weights in {found.folder} lack {lacking[0]} or have it in "
            f"another shape ({len(lacking)} such). Download the model again."
        )
    model.eval().requires_grad_(False)
    if dtype == "mixed":
        precision.make_mixed(model, model.get_output_embeddings())
    try:
        model.to(device)
    except (RuntimeError, AssertionError) as cause:
        raise ModelError(
            f'model {model_id} cannot be put on the device "{device}": {cause}. Write device: cpu, '
            "or install a PyTorch that knows the device."
        ) from cause
    return Transformers(model, tokenizer, model_id, found.fingerprint, dtype, template)


def _has_sdpa(folder: Path) -> bool:
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    try:
        kind = transformers.MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    except KeyError:
        return False
    return bool(getattr(kind, "_supports_sdpa", False))


class Transformers:
    """One causal language model; implements :class:`silicus.backends.base.Backend`."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        model_id: str,
        fingerprint: str,
        dtype: str,
        template: str | None = None,
    ) -> None:
        self.model = model
        config = model.config.get_text_config()
        n_context = configuration.context_length(config)
        self.encoder = Encoder(tokenizer, model_id, n_context, template)
        self._plain_attention = config._attn_implementation
        self._cache_name = _cache_argument(model)
        self._keeps_rows = "logits_to_keep" in inspect.signature(model.forward).parameters
        vocab = int(config.vocab_size)
        self._rotary = Rotary(model)
        methods = _methods(model) if self._rotary.fault is None else ("sequence",)
        n_parameters = sum(p.numel() for p in model.parameters())
        self._kernels = linear.pack(model) if len(methods) > 1 else linear.Kernels()
        self.capabilities = Capabilities(
            methods=methods,
            chat=self.encoder.template is not None,
            n_context=n_context,
            max_wanted_rows=max(16, min(1024, LOGIT_BYTES // (4 * vocab))),
            thresholds=configuration.thresholds(config),
            lengths=self._rotary.rule,
        )
        self.card = ModelCard(
            model_id=model_id,
            fingerprint=fingerprint,
            architecture=type(model).__name__,
            dtype=dtype,
            backend=f"transformers-{transformers.__version__}",
            n_parameters=n_parameters,
            n_context=n_context,
            vocab_size=vocab,
            tokenizer_sha256=self.encoder.sha256,
            template_sha256=self.encoder.template_sha256,
            details={
                "torch": torch.__version__,
                "device": str(model.device),
                "processor": platform.processor() or platform.machine(),
                "n_threads": torch.get_num_threads(),
                "linear_layers": self._kernels.name,
                "head_copy_bytes": linear.head_copy_bytes(model),
                **configuration.bytes_per_token(config, next(model.parameters()).element_size()),
            },
        )
        self._trie = trie_attention.TrieState()
        self._cache: Any = None
        self._n_cached = 0

    def encode(self, prompts: list[dict[str, Any]]) -> list[Request]:
        """See :meth:`silicus.backends.base.Backend.encode`."""
        return self.encoder.encode(prompts)

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """See :meth:`silicus.backends.base.Backend.token_set`."""
        return self.encoder.token_set(ends)

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """See :meth:`silicus.backends.base.Backend.spell`."""
        return self.encoder.spell(tokens)

    @torch.inference_mode()
    def sequence(
        self,
        tokens: Int32[np.ndarray, " token"],
        wanted_position: Int32[np.ndarray, " wanted"],
        wanted_token: Int32[np.ndarray, " wanted"],
        sets: list[Int32[np.ndarray, " member"]],
    ) -> Float[np.ndarray, " wanted"]:
        """Run one whole sequence with the library's own layers and no cache."""
        self._use(self._plain_attention)
        rows, inverse = np.unique(wanted_position, return_inverse=True)
        with self._kernels.ordinary(), self._rotary.as_long_as(0):
            logits = self._logits(tokens, rows, use_cache=False)
        return self._wanted(logits, inverse, wanted_token, sets)

    @torch.inference_mode()
    def evaluate(
        self, block: Block, sets: list[Int32[np.ndarray, " member"]], *, method: str
    ) -> Float[np.ndarray, " wanted"]:
        """Evaluate a block, ``packed`` or ``cached``."""
        ways = {"packed": self._packed, "cached": self._cached}
        if method in ways:
            with self._rotary.as_long_as(block.computed_as):
                return ways[method](block, sets)
        raise ModelError(f'no such way to evaluate a block: "{method}" (packed, cached)')

    def _packed(self, block: Block, sets: list[Any]) -> Float[np.ndarray, " wanted"]:
        self._use(trie_attention.NAME)
        self._trie.begin(block)
        undo = self._trie.activate()
        try:
            rows, inverse = np.unique(block.wanted_node, return_inverse=True)
            depth = torch.from_numpy(block.depth.astype(np.int64))[None].to(self.model.device)
            logits = self._logits(block.token, rows, use_cache=False, position_ids=depth)
        finally:
            self._trie.deactivate(undo)
        if not self._trie.n_calls:
            raise ModelError(f"{self.card.architecture} does not call the attention it is given")
        self._trie.finish(block)
        return self._wanted(logits, inverse, block.wanted_token, sets)

    def _cached(self, block: Block, sets: list[Any]) -> Float[np.ndarray, " wanted"]:
        """Walk the chains of a block; the cache holds the path and is cut back at each branch."""
        self._use(self._plain_attention)
        if self._cache is None or block.n_path == 0:
            self._cache, self._n_cached = DynamicCache(), 0
        starts = [0, *(np.flatnonzero(block.parent[1:] != np.arange(len(block.parent) - 1)) + 1)]
        values = []
        for start, stop in zip(starts, [*starts[1:], len(block.parent)], strict=True):
            surplus = self._n_cached - int(block.depth[start])
            if surplus > 0:
                self._cache.crop(-surplus)
            inside = (block.wanted_node >= start) & (block.wanted_node < stop)
            rows, inverse = np.unique(block.wanted_node[inside] - start, return_inverse=True)
            logits = self._logits(
                block.token[start:stop], rows, use_cache=True, **{self._cache_name: self._cache}
            )
            self._n_cached = int(block.depth[stop - 1]) + 1
            values.append(self._wanted(logits, inverse, block.wanted_token[inside], sets))
        return np.concatenate(values)

    def _use(self, attention: str) -> None:
        if self.model.config.get_text_config()._attn_implementation != attention:
            self.model.set_attn_implementation(attention)

    def _logits(self, tokens: Any, rows: Any, **arguments: Any) -> torch.Tensor:
        """Return the logits after the given rows, shape (n_rows, vocabulary)."""
        ids = torch.from_numpy(np.asarray(tokens, dtype=np.int64))[None].to(self.model.device)
        # An index of no rows would mean "all rows" to transformers: ask for the last one instead.
        kept = rows if len(rows) else np.asarray([ids.shape[1] - 1])
        index = torch.from_numpy(np.asarray(kept, dtype=np.int64)).to(self.model.device)
        if self._keeps_rows:
            arguments["logits_to_keep"] = index
        logits = self.model(input_ids=ids, **arguments).logits[0]
        return logits if self._keeps_rows else logits.index_select(0, index)

    def _wanted(
        self, logits: torch.Tensor, row: Any, token: Any, sets: list[Any]
    ) -> Float[np.ndarray, " wanted"]:
        """Return log-softmax values in float32: of single tokens, or summed over a token set."""
        values = np.empty(len(token), dtype=np.float64)
        n_rows = max(1, CHUNK_BYTES // (4 * logits.shape[-1]))
        for first in range(0, len(logits), n_rows):
            part = logits[first : first + n_rows].float()
            total = torch.logsumexp(part, dim=-1)
            here = np.flatnonzero((row >= first) & (row < first + n_rows))
            for kind in np.unique(np.minimum(token[here], 0)):
                chosen = here[np.minimum(token[here], 0) == kind]
                at = torch.from_numpy(row[chosen] - first).to(part.device)
                if kind < 0:
                    members = torch.from_numpy(sets[-1 - kind].astype(np.int64)).to(part.device)
                    got = torch.logsumexp(part[at][:, members], dim=-1)
                else:
                    got = part[at, torch.from_numpy(token[chosen].astype(np.int64)).to(part.device)]
                values[chosen] = (got - total[at]).double().cpu().numpy()
        if np.isnan(values).any():
            raise ScoringError(
                f"model {self.card.model_id} gave a log-probability that is not a number "
                f"(dtype {self.card.dtype}). Use dtype float32, or check the weights."
            )
        return values

    def with_template(self, source: str) -> "Transformers":
        """See :meth:`silicus.backends.base.Backend.with_template`."""
        template = sources.template_of(self.card.model_id, source)
        held = self.encoder
        other = copy.copy(self)
        other.encoder = Encoder(held.tokenizer, held.model_id, held.n_context, template)
        other._trie, other._cache = trie_attention.TrieState(), None
        other.capabilities = replace(self.capabilities, chat=True)
        other.card = replace(self.card, template_sha256=other.encoder.template_sha256)
        return other

    def close(self) -> None:
        """Free the model's memory."""
        self.model = None
        self._trie = trie_attention.TrieState()
        self._cache = None


def _methods(model: Any) -> tuple[str, ...]:
    """Return the ways to evaluate that an architecture admits; a self-check has the last word."""
    layer_types = set(getattr(model.config.get_text_config(), "layer_types", None) or [])
    attention_only = layer_types <= {"full_attention", "sliding_attention", "chunked_attention"}
    if getattr(model, "_is_stateful", False) or not attention_only:
        return ("sequence",)
    packed = getattr(model, "_supports_attention_backend", False)
    chunked = "chunked_attention" in layer_types
    return ("packed", "cached", "sequence") if packed and not chunked else ("cached", "sequence")


def _cache_argument(model: Any) -> str:
    """Return what this version of transformers calls the key-value cache."""
    parameters = inspect.signature(model.forward).parameters
    return "cache" if "cache" in parameters else "past_key_values"
