"""GGUF files to folders, once: atomic, checked, and repaired by deleting a folder."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from silicus.backends import weights
from silicus.backends.transformers import load
from silicus.engine import score, score_by_brute_force
from silicus.errors import ModelError
from tests.backends.packages import install, write_gguf
from tests.backends.prompts import prompt


@pytest.fixture(scope="session")
def gguf_file(tiny_folder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny Llama as a GGUF file."""
    return write_gguf(tiny_folder("llama"), tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the cache of converted models at an empty folder."""
    monkeypatch.setenv("SILICUS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of installed packages that is searched first."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_package_when_first_used_then_is_the_model_in_its_file(
    gguf_file: Path, site: Path, cache: Path, tiny_backend: Any
) -> None:
    """Weights and tokens of the converted folder give the numbers of the model before GGUF.

    lm-evaluation-harness#4158, #2525, PR #4012; llama.cpp#27174: GGUF scoring was silently wrong.
    """
    install(site, "tiny-carrier", {"carrier/tiny.gguf": gguf_file.read_bytes()})
    backend = load(model_id="tiny", source="package:tiny-carrier", n_threads=1)
    original = tiny_backend("llama")
    rows = [prompt(), prompt("Guess.\n", "10", "100")]
    for ours, theirs in zip(backend.encode(rows), original.encode(rows), strict=True):
        assert np.array_equal(ours.prompt, theirs.prompt)
        assert ours.options == theirs.options
        a, b = score_by_brute_force(backend, ours), score_by_brute_force(original, theirs)
        assert np.allclose(a.form_logprobs, b.form_logprobs, atol=1e-4)
        (fast,) = [item for part in score(backend, [ours], method="packed") for item in part]
        assert np.allclose(fast.form_logprobs, b.form_logprobs, atol=1e-4)
    assert backend.capabilities.chat
    (folder,) = cache.iterdir()
    assert (folder / "silicus.json").is_file()
    assert not list(folder.glob("*.gguf"))


def test_conversion_when_done_then_is_used_again(
    gguf_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start reads the folder; the fingerprint stays."""
    folder = weights.converted("tiny", [gguf_file])
    monkeypatch.setattr(weights, "_convert", lambda *_: pytest.fail("converted twice"))
    assert weights.converted("tiny", [gguf_file]) == folder


def test_conversion_when_asked_for_under_another_name_then_is_used_again(
    gguf_file: Path, cache: Path
) -> None:
    """A file has one folder, whatever the model is called that wants its weights or template."""
    first = weights.converted("tiny", [gguf_file])
    assert weights.converted("borrower", [gguf_file]) == first
    assert [folder.name for folder in cache.iterdir()] == [first.name]


def test_file_when_it_comes_in_parts_then_they_are_joined_in_order(
    gguf_file: Path, site: Path
) -> None:
    """A package may require others that hold the rest of the file."""
    raw = gguf_file.read_bytes()
    third = len(raw) // 3
    pieces = [raw[:third], raw[third : 2 * third], raw[2 * third :]]
    names = ["tiny-parts-part2", "tiny-parts-part1"]
    install(site, "tiny-parts", {"p/tiny.gguf.part00": pieces[0]}, requires=tuple(names))
    install(site, names[1], {"p1/tiny.gguf.part01": pieces[1]})
    install(site, names[0], {"p2/tiny.gguf.part02": pieces[2]})
    parts = weights.package_gguf("tiny-parts")
    assert weights.sha256_of(parts) == hashlib.sha256(raw).hexdigest()
    assert (weights.converted("tiny", parts) / "model.safetensors").is_file()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_cache_when_a_file_is_harmed_then_names_it_and_the_remedy(
    gguf_file: Path, name: str, harm: str
) -> None:
    """A corrupt cache is never loaded; deleting the folder repairs it."""
    folder = weights.converted("tiny", [gguf_file])
    file = folder / name
    if harm == "removed":
        file.unlink()
    else:
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
    with pytest.raises(ModelError, match=f"corrupt cache: .*{name} .* Delete the folder"):
        weights.converted("tiny", [gguf_file])
    shutil.rmtree(folder)
    assert weights.converted("tiny", [gguf_file]) == folder


def test_cache_when_its_card_is_unreadable_then_says_so(gguf_file: Path) -> None:
    """A card that is no JSON is an error with a remedy, not a crash."""
    folder = weights.converted("tiny", [gguf_file])
    (folder / "silicus.json").write_text("{")
    with pytest.raises(ModelError, match=r"no readable silicus\.json\. Delete the folder"):
        weights.converted("tiny", [gguf_file])


def test_cache_when_it_has_no_card_then_is_made_again(gguf_file: Path) -> None:
    """The card is written last: without it the folder is incomplete and not trusted."""
    folder = weights.converted("tiny", [gguf_file])
    (folder / "silicus.json").unlink()
    (folder / "model.safetensors").write_bytes(b"half")
    assert weights.converted("tiny", [gguf_file]) == folder
    assert len((folder / "model.safetensors").read_bytes()) > 1000


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_conversion_when_interrupted_then_leaves_nothing_behind(
    gguf_file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A full disk or a key press halfway leaves no folder that looks done, and no remains."""

    def stop(self: Any, *_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(transformers.PreTrainedModel, "save_pretrained", stop)
    with pytest.raises((ModelError, KeyboardInterrupt)) as caught:
        weights.converted("tiny", [gguf_file])
    if isinstance(error, OSError):
        assert "disk full. Check the free disk space" in str(caught.value)
    assert list(cache.iterdir()) == []
    monkeypatch.undo()


def test_conversion_when_another_process_was_faster_then_takes_its_folder(
    gguf_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two first starts at once end with one whole folder."""
    folder = weights.converted("tiny", [gguf_file])
    card = json.loads((folder / "silicus.json").read_text())
    weights._convert("tiny", [gguf_file], card["source_sha256"], folder)
    assert weights.verify(folder) == card["files"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_file_when_it_is_not_the_expected_one_then_is_refused(gguf_file: Path) -> None:
    """Both checksums are told."""
    with pytest.raises(ModelError, match=r"has sha256 [0-9a-f]{64}, expected 00"):
        weights.converted("tiny", [gguf_file], expected_sha256="00")


def test_file_when_it_is_no_gguf_then_is_refused(tmp_path: Path, cache: Path) -> None:
    """A truncated or foreign file becomes one paragraph, and nothing is left behind."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 40)
    with pytest.raises(ModelError, match=r"weights of tiny in .* cannot be converted"):
        weights.converted("tiny", [broken])
    assert list(cache.iterdir()) == []


def test_package_when_not_installed_then_says_how_to_install_it() -> None:
    """The command is given."""
    with pytest.raises(ModelError, match=r"not installed\. Run `make setup`, or: python -m pip"):
        weights.package_gguf("no-such-carrier")


def test_package_when_it_holds_no_weights_then_says_so(site: Path) -> None:
    """A package without a GGUF file is not guessed at."""
    install(site, "empty-carrier", {"empty_carrier/readme.txt": b"x"})
    with pytest.raises(ModelError, match="holds no GGUF file"):
        weights.package_gguf("empty-carrier")


def test_package_when_its_weight_file_is_gone_then_names_it(gguf_file: Path, site: Path) -> None:
    """A deleted file is found before anything is read."""
    install(site, "gone-carrier", {"gone/tiny.gguf": b"x"})
    (site / "gone" / "tiny.gguf").unlink()
    with pytest.raises(ModelError, match=r"weight file tiny\.gguf .* is missing"):
        weights.package_gguf("gone-carrier")


def test_weights_when_converted_then_are_float32_of_the_same_values(
    gguf_file: Path, tiny_folder: Callable[..., Path]
) -> None:
    """Every tensor survives the way through GGUF."""
    from safetensors.torch import load_file

    made = load_file(weights.converted("tiny", [gguf_file]) / "model.safetensors")
    before = load_file(tiny_folder("llama") / "model.safetensors")
    assert set(before) <= set(made) | {"lm_head.weight"}
    for name, values in before.items():
        assert made[name].dtype == torch.float32
        assert torch.equal(made[name], values), name
