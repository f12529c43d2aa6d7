"""The contract between the engine and an inference library.

The engine speaks in token ids and NumPy arrays. A backend turns a Prompt row into a
:class:`Request` (its tokenizer's business) and answers how probable wanted tokens are after given
ones (its model's business). There are three ways to ask, and what a backend can do is data, its
:class:`Capabilities`:

* ``sequence``: one full token sequence, the library's own attention. Always there: the oracle.
* ``cached``: a :class:`Block` of a token trie, with an ordinary key-value cache that is cut back
  to the branching point. Needs attention state that can be cropped.
* ``packed``: a whole :class:`Block` in one pass, each node attending to its ancestors alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int32

METHODS = ("packed", "cached", "sequence")
"""Ways to evaluate, fastest first."""


class OptionTokens(NamedTuple):
    """The token sequences that count as one option, one per surface form."""

    forms: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Request:
    """One prompt and its options as token ids: all that is scored, and nothing else.

    ``prompt`` is an int32 array of shape (n_tokens,), BOS included where the model has one;
    ``ends`` names the token set (see :meth:`Backend.token_set`) one of which must follow an option.
    ``text`` is what the model sees, rendered by its own template.
    """

    prompt: Int32[np.ndarray, " token"]
    options: tuple[OptionTokens, ...]
    ends: tuple[str, ...]
    text: str = field(repr=False, default="")


class Block(NamedTuple):
    """Consecutive nodes of a token trie in depth-first order, evaluated in one call.

    Every ancestor of a node is either in the block or on the *path*: the ancestors of the block's
    first node, whose state the backend still holds. ``n_path`` of them count (the rest is to be
    dropped first).

    Attributes
    ----------
    n_path : int
        Number of path tokens before the first node.
    token, depth : int32 arrays of shape (n_nodes,)
        Token id, and position in its sequence counted from 0.
    parent : int32 array of shape (n_nodes,)
        Index in the block of the node before, or -1 where that is on the path (at depth - 1).
    wanted_node : int32 array of shape (n_wanted,)
        Node (index in the block, ascending) after which a probability is wanted.
    wanted_token : int32 array of shape (n_wanted,)
        Token id whose probability is wanted, or -1 - k for the sum over token set k.
    keep : int32 array
        Nodes (indices) on the path of the next block, in order of depth; they follow the first
        ``depth[keep[0]]`` path tokens.
    computed_as : int
        Length of the sequences that the nodes are parts of, where the model computes positions by
        that (:class:`LengthRule`); 0 where it does not.
    """

    n_path: int
    token: Int32[np.ndarray, " node"]
    depth: Int32[np.ndarray, " node"]
    parent: Int32[np.ndarray, " node"]
    wanted_node: Int32[np.ndarray, " wanted"]
    wanted_token: Int32[np.ndarray, " wanted"]
    keep: Int32[np.ndarray, " kept"]
    computed_as: int = 0


class LengthRule(NamedTuple):
    """Which sequences a model computes alike, where that depends on their whole length.

    Attributes
    ----------
    switches : tuple of int
        Lengths, in tokens, beyond which other factors hold for the whole sequence.
    grows_beyond : int or None
        Length beyond which each length has factors of its own.
    """

    switches: tuple[int, ...] = ()
    grows_beyond: int | None = None

    @property
    def depends(self) -> bool:
        """Tell whether length matters at all."""
        return bool(self.switches) or self.grows_beyond is not None

    def computed_as(self, length: int) -> int:
        """Return a length that is computed as ``length`` is; 0 where length does not matter.

        Examples
        --------
        >>> rule = LengthRule(switches=(4096,))
        >>> [rule.computed_as(length) for length in (20, 4096, 4097, 9000)]
        [1, 1, 4097, 4097]
        """
        if not self.depends:
            return 0
        if self.grows_beyond is not None and length > self.grows_beyond:
            return length
        return 1 + max((at for at in self.switches if at < length), default=0)


@dataclass(frozen=True)
class Capabilities:
    """What a backend can do, as plain data.

    ``methods`` lists the usable ways to evaluate, fastest first; ``chat`` tells whether the model
    has a chat template; ``n_context`` is the longest sequence in tokens, ``max_wanted_rows`` how
    many nodes of one block may want probabilities (bounds memory for large vocabularies).
    ``thresholds`` are the lengths, in tokens, beyond which the model computes differently, as its
    configuration names them (windows, chunks, the context before it was stretched); ``lengths``
    says which of these hold for a sequence as a whole, so that the two sides share no pass.
    """

    methods: tuple[str, ...]
    chat: bool
    n_context: int
    max_wanted_rows: int = 256
    thresholds: tuple[int, ...] = ()
    lengths: LengthRule = field(default_factory=LengthRule)


@dataclass(frozen=True)
class ModelCard:
    """What a run records of a model; ``fingerprint`` identifies the weights by content."""

    model_id: str
    fingerprint: str
    architecture: str
    dtype: str
    backend: str
    n_parameters: int
    n_context: int
    vocab_size: int
    tokenizer_sha256: str
    template_sha256: str | None
    details: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Backend(Protocol):
    """An inference library holding one model."""

    card: ModelCard
    capabilities: Capabilities

    def encode(self, prompts: list[dict[str, Any]]) -> list[Request]:
        """Return the token ids of Prompt rows (as dictionaries), the cut checked for each.

        Raises
        ------
        PromptError
            If a prompt cannot be cut where its options begin, is longer than the context, holds
            control tokens of the model, or asks for a chat template that the model lacks.
        """
        ...

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """Return every token id whose text begins with one of ``ends``."""
        ...

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """Return the text of each token, control tokens by name, for people to read."""
        ...

    def sequence(
        self,
        tokens: Int32[np.ndarray, " token"],
        wanted_position: Int32[np.ndarray, " wanted"],
        wanted_token: Int32[np.ndarray, " wanted"],
        sets: list[Int32[np.ndarray, " member"]],
    ) -> Float[np.ndarray, " wanted"]:
        """Return log-probabilities (nats) of wanted tokens after wanted positions, brute force."""
        ...

    def evaluate(
        self, block: Block, sets: list[Int32[np.ndarray, " member"]], *, method: str
    ) -> Float[np.ndarray, " wanted"]:
        """Return log-probabilities (nats) wanted in a block; the path's state is held meanwhile."""
        ...

    def with_template(self, source: str) -> "Backend":
        """Return the same loaded model, asked in chat through the template of another one.

        Its weights are not loaded again; they are in memory until both are closed.

        Raises
        ------
        ModelError
            If the other model has no chat template, or it cannot be had.
        """
        ...

    def close(self) -> None:
        """Free the model's memory."""
        ...
