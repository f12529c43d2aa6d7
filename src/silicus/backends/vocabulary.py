"""What the entries of a vocabulary spell, in bytes, and which of them begin with a text.

A character may span several tokens, in byte-level vocabularies and through byte fallback alike;
so pieces of text are compared as bytes.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int32

from silicus.schema import END_OF_TURN

_ENDS_OF_TURN = {
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<|end|>",
    "</s>",
    "<|endoftext|>",
    "<|return|>",
}


class Vocabulary:
    """The entries of one tokenizer.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    """

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        self._sets: dict[tuple[str, ...], Int32[np.ndarray, " token"]] = {}

    @cached_property
    def control_ids(self) -> set[int]:
        """Ids of control tokens: they are commands, and spell nothing."""
        added = self.tokenizer.added_tokens_decoder
        return {*self.tokenizer.all_special_ids, *(i for i, t in added.items() if t.special)}

    @cached_property
    def shown(self) -> list[bytes]:
        """What each entry stands for in a rendered text; control tokens by their name."""
        pieces = self.tokenizer.convert_ids_to_tokens(list(range(len(self.tokenizer))))
        added = self.tokenizer.added_tokens_decoder
        byte_level = "ByteLevel" in str(self.tokenizer.backend_tokenizer.decoder)
        decode = _byte_level if byte_level else _sentencepiece
        return [
            b""
            if piece is None
            else (piece.encode() if byte_level or added[i].special else _sentencepiece(piece))
            if i in added
            else decode(piece)
            for i, piece in enumerate(pieces)
        ]

    @cached_property
    def spelled(self) -> list[bytes]:
        """What each entry spells; control tokens nothing."""
        return [b"" if i in self.control_ids else text for i, text in enumerate(self.shown)]

    @cached_property
    def text(self) -> list[str]:
        """What each entry spells, for people: bytes that are no text are replaced."""
        return [spelled.decode("utf-8", errors="replace") for spelled in self.spelled]

    @cached_property
    def _in_order(self) -> tuple[list[bytes], list[int]]:
        order = sorted((text, i) for i, text in enumerate(self.spelled) if text)
        return [text for text, _ in order], [i for _, i in order]

    def beginning_with(self, text: bytes) -> list[int]:
        """Return the tokens whose bytes begin with ``text`` (which is not empty)."""
        texts, ids = self._in_order
        first = bisect_left(texts, text)
        stop = first
        while stop < len(texts) and texts[stop].startswith(text):
            stop += 1
        return ids[first:stop]

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """Return every token id whose bytes begin with one of ``ends``."""
        if ends not in self._sets:
            found: set[int] = set()
            for end in ends:
                found.update(
                    self._ends_of_turn if end == END_OF_TURN else self.beginning_with(end.encode())
                )
            self._sets[ends] = np.asarray(sorted(found), dtype=np.int32)
        return self._sets[ends]

    @cached_property
    def _ends_of_turn(self) -> set[int]:
        added = self.tokenizer.added_tokens_decoder
        ids = {i for i, token in added.items() if token.content in _ENDS_OF_TURN}
        if self.tokenizer.eos_token_id is not None:
            ids.add(self.tokenizer.eos_token_id)
        return ids

    def bytes_of(self, tokens: Iterable[int]) -> bytes:
        """Return what tokens spell together, control tokens by name."""
        shown = self.shown
        return b"".join([shown[token] for token in tokens])

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """Return the text of each token, control tokens by name, for people to read."""
        names = self.tokenizer.convert_ids_to_tokens([int(token) for token in tokens])
        return [self.text[int(token)] or name for token, name in zip(tokens, names, strict=True)]


def _byte_level(piece: str) -> bytes:
    """Return the bytes of a byte-level piece."""
    try:
        return bytes(_BYTES[char] for char in piece)
    except KeyError:
        return piece.encode()  # spelled as it is


def _sentencepiece(piece: str) -> bytes:
    byte = re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", piece)
    if byte:
        return bytes([int(byte.group(1), 16)])
    return piece.replace("\u2581", " ").encode()


def _byte_table() -> dict[str, int]:
    """Return the table by which byte-level tokenizers write bytes as printable characters."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in printable}
    hidden = [byte for byte in range(256) if byte not in printable]
    table.update({chr(256 + n): byte for n, byte in enumerate(hidden)})
    return table


_BYTES = _byte_table()
