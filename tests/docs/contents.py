"""Blocks that are files or Python: valid as what they are, before anything runs."""

import ast
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from silicus.datasets.importing.spec import UNEDITED, read_spec
from silicus.own_pairs import load_pairs
from silicus.study import StudyFile, read_study

FRAME = {"study": "fragment", "datasets": ["sample_ultimatum"], "theories": ["subgame_perfect"]}
"""What completes some keys of a study file to a study."""


def check(language: str, text: str, beside: Path) -> None:
    """Check a file of a page, or a block that might be one.

    Parameters
    ----------
    language : str
        Of the fence.
    text : str
        Its content.
    beside : Path
        A folder; files that the content names are looked for there.

    Raises
    ------
    Exception
        If the content is not what its language, or its keys, say.
    """
    checks: dict[str, Callable[[str, Path], Any]] = {
        "json": lambda text, _: json.loads(text),
        "python": lambda text, _: ast.parse(text),
        "toml": lambda text, _: tomllib.loads(text),
        "yaml": check_yaml,
    }
    if language in checks:
        checks[language](text, beside)


def check_yaml(text: str, beside: Path) -> None:
    """Check YAML, and what silicus would read from it: a study, a spec or a list of pairs."""
    content = YAML(typ="safe").load(text)
    path = beside / ".checked.yaml"
    try:
        if isinstance(content, list) and content and set(content[0]) >= {"base", "aligned"}:
            path.write_text(text, encoding="utf-8")
            load_pairs(path)
        elif not isinstance(content, dict):
            return
        elif "study" in content:
            path.write_text(text, encoding="utf-8")
            read_study(path)
        elif "layout" in content and UNEDITED not in text:
            path.write_text(text, encoding="utf-8")
            read_spec(path)
        elif set(content) <= set(StudyFile.model_fields):
            with path.open("w", encoding="utf-8") as file:
                YAML(typ="safe").dump({**FRAME, **content}, file)
            read_study(path)
    finally:
        path.unlink(missing_ok=True)
