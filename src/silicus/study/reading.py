"""A study file read safely and checked key by key, with the line of every mistake."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from silicus import datasets, own_pairs, pairs, plugins, prompts, yaml_lines
from silicus.datasets import Sample
from silicus.errors import SilicusError, StudyError, unknown_name
from silicus.pairs import Registry
from silicus.study.expansion import expand
from silicus.study.file import PUBLISHED, Comparison, ModelEntry, StudyFile
from silicus.yaml_lines import line_of, plain


def read_study(path: Path) -> tuple[StudyFile, dict[str, Any]]:
    """Return a study file, checked, its pairs made models, and its content as given.

    Parameters
    ----------
    path : Path

    Returns
    -------
    (StudyFile, dict)

    Raises
    ------
    StudyError
        If the file cannot be read, is not YAML, has an unknown key or name or a wrong value:
        gives the line, the allowed keys and the nearest name. Also if its pairs do not fit
        together, or its pairs file is not what it should be.
    """
    content = yaml_lines.load(path, called="study file", error=StudyError)
    if not isinstance(content, dict):
        raise StudyError(
            f"{path}, line 1: expected keys like study, datasets and models, found "
            f"{type(content).__name__}."
        )
    try:
        study = StudyFile.model_validate(plain(content))
    except ValidationError as cause:
        raise StudyError(_explain(path, content, cause)) from cause
    held = pairs.registry()
    if study.pairs_file is not None:
        held = own_pairs.load_pairs(path.parent / Path(study.pairs_file).expanduser())
    _check_pairs(path, content, study, held)
    try:
        study = expand(study, held)
    except SilicusError as cause:
        raise StudyError(f"{path}, line {line_of(content, ('pairs',))}: {cause}") from cause
    _check_names(path, content, study)
    return study, plain(content)


def _explain(path: Path, content: Any, cause: ValidationError) -> str:
    """Return one paragraph about the first mistake in a study file."""
    # A mistyped key is also a missing one: the typo tells more.
    error = min(cause.errors(), key=lambda one: one["type"] != "extra_forbidden")
    where = tuple(error["loc"])
    line = line_of(content, where)
    if error["type"] == "extra_forbidden":
        section = _section(where[:-1])
        known = list(section.model_fields)
        return f"{path}, line {line}: {unknown_name('key', str(where[-1]), known)}"
    name = ".".join(str(part) for part in where) or "the file"
    if error["type"] == "missing":
        section = _section(where[:-1])
        return (
            f'{path}, line {line}: the key "{where[-1]}" is missing. Allowed keys: '
            f"{', '.join(section.model_fields)}."
        )
    message = error["msg"].removeprefix("Value error, ")
    found = f" (found {error['input']!r:.80})" if where else ""
    return f"{path}, line {line}: {name}: {message}{found}."


def _section(where: tuple[Any, ...]) -> type[BaseModel]:
    """Return the model of the section at a place in the file."""
    if where[:1] == ("models",):
        return ModelEntry
    if where[:1] == ("comparisons",):
        return Comparison
    if where[:1] in (("sample",), ("sample_of",)):
        return Sample
    return StudyFile


def _check_pairs(path: Path, content: Any, study: StudyFile, held: Registry) -> None:
    """Refuse pairs that nothing is known by."""
    for i, name in enumerate(study.pairs):
        place = ("pairs", i) if isinstance(content["pairs"], list) else ("pairs",)
        if name != PUBLISHED:
            _known(path, content, place, lambda n=name: held.pair(n))


def _check_names(path: Path, content: Any, study: StudyFile) -> None:
    """Refuse names that nothing is known by, before anything is computed."""
    for i, name in enumerate(study.datasets):
        _known(path, content, ("datasets", i), lambda n=name: datasets.describe(n))
    for i, name in enumerate(study.theories):
        if i < len(content.get("theories", ())):
            _known(path, content, ("theories", i), lambda n=name: plugins.resolved("theories", n))
    own = {entry.name for entry in study.models if entry.source is not None}
    for i, model in enumerate(study.models):
        if model.source is None:
            _known(path, content, ("models", i, "name"), lambda m=model: pairs.model(m.name))
        template = model.chat_template_of
        if template is not None and ":" not in template and template not in own:
            place = ("models", i, "chat_template_of")
            _known(path, content, place, lambda t=template: pairs.model(t))
    for where, names in (("formulations", study.formulations), *study.formulations_of.items()):
        for i, name in enumerate(names):
            head = (where,) if where == "formulations" else ("formulations_of", where)
            _known(path, content, (*head, i), lambda f=name: prompts.check_formulation(f))
    known = {*(model.predictor_id for model in study.models), *study.theories}
    for i, comparison in enumerate(study.comparisons):
        for side in ("base", "aligned"):
            name = getattr(comparison, side)
            if name not in known:
                line = line_of(content, ("comparisons", i, side))
                raise StudyError(f"{path}, line {line}: {unknown_name('model', name, known)}")


def _known(path: Path, content: Any, where: tuple[Any, ...], look_up: Any) -> None:
    try:
        look_up()
    except SilicusError as cause:
        raise StudyError(f"{path}, line {line_of(content, where)}: {cause}") from cause
