"""From a Prompt row to token ids: template, BOS, and the cut where the options begin.

What is scored is token ids, never strings. Three things that silently give wrong numbers
elsewhere are checked here for every prompt: that the prompt's tokens are the beginning of the
tokens of prompt + option (else the option's first token would belong to the prompt), that BOS
stands exactly once where the tokenizer wants it, and that no text of a data set contains a
control token of the model.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int32

from silicus.backends.base import OptionTokens, Request
from silicus.backends.fidelity import Fidelity
from silicus.backends.vocabulary import Vocabulary
from silicus.errors import PromptError
from silicus.model_folder import begins_with_bos
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
        self.vocabulary = Vocabulary(tokenizer)
        self.fidelity = Fidelity(self.vocabulary)
        self._folds_system: bool | None = None

    @cached_property
    def adds_bos(self) -> bool:
        """Tell whether every text for this model begins with BOS."""
        core = json.loads(self.tokenizer.backend_tokenizer.to_str())
        own = self.tokenizer.chat_template
        return begins_with_bos(self._settings, core, own if isinstance(own, str) else None)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        """``tokenizer_config.json``: transformers forgets some of it, as ``add_bos_token``."""
        tokens = {name: getattr(self.tokenizer, name) for name in ("bos_token", "eos_token")}
        file = Path(self.tokenizer.name_or_path) / "tokenizer_config.json"
        said = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        return {**said, **tokens}

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
    def sha256(self) -> str:
        """Return the checksum of the whole tokenizer definition."""
        return _sha256(self.tokenizer.backend_tokenizer.to_str())

    @cached_property
    def template_sha256(self) -> str | None:
        """Return the checksum of the chat template in use, or None without one."""
        return _sha256(self.template) if self.template else None

    @property
    def token_text(self) -> list[str]:
        """Return the text of every vocabulary entry; control tokens have an empty one."""
        return self.vocabulary.text

    def token_set(self, ends: tuple[str, ...]) -> Int32[np.ndarray, " token"]:
        """Return every token id whose text begins with one of ``ends``."""
        return self.vocabulary.token_set(ends)

    def spell(self, tokens: Sequence[int]) -> list[str]:
        """Return the text of each token, control tokens by name, for people to read."""
        return self.vocabulary.spell(tokens)

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
        ids = self.tokenizer(texts, add_special_tokens=False).input_ids if texts else []
        return [
            self._request(prompt, text, row)
            for prompt, text, row in zip(prompts, texts, ids, strict=True)
        ]

    def _request(self, prompt: dict[str, Any], text: str, ids: list[int]) -> Request:
        where = f"decision {prompt['decision_id']} with {self.model_id}"
        self._refuse_changes(text, ids, where)
        ids = self._with_bos(ids, prompt["format"], where)
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

    def _with_bos(self, ids: list[int], format: str, where: str) -> list[int]:
        """Return the tokens with exactly one BOS in front, or none where the model has none.

        Whatever else the tokenizer would add at the end of a text is left out: the answer comes
        there. What it would put in front beside BOS is an error: the model expects it.
        """
        if format == "plain" and self._unknown_front:
            raise PromptError(
                f"{where}: the tokenizer puts {self._unknown_front} before every text, which is "
                "not the BOS token. Ask the model in chat, or correct its tokenizer."
            )
        bos = self.tokenizer.bos_token_id
        n_found = next((n for n, token in enumerate(ids) if token != bos), len(ids))
        if n_found > 1:
            raise PromptError(
                f"{where}: the prompt begins with {n_found} BOS tokens, expected "
                f"{'exactly one' if self.adds_bos else 'at most one'}. The chat template writes "
                "them; correct the template."
            )
        # Where a model has no BOS, its template may still open turns with that token (SmolLM2).
        return [bos, *ids] if self.adds_bos and not n_found else ids

    @cached_property
    def _unknown_front(self) -> list[str]:
        """What the tokenizer puts before a text, beside BOS."""
        bare = self.tokenizer("x", add_special_tokens=False).input_ids
        whole = self.tokenizer("x").input_ids
        places = range(len(whole) - len(bare) + 1)
        n = next((n for n in places if whole[n : n + len(bare)] == bare), 0)
        front = [token for token in whole[:n] if token != self.tokenizer.bos_token_id]
        return list(self.tokenizer.convert_ids_to_tokens(front))

    def _refuse_changes(self, text: str, ids: list[int], where: str) -> None:
        """Raise if the tokens, spelled out, are not the text that was meant."""
        place = self.fidelity.first_change(text, ids)
        if place is None:
            return
        meant, fed = place
        raise PromptError(
            f"{where}: the tokenizer changes the text: {meant!r} becomes {fed!r} "
            f"({_characters(meant, fed)}). The model would read another text than the one shown; "
            "write the text as the tokenizer does."
        )

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
        spelled, meant = b"", form.encode()
        end_ids = self.token_set(ends)
        for n, token in enumerate(after):
            if spelled == meant:
                return after[:n] if token in end_ids else None
            spelled += self.vocabulary.spelled[token]
        return after if spelled == meant and set(ends) == {END_OF_TURN} else None


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


def _characters(meant: str, fed: str) -> str:
    """Name the characters in which two short texts differ."""
    lost = [c for c in dict.fromkeys(meant) if c not in fed] or list(dict.fromkeys(meant))
    return ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed')}" for c in lost[:4])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
