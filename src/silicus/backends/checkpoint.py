"""Weights and configuration read together, and refused where they do not belong together.

The library below fills what a file lacks with random numbers, drops what a configuration has no
place for, and accepts models that are no causal language models; each gives numbers without a sign.
"""

import re
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from silicus.backends.progress import quiet
from silicus.errors import ModelError, SilicusError

HARMLESS = {
    "rotary angles, which are computed": re.compile(
        r"rotary_emb\.(inv_freq|cos_cached|sin_cached)$"
    ),
    "causal masks, which are computed": re.compile(r"\.(masked_bias|attn\.bias|attention\.bias)$"),
    "heads that predict several tokens ahead": re.compile(r"(^|\.)mtp\."),
    "parts that see or hear": re.compile(
        r"(^|\.)(vision|visual|audio|image|multi_modal|mm_projector|embed_(vision|audio))"
    ),
}
"""Weights without a place in the causal language model that do not change what it computes."""

_OTHER_HEADS = re.compile(
    r"For(SequenceClassification|TokenClassification|QuestionAnswering|MaskedLM|MultipleChoice|"
    r"PreTraining|NextSentencePrediction|Retrieval|TextEncoding|RewardModel)|RewardModel|"
    r"(?<!LMHead)Model$"
)
"""Classes that a configuration can name and that are no causal language models."""


def read(model_id: str, folder: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """Return the model and the tokenizer of a folder.

    Raises
    ------
    ModelError
        If they cannot be read, do not belong together, or are no causal language model.
    """
    try:
        with quiet():
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            _refuse_other_kinds(model_id, folder, config)
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            model, loading = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=dtype,
                attn_implementation="sdpa" if _has_sdpa(config) else "eager",
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except SilicusError:
        raise
    except Exception as cause:
        raise ModelError(
            f"model {model_id} cannot be loaded from {folder}: {cause} Check that the folder "
            "holds config.json, safetensors weights and a tokenizer that belong together."
        ) from cause
    lacking = sorted([*loading["missing_keys"], *map(str, loading["mismatched_keys"])])
    if lacking:
        # The library would go on with random numbers in their place.
        raise ModelError(
            f"model {model_id}: the weights in {folder} lack {lacking[0]} or have it in "
            f"another shape ({len(lacking)} such). Download the model again."
        )
    unused = sorted(
        key
        for key in loading["unexpected_keys"]
        if not any(kind.search(key) for kind in HARMLESS.values())
    )
    if unused:
        raise ModelError(
            f"model {model_id}: the weights in {folder} hold {unused[0]} ({len(unused)} such), "
            f"for which {type(model).__name__} as config.json describes it has no place: another "
            "number of layers, another head (a reward or classification model), or another model. "
            "Give the config.json that was saved with the weights."
        )
    return model, tokenizer


def _refuse_other_kinds(model_id: str, folder: Path, config: Any) -> None:
    named = [str(name) for name in getattr(config, "architectures", None) or []]
    other = next((name for name in named if _OTHER_HEADS.search(name)), None)
    if other is not None:
        raise ModelError(
            f"model {model_id}: config.json in {folder} says {other}, which is no causal language "
            "model: it gives no probability of the next token. Give a model that was saved with "
            "its language model head (a class that ends in ForCausalLM or LMHeadModel)."
        )
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"model {model_id}: {type(config).__name__} in {folder} describes an encoder and a "
            "decoder; only models that read and continue one text are scored. Give such a model."
        )


def _has_sdpa(config: Any) -> bool:
    try:
        kind = transformers.MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    except KeyError:
        return False
    return bool(getattr(kind, "_supports_sdpa", False))
