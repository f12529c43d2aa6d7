"""What a local model folder says about itself, read without any model library.

:func:`compare_folders` looks at a base model and its aligned version side by side: same
architecture, same tokenizer, same vocabulary, same precision, which chat template.
:func:`check_folder` holds one folder against what the registry says of that model. Only JSON and
the headers of safetensors files are read; nothing that comes with a model is run.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from silicus.errors import ModelError
from silicus.pair_records import UNKNOWN, Model

LEVELS = ("same", "note", "problem", "unknown")
"""How a finding is meant.

``same``: nothing to see; ``note``: to be known when results are read; ``problem``: the two cannot
be compared as they are; ``unknown``: the files do not say.
"""

_SHAPE = ("model_type", "hidden_size", "num_hidden_layers", "num_attention_heads")


@dataclass(frozen=True)
class ModelFolder:
    """A folder with ``config.json`` and a tokenizer.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ModelError
        If it is no model folder, or a file in it is not JSON.
    """

    path: Path

    def __post_init__(self) -> None:
        if not (self.path / "config.json").is_file():
            raise ModelError(
                f"{self.path} holds no config.json, so it is no model folder. Give the folder "
                "that holds the model's config.json, tokenizer files and weights."
            )

    @cached_property
    def config(self) -> dict[str, Any]:
        """``config.json``; of a model that also sees pictures, the part about text."""
        whole = self._json("config.json")
        text = whole.get("text_config")
        return {**whole, **text} if isinstance(text, dict) else whole

    @cached_property
    def settings(self) -> dict[str, Any]:
        """``tokenizer_config.json``, or nothing."""
        return self._json("tokenizer_config.json")

    @cached_property
    def tokenizer(self) -> dict[str, Any]:
        """``tokenizer.json``, or nothing."""
        return self._json("tokenizer.json")

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Every token and its id, the added ones included; empty without ``tokenizer.json``."""
        vocab = self.tokenizer.get("model", {}).get("vocab", {})
        if isinstance(vocab, list):
            found = {str(entry[0]): number for number, entry in enumerate(vocab)}
        else:
            found = dict(vocab)
        for token in self.tokenizer.get("added_tokens", []):
            found[token["content"]] = token["id"]
        return found

    @cached_property
    def rules(self) -> str:
        """A fingerprint of how text is cut into tokens; ids are left aside, scores are not."""
        model = dict(self.tokenizer.get("model", {}))
        if isinstance(model.get("vocab"), dict):
            del model["vocab"]
        merges = model.get("merges") or []
        model["merges"] = [m if isinstance(m, str) else " ".join(m) for m in merges]
        parts = [self.tokenizer.get("normalizer"), self.tokenizer.get("pre_tokenizer"), model]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @cached_property
    def adds_bos(self) -> bool | None:
        """Whether texts for this model begin with BOS; None where the files do not say."""
        if not self.tokenizer and not isinstance(self.settings.get("add_bos_token"), bool):
            return None
        return begins_with_bos(self.settings, self.tokenizer, self.chat_template)

    @cached_property
    def precision(self) -> str | None:
        """The number type of the weights, as the configuration states it."""
        said = self.config.get("dtype") or self.config.get("torch_dtype")
        return str(said) if said else None

    @cached_property
    def chat_template(self) -> str | None:
        """The chat template; of several, the one called default."""
        file = self.path / "chat_template.jinja"
        if file.is_file():
            return file.read_text(encoding="utf-8")
        said = self._json("chat_template.json").get("chat_template")
        said = said or self.settings.get("chat_template")
        if isinstance(said, list):
            named = {one["name"]: one["template"] for one in said}
            said = named.get("default") or next(iter(named.values()), None)
        return said if isinstance(said, str) and said else None

    @cached_property
    def n_parameters(self) -> int | None:
        """Number of weights, from the headers of the safetensors files; None without any."""
        files = sorted(self.path.glob("*.safetensors"))
        return sum(_parameters_in(file) for file in files) if files else None

    def special(self, name: str) -> str | None:
        """Return the text of a special token (``bos_token``, ``eos_token``), if there is one."""
        return _content(self.settings.get(name))

    def _json(self, name: str) -> dict[str, Any]:
        file = self.path / name
        if not file.is_file():
            return {}
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as cause:
            raise ModelError(
                f"{file} is not JSON: {cause}. Copy or download the model again."
            ) from cause
        if not isinstance(content, dict):
            raise ModelError(
                f"{file} holds a {type(content).__name__}, not named fields. Copy or download the "
                "model again."
            )
        return content


_ADDING_CLASSES = ("Llama", "CodeLlama", "Gemma", "Cohere")
"""Tokenizer classes that heed ``add_bos_token``, and put BOS first where it is not given."""

_ALWAYS_BOS = ("<|begin_of_text|>",)
"""BOS tokens of models that are known to be trained with one; Llama 3 was first published with
tokenizer files that do not say so."""


def begins_with_bos(
    settings: Mapping[str, Any], tokenizer: Mapping[str, Any], template: str | None
) -> bool:
    """Return whether every text for a model begins with its BOS token: the one place to decide.

    In this order: no BOS token, no BOS; the flag ``add_bos_token: true`` holds also where
    ``tokenizer.json`` lacks the step for it (DeepSeek-V3), and ``false`` where the class heeds it;
    a post-processor that puts a control token first; the model's own template, if it writes BOS;
    and, without any of these, what the tokenizer's class does.

    Parameters
    ----------
    settings : mapping
        ``tokenizer_config.json``.
    tokenizer : mapping
        ``tokenizer.json``.
    template : str or None
        The model's own chat template.
    """
    bos = _content(settings.get("bos_token"))
    said = settings.get("add_bos_token")
    if bos is None:
        # Some files name the token only in the post-processor that puts it first.
        return "bos_token" not in settings and _begins_with_special(tokenizer.get("post_processor"))
    if said is True:
        return True
    kind = str(settings.get("tokenizer_class") or "").removesuffix("Fast").removesuffix("Tokenizer")
    heeds = kind in _ADDING_CLASSES
    if _begins_with_special(tokenizer.get("post_processor")) and not (heeds and said is False):
        return True
    if template and _writes_bos(template, bos):
        return True
    return said is None and (heeds or bos in _ALWAYS_BOS)


def _writes_bos(template: str, bos: str) -> bool:
    """Tell whether a template begins a conversation with BOS.

    It does by name, or by its text before the turns: within a turn that text may be what opens
    one (``<|im_start|>`` in SmolLM2).
    """
    return "bos_token" in template or bos in re.split(r"\{%-?\s*for\b", template)[0]


def _content(token: Any) -> str | None:
    found = token.get("content") if isinstance(token, Mapping) else token
    return None if found is None else str(found)


def _begins_with_special(processor: Any) -> bool:
    """Return whether a post-processor of tokenizer.json puts a special token first."""
    if not isinstance(processor, dict):
        return False
    if processor.get("type") == "Sequence":
        return any(_begins_with_special(one) for one in processor.get("processors", []))
    single = processor.get("single") or []
    return bool(single) and isinstance(single[0], dict) and "SpecialToken" in single[0]


def _parameters_in(file: Path) -> int:
    """Return the number of weights that the header of a safetensors file lists."""
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if not 0 < length <= file.stat().st_size:
            raise ModelError(
                f"{file} is no whole safetensors file: its header should be {length} bytes, the "
                f"file has {file.stat().st_size}. Copy or download it again."
            )
        header = json.loads(opened.read(length))
    return sum(math.prod(one["shape"]) for key, one in header.items() if key != "__metadata__")


def compare_folders(base: str | Path, aligned: str | Path) -> pl.DataFrame:
    """Return what two model folders have in common, and where they differ.

    Parameters
    ----------
    base, aligned : str or Path
        Folders with ``config.json`` and tokenizer files; weights are not needed.

    Returns
    -------
    polars.DataFrame
        One row per check. Columns: check; level, one of :data:`LEVELS`; base and aligned, what was
        found in each; finding, one sentence.

    Raises
    ------
    ModelError
        If a folder is no model folder, or a file in it cannot be read.
    """
    one, two = ModelFolder(Path(base)), ModelFolder(Path(aligned))
    rows = [
        _architecture(one, two),
        _rules(one, two),
        _vocabulary(one, two),
        _embedding(one, two),
        *(_special(one, two, name) for name in ("bos_token", "eos_token")),
        _adds_bos(one, two),
        _equal(
            "precision",
            one.precision,
            two.precision,
            "note",
            "The published weights have different number types; load both in the same one.",
        ),
        _template(one, two),
        *_template_habits(two),
    ]
    return _findings(rows, ("base", "aligned"))


def check_folder(model: Model, folder: str | Path) -> pl.DataFrame:
    """Return whether a local folder is what the registry says of a model.

    Parameters
    ----------
    model : Model
    folder : str or Path

    Returns
    -------
    polars.DataFrame
        One row per check. Columns: check; level, one of :data:`LEVELS`; registered and found;
        finding, one sentence.

    Raises
    ------
    ModelError
        If it is no model folder, or a file in it cannot be read.
    """
    here = ModelFolder(Path(folder))
    has = here.chat_template is not None
    said = None if model.chat_template == UNKNOWN else model.chat_template
    template = _equal(
        "chat template",
        None if said is None else _yes(said),
        _yes(has),
        "problem",
        f"{model.id} is registered {'with' if said else 'without'} a chat template; is this the "
        "right folder?",
    )
    return _findings(
        [template, _registered_precision(model, here), _size(model, here)], ("registered", "found")
    )


_Row = tuple[str, str, str | None, str | None, str]


def _findings(rows: list[_Row], sides: tuple[str, str]) -> pl.DataFrame:
    names = ("check", "level", *sides, "finding")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _equal(check: str, left: str | None, right: str | None, level: str, finding: str) -> _Row:
    """Return a row that says ``same``, or ``unknown`` if one side is, or the level and finding."""
    if left is None or right is None:
        return (check, "unknown", left, right, "The files do not say.")
    if left == right:
        return (check, "same", left, right, "Both are the same.")
    return (check, level, left, right, finding)


def _architecture(base: ModelFolder, aligned: ModelFolder) -> _Row:
    left, right = (
        ", ".join(f"{key} {folder.config[key]}" for key in _SHAPE if key in folder.config) or None
        for folder in (base, aligned)
    )
    finding = "The two models have different shapes, so one was not tuned from the other."
    return _equal("architecture", left, right, "problem", finding)


def _rules(base: ModelFolder, aligned: ModelFolder) -> _Row:
    if base.tokenizer and aligned.tokenizer:
        prints: list[str | None] = [one.rules[:12] for one in (base, aligned)]
    else:
        prints = [_fingerprint(one.path / "tokenizer.model") for one in (base, aligned)]
    finding = "The same text is cut into different tokens, so prompts differ between the two."
    return _equal("tokenizer", prints[0], prints[1], "problem", finding)


def _fingerprint(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else None


def _vocabulary(base: ModelFolder, aligned: ModelFolder) -> _Row:
    left, right = base.vocabulary, aligned.vocabulary
    sizes: tuple[str | None, str | None] = (
        f"{len(left)} tokens" if left else None,
        f"{len(right)} tokens" if right else None,
    )
    moved = [token for token, number in left.items() if right.get(token, number) != number]
    lost, new = ([t for t in a if t not in b] for a, b in ((left, right), (right, left)))
    if None in sizes:
        return ("vocabulary", "unknown", *sizes, "A tokenizer.json is missing.")
    if moved:
        token = moved[0]
        finding = (
            f"{len(moved)} tokens have another id in the aligned model, first {token!r}: "
            f"{left[token]} and {right[token]}."
        )
        return ("vocabulary", "problem", *sizes, finding)
    if lost or new:
        finding = (
            f"Only in the base model: {len(lost)}{_first(lost)}; "
            f"only in the aligned model: {len(new)}{_first(new)}."
        )
        return ("vocabulary", "note", *sizes, finding)
    return ("vocabulary", "same", *sizes, "Both are the same.")


def _first(tokens: list[str]) -> str:
    return f" (first {tokens[0]!r})" if tokens else ""


def _embedding(base: ModelFolder, aligned: ModelFolder) -> _Row:
    rows = [one.config.get("vocab_size") for one in (base, aligned)]
    left, right = (None if n is None else str(n) for n in rows)
    for side, folder, n in zip(("base", "aligned"), (base, aligned), rows, strict=True):
        highest = max(folder.vocabulary.values(), default=-1)
        if n is not None and highest >= n:
            finding = f"The {side} tokenizer has ids up to {highest}, its model only {n} rows."
            return ("vocabulary rows", "problem", left, right, finding)
    finding = "The models have different numbers of output rows; the spare ones are no tokens."
    return _equal("vocabulary rows", left, right, "note", finding)


def _special(base: ModelFolder, aligned: ModelFolder, name: str) -> _Row:
    words = {"bos_token": "token before a text", "eos_token": "token after a text"}
    left, right = (one.special(name) or "none" for one in (base, aligned))
    finding = "The two models mark it with different tokens."
    return _equal(words[name], left, right, "note", finding)


def _adds_bos(base: ModelFolder, aligned: ModelFolder) -> _Row:
    finding = (
        "Only one of the two puts a token before every text, which by itself can move the scores "
        "of one member of the pair."
    )
    left, right = _yes(base.adds_bos), _yes(aligned.adds_bos)
    return _equal("adds the token before a text", left, right, "problem", finding)


def _template(base: ModelFolder, aligned: ModelFolder) -> _Row:
    check = "chat template"
    left, right = base.chat_template, aligned.chat_template
    shown = (
        "none" if left is None else f"{len(left)} characters",
        "none" if right is None else f"{len(right)} characters",
    )
    if right is None:
        finding = "The aligned model has no chat template, so it cannot be asked in its own format."
        return (check, "problem", *shown, finding)
    if left is None:
        finding = "The base model has none; in chat format it is given that of the aligned model."
        return (check, "note", *shown, finding)
    if left == right:
        return (check, "same", *shown, "Both are the same.")
    pairs = enumerate(zip(left.splitlines(), right.splitlines(), strict=False), 1)
    line = next((n for n, (a, b) in pairs if a != b), None)
    where = f"first in line {line}" if line else "in length"
    finding = (
        f"The templates differ, {where}; in chat format the base model is given that of the "
        "aligned model."
    )
    return (check, "note", *shown, finding)


def _template_habits(aligned: ModelFolder) -> list[_Row]:
    """Return one row for each habit of the aligned model's template that moves prompts."""
    template = aligned.chat_template or ""
    habits = (
        ("thinking switch", ("enable_thinking",), "Thinking must be switched off for scoring."),
        ("date in template", ("strftime_now", "date_string"), "The date must be fixed."),
    )
    rows: list[_Row] = []
    for check, marks, finding in habits:
        found = any(mark in template for mark in marks)
        shown = finding if found else "The template has none."
        rows.append((check, "note" if found else "same", None, _yes(found), shown))
    return rows


def _registered_precision(model: Model, here: ModelFolder) -> _Row:
    said = None if model.precision == UNKNOWN else model.precision
    if said and here.precision and re.search(rf"\b{re.escape(here.precision)}\b", said):
        return ("precision", "same", said, here.precision, "As registered.")
    finding = "The folder holds other weights than the published ones; say so beside the results."
    return _equal("precision", said, here.precision, "note", finding)


def _size(model: Model, here: ModelFolder) -> _Row:
    check = "size"
    found = None if here.n_parameters is None else here.n_parameters / 1e9
    shown = None if found is None else f"{found:.3g} billion"
    if model.size_billion == UNKNOWN or found is None:
        said = None if model.size_billion == UNKNOWN else f"{model.size_billion:g} billion"
        return (
            check,
            "unknown",
            said,
            shown,
            "No size is registered, or no safetensors file is in the folder.",
        )
    said = f"{model.size_billion:g} billion"
    if 0.6 <= found / model.size_billion <= 1.6:
        return (check, "same", said, shown, "Near the size in the model's name.")
    finding = f"This is far from the size of {model.id}; is this the right folder?"
    return (check, "problem", said, shown, finding)
