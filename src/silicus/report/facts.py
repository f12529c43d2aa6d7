"""What a manifest tells the report: checked once, so that pages can rely on every field."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from silicus.errors import StoreError
from silicus.report import style


class _Facts(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Study(_Facts):
    """Name and title of the study."""

    name: str
    title: str | None = None


class Predictor(_Facts):
    """One model or theory; ``kind`` is ``base``, ``aligned``, ``theory`` or something else."""

    id: str
    kind: str
    provider: str | None = None
    format: str | None = None
    weights: str | None = None
    sha256: str | None = None
    dtype: str | None = None
    n_parameters: int | None = None
    note: str | None = None

    @property
    def role(self) -> str:
        """One of :data:`silicus.report.style.ROLES`."""
        return self.kind if self.kind in style.ROLES else "other"


class Comparison(_Facts):
    """A base and an aligned model that are compared."""

    base: str
    aligned: str
    same_provider: bool


class DatasetFacts(_Facts):
    """Where the human decisions come from."""

    name: str
    title: str | None = None
    citation: str | None = None
    licence: str | None = None
    n_decisions: int | None = None
    n_participants: int | None = None
    aggregate: bool = False
    notes: list[str] = Field(default_factory=list)


class Facts(_Facts):
    """A manifest, as far as the report reads it; further keys are kept and listed."""

    study: Study
    created: str | None = None
    silicus_version: str | None = None
    git_revision: str | None = None
    seed: int | None = None
    n_resamples: int | None = None
    predictors: list[Predictor] = Field(default_factory=list)
    comparisons: list[Comparison] = Field(default_factory=list)
    datasets: list[DatasetFacts] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    versions: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    timings: dict[str, Any] = Field(default_factory=dict)

    def predictor(self, predictor_id: str) -> Predictor:
        """Return what is known of a predictor; one the manifest does not list is ``other``.

        ``base`` and ``aligned`` are the means over all models of that kind.
        """
        found = self._by_id.get(predictor_id)
        if found is not None:
            return found
        kind = predictor_id if predictor_id in ("base", "aligned") else "other"
        return Predictor(id=predictor_id, kind=kind)

    @cached_property
    def _by_id(self) -> dict[str, Predictor]:
        return {predictor.id: predictor for predictor in reversed(self.predictors)}

    def title_of(self, dataset: str) -> str:
        """Return the title of a data set, or its name where the manifest has none."""
        for facts in self.datasets:
            if facts.name == dataset:
                return facts.title or facts.name
        return dataset

    @property
    def strangers(self) -> list[Comparison]:
        """The comparisons of two models that are no same-provider pair."""
        return [one for one in self.comparisons if not one.same_provider]

    def stranger_warning(self, comparison: Comparison) -> str:
        """Return the sentence that must stand beside every figure of such a comparison."""
        base, aligned = self.predictor(comparison.base), self.predictor(comparison.aligned)
        return (
            f"These two models are not a same-provider pair: {base.id} "
            f"({base.provider or 'provider not given'}) is not the base of {aligned.id} "
            f"({aligned.provider or 'provider not given'}). Their difference mixes alignment with "
            "everything else in which they differ (training data, size, tokenizer) and says "
            "nothing about what alignment does."
        )


def read(manifest: Mapping[str, Any]) -> Facts:
    """Return the facts of a manifest.

    Raises
    ------
    StoreError
        If a field is missing or of the wrong type; names the field.
    """
    try:
        return Facts.model_validate(dict(manifest))
    except ValidationError as cause:
        first = cause.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise StoreError(
            f'the manifest cannot be reported: "{field}" is not what it should be '
            f"({first['msg'].lower()}; found {str(first['input'])[:80]!r}). "
            "Restore manifest.json from the run, or run the study again."
        ) from cause
