"""Models whose positions depend on the length of the whole sequence, against the plain library.

The expected numbers come from a forward pass of a model of the library for one whole sequence,
loaded anew where the library keeps state between passes; nothing of the engine takes part.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from silicus.backends.transformers import Transformers, load
from silicus.engine import Counter, choose_method, request_key
from tests.backends import tiny
from tests.backends.tiny import Architecture
from tests.engine.requests import FIRST_ID, LAST_ID, all_scores, flat, request

SWITCH = 60
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 1e4,
    "original_max_position_embeddings": SWITCH,
    "short_factor": [1.0, 1.05, 1.1, 1.15],
    "long_factor": [2.0, 3.5, 5.0, 6.5],
}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 4.0}
SMALL = {key: value for key, value in tiny._GATED.items() if key != "head_dim"}
STRETCHED = {
    **SMALL,
    "max_position_embeddings": 400,
    "original_max_position_embeddings": SWITCH,
    "rope_parameters": LONGROPE,
}
CASES = {
    "longrope": Architecture("Phi3Config", STRETCHED),
    "longrope_with_scales": Architecture(
        "PhimoeConfig",
        {
            **STRETCHED,
            "num_local_experts": 4,
            "rope_parameters": {**LONGROPE, "short_mscale": 1.0, "long_mscale": 1.7},
        },
    ),
    "dynamic": Architecture(
        "LlamaConfig", {**SMALL, "max_position_embeddings": SWITCH, "rope_parameters": DYNAMIC}
    ),
    "dynamic_in_some_layers": Architecture(
        "Gemma3TextConfig",
        {
            **tiny.ARCHITECTURES["gemma3"].settings,
            "max_position_embeddings": SWITCH,
            "rope_parameters": {
                "full_attention": DYNAMIC,
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            },
        },
        tokenizer="sentencepiece_like",
    ),
    "yarn": Architecture(
        "LlamaConfig",
        {
            **SMALL,
            "max_position_embeddings": 400,
            "rope_parameters": {
                **DYNAMIC,
                "rope_type": "yarn",
                "original_max_position_embeddings": SWITCH,
            },
        },
    ),
}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a case, built once."""

    @cache
    def folder(name: str) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(tiny.ARCHITECTURES, name, CASES[name])
            return tiny.save(name, tmp_path_factory.mktemp(name))

    return folder


@pytest.fixture(scope="module")
def backend_of(folder_of: Callable[[str], Path]) -> Callable[[str], Transformers]:
    """Return the loaded model of a case."""
    return cache(lambda name: load(model_id=name, source=f"folder:{folder_of(name)}", n_threads=1))


def _requests() -> list[Any]:
    """Return prompts short of the switch, at it and beyond, that begin alike; forms of 1 and 2."""
    rng = np.random.default_rng(0)
    trunk = rng.integers(FIRST_ID, LAST_ID, 130)
    return [
        request(
            np.concatenate([trunk[:n], rng.integers(FIRST_ID, LAST_ID, 4)]), [(300,)], [(301, 302)]
        )
        for n in (10, SWITCH - 7, *range(SWITCH - 6, SWITCH - 1), 71, 71, 100, 30)
    ]


def _by_the_library(folder: Path, backend: Any, item: Any) -> np.ndarray:
    """Return the log-probability of each form, one whole sequence and one model at a time."""
    ends = torch.from_numpy(backend.token_set(item.ends).astype(np.int64))
    found = []
    for option in item.options:
        for form in option.forms:
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=torch.float32, attn_implementation="eager"
            ).eval()
            tokens = torch.tensor([[*item.prompt.tolist(), *form]])
            with torch.inference_mode():
                steps = torch.log_softmax(model(tokens).logits[0], -1)[len(item.prompt) - 1 :]
            value = sum(steps[i, token] for i, token in enumerate(form))
            found.append(float(value + torch.logsumexp(steps[-1, ends], 0)))
    return np.asarray(found)


@pytest.mark.parametrize("name", list(CASES))
def test_scores_when_lengths_lie_on_both_sides_then_are_the_librarys(
    folder_of: Callable[[str], Path], backend_of: Callable[[str], Transformers], name: str
) -> None:
    """Prompts of both sides in one study, in any order, in every way: each as if it were alone."""
    backend, requests = backend_of(name), _requests()
    expected = [_by_the_library(folder_of(name), backend, item) for item in requests]
    keys = [request_key(backend.card, r, backend.token_set(r.ends)) for r in requests]
    assert backend.capabilities.methods == ("packed", "cached", "sequence")
    for method in backend.capabilities.methods:
        for order in (1, -1):
            found = all_scores(backend, requests[::order], method=method, max_nodes=48)
            for key, values in zip(keys, expected, strict=True):
                assert flat(found[key]) == pytest.approx(values, abs=1e-4)
    assert choose_method(backend, requests).method == "packed"


def test_thresholds_when_a_configuration_names_them_then_are_checked_beyond(
    backend_of: Callable[[str], Transformers], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that shows beyond the switch alone is found, however few tokens the check has.

    All but one of 20 prompts are short of it.
    """
    backend = backend_of("longrope")
    assert backend.capabilities.thresholds == (SWITCH,)
    rng = np.random.default_rng(1)
    requests = [
        request(rng.integers(FIRST_ID, LAST_ID, n), [(300,)], [(301,)])
        for n in (*range(12, 32), 3 * SWITCH)
    ]
    monkeypatch.setattr(import_module("silicus.engine.score"), "CHECK_NODES", 32)
    right = backend._rotary.as_long_as
    monkeypatch.setattr(backend._rotary, "as_long_as", lambda length: right(min(length, 1)))
    assert choose_method(backend, requests[:-1], check_tokens=100).method == "packed"
    assert choose_method(backend, requests, check_tokens=100).method == "sequence"


@pytest.mark.parametrize("name", ["longrope", "dynamic"])
def test_count_when_lengths_do_not_share_then_is_what_is_run(
    backend_of: Callable[[str], Transformers], name: str
) -> None:
    """A plan counts the tokens that are computed, those of forms apart from each other included."""
    done: list[int] = []
    all_scores(backend_of(name), _requests(), method="packed", progress=done.append)
    assert Counter(backend_of(name)).add(_requests()).n_tokens_trie == sum(done)


def test_rotary_when_of_an_unknown_kind_then_shares_no_pass(
    folder_of: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Angles that change with the length though the configuration does not say so: by sequence."""
    from silicus.backends import rotary

    monkeypatch.setattr(rotary, "_rule", lambda *_: rotary.LengthRule())
    backend = load(model_id="m", source=f"folder:{folder_of('longrope')}", n_threads=1)
    assert backend.capabilities.methods == ("sequence",)
    assert "rotary angles depend on the length" in str(backend._rotary.fault)
