"""The study file: YAML read safely, checked key by key, with the line of every mistake."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from silicus import datasets, pairs, plugins, prompts
from silicus.errors import SilicusError, StudyError, unknown_name

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""Names end up in file names and ids: letters, digits, dot, dash and underscore."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class ModelEntry(_Section):
    """One model of a study, in one format.

    A model of the registry needs only ``name`` and ``format``; any other needs ``source``,
    ``kind`` and ``provider`` too. ``chat_template_of`` names the model (or source) whose chat
    template a base model borrows.
    """

    name: str = Field(pattern=NAME)
    format: Literal["plain", "chat"]
    source: str | None = Field(default=None, pattern=pairs.SOURCE)
    kind: Literal["base", "aligned"] | None = None
    provider: str | None = None
    dtype: Literal["float32", "bfloat16", "mixed"] | None = None
    device: str | None = None
    chat_template_of: str | None = None

    @model_validator(mode="after")
    def _own_models_say_what_they_are(self) -> "ModelEntry":
        if self.source is not None and (self.kind is None or self.provider is None):
            raise ValueError("a model with a source of its own needs kind and provider")
        return self


class Comparison(_Section):
    """A base and an aligned model (or two predictors) whose agreement is compared."""

    base: str
    aligned: str


class StudyFile(_Section):
    """Everything a study asks for; ``silicus run`` needs nothing else.

    Attributes
    ----------
    study : str
        Name; the run folder is ``runs/<name>`` unless ``--out`` says otherwise.
    datasets : tuple of str
        See ``silicus data list``.
    models : tuple of ModelEntry
    theories : tuple of str
        Normative and descriptive theories that predict beside the models; those with free
        parameters are fitted on other people than they predict.
    comparisons : tuple of Comparison
        Declared beforehand: these are tested, everything else is exploration.
    formulations : tuple of str
        See ``silicus prompts list``.
    history : str
        In chat format: past rounds as dialogue ``turns`` or in one ``message``.
    method : str
        How the engine evaluates: ``auto`` (the fastest way that agrees with brute force),
        ``packed``, ``cached`` or ``sequence``.
    n_resamples, seed, ci_level
        Of the bootstrap.
    """

    study: str = Field(pattern=NAME)
    title: str = ""
    datasets: tuple[str, ...] = Field(min_length=1)
    models: tuple[ModelEntry, ...] = ()
    theories: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    formulations: tuple[str, ...] = Field(default=("baseline",), min_length=1)
    history: Literal["turns", "message"] = "turns"
    method: Literal["auto", "packed", "cached", "sequence"] = "auto"
    dtype: Literal["float32", "bfloat16", "mixed"] = "float32"
    n_threads: int | None = Field(default=None, ge=1)
    seed: int = Field(default=20260317, ge=0)
    n_resamples: int = Field(default=2000, ge=100)
    ci_level: float = Field(default=0.95, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _something_predicts(self) -> "StudyFile":
        if not self.models and not self.theories:
            raise ValueError("name at least one model or theory")
        for kind, names in (("data set", self.datasets), ("theory", self.theories)):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f'{kind} "{name}" is listed twice')
        cells = [(model.name, model.format) for model in self.models]
        for cell in cells:
            if cells.count(cell) > 1:
                raise ValueError(f'model "{cell[0]}" in format {cell[1]} is listed twice')
        return self


def read_study(path: Path) -> tuple[StudyFile, dict[str, Any]]:
    """Return a study file, checked, and its content as given.

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
        gives the line, the allowed keys and the nearest name.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise StudyError(
            f"study file {path} cannot be read: {cause}. Give the path of a YAML file."
        ) from cause
    try:
        # The round-trip loader builds plain values only and remembers lines.
        content = YAML(typ="rt").load(text)
    except YAMLError as cause:
        mark = cause.problem_mark if isinstance(cause, MarkedYAMLError) else None
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = cause.problem if isinstance(cause, MarkedYAMLError) else cause
        raise StudyError(f"{path}{line}: this is not valid YAML: {problem}.") from cause
    if not isinstance(content, dict):
        raise StudyError(
            f"{path}, line 1: expected keys like study, datasets and models, found "
            f"{type(content).__name__}."
        )
    try:
        study = StudyFile.model_validate(_plain(content))
    except ValidationError as cause:
        raise StudyError(_explain(path, content, cause)) from cause
    _check_names(path, content, study)
    return study, _plain(content)


def _plain(value: Any) -> Any:
    """Return YAML values without their line numbers."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def _explain(path: Path, content: Any, cause: ValidationError) -> str:
    """Return one paragraph about the first mistake in a study file."""
    # A mistyped key is also a missing one: the typo tells more.
    error = min(cause.errors(), key=lambda one: one["type"] != "extra_forbidden")
    where = tuple(error["loc"])
    line = _line(content, where)
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
    return StudyFile


def _line(content: Any, where: tuple[Any, ...]) -> int:
    """Return the line (from 1) of the deepest part of ``where`` that is in the file."""
    line = 1
    node = content
    for part in where:
        try:
            position = node.lc.item(part) if isinstance(part, int) else node.lc.key(part)
            line = position[0] + 1
            node = node[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _check_names(path: Path, content: Any, study: StudyFile) -> None:
    """Refuse names that nothing is known by, before anything is computed."""
    for i, name in enumerate(study.datasets):
        _known(path, content, ("datasets", i), lambda n=name: datasets.describe(n))
    for i, name in enumerate(study.theories):
        if name not in plugins.known("theories"):
            line = _line(content, ("theories", i))
            problem = unknown_name("theory", name, plugins.known("theories"))
            raise StudyError(f"{path}, line {line}: {problem}")
    for i, model in enumerate(study.models):
        if model.source is None:
            _known(path, content, ("models", i, "name"), lambda m=model: pairs.model(m.name))
    for i, formulation in enumerate(study.formulations):
        place = ("formulations", i)
        _known(path, content, place, lambda f=formulation: prompts.check_formulation(f))
    known = {*(model.name for model in study.models), *study.theories}
    for i, comparison in enumerate(study.comparisons):
        for side in ("base", "aligned"):
            name = getattr(comparison, side)
            if name not in known:
                line = _line(content, ("comparisons", i, side))
                raise StudyError(f"{path}, line {line}: {unknown_name('model', name, known)}")


def _known(path: Path, content: Any, where: tuple[Any, ...], look_up: Any) -> None:
    try:
        look_up()
    except SilicusError as cause:
        raise StudyError(f"{path}, line {_line(content, where)}: {cause}") from cause
