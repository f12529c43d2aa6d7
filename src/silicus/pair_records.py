"""What is known of one model, of one pair and of one staged recipe, as typed records.

A fact that is not known is written as ``unknown``, never guessed; a fact that is known says what it
rests on. Records are read by :mod:`silicus.pairs`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

UNKNOWN: Final = "unknown"
"""What is written where a fact is not known."""

Unknown = Literal["unknown"]

BASES_OF_FACTS = ("published table", "search", "model card recalled", "weight file", "user")
"""Fields of a :class:`Model` whose basis is recorded."""
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

SOURCE = re.compile(r"package:[a-z0-9-]+|hub:[\w.-]+/[\w.-]+(@[\w.-]+)?|folder:.+")
"""How the weights of a model can be had (see :attr:`Model.sources`)."""

FACTS = (
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
        known = {name for name in FACTS if getattr(self, name) not in (UNKNOWN, None, ())}
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
