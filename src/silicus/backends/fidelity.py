"""Whether the tokens of a text, spelled out, are that text: nothing changed, added or lost.

Normalisers compose accents, fold case, strip or collapse spaces; the model then reads another text
than the one that was meant, and that is shown. Two habits of tokenizers are no such change,
because models were trained with them: the space that SentencePiece puts before a text (and before
text after a control token), which its own decoder takes away again; and control tokens that take
the white space beside them with them (Phi-3's ``<|user|>`` and the line break after it).
"""

from functools import cached_property

from silicus.backends.vocabulary import Vocabulary

AROUND = 12
"""Bytes shown on both sides of a change."""


class Fidelity:
    """Compares texts with what their tokens spell.

    Parameters
    ----------
    vocabulary : Vocabulary
    """

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary

    @cached_property
    def puts_a_space_first(self) -> bool:
        """Whether the tokenizer puts a space before a text that its decoder takes away again."""
        tokenizer = self.vocabulary.tokenizer
        ids = tokenizer("x", add_special_tokens=False).input_ids
        decoded = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        return self.vocabulary.bytes_of(ids) == b" x" and decoded == "x"

    def first_change(self, text: str, ids: list[int]) -> tuple[str, str] | None:
        """Return a piece of the text and what it became at the first change; None without one."""
        meant = text.encode()
        if self.vocabulary.bytes_of(ids) == meant:
            return None
        at = 0
        begins = True
        added = self.vocabulary.tokenizer.added_tokens_decoder
        for n, token in enumerate(ids):
            piece = self.vocabulary.shown[token]
            control = token in self.vocabulary.control_ids
            put_first = begins and self.puts_a_space_first and not control
            if put_first and piece[:1] == b" " and not meant.startswith(piece, at):
                piece = piece[1:]
            if token in added and added[token].lstrip:
                at = _past_space(meant, at)
            if not meant.startswith(piece, at):
                fed = self.vocabulary.bytes_of(ids[n:])
                return _around(meant, at), _around(fed, 0)
            at += len(piece)
            if token in added and added[token].rstrip:
                at = _past_space(meant, at)
            begins = control
        if at < len(meant):
            return _around(meant, at), ""
        return None


def _past_space(text: bytes, at: int) -> int:
    """Return where white space that begins at a place ends."""
    return len(text) - len(text[at:].lstrip())


def _around(text: bytes, at: int) -> str:
    """Return the text from the character at a place on."""
    while at > 0 and at < len(text) and (text[at] & 0xC0) == 0x80:
        at -= 1
    return text[at : at + AROUND].decode("utf-8", errors="ignore")
