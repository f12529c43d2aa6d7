"""Hugging Face models keep the contract, on tiny architectures and on the two real models."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from silicus.backends.transformers import Transformers, load
from silicus.engine import choose_method, score, score_by_brute_force
from silicus.errors import ModelError, ScoringError, StudyError
from tests.backends import tiny
from tests.backends.contract import BackendContract
from tests.backends.loading import REAL
from tests.backends.prompts import prompt


class TestLlama(BackendContract):
    """Byte-level tokens, grouped heads."""

    @pytest.fixture
    def backend(self, tiny_backend: Any) -> Transformers:
        """Return the tiny Llama."""
        return tiny_backend("llama")


class TestGemma3(BackendContract):
    """Pieces with byte fallback, BOS, windows."""

    control = "<end_of_turn>"

    @pytest.fixture
    def backend(self, tiny_backend: Any) -> Transformers:
        """Return the tiny Gemma 3."""
        return tiny_backend("gemma3")


class TestBloom(BackendContract):
    """Position biases: no attention of ours."""

    @pytest.fixture
    def backend(self, tiny_backend: Any) -> Transformers:
        """Return the tiny Bloom."""
        return tiny_backend("bloom")


class TestMamba(BackendContract):
    """State instead of keys: brute force alone."""

    @pytest.fixture
    def backend(self, tiny_backend: Any) -> Transformers:
        """Return the tiny Mamba."""
        return tiny_backend("mamba")


@pytest.mark.parametrize("name", ["llama", "gemma3", "neox", "mamba"])
def test_sequence_when_compared_with_the_library_then_is_its_log_softmax(
    tiny_backend: Any, tiny_folder: Any, name: str
) -> None:
    """The oracle itself: one plain forward pass of transformers, log-softmax of its logits."""
    backend = tiny_backend(name)
    folder = tiny_folder(name)
    tokens = np.random.default_rng(0).integers(270, 400, 40).astype(np.int32)
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    with torch.inference_mode():
        logits = model(torch.from_numpy(tokens[None].astype(np.int64))).logits[0]
    expected = torch.log_softmax(logits, -1)
    position = np.asarray([3, 20, 39], dtype=np.int32)
    wanted = np.asarray([300, 310, 320], dtype=np.int32)
    found = backend.sequence(tokens, position, wanted, [])
    assert found == pytest.approx(
        [float(expected[p, t]) for p, t in zip(position, wanted, strict=True)], abs=1e-4
    )


def test_first_token_when_an_option_has_two_then_counts(tiny_backend: Any) -> None:
    """The log-probability of an option is that of all its tokens, the first included.

    minicons#78, #51: the first token of the continuation was dropped.
    """
    backend = tiny_backend("llama")
    (request,) = backend.encode([prompt("Guess.\n", "AcceptOffer", "Reject")])
    item = score_by_brute_force(backend, request)
    (form,) = request.options[0].forms
    assert len(form) > 1
    end_ids = backend.token_set(request.ends)
    text = request.prompt
    total = 0.0
    for token in [*form, -1]:
        at = np.asarray([len(text) - 1], dtype=np.int32)
        total += float(backend.sequence(text, at, np.asarray([token]), [end_ids])[0])
        text = np.append(text, np.int32(token))
    assert item.form_logprobs[0][0] == pytest.approx(total, abs=1e-4)


def test_card_when_the_model_is_loaded_then_tells_what_it_is(tiny_backend: Any) -> None:
    """A run can name the weights, number format, library and threads that made its numbers."""
    card = tiny_backend("qwen3").card
    assert card.architecture == "Qwen3ForCausalLM"
    assert card.backend.startswith("transformers-")
    assert card.n_context == 1024
    assert {"torch", "device", "n_threads"} <= set(card.details)


def test_dtype_when_unknown_then_is_refused_by_name(tiny_folder: Any) -> None:
    """The nearest dtype is suggested."""
    with pytest.raises(StudyError, match="bfloat16"):
        load(model_id="m", source=f"folder:{tiny_folder('llama')}", dtype="bflot16")


def test_attention_when_the_model_ignores_it_then_packed_is_refused(
    tiny_backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that says its attention can be replaced but calls its own is found out."""
    backend = tiny_backend("llama")
    monkeypatch.setattr(type(backend), "_use", lambda self, attention: None)
    backend.model.set_attn_implementation("eager")
    requests = backend.encode([prompt()])
    try:
        check = choose_method(backend, requests)
    finally:
        backend.model.set_attn_implementation("sdpa")
    assert check.method == "cached"
    assert "does not call the attention" in str(check.warning)


def test_thread_count_when_changed_then_scores_stay(tiny_backend: Any) -> None:
    """Numbers do not depend on how many threads share the work."""
    backend = tiny_backend("llama")
    requests = backend.encode([prompt(f"Round {n}. F or J?\n") for n in range(6)])
    found = []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        parts = score(backend, requests, method="packed")
        found.append({item.key: item for part in parts for item in part})
    torch.set_num_threads(1)
    for key, item in found[0].items():
        assert np.allclose(item.form_logprobs, found[1][key].form_logprobs, atol=1e-5)


def test_device_when_not_there_then_is_an_error_of_ours(tiny_folder: Any) -> None:
    """Asking for a device that this machine lacks says so."""
    if torch.cuda.is_available():
        pytest.skip("this machine has that device")
    with pytest.raises(ModelError, match='device "cuda"'):
        load(model_id="m", source=f"folder:{tiny_folder('llama')}", device="cuda")


def test_model_when_only_infinite_logits_then_scoring_stops(tmp_path: Any) -> None:
    """Overflow in the weights ends as an error, as NaN does."""
    folder = tiny.save("opt", tmp_path)
    backend = load(model_id="broken", source=f"folder:{folder}")
    backend.model.model.decoder.final_layer_norm.weight.mul_(float("inf"))
    (request,) = backend.encode([prompt()])
    with pytest.raises(ScoringError):
        score_by_brute_force(backend, request)


PROMPTS = [
    prompt(
        "You play a game with another player for ten rounds.\n\n"
        + "Round 1. Which do you choose, F or J?\nYou chose J. You got 8 points.\n\n" * n
        + "Which do you choose, F or J?\n"
    )
    for n in (0, 1, 2, 40)
]


@pytest.mark.models
@pytest.mark.parametrize("name", list(REAL))
def test_real_model_when_scored_every_way_then_equals_brute_force(
    real_backend: Any, name: str
) -> None:
    """Packed and cached differ from brute force by less than 1e-4 nat, beyond Gemma's window."""
    backend = real_backend(name)
    rows = [*PROMPTS, prompt("Guess a number.\n", "10", "100", "1000")]
    if backend.capabilities.chat:
        turns = [("user", "Round 1. F or J?"), ("assistant", '{"decision": "J"}')]
        rows += [prompt(format="chat", messages=[*turns * n, ("user", "Now?")]) for n in (0, 2)]
    requests = backend.encode(rows)
    assert max(len(request.prompt) for request in requests) > 600
    expected = {(s := score_by_brute_force(backend, r)).key: s for r in requests}
    for method in ("packed", "cached"):
        found = {i.key: i for part in score(backend, requests, method=method) for i in part}
        assert set(found) == set(expected)
        for key, item in found.items():
            for a, b in zip(item.form_logprobs, expected[key].form_logprobs, strict=True):
                assert a == pytest.approx(b, abs=1e-4)


@pytest.mark.models
@pytest.mark.parametrize("name", list(REAL))
def test_real_model_when_asked_what_it_knows_then_is_not_at_chance(
    real_backend: Any, name: str
) -> None:
    """Converted weights and tokenizer belong together: the model knows what models know.

    lm-evaluation-harness#4158, #2525, PR #4012; llama.cpp#27174: GGUF scoring was broken, or
    silently at chance.
    """
    backend = real_backend(name)
    rows = [
        prompt("The capital of France is", " Paris", " Banana", prefix="", ends=(".", ",", " ")),
        prompt("One, two, three, four,", " five", " cat", prefix="", ends=(".", ",", " ")),
        prompt("The sun rises in the", " east", " spoon", prefix="", ends=(".", ",", " ")),
    ]
    requests = backend.encode(rows)
    for request in requests:
        right, wrong = score_by_brute_force(backend, request).form_logprobs
        assert right[0] - wrong[0] > 3


@pytest.mark.models
def test_real_tokenizer_when_compared_with_its_file_then_is_the_same() -> None:
    """The converted folder's tokenizer is the one saved from the GGUF file, BOS rule included."""
    backend = load(model_id="gemma-3-270m", source=REAL["gemma-3-270m"])
    assert backend.encoder.adds_bos
    folder = backend.model.config._name_or_path
    again = AutoTokenizer.from_pretrained(folder)
    text = 'Round 10. J or F?\n{"decision": "'
    (request,) = backend.encode([prompt(text, prefix="")])
    assert request.prompt.tolist() == again(text).input_ids
    assert request.prompt[0] == again.bos_token_id


@pytest.mark.models
@pytest.mark.parametrize(("dtype", "nats", "share"), [("mixed", 0.1, 0.02), ("bfloat16", 0.5, 0.1)])
def test_real_model_when_in_reduced_precision_then_error_is_as_documented(
    real_backend: Any, dtype: str, nats: float, share: float
) -> None:
    """Size of the error of option log-probabilities and probabilities, against float32."""
    name = "SmolLM2-135M-Instruct"
    exact, rounded = real_backend(name), real_backend(name, dtype=dtype)
    values = []
    for backend in (exact, rounded):
        requests = backend.encode(PROMPTS)
        found = {i.key: i for part in score(backend, requests, method="packed") for i in part}
        keys = [score_key(backend, request) for request in requests]
        values.append(np.asarray([[f[0] for f in found[key].form_logprobs] for key in keys]))
    error = np.abs(values[0] - values[1])
    assert 0 < error.max() < nats
    shares = [np.exp(v - np.logaddexp.reduce(v, axis=1, keepdims=True)) for v in values]
    assert np.abs(shares[0] - shares[1]).max() < share


def score_key(backend: Any, request: Any) -> str:
    """Return the key of a request."""
    from silicus.engine import request_key

    return request_key(backend.card, request, backend.token_set(request.ends))
