"""Where a model's folder is, and a fingerprint of what is in it.

Only safetensors weights are read from folders, and no code that comes with a model is run.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from silicus import hub
from silicus.backends import weights
from silicus.errors import ModelError
from silicus.model_folder import ModelFolder


class Resolved(NamedTuple):
    """A local folder with configuration, weights and tokenizer, and its fingerprint."""

    folder: Path
    fingerprint: str


def resolve(model_id: str, source: str, sha256: str | None) -> Resolved:
    """Return the local folder behind ``package:``, ``folder:`` or ``hub:``.

    Raises
    ------
    ModelError
        If it is not there or not of an accepted kind: says what to install or correct.
    """
    kind, _, name = source.partition(":")
    if kind == "package":
        folder = weights.converted(model_id, weights.package_gguf(name), expected_sha256=sha256)
        files = json.loads((folder / weights.CARD_FILE).read_text())["files"]
        return Resolved(folder, _combine(files))
    if kind == "folder":
        folder = Path(name).expanduser()
        return Resolved(folder, fingerprint(model_id, folder))
    if kind == "hub":
        folder = hub.fetch(name, hub.MODEL_FILES, where=f"model {model_id}")
        return Resolved(folder, fingerprint(model_id, folder))
    raise ModelError(
        f'model {model_id}: the source "{source}" is not of a known kind. Write '
        "package:NAME, folder:PATH or hub:ORG/NAME[@REVISION]."
    )


def fingerprint(model_id: str, folder: Path) -> str:
    """Return the SHA-256 over the checksums of configuration and weights in a folder.

    Raises
    ------
    ModelError
        If the folder lacks a configuration or safetensors weights.
    """
    adapters = sorted(folder.glob("adapter_config.json")) + sorted(folder.glob("adapter_model.*"))
    if adapters:
        beside = (folder / "config.json").is_file()
        kind = "base weights and an adapter" if beside else "an adapter, no model"
        raise ModelError(
            f"model {model_id}: {folder} holds {kind} ({adapters[0].name}). Whether an adapter is "
            "applied would depend on what is installed, so such a folder is not scored. Merge the "
            "adapter into its base model and save that (peft: merge_and_unload, then "
            "save_pretrained), and give the merged folder; for the base model alone give a folder "
            "without the adapter's files."
        )
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"model {model_id}: {folder} holds no config.json. Give the folder that "
            "save_pretrained wrote."
        )
    shards = sorted(folder.glob("*.safetensors"))
    if not shards:
        other = sorted(path.name for path in folder.glob("*.bin"))
        found = f" (found {', '.join(other)}, which can run code when loaded)" if other else ""
        raise ModelError(
            f"model {model_id}: {folder} holds no safetensors weights{found}. Convert them to "
            "safetensors first."
        )
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        needed = set(json.loads(index.read_text())["weight_map"].values())
        missing = sorted(needed - {shard.name for shard in shards})
        if missing:
            raise ModelError(
                f"model {model_id}: weight file {missing[0]} is missing from {folder}. Download "
                "the model again."
            )
    files = {path.name: weights.sha256_of([path]) for path in [folder / "config.json", *shards]}
    return _combine(files)


def template_of(model_id: str, source: str) -> str:
    """Return the chat template of the model behind a source, for another one to borrow.

    Of a model of the hub only the few files that can hold a template are fetched, no weights.

    Raises
    ------
    ModelError
        If the source cannot be had or has no chat template.
    """
    kind, _, name = source.partition(":")
    if kind == "hub":
        where = f"model {model_id}, whose chat template is borrowed"
        return chat_template(hub.fetch(name, hub.TEMPLATE_FILES, where=where))
    if kind == "folder":
        return chat_template(Path(name).expanduser())
    return chat_template(resolve(model_id, source, None).folder)


def chat_template(folder: Path) -> str:
    """Return the chat template of the tokenizer in a folder.

    Raises
    ------
    ModelError
        If it has none.
    """
    template = ModelFolder(folder).chat_template
    if template is None:
        raise ModelError(
            f"{folder} holds no chat template (chat_template.jinja, or chat_template in "
            "tokenizer_config.json). Name a model that has one."
        )
    return template


def _combine(files: dict[str, str]) -> str:
    lines = "\n".join(
        f"{name} {files[name]}"
        for name in sorted(files)
        if name == "config.json" or name.endswith(".safetensors")
    )
    return hashlib.sha256(lines.encode()).hexdigest()
