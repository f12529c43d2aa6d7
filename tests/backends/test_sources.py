"""Where a model's folder is, and a fingerprint that follows its contents."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from silicus.backends import sources
from silicus.backends.transformers import load
from silicus.errors import ModelError
from tests.backends import tiny


@pytest.fixture
def folder(tiny_folder: Callable[..., Path], tmp_path: Path) -> Path:
    """Return a copy of the tiny Llama's folder that a test may harm."""
    return Path(shutil.copytree(tiny_folder("llama"), tmp_path / "model"))


def test_fingerprint_when_weights_change_then_changes(folder: Path) -> None:
    """One bit of one weight is another model; a copy elsewhere is the same one.

    lm-evaluation-harness#4063: two checkpoints under one name shared a cache.
    """
    before = sources.fingerprint("m", folder)
    assert sources.fingerprint("other", shutil.copytree(folder, folder.parent / "b")) == before
    file = folder / "model.safetensors"
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    assert sources.fingerprint("m", folder) != before


def test_fingerprint_when_the_configuration_changes_then_changes(folder: Path) -> None:
    """Another RoPE base or window with the same weights is another model."""
    before = sources.fingerprint("m", folder)
    config = json.loads((folder / "config.json").read_text())
    config["rms_norm_eps"] = 1e-3
    (folder / "config.json").write_text(json.dumps(config))
    assert sources.fingerprint("m", folder) != before


def test_folder_when_incomplete_then_says_what_is_missing(folder: Path) -> None:
    """No configuration; no safetensors; only pickled weights; a shard missing from the index."""
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model-00002-of-00002.safetensors"}})
    )
    with pytest.raises(ModelError, match=r"weight file model-00002-of-00002\.safetensors"):
        sources.fingerprint("m", folder)
    (folder / "model.safetensors.index.json").unlink()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin, which can run code"):
        sources.fingerprint("m", folder)
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        sources.fingerprint("m", folder)


def test_folder_when_weights_are_truncated_then_loading_says_so(folder: Path) -> None:
    """A download cut short is an error of ours, not of a library below."""
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ModelError, match="cannot be loaded from"):
        load(model_id="m", source=f"folder:{folder}")


def test_folder_when_a_weight_is_missing_then_is_not_made_up(folder: Path) -> None:
    """A tensor that is not in the file is an error: the library below fills in random numbers."""
    values = load_file(folder / "model.safetensors")
    del values["model.layers.1.mlp.up_proj.weight"]
    save_file(values, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lack model\.layers\.1\.mlp\.up_proj\.weight"):
        load(model_id="m", source=f"folder:{folder}")


def test_folder_when_the_tokenizer_is_missing_then_loading_says_so(folder: Path) -> None:
    """Weights without their tokenizer are not scored with another one."""
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ModelError, match="tokenizer"):
        load(model_id="m", source=f"folder:{folder}")


def test_source_when_of_no_known_kind_then_lists_the_kinds() -> None:
    """A bare path or name is not guessed at."""
    with pytest.raises(ModelError, match="package:NAME, folder:PATH or hub:"):
        sources.resolve("m", "SmolLM2", None)


def test_hub_when_not_reachable_then_says_what_to_do() -> None:
    """Without a network the local folder is suggested."""
    with pytest.raises(ModelError, match="cannot be had from the model hub"):
        sources.resolve("m", "hub:nobody/nothing", None)


def test_template_when_borrowed_then_is_the_owners(folder: Path, tmp_path: Path) -> None:
    """A base model takes another's template, from either place where it may be kept."""
    assert sources.chat_template(folder) == tiny.CHATML
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="holds no chat template"):
        sources.chat_template(folder)
    bare = load(model_id="m", source=f"folder:{folder}", n_threads=1)
    assert not bare.capabilities.chat
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(
        json.dumps({**settings, "chat_template": "{{ 'x' }}"})
    )
    assert sources.chat_template(folder) == "{{ 'x' }}"
