"""Tiny random models of many architectures with trained little tokenizers, saved to a folder.

Weights are drawn wide, so that next-token distributions differ much between contexts: an error of
a position, a mask or a window then shows in the first digits and not in the sixth.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

CORPUS = [
    "You play the same game for 10 rounds with another person taking part in the experiment.",
    "In each round, you choose F or J; at the same time the other player chooses F or J.",
    'If you choose J and the other player chooses F, you get 8 points. {"decision": "J"}',
    'Round 1. Which do you choose, F or J? {"decision": "F"} You got 10 and 100 points.',
    "The proposal is to accept 10 or 100, or to reject it. AcceptOffer, Accept, Reject.",
    "The decision is: Yes. Yes, yes, YES. No, no, NO. Round 2, round 3, round 4, round 5.",
] * 4
"""What the tokenizers are trained on."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

GEMMA = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{{ m['content'] }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def byte_level(*, bos: bool = False) -> Any:
    """Return a GPT-2 style tokenizer with a ChatML template, with or without BOS."""
    core = Tokenizer(models.BPE())
    # The splitting rule used by most recent models: quotes and spaces may join what follows.
    rule = Regex(
        r"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
        r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(rule, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=420,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|bos|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(CORPUS, trainer)
    if bos:
        at = core.token_to_id("<|bos|>")
        core.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single="<|bos|> $A", special_tokens=[("<|bos|>", at)]
                ),
            ]
        )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<|bos|>" if bos else None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.chat_template = CHATML
    return tokenizer


def sentencepiece_like() -> Any:
    """Return a Gemma style tokenizer: spaces as a letter, byte fallback, BOS, turns of its own."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    words = Regex(r"\u2581?\p{L}+|\p{N}|\n|[^\p{L}\p{N}\n\u2581]+|\u2581+")
    trained.normalizer = normalizers.Replace(" ", "\u2581")
    trained.pre_tokenizer = pre_tokenizers.Split(words, "isolated")
    trained.train_from_iterator(
        CORPUS, BpeTrainer(vocab_size=250, special_tokens=special, show_progress=False)
    )
    learnt = json.loads(trained.to_str())["model"]
    vocabulary = learnt["vocab"]
    for byte in range(256):  # ordinary pieces, not control tokens, as in the real ones
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    merges = [tuple(merge) for merge in learnt["merges"]]
    core = Tokenizer(
        models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True)
    )
    core.add_special_tokens(special)
    core.normalizer = trained.normalizer
    core.pre_tokenizer = trained.pre_tokenizer
    core.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    core.post_processor = processors.TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", core.token_to_id("<bos>"))]
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
    tokenizer.chat_template = GEMMA
    return tokenizer


_SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 1024,
    "initializer_range": 0.25,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_GATED = {**_SMALL, "intermediate_size": 64, "num_key_value_heads": 2, "head_dim": 16}


@dataclass(frozen=True)
class Architecture:
    """A configuration class, its settings, and the ways to evaluate expected of it."""

    config: str
    settings: dict[str, Any]
    methods: tuple[str, ...] = ("packed", "cached", "sequence")
    tokenizer: str = "byte_level"


ARCHITECTURES: dict[str, Architecture] = {
    "llama": Architecture("LlamaConfig", {**_GATED, "tie_word_embeddings": True}),
    "qwen3": Architecture("Qwen3Config", _GATED),
    "gemma2": Architecture(
        "Gemma2Config",
        {
            **_GATED,
            "sliding_window": 12,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 6.0,
            "query_pre_attn_scalar": 24,
        },
        tokenizer="sentencepiece_like",
    ),
    "gemma3": Architecture(
        "Gemma3TextConfig",
        {
            **_GATED,
            "num_hidden_layers": 4,
            "sliding_window": 12,
            "layer_types": [
                "sliding_attention",
                "sliding_attention",
                "full_attention",
                "sliding_attention",
            ],
            "query_pre_attn_scalar": 24,
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 1e6},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            },
        },
        tokenizer="sentencepiece_like",
    ),
    "mistral": Architecture("MistralConfig", {**_GATED, "sliding_window": 9}),
    "neox": Architecture(
        "GPTNeoXConfig",
        {**_SMALL, "intermediate_size": 64, "attention_dropout": 0.1, "hidden_dropout": 0.1},
    ),
    "opt": Architecture(
        "OPTConfig",
        {**_SMALL, "ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.25, "dropout": 0.1},
    ),
    "mixtral": Architecture(
        "MixtralConfig",
        {**_GATED, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    ),
    "bloom": Architecture(
        "BloomConfig", {**_SMALL, "n_layer": 3, "n_head": 4}, ("cached", "sequence")
    ),
    "mamba": Architecture(
        "MambaConfig",
        {**_SMALL, "state_size": 8, "expand": 2, "use_mambapy": False},
        ("sequence",),
    ),
    "gpt_oss": Architecture(
        "GptOssConfig",
        {
            **_GATED,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "sliding_window": 12,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4},
        },
    ),
}
"""What is built; ``gpt_oss`` attends to sinks, which the packed way refuses."""

TOKENIZERS = {"byte_level": byte_level, "sentencepiece_like": sentencepiece_like}


def save(name: str, folder: Path, *, seed: int = 0, tokenizer: Any = None, **changes: Any) -> Path:
    """Build the architecture ``name`` with random weights and save it with its tokenizer."""
    made = ARCHITECTURES[name]
    tokenizer = tokenizer or TOKENIZERS[made.tokenizer]()
    config = getattr(transformers, made.config)(
        vocab_size=len(tokenizer), **{**made.settings, **changes}
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        _widen(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _widen(model: Any) -> None:
    """Give vectors (norms, biases, sinks) random values too: defaults of 0 and 1 hide errors."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1 and "A_log" not in name:
            parameter.data.add_(0.2 * torch.randn_like(parameter))
