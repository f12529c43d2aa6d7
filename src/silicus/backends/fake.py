"""A model that is a table written down: for tests of one's own code, and for the documentation.

Every character is a token. The table says which characters may follow which end of the text, and
how probably; the longest entry that the text ends with holds::

    table = {"": {"J": 0.5, "F": 0.3, '"': 0.2}, "J": {'"': 1.0}, "F": {'"': 0.9, "J": 0.1}}
    backend = Fake(table)

gives the option J with its end the probability 0.5 x 1.0, and F 0.3 x 0.9, in any prompt. It needs
no weights, and its probabilities can be worked out by hand. It walks a block as any backend must:
it sees only the path it holds and the nodes of the block.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int32

from silicus.backends.base import Block, Capabilities, ModelCard, OptionTokens, Request
from silicus.errors import ModelError, PromptError

END_OF_TURN = "<|end|>"
"""In ``Prompt.ends``, and in a table: the model stops here."""

VOCABULARY = ("\n", *(chr(code) for code in range(32, 127)), END_OF_TURN)
"""Token k is the k-th of these: the line break, printable ASCII, and the end of a turn."""

_ID = {character: k for k, character in enumerate(VOCABULARY)}

Table = Mapping[str, Mapping[str, float]]
"""End of the text to next character to probability; the entry ``""`` holds where no other does."""


def load(
    *,
    model_id: str,
    source: str,
    dtype: str = "float32",
    sha256: str | None = None,
    **_: Any,
) -> "Fake":
    """Return a fake model from a JSON file with its table, ``source="table:PATH"``.

    Raises
    ------
    ModelError
        If the file cannot be read, is not the expected one, or is not a table of probabilities.
    """
    kind, _sep, name = source.partition(":")
    if kind != "table":
        raise ModelError(f'model {model_id}: a fake model comes from "table:PATH", not "{source}".')
    try:
        raw = Path(name).read_bytes()
        table = json.loads(raw)
    except (OSError, ValueError) as cause:
        raise ModelError(
            f"model {model_id}: {name} is not a readable JSON file: {cause}."
        ) from cause
    found = hashlib.sha256(raw).hexdigest()
    if sha256 is not None and found != sha256:
        raise ModelError(f"model {model_id}: {name} has sha256 {found}, expected {sha256}.")
    return Fake(table, model_id=model_id, dtype=dtype)


class Fake:
    """A table of next-character probabilities; implements the Backend contract.

    Parameters
    ----------
    table : mapping
        End of the text to next character to probability; each row sums to 1.
    model_id : str
    dtype : str
        Recorded; makes no difference to the numbers.
    methods : tuple of str
        Ways to evaluate that it says it has.
    n_context : int
        Longest sequence, in characters.

    Raises
    ------
    ModelError
        If a row does not sum to 1 or names something that is no token, or ``""`` is missing.
    """

    def __init__(
        self,
        table: Table,
        *,
        model_id: str = "fake",
        dtype: str = "float32",
        methods: tuple[str, ...] = ("packed", "cached", "sequence"),
        n_context: int = 1 << 20,
    ) -> None:
        self._rows = _checked(table, model_id)
        self._longest = max(map(len, self._rows))
        self.card = ModelCard(
            model_id=model_id,
            fingerprint=_sha256(json.dumps(table, sort_keys=True)),
            architecture="Fake",
            dtype=dtype,
            backend="fake-1",
            n_parameters=sum(map(len, table.values())),
            n_context=n_context,
            vocab_size=len(VOCABULARY),
            tokenizer_sha256=_sha256("".join(VOCABULARY)),
            template_sha256=_sha256(_render([{"role": "r", "content": "c"}])),
        )
        self.capabilities = Capabilities(methods, True, n_context)
        self._path: list[int] = []

    def encode(self, prompts: list[dict[str, Any]]) -> list[Request]:
        """See :meth:`silicus.backends.base.Backend.encode`."""
        return [self._encode(prompt) for prompt in prompts]

    def _encode(self, prompt: dict[str, Any]) -> Request:
        where = f"decision {prompt['decision_id']} with {self.card.model_id}"
        for message in prompt["messages"]:
            if END_OF_TURN in message["content"]:
                raise PromptError(
                    f'{where}: the text contains "{END_OF_TURN}", a control token. Replace it.'
                )
        plain = prompt["format"] == "plain"
        body = "".join(m["content"] for m in prompt["messages"])
        text = (body if plain else _render(prompt["messages"])) + str(prompt["answer_prefix"])
        ids = self._ids(text, where)
        options = tuple(
            OptionTokens(tuple(tuple(self._ids(form, where)) for form in forms))
            for forms in prompt["forms"]
        )
        longest = len(ids) + max(len(form) for option in options for form in option.forms) + 1
        if not ids or longest > self.capabilities.n_context:
            raise PromptError(
                f"{where}: the prompt with its longest option has {longest} tokens; at least one "
                f"token of prompt and at most {self.capabilities.n_context} in all are possible."
            )
        return Request(np.asarray(ids, dtype=np.int32), options, tuple(prompt["ends"]), text)

    @staticmethod
    def _ids(text: str, where: str) -> list[int]:
        unknown = sorted({character for character in text if character not in _ID})
        if unknown:
            raise PromptError(
                f"{where}: the character {unknown[0]!r} is no token of a fake model (printable "
                "ASCII and line breaks are)."
            )
        return [_ID[character] for character in text]

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """See :meth:`silicus.backends.base.Backend.token_set`."""
        return np.asarray(sorted({_ID[end if end in _ID else end[0]] for end in ends}), np.int32)

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """See :meth:`silicus.backends.base.Backend.spell`."""
        return [VOCABULARY[int(token)] for token in tokens]

    def sequence(
        self,
        tokens: Int32[np.ndarray, " token"],
        wanted_position: Int32[np.ndarray, " wanted"],
        wanted_token: Int32[np.ndarray, " wanted"],
        sets: list[Int32[np.ndarray, " member"]],
    ) -> Float[np.ndarray, " wanted"]:
        """See :meth:`silicus.backends.base.Backend.sequence`."""
        ids = tokens.tolist()
        return np.asarray(
            [
                self._logprob(ids[: int(position) + 1], int(token), sets)
                for position, token in zip(wanted_position, wanted_token, strict=True)
            ],
            dtype=np.float64,
        )

    def evaluate(
        self, block: Block, sets: list[Int32[np.ndarray, " member"]], *, method: str
    ) -> Float[np.ndarray, " wanted"]:
        """See :meth:`silicus.backends.base.Backend.evaluate`."""
        if method not in ("packed", "cached"):
            raise ModelError(f'no such way to evaluate a block: "{method}" (packed, cached)')
        if block.n_path > len(self._path):
            raise ModelError(
                f"a block needs {block.n_path} path tokens, {len(self._path)} are held. Evaluate "
                "the blocks of a plan in order, from the first."
            )
        del self._path[block.n_path :]
        seen: list[list[int]] = []
        for token, depth, parent in zip(block.token, block.depth, block.parent, strict=True):
            above = seen[parent] if parent >= 0 else self._path[:depth]
            seen.append([*above, int(token)])
        values = [
            self._logprob(seen[node], int(token), sets)
            for node, token in zip(block.wanted_node, block.wanted_token, strict=True)
        ]
        if len(block.keep):
            del self._path[int(block.depth[block.keep[0]]) :]
            self._path.extend(int(block.token[node]) for node in block.keep)
        return np.asarray(values, dtype=np.float64)

    def _logprob(self, ids: list[int], token: int, sets: list[Any]) -> float:
        text = "".join(VOCABULARY[k] for k in ids[-self._longest - 1 :])
        row = next(
            self._rows[text[len(text) - n :]]
            for n in range(min(self._longest, len(text)), -1, -1)
            if text[len(text) - n :] in self._rows
        )
        members = sets[-1 - token].tolist() if token < 0 else [token]
        probability = sum(row.get(member, 0.0) for member in members)
        return float(np.log(probability)) if probability else float("-inf")

    def with_template(self, source: str) -> "Fake":
        """Return itself: all fakes render conversations alike."""
        return self

    def close(self) -> None:
        """Free nothing: there is nothing to free."""


def _checked(table: Table, model_id: str) -> dict[str, dict[int, float]]:
    """Return the table by token id after checking that every row is a distribution."""
    if "" not in table:
        raise ModelError(f'model {model_id}: the table lacks the entry "", for any other text.')
    rows = {}
    for end, row in table.items():
        unknown = [name for name in row if name not in _ID]
        if unknown or any(p < 0 for p in row.values()) or abs(sum(row.values()) - 1) > 1e-9:
            raise ModelError(
                f"model {model_id}: the row {end!r} of the table must give single characters "
                f"(or {END_OF_TURN}) probabilities that sum to 1; found {dict(row)}."
            )
        rows[end] = {_ID[name]: float(p) for name, p in row.items()}
    return rows


def _render(messages: list[dict[str, str]]) -> str:
    """Return messages as text: each turn after its role, the answer after the last one."""
    return "".join(f"[{m['role']}] {m['content']}\n" for m in messages) + "[assistant] "


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
