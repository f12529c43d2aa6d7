"""From a Prompt row to token ids: template, BOS, and the cut where the options begin.

What is scored is token ids, never strings. Three things that silently give wrong numbers
elsewhere are checked here for every prompt: that the prompt's tokens are the beginning of the
tokens of prompt + option (else the option's first token would belong to the prompt), that BOS
stands exactly once where the tokenizer wants it, and that no text of a data set contains a
control token of the model.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int32

from silicus.backends.base import OptionTokens, Request
from silicus.errors import PromptError
from silicus.schema import END_OF_TURN

FIXED_DATE = "01 Jan 2025"
"""The date shown by chat templates that print one, so that prompts do not change with the day."""

TAIL = 160
"""Characters before the cut that are tokenised together with each option."""


class Encoder:
    """The tokenizer of one model, with its chat template, asked for the sake of scoring.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerFast
    model_id : str
        For messages.
    n_context : int
        Longest sequence, in tokens.
    template : str, optional
        Another model's chat template to use (a base model in chat format).
    """

    def __init__(self, tokenizer: Any, model_id: str, n_context: int, template: str | None = None):
        self.tokenizer = tokenizer
        self.model_id = model_id
        self.n_context = n_context
        self.template = template or tokenizer.chat_template or None
        self._cuts: dict[tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]], Any] = {}
        self._sets: dict[tuple[str, ...], Int32[np.ndarray, " token"]] = {}
        self._folds_system: bool | None = None

    @cached_property
    def adds_bos(self) -> bool:
        """Tell whether the tokenizer itself begins every text with BOS."""
        ids = self.tokenizer("x").input_ids
        return bool(ids) and ids[0] == self.tokenizer.bos_token_id

    @cached_property
    def control_tokens(self) -> re.Pattern[str]:
        """Match any control token: text of a data set must not contain one."""
        special = {
            token.content
            for token in self.tokenizer.added_tokens_decoder.values()
            if token.special and token.content.strip()
        }
        special.update(self.tokenizer.all_special_tokens)
        return re.compile("|".join(re.escape(token) for token in sorted(special)) or r"(?!)")

    @cached_property
    def token_text(self) -> list[str]:
        """Return the text of every vocabulary entry; control tokens have an empty one."""
        size = len(self.tokenizer)
        pieces = self.tokenizer.convert_ids_to_tokens(list(range(size)))
        special = set(self.tokenizer.all_special_ids)
        special.update(i for i, t in self.tokenizer.added_tokens_decoder.items() if t.special)
        decode = _byte_level_text if self._is_byte_level else _sentencepiece_text
        return ["" if i in special or p is None else decode(p) for i, p in enumerate(pieces)]

    @cached_property
    def _is_byte_level(self) -> bool:
        return "ByteLevel" in str(self.tokenizer.backend_tokenizer.decoder)

    @cached_property
    def sha256(self) -> str:
        """Return the checksum of the whole tokenizer definition."""
        return _sha256(self.tokenizer.backend_tokenizer.to_str())

    @cached_property
    def template_sha256(self) -> str | None:
        """Return the checksum of the chat template in use, or None without one."""
        return _sha256(self.template) if self.template else None

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """Return every token id whose text begins with one of ``ends``."""
        if ends not in self._sets:
            texts = tuple(end for end in ends if end != END_OF_TURN)
            ids = [i for i, text in enumerate(self.token_text) if text and text.startswith(texts)]
            if END_OF_TURN in ends:
                ids.extend(self._end_tokens)
            self._sets[ends] = np.unique(np.asarray(ids, dtype=np.int32))
        return self._sets[ends]

    @cached_property
    def _end_tokens(self) -> list[int]:
        names = {"<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "</s>", "<|endoftext|>"}
        ids = {i for i, t in self.tokenizer.added_tokens_decoder.items() if t.content in names}
        if self.tokenizer.eos_token_id is not None:
            ids.add(self.tokenizer.eos_token_id)
        return sorted(ids)

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """Return the text of each token, control tokens by name, for people to read."""
        names = self.tokenizer.convert_ids_to_tokens([int(token) for token in tokens])
        return [
            self.token_text[int(token)] or name for token, name in zip(tokens, names, strict=True)
        ]

    def render(self, prompt: dict[str, Any]) -> str:
        """Return the text up to the option: messages through the template, then answer prefix."""
        messages = [{"role": m["role"], "content": m["content"]} for m in prompt["messages"]]
        for message in messages:
            found = self.control_tokens.search(message["content"])
            if found:
                raise PromptError(
                    f'decision {prompt["decision_id"]}: the text contains "{found.group()}", a '
                    f"control token of {self.model_id}, and would be read as a command, not as "
                    "text. Replace it in the data."
                )
        if prompt["format"] == "plain":
            return "".join(m["content"] for m in messages) + str(prompt["answer_prefix"])
        if not self.template:
            raise PromptError(
                f"{self.model_id} has no chat template, so it cannot be asked in chat format. Use "
                "format: plain, or name the model whose template to use (chat_template_of)."
            )
        return self._apply_template(messages) + str(prompt["answer_prefix"])

    def _apply_template(self, messages: list[dict[str, str]]) -> str:
        if self._folds_system is None:
            self._folds_system = not self._takes_system(messages)
        if self._folds_system:
            messages = fold_system(messages)
        try:
            return self._render_template(messages)
        except Exception as cause:
            raise PromptError(
                f"the chat template of {self.model_id} refuses the conversation: {cause}. The "
                "roles are " + ", ".join(m["role"] for m in messages) + "."
            ) from cause

    def _takes_system(self, messages: list[dict[str, str]]) -> bool:
        """Tell whether the template shows a system turn (some refuse it, some drop it)."""
        probe = [{"role": "system", "content": "qzsystemq"}, {"role": "user", "content": "qzuserq"}]
        try:
            text = self._render_template(probe)
        except Exception:
            return False
        return "qzsystemq" in text

    @cached_property
    def _dateless_template(self) -> str | None:
        """Return the template with its clock stopped: the library passes no functions on."""
        if self.template is None or "strftime_now" not in self.template:
            return self.template
        return f"{{% macro strftime_now(format) %}}{FIXED_DATE}{{% endmacro +%}}{self.template}"

    def _render_template(self, messages: list[dict[str, str]]) -> str:
        rendered = self.tokenizer.apply_chat_template(
            messages,
            chat_template=self._dateless_template,
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
            date_string=FIXED_DATE,
        )
        return str(rendered)

    def encode(self, prompts: list[dict[str, Any]]) -> list[Request]:
        """Return one :class:`Request` per Prompt row; see :meth:`Backend.encode`."""
        texts = [self.render(prompt) for prompt in prompts]
        plain = [prompt["format"] == "plain" for prompt in prompts]
        ids: list[list[int]] = [[]] * len(texts)
        for kind in {*plain}:
            chosen = [i for i, is_plain in enumerate(plain) if is_plain is kind]
            batch = self.tokenizer([texts[i] for i in chosen], add_special_tokens=kind).input_ids
            for i, row in zip(chosen, batch, strict=True):
                ids[i] = row
        return [
            self._request(prompt, text, row)
            for prompt, text, row in zip(prompts, texts, ids, strict=True)
        ]

    def _request(self, prompt: dict[str, Any], text: str, ids: list[int]) -> Request:
        where = f"decision {prompt['decision_id']} with {self.model_id}"
        bos = self.tokenizer.bos_token_id
        if self.adds_bos:
            if prompt["format"] == "chat" and ids[:1] != [bos]:
                ids = [bos, *ids]
            if ids[:1] != [bos] or ids[1:2] == [bos]:
                count = 2 if ids[1:2] == [bos] else 0
                raise PromptError(
                    f"{where}: the prompt begins with {count} BOS tokens, expected exactly one. "
                    "The chat template and the tokenizer disagree; correct the template."
                )
        elif bos is not None and ids[:2] == [bos, bos]:
            raise PromptError(
                f"{where}: the prompt begins with two BOS tokens, expected at most 1."
            )
        forms = tuple(tuple(option) for option in prompt["forms"])
        options = self._cut(text, ids, forms, tuple(prompt["ends"]), where)
        longest = len(ids) + max(len(form) for option in options for form in option.forms) + 1
        if longest > self.n_context:
            raise PromptError(
                f"{where}: the prompt with its longest option has {longest} tokens, the model's "
                f"context is {self.n_context}. Nothing is cut; use a model with a longer context "
                "or a formulation with less history."
            )
        return Request(np.asarray(ids, dtype=np.int32), options, tuple(prompt["ends"]), text)

    def _cut(
        self,
        text: str,
        ids: list[int],
        forms: tuple[tuple[str, ...], ...],
        ends: tuple[str, ...],
        where: str,
    ) -> tuple[OptionTokens, ...]:
        """Return the option tokens after checking the cut on the end of the prompt.

        The check is made once per distinct end of text, options and ends: tokenisation is local.
        """
        tail = text[-TAIL:]
        key = (tail, forms, ends)
        if key not in self._cuts:
            self._cuts[key] = self._joint(tail, forms, ends, where)
        tail_ids, options = self._cuts[key]
        n_safe = min(len(tail_ids), 3)
        if ids[-n_safe:] != tail_ids[-n_safe:]:
            tail_ids, options = self._joint(text, forms, ends, where)
        return tuple(options)

    def _joint(
        self, text: str, forms: tuple[tuple[str, ...], ...], ends: tuple[str, ...], where: str
    ) -> tuple[list[int], list[OptionTokens]]:
        """Tokenise text + form + end together and find each form's own tokens."""
        before = self.tokenizer(text, add_special_tokens=False).input_ids
        ending = next((end for end in ends if end != END_OF_TURN), "")
        options = []
        for option in forms:
            tokens = []
            for form in option:
                joint = self.tokenizer(text + form + ending, add_special_tokens=False).input_ids
                after = joint[len(before) :]
                own = self._tokens_of(form, after, ends)
                if joint[: len(before)] != before or own is None:
                    pieces = self.tokenizer.convert_ids_to_tokens(joint[len(before) - 2 :])
                    raise PromptError(
                        f'{where}: the option "{form}" cannot be cut from its prompt: after '
                        f"{text[-20:]!r} the tokenizer reads {pieces}, so that a token belongs to "
                        "both. Change the answer prefix so that it ends before a token begins."
                    )
                tokens.append(tuple(own))
            options.append(OptionTokens(tuple(tokens)))
        flat = [form for option in options for form in option.forms]
        if len(set(flat)) != len(flat):
            raise PromptError(
                f"{where}: two surface forms of the options {forms} have the same tokens. "
                "Remove the repeated form."
            )
        return before, options

    def _tokens_of(self, form: str, after: list[int], ends: tuple[str, ...]) -> list[int] | None:
        """Return the first tokens of ``after`` that spell the form, if an end follows."""
        spelled = ""
        end_ids = self.token_set(ends)
        for n, token in enumerate(after):
            if spelled == form:
                return after[:n] if token in end_ids else None
            if self._is_byte_level:
                spelled = _from_bytes(self.tokenizer.convert_ids_to_tokens(after[: n + 1]))
            else:
                spelled += self.token_text[token]
        return after if spelled == form and set(ends) == {END_OF_TURN} else None


def fold_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    r"""Put system turns at the head of the first user turn, for templates without a system turn.

    Examples
    --------
    >>> fold_system([{"role": "system", "content": "Rules."}, {"role": "user", "content": "Go."}])
    [{'role': 'user', 'content': 'Rules.\n\nGo.'}]
    """
    system = [m["content"] for m in messages if m["role"] == "system"]
    rest = [dict(m) for m in messages if m["role"] != "system"]
    if not system:
        return rest
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": "\n\n".join(system)}, *rest]
    rest[0]["content"] = "\n\n".join([*system, rest[0]["content"]])
    return rest


def _byte_level_text(piece: str) -> str:
    """Return the text of a byte-level piece, bytes that are no text on their own replaced."""
    try:
        return bytes(_BYTES[char] for char in piece).decode("utf-8", errors="replace")
    except KeyError:
        return piece  # an added token, spelled as it is


def _from_bytes(pieces: list[str]) -> str:
    """Return the text of consecutive byte-level pieces; a character may span several."""
    return _byte_level_text("".join(pieces))


def _sentencepiece_text(piece: str) -> str:
    byte = re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", piece)
    if byte:
        return bytes([int(byte.group(1), 16)]).decode("latin-1")
    return piece.replace("\u2581", " ")


def _byte_table() -> dict[str, int]:
    """Return the table by which byte-level tokenizers write bytes as printable characters."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in printable}
    hidden = [byte for byte in range(256) if byte not in printable]
    table.update({chr(256 + n): byte for n, byte in enumerate(hidden)})
    return table


_BYTES = _byte_table()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
