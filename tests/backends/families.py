"""Tiny random models of the architecture families of transformers, and what the library gives.

A family is built from its configuration's own defaults with everything that makes it large made
small; a few need settings of their own. The expected numbers share no code with the engine: a
model of the library with eager attention, one whole sequence at a time.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import CONFIG_MAPPING, AutoModelForCausalLM
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from silicus.engine import request_key
from tests.backends import tiny
from tests.engine.requests import FIRST_ID, LAST_ID, all_scores, flat, request

SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "d_model": 32,
    "n_embd": 32,
    "num_hidden_layers": 4,
    "n_layer": 4,
    "n_layers": 4,
    "num_attention_heads": 4,
    "n_head": 4,
    "n_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 64,
    "ffn_dim": 64,
    "moe_intermediate_size": 32,
    "shared_expert_intermediate_size": 32,
    "max_position_embeddings": 256,
    "max_seq_len": 256,
    "n_positions": 256,
    "sliding_window": 24,
    "attention_chunk_size": 24,
    "window_size": 24,
    "num_experts": 4,
    "num_local_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "initializer_range": 0.25,
    "init_std": 0.25,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "state_size": 8,
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
}
"""Names that make a model large, and what they are made here; those a family knows are taken."""

OWN: dict[str, dict[str, Any]] = {
    "opt": {"word_embed_proj_dim": 32},
    "gemma2": {"query_pre_attn_scalar": 16},
    "gemma3_text": {"query_pre_attn_scalar": 16, "sliding_window_pattern": 2},
    "gemma3n_text": {
        "vocab_size_per_layer_input": 403,
        "hidden_size_per_layer_input": 8,
        "laurel_rank": 4,
        "num_kv_shared_layers": 2,
        "layer_types": ["sliding_attention", "sliding_attention"] * 1
        + ["sliding_attention", "full_attention"],
        "activation_sparsity_pattern": [0.5, 0.0, 0.0, 0.0],
        "intermediate_size": [64] * 4,
    },
    "llama4_text": {
        "intermediate_size_mlp": 64,
        "num_experts_per_tok": 1,
        "moe_layers": [1, 3],
        "no_rope_layers": [1, 1, 1, 0],
    },
    "phi": {"partial_rotary_factor": 0.5, "num_key_value_heads": 4},
    "stablelm": {"partial_rotary_factor": 0.25},
    "mamba": {"expand": 2},
    "mamba2": {"expand": 2, "head_dim": 16, "num_heads": 4, "n_groups": 1, "chunk_size": 16},
    "recurrent_gemma": {"lru_width": 32, "attention_window_size": 24},
    "falcon": {"alibi": False, "num_kv_heads": 4},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]], "num_layers": 4, "num_heads": 4},
    "phi3": {},
    "deepseek_v2": {"num_key_value_heads": 4},
    "deepseek_v3": {"num_key_value_heads": 4, "head_dim": None},
    "gptj": {"rotary_dim": 4},
    "codegen": {"rotary_dim": 4},
    "qwen2": {"use_sliding_window": True, "max_window_layers": 2},
    "smollm3": {"no_rope_layers": [1, 1, 1, 0]},
}

MOST_PARAMETERS = 20_000_000


def settings_of(name: str) -> dict[str, Any]:
    """Return the settings of a family's tiny configuration."""
    known = set(vars(CONFIG_MAPPING[name]())) | set(CONFIG_MAPPING[name].attribute_map)
    found = {key: value for key, value in SMALL.items() if key in known}
    mapped = CONFIG_MAPPING[name].attribute_map
    found = {key: v for key, v in found.items() if mapped.get(key) not in found}
    return {**found, **OWN.get(name, {})}


def save(name: str, folder: Path) -> Path:
    """Build a family's tiny model with random weights and save it with a tokenizer.

    Raises
    ------
    ValueError
        If the model would be large: a size of this family is not known here.
    """
    tokenizer = tiny.byte_level()
    config = CONFIG_MAPPING[name](vocab_size=len(tokenizer), **settings_of(name))
    with torch.device("meta"):
        shape = AutoModelForCausalLM.from_config(config)
    size = sum(p.numel() for p in shape.parameters())
    if size > MOST_PARAMETERS:
        raise ValueError(f"{size:,} parameters")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        tiny._widen(model)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def names() -> list[str]:
    """Return every family that the library can make a causal language model of."""
    return sorted(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def prompts() -> list[Any]:
    """Return prompts that begin alike, shorter and longer than every window and chunk."""
    rng = np.random.default_rng(0)
    trunk = rng.integers(FIRST_ID, LAST_ID, 110)
    made = []
    for n in (4, 17, 23, 30, 64, 100):
        own = rng.integers(FIRST_ID, LAST_ID, 3)
        made.append(request(np.concatenate([trunk[:n], own]), [(300,)], [(301, 302)]))
    return made


def by_the_library(folder: Path, ends: np.ndarray, requests: list[Any]) -> list[np.ndarray]:
    """Return the log-probability of each form of each request, one whole sequence at a time."""
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    ids = torch.from_numpy(ends.astype(np.int64))
    found = []
    for item in requests:
        values = []
        for option in item.options:
            for form in option.forms:
                tokens = torch.tensor([[*item.prompt.tolist(), *form]])
                with torch.inference_mode():
                    logits = model(tokens, use_cache=False).logits[0]
                steps = torch.log_softmax(logits.float(), -1)[len(item.prompt) - 1 :]
                value = sum(steps[i, token] for i, token in enumerate(form))
                values.append(float(value + torch.logsumexp(steps[-1, ids], 0)))
        found.append(np.asarray(values))
    return found


def differences(backend: Any, folder: Path, requests: list[Any]) -> dict[str, float | str]:
    """Return, by way, the largest difference from the library in nats, or why it failed."""
    expected = by_the_library(folder, backend.token_set(('"',)), requests)
    keys = [request_key(backend.card, r, backend.token_set(r.ends)) for r in requests]
    found: dict[str, float | str] = {}
    for method in backend.capabilities.methods:
        try:
            scores = all_scores(backend, requests, method=method, max_nodes=40)
        except Exception as error:
            found[method] = f"{type(error).__name__}: {error}"
            continue
        found[method] = max(
            float(np.abs(flat(scores[key]) - values).max())
            for key, values in zip(keys, expected, strict=True)
        )
    return found
