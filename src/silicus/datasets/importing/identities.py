"""Participant and session ids as salted hashes, so that an imported table names nobody.

The salt is made once on a machine and stays in the user's data folder: ids are the same in each
import there, and cannot be traced back from the imported table alone.
"""

import hashlib
import secrets
from pathlib import Path

from silicus.datasets.files import user_folder

_DIGITS = 10


def salt() -> bytes:
    """Return the salt of this machine, made on first use."""
    path = user_folder() / "salt"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"salt.{secrets.token_hex(4)}.part")
        part.write_bytes(secrets.token_bytes(32))
        part.chmod(0o600)
        _link(part, path)
    return path.read_bytes()


def _link(part: Path, path: Path) -> None:
    """Give a file its name unless another process was faster."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def hashed(letter: str, name: str, secret: bytes) -> str:
    """Return a short hash of an id, with a letter for what it is of."""
    digest = hashlib.blake2b(f"{letter}:{name}".encode(), key=secret, digest_size=16)
    return letter + digest.hexdigest()[:_DIGITS]
