"""Pairs of one's own: a file of four lines per pair, added to the registry.

::

    - id: my-pair
      base: folder:models/my-base
      aligned: folder:models/my-chat
      provider: My Lab
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from silicus import yaml_lines
from silicus.errors import StudyError, unknown_name
from silicus.pair_records import SOURCE, UNKNOWN, Model, Pair
from silicus.pairs import Registry, registry

_KEYS = ("id", "base", "aligned", "provider")


def load_pairs(path: str | Path) -> Registry:
    """Return the registry with the pairs of a user's file added.

    ``base`` and ``aligned`` are names known to silicus or sources (``folder:PATH``,
    ``hub:ORGANISATION/NAME[@REVISION]``, ``package:NAME``). A relative folder is looked for beside
    the file. A model given by its source is known by the last part of it (``my-base``).
    ``provider`` is that of the models given by source; a known model keeps its own.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Registry
        silicus's own models, pairs and lineages, and then the user's.

    Raises
    ------
    StudyError
        If the file cannot be read or is not of this form: names the file, the line, what was
        found and what is expected.
    """
    file = Path(path)
    held = registry()
    known = {one.id: one for one in held.models()}
    taken = {one.pair_id for one in held.pairs()}
    pairs = []
    for entry in _entries(file):
        line = f"{file}, line {entry.lc.line + 1}"
        _check_keys(entry, file)
        if entry["id"] in taken:
            raise StudyError(
                f'{line}: the pair id "{entry["id"]}" is taken. Give the pair an id of its own.'
            )
        taken.add(entry["id"])
        base = _member(entry, "base", known, file)
        known.setdefault(base.id, base)
        aligned = _member(entry, "aligned", known, file)
        known.setdefault(aligned.id, aligned)
        if base.id == aligned.id:
            raise StudyError(f'{line}: base and aligned are both "{base.id}". Name two models.')
        pairs.append(
            Pair(
                pair_id=entry["id"],
                base=base.id,
                aligned=aligned.id,
                same_provider=base.provider == aligned.provider,
            )
        )
    return Registry(
        tuple(known.values()), (*held.pairs(), *pairs), held.lineages(), where=str(file)
    )


def _entries(file: Path) -> Any:
    """Return the list in the file, whose entries know their line (``lc``)."""
    form = "A pair is four lines: - id: NAME, base: MODEL, aligned: MODEL, provider: NAME."
    content: Any = yaml_lines.load(file, called="pairs file", error=StudyError, form=form)
    if not isinstance(content, list) or not content:
        found = "named fields" if isinstance(content, dict) else f'"{content}"'
        found = found if content else "nothing"
        raise StudyError(
            f"{file}, line 1: expected a list of pairs, found {found}. "
            "Begin each pair with a dash: - id: NAME."
        )
    for number, entry in enumerate(content):
        if not isinstance(entry, dict):
            raise StudyError(
                f"{file}, line {yaml_lines.line_of(content, (number,))}: expected a pair with "
                f'{", ".join(_KEYS)}; found "{entry}". Write - id: NAME and the other three '
                "below it."
            )
    return content


def _check_keys(entry: Any, file: Path) -> None:
    """Refuse a pair with a missing, an unknown or an empty field."""
    for key in entry:
        line = f"{file}, line {yaml_lines.line_of(entry, (key,))}"
        if key not in _KEYS:
            raise StudyError(f"{line}: {unknown_name('field of a pair', str(key), _KEYS)}")
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise StudyError(
                f"{line}: {key} must be a text, found {entry[key]!r}. "
                "Put it in quotes if it looks like a number."
            )
    missing = [key for key in _KEYS if key not in entry]
    if missing:
        raise StudyError(
            f"{file}, line {entry.lc.line + 1}: this pair lacks {', '.join(missing)}. "
            f"A pair has {', '.join(_KEYS)}."
        )


def _member(entry: Any, role: str, known: Mapping[str, Model], file: Path) -> Model:
    """Return the known model that an entry names, or one made from the source it gives."""
    given = str(entry[role])
    line = f"{file}, line {yaml_lines.line_of(entry, (role,))}"
    if given in known:
        return known[given]
    if not SOURCE.fullmatch(given):
        raise StudyError(
            f"{line}: {unknown_name('model', given, known)} Or give a source: folder:PATH, "
            "hub:ORGANISATION/NAME[@REVISION] or package:NAME."
        )
    kind, _, address = given.partition(":")
    if kind == "folder":
        address = str((file.parent / Path(address).expanduser()).resolve())
    source = f"{kind}:{address}"
    name = address.rsplit("/", 1)[-1]
    if not name:
        raise StudyError(f'{line}: "{given}" is no model folder. Give the folder of one model.')
    if name in known:
        if source in known[name].sources:
            return known[name]
        raise StudyError(
            f'{line}: a model from {source} would be called "{name}", which already stands for '
            f"{' or '.join(known[name].sources)}. Rename the folder, or write {name} to use that."
        )
    return Model.model_validate(
        {
            "id": name,
            "kind": role,
            "provider": entry["provider"],
            "model_family": UNKNOWN,
            "size_billion": UNKNOWN,
            "sources": (source,),
            "post_training": None if role == "base" else UNKNOWN,
            "facts": {"sources": "user"},
        }
    )
