"""Models through Hugging Face transformers: the reference backend.

Evaluates a block of the token trie in one pass with its own attention (``packed``), or chain by
chain with an ordinary key-value cache (``cached``), or one sequence at a time with the library's
attention (``sequence``, the oracle). Logits are taken only where a probability is wanted, and
normalised in float32.
"""

import copy
import inspect
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import transformers
from jaxtyping import Float, Int32
from transformers import DynamicCache

from silicus.backends import checkpoint, configuration, linear, precision, sources, trie_attention
from silicus.backends.base import Block, Capabilities, ModelCard, Request
from silicus.backends.rotary import Rotary
from silicus.backends.tokens import Encoder
from silicus.errors import ModelError, PromptError, ScoringError, SilicusError

LOGIT_BYTES = 128 << 20
"""Most bytes of float32 logits held at once; bounds the wanted rows of a block."""

CHUNK_BYTES = 4 << 20
"""Bytes of logits normalised at a time: what stays in the processor's cache."""

FORESIGHT_TOKENS = 12
"""Tokens of the text on which a model is tried for attention that sees the future."""

FORESIGHT_NATS = {"float32": 1e-3, "mixed": 0.05, "bfloat16": 0.1}
"""Most by which a later token may move an earlier log-probability: rounding, and no more."""


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
    model, tokenizer = checkpoint.read(model_id, found.folder, storage)
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
    try:
        backend = Transformers(model, tokenizer, model_id, found.fingerprint, dtype, template)
    except SilicusError:
        raise
    except Exception as cause:
        raise ModelError(
            f"model {model_id} ({type(model).__name__}) cannot be prepared: {cause}."
        ) from cause
    _refuse_foresight(backend)
    return backend


def _refuse_foresight(backend: "Transformers") -> None:
    """Refuse a model whose probabilities change with a later token.

    Raises
    ------
    ModelError
    """
    size = min(backend.n_rows, backend.card.vocab_size)
    tokens = np.random.default_rng(0).integers(0, size, FORESIGHT_TOKENS).astype(np.int32)
    changed = tokens.copy()
    changed[-1] = (int(tokens[-1]) + 1 + size // 2) % size
    before = np.arange(FORESIGHT_TOKENS - 1, dtype=np.int32)
    one, other = (backend.sequence(text, before, tokens[1:], []) for text in (tokens, changed))
    seen = float(np.abs(one - other).max())
    if not seen <= FORESIGHT_NATS[backend.card.dtype]:
        raise ModelError(
            f"model {backend.card.model_id} ({backend.card.architecture}) sees the future: "
            f"changing a later token moves an earlier log-probability by {seen:.2g} nat. It is no "
            "causal language model (an encoder, or a model for embeddings); give one that is."
        )


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
        vocab = configuration.number(getattr(config, "vocab_size", None))
        table = model.get_input_embeddings()
        self.n_rows = int(table.weight.shape[0]) if hasattr(table, "weight") else vocab
        vocab = vocab or self.n_rows
        beyond = max(0, len(tokenizer) - min(self.n_rows, vocab))
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
                **({"tokens_beyond_weights": beyond} if beyond else {}),
                "head_copy_bytes": linear.head_copy_bytes(model),
                **configuration.bytes_per_token(config, next(model.parameters()).element_size()),
            },
        )
        self._trie = trie_attention.TrieState()
        self._cache: Any = None
        self._n_cached = 0

    def encode(self, prompts: list[dict[str, Any]]) -> list[Request]:
        """See :meth:`silicus.backends.base.Backend.encode`."""
        requests = self.encoder.encode(prompts)
        for prompt, request in zip(prompts, requests, strict=True):
            highest = int(request.prompt.max(initial=0))
            if highest >= self.n_rows:
                (name,) = self.encoder.spell([highest])
                raise PromptError(
                    f"decision {prompt['decision_id']} with {self.card.model_id}: the prompt holds "
                    f'the token "{name}" ({highest}), but the weights know {self.n_rows} tokens: '
                    "it was added to the tokenizer and not to the model. Give the tokenizer and "
                    "chat template that the weights were trained with."
                )
        return requests

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
        with self._own_errors():
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
            with self._own_errors(), self._rotary.as_long_as(block.computed_as):
                return ways[method](block, sets)
        raise ModelError(f'no such way to evaluate a block: "{method}" (packed, cached)')

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Turn an error of the library into one of this model."""
        try:
            yield
        except SilicusError:
            raise
        except Exception as cause:
            raise ModelError(
                f"model {self.card.model_id} ({self.card.architecture}) failed while it was "
                f"evaluated: {type(cause).__name__}: {cause}"
            ) from cause

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
        known = np.asarray(tokens, dtype=np.int64)
        if known.max(initial=0) >= self.n_rows:
            # An option that cannot be fed has probability 0, whatever would come after it.
            known = np.where(known < self.n_rows, known, 0)
        ids = torch.from_numpy(known)[None].to(self.model.device)
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
        values = np.full(len(token), -np.inf)
        size = logits.shape[-1]
        sets = [members[members < size] for members in sets]
        n_rows = max(1, CHUNK_BYTES // (4 * logits.shape[-1]))
        for first in range(0, len(logits), n_rows):
            part = logits[first : first + n_rows].float()
            total = torch.logsumexp(part, dim=-1)
            here = np.flatnonzero((row >= first) & (row < first + n_rows) & (token < size))
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
