"""Files of a model from the Hugging Face hub: which ones, where they lie, and why not.

The hub's own cache and settings hold (``HF_HOME``, ``HF_ENDPOINT``, ``HF_HUB_OFFLINE``, a login).
"""

from collections.abc import Sequence
from pathlib import Path

from silicus.errors import ModelError

TEMPLATE_FILES = (
    "config.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "chat_template.json",
)
"""Where a chat template can stand, and the file that makes a folder a model folder."""

TOKENIZER_FILES = (*TEMPLATE_FILES, "tokenizer.json", "tokenizer.model", "special_tokens_map.json")
"""What tells how a model cuts text into tokens: some megabytes, no weights."""

MODEL_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model")
"""What is needed to run a model."""


def fetch(name: str, files: Sequence[str], *, where: str) -> Path:
    """Return the local folder of a model of the hub after fetching the files that are not there.

    Parameters
    ----------
    name : str
        ``ORGANISATION/NAME[@REVISION]``.
    files : sequence of str
        File names, or patterns of such; no other file is fetched.
    where : str
        Who asks, for the message (``model gemma-3-270m``).

    Raises
    ------
    ModelError
        If the hub cannot be reached, has no such model, wants a login, or holds none of the files.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repository, _, revision = name.partition("@")
    try:
        folder = snapshot_download(
            repository, revision=revision or None, allow_patterns=list(files)
        )
    except GatedRepoError as cause:
        reason, remedy = (
            "its owner lets in only who has agreed to terms",
            "Agree to them on the model's page of the hub and log in (hf auth login)",
        )
        raise _refused(where, repository, reason, remedy) from cause
    except RepositoryNotFoundError as cause:
        reason, remedy = "the hub has no model of this name", "Check the name, or log in"
        raise _refused(where, repository, reason, remedy) from cause
    except RevisionNotFoundError as cause:
        reason = f'it has no revision "{revision}"'
        raise _refused(where, repository, reason, "Check the revision") from cause
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as cause:
        reason = "the hub cannot be reached, and the files are not on this machine"
        remedy = "Connect to the network (and unset HF_HUB_OFFLINE)"
        raise _refused(where, repository, reason, remedy) from cause
    except (OSError, ValueError, HfHubHTTPError) as cause:
        raise _refused(where, repository, str(cause), "Try again later") from cause
    return Path(folder)


def tokenizer_folder(source: str) -> Path:
    """Return a folder with configuration and tokenizer of the model behind a source.

    Parameters
    ----------
    source : str
        ``folder:PATH`` or ``hub:ORGANISATION/NAME[@REVISION]``, of which no weights are fetched;
        or the path of a folder alone.

    Raises
    ------
    ModelError
        If the source is of another kind, or the hub does not give the files.
    """
    kind, colon, name = source.partition(":")
    if kind == "hub":
        return fetch(name, TOKENIZER_FILES, where=f"tokenizer of {name}")
    if kind == "package":
        raise ModelError(
            f"{source}: the weight file of a package holds no tokenizer files to compare. Give a "
            "folder (folder:PATH), or the model on the hub (hub:ORGANISATION/NAME)."
        )
    return Path(name if colon and kind == "folder" else source).expanduser()


def _refused(where: str, repository: str, reason: str, remedy: str) -> ModelError:
    return ModelError(
        f"{where}: {repository} cannot be had from the model hub: {reason.rstrip('. ')}. {remedy}, "
        "or give a local folder: folder:PATH."
    )
