"""Weights, configuration and vocabulary that do not belong together are refused or defined."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from silicus.backends.transformers import load
from silicus.engine import choose_method
from silicus.errors import ModelError, PromptError
from tests.backends import tiny
from tests.backends.prompts import prompt
from tests.engine.requests import all_scores, flat, random_requests, request


@pytest.fixture
def folder(tiny_folder: Callable[..., Path], tmp_path: Path) -> Path:
    """Return a copy of the tiny Llama that a test may spoil."""
    return shutil.copytree(tiny_folder("llama"), tmp_path / "model")


def _change(folder: Path, **settings: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **settings}))


def test_layers_when_fewer_in_the_configuration_then_are_refused(folder: Path) -> None:
    """Weights of a layer that the configuration lacks are not dropped."""
    _change(folder, num_hidden_layers=2)
    with pytest.raises(ModelError, match=r"hold model\.layers\.2\..*no place"):
        load(model_id="m", source=f"folder:{folder}")


def test_layers_when_more_in_the_configuration_then_are_refused(folder: Path) -> None:
    """Layers that the weights lack are not made up."""
    _change(folder, num_hidden_layers=4)
    with pytest.raises(ModelError, match=r"lack model\.layers\.3\."):
        load(model_id="m", source=f"folder:{folder}")


@pytest.mark.parametrize("said", [True, False])
def test_reward_model_when_given_then_is_refused(tmp_path: Path, said: bool) -> None:
    """A classification head with tied embeddings passes for a language model; by class or key."""
    config = transformers.Qwen2Config(
        vocab_size=len(tiny.byte_level()), **{**tiny._GATED, "tie_word_embeddings": True}
    )
    transformers.Qwen2ForSequenceClassification(config).save_pretrained(tmp_path)
    tiny.byte_level().save_pretrained(tmp_path)
    if not said:
        _change(tmp_path, architectures=None)
    with pytest.raises(ModelError, match="SequenceClassification" if said else r"hold score\."):
        load(model_id="m", source=f"folder:{tmp_path}")


@pytest.mark.parametrize("said", [True, False])
def test_bidirectional_model_when_given_then_is_refused(tmp_path: Path, said: bool) -> None:
    """An encoder with a head over words sees what comes later; by class or by trying it."""
    config = transformers.BertConfig(
        vocab_size=len(tiny.byte_level()), intermediate_size=64, **tiny._SMALL
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.BertForMaskedLM(config).save_pretrained(tmp_path)
    tiny.byte_level().save_pretrained(tmp_path)
    if not said:
        _change(tmp_path, architectures=["BertLMHeadModel"])
    with pytest.raises(ModelError, match="BertForMaskedLM" if said else "sees the future"):
        load(model_id="m", source=f"folder:{tmp_path}")


def test_encoder_decoder_when_given_then_is_refused(tmp_path: Path) -> None:
    """Only models that read and continue one text are scored."""
    transformers.BartConfig(architectures=["BartForConditionalGeneration"]).save_pretrained(
        tmp_path
    )
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="an encoder and a decoder"):
        load(model_id="m", source=f"folder:{tmp_path}")


@pytest.mark.parametrize("beside", [True, False])
def test_adapter_when_in_the_folder_then_is_refused(folder: Path, beside: bool) -> None:
    """Base or adapted must not depend on what is installed; the message says what to do."""
    (folder / "adapter_config.json").write_text("{}")
    if not beside:
        (folder / "config.json").unlink()
    found = "base weights and an adapter" if beside else "an adapter, no model"
    with pytest.raises(ModelError, match=rf"{found}.*merge_and_unload"):
        load(model_id="m", source=f"folder:{folder}")


@pytest.mark.parametrize("method", ["packed", "cached", "sequence"])
def test_tokens_when_beyond_the_weights_then_have_probability_zero(
    folder: Path, method: str
) -> None:
    """Tokens added without resizing the embeddings: probability 0, also inside a token set."""
    tokenizer = tiny.byte_level()
    size = len(tokenizer)
    tokenizer.add_tokens(['"}new', "<|added|>"])
    tokenizer.save_pretrained(folder)
    backend = load(model_id="m", source=f"folder:{folder}")
    assert backend.card.details["tokens_beyond_weights"] == 2
    assert size in backend.token_set(('"',))
    text = random_requests(1)[0].prompt
    item = request(text, [(300,)], [(301,)], [(size, 302)])
    whole = all_scores(backend, [item], method=method)
    known = all_scores(backend, [request(text, [(300,)], [(301,)])], method=method)
    (values,), (expected,) = map(flat, whole.values()), map(flat, known.values())
    assert values[:2] == pytest.approx(expected, abs=1e-5)
    assert np.isneginf(values[2])
    assert choose_method(backend, [item]).method == "packed"
    with pytest.raises(PromptError, match=r'holds the token "<\|added\|>"'):
        backend.encode([prompt("He said <|added|> to me.\n")])


def test_vocabulary_when_padded_then_is_scored(tmp_path: Path) -> None:
    """More rows than tokens is usual, and nothing to tell."""
    folder = tiny.save("llama", tmp_path)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    model.resize_token_embeddings(model.config.vocab_size + 61)
    model.save_pretrained(folder)
    backend = load(model_id="m", source=f"folder:{folder}")
    assert "tokens_beyond_weights" not in backend.card.details
    assert choose_method(backend, random_requests(3)).method == "packed"


def test_error_when_of_the_library_then_is_one_of_the_model(folder: Path) -> None:
    """Whatever fails below while loading or evaluating names the model; the cause is kept."""
    backend = load(model_id="mine", source=f"folder:{folder}")
    backend.model.model.layers[1].self_attn.q_proj = None
    with pytest.raises(ModelError, match=r"model mine .* failed while it was evaluated") as caught:
        backend.sequence(np.asarray([300, 301]), np.asarray([1]), np.asarray([300]), [])
    assert isinstance(caught.value.__cause__, TypeError)
    _change(folder, num_attention_heads="four")
    with pytest.raises(ModelError, match="model mine cannot be loaded"):
        load(model_id="mine", source=f"folder:{folder}")
