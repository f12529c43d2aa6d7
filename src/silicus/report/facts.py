"""What a manifest tells the report: checked once, so that pages can rely on every field."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from silicus.errors import StoreError
from silicus.report import style

NO_MODELS = ("theory", "history")
"""Kinds of predictor that nobody trained on text."""
MOST_LABELS = 3
"""With more runs than this behind one number they are counted, not named."""


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
    multi_round: bool | None = None
    notes: list[str] = Field(default_factory=list)


class ScoredCells(_Facts):
    """What one run scored of one predictor in one format on one data set."""

    dataset: str
    predictor_id: str
    format: str
    formulations: list[str] = Field(default_factory=list)


class PartRun(_Facts):
    """One run of several on the page; ``manifest`` is its own, whole."""

    label: str
    study: str | None = None
    finished: str | None = None
    silicus_version: str | None = None
    git_revision: str | None = None
    seed: int | None = None
    n_resamples: int | None = None
    scored: list[ScoredCells] = Field(default_factory=list)
    manifest: dict[str, Any] = Field(default_factory=dict)


class Published(_Facts):
    """The figures that the reference study prints of a pair on one data set of the run."""

    base: str
    aligned: str
    dataset: str
    table_row: int
    mass_base: float
    mass_aligned: float
    r_base: float
    r_aligned: float


class Facts(_Facts):
    """A manifest, as far as the report reads it; further keys are kept and listed."""

    study: Study
    created: str | None = None
    finished: str | None = None
    silicus_version: str | None = None
    git_revision: str | None = None
    seed: int | None = None
    n_resamples: int | None = None
    runs: list[PartRun] = Field(default_factory=list)
    predictors: list[Predictor] = Field(default_factory=list)
    comparisons: list[Comparison] = Field(default_factory=list)
    datasets: list[DatasetFacts] = Field(default_factory=list)
    published: list[Published] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    notices: list[str] = Field(default_factory=list)
    not_computed: list[str] = Field(default_factory=list)
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

    def run_of(self, row: Mapping[str, Any]) -> str:
        """Return the run or runs that a Result row's scores come from; nothing where one is shown.

        Parameters
        ----------
        row : mapping
            Needs ``dataset``, ``formulation``, ``format``, ``predictor_id`` and may have
            ``reference_id``. Of predictors that no run scored by themselves (the base rate,
            means over models) all runs with the data set are named.
        """
        if not self.runs:
            return ""
        names = [row["predictor_id"], row.get("reference_id")]
        found: dict[str, None] = {}
        for name in names:
            if name is None:
                continue
            own = (row["dataset"], name, row["formulation"])
            exact = self._runs_by_cell.get((*own, row["format"]))
            for label in exact or self._runs_by_cell.get(own) or ():
                found[label] = None
        labels = list(found) or self._runs_by_cell.get((row["dataset"],), [])
        return ", ".join(labels) if len(labels) <= MOST_LABELS else f"{len(labels)} runs"

    @cached_property
    def _runs_by_cell(self) -> dict[tuple[str, ...], list[str]]:
        """The labels of the runs by what they scored, from the data set to the single cell."""
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for run in self.runs:
            for cells in run.scored:
                keys: list[tuple[str, ...]] = [(cells.dataset,)]
                for formulation in cells.formulations:
                    own = (cells.dataset, cells.predictor_id, formulation)
                    keys += [own, (*own, cells.format)]
                for key in keys:
                    found.setdefault(key, {})[run.label] = None
        return {key: list(labels) for key, labels in found.items()}

    def title_of(self, dataset: str) -> str:
        """Return the title of a data set, or its name where the manifest has none."""
        for facts in self.datasets:
            if facts.name == dataset:
                return facts.title or facts.name
        return dataset

    @property
    def strangers(self) -> list[Comparison]:
        """The comparisons of two models that are no same-provider pair.

        Theories and history predictors have no provider that could be another.
        """
        return [
            one
            for one in self.comparisons
            if not one.same_provider
            and self.predictor(one.base).kind not in NO_MODELS
            and self.predictor(one.aligned).kind not in NO_MODELS
        ]

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
