"""The study file: its sections and keys, and what may stand in each.

:func:`silicus.study.reading.read_study` reads one; pairs that it names become models and
comparisons in :mod:`silicus.study.expansion`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from silicus import pair_records, plugins, prompts
from silicus.datasets import Sample
from silicus.errors import StudyError
from silicus.theory import BEST

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""Names end up in file names and ids: letters, digits, dot, dash and underscore."""

PUBLISHED = "published"
"""In ``pairs``: the 120 pairs of the reference study."""

ALL = "all"
"""In ``formulations``: every one that there is. In ``cells``: both models in both formats."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class ModelEntry(_Section):
    """One model of a study, in one format.

    A model of the registry needs only ``name`` and ``format``; any other needs ``source``,
    ``kind`` and ``provider`` too. ``chat_template_of`` names the model (or source) whose chat
    template a base model borrows. ``kind`` also says as what a model of the registry takes part,
    where that is not what the registry calls it. ``predictor`` is the model's name in the
    tables, where it is not ``name``: one base model with the templates of two partners is two
    predictors.
    """

    name: str = Field(pattern=NAME)
    format: Literal["plain", "chat"]
    source: str | None = Field(default=None, pattern=pair_records.SOURCE)
    kind: Literal["base", "aligned"] | None = None
    provider: str | None = None
    dtype: Literal["float32", "bfloat16", "mixed"] | None = None
    device: str | None = None
    chat_template_of: str | None = None
    predictor: str | None = Field(default=None, pattern=NAME.replace("._-", "._@-"))

    @property
    def predictor_id(self) -> str:
        """Return the name in the tables of scores and results."""
        return self.predictor or self.name

    @model_validator(mode="after")
    def _own_models_say_what_they_are(self) -> "ModelEntry":
        if self.source is not None and (self.kind is None or self.provider is None):
            raise ValueError("a model with a source of its own needs kind and provider")
        return self


class Comparison(_Section):
    """A base and an aligned model (or two predictors) whose agreement is compared.

    A ``control`` is compared like the others but is no further pair: a base model with another
    partner's template, in chat format alone.
    """

    base: str
    aligned: str
    control: bool = False


class StudyFile(_Section):
    """Everything a study asks for; ``silicus run`` needs nothing else.

    Attributes
    ----------
    study : str
        Name; the run folder is ``runs/<name>`` unless ``--out`` says otherwise.
    datasets : tuple of str
        See ``silicus data list``.
    models : tuple of ModelEntry
        Models by name; those of ``pairs`` are added to them when the file is read.
    pairs : tuple of str
        Base/aligned pairs by id (``silicus pairs list``), or the word ``published`` for the 120
        of the reference study. Each becomes models and a comparison.
    pairs_file : str or None
        A file of one's own pairs (:mod:`silicus.own_pairs`), relative to the study file; its ids
        can then stand in ``pairs``.
    cells : str
        In which formats the models of ``pairs`` are asked: ``native`` (base plain, aligned chat)
        or ``all`` (both in both; a base model in chat borrows its partner's template).
    theories : tuple of str
        Normative and descriptive theories that predict beside the models; those with free
        parameters are fitted on other people than they predict. Where any is named,
        ``best_theory`` joins them.
    comparisons : tuple of Comparison
        Declared beforehand: these are tested, everything else is exploration.
    conditions : tuple of str
        Parameters of the games by which base against aligned is split, beside the rounds. Left
        out: every one that takes 2 to 12 values.
    formulations : tuple of str
        See ``silicus prompts list``; the word ``all`` for all fourteen.
    formulations_of : mapping from data set to tuple of str
        For data sets that have others than ``formulations``.
    sample : Sample
        How much of each data set to take (see :class:`silicus.datasets.Sample`).
    sample_of : mapping from data set to Sample
        For data sets of which another part is taken.
    history : str
        In chat format: past rounds as dialogue ``turns`` or in one ``message``.
    method : str
        How the engine evaluates: ``auto`` (the fastest way that agrees with brute force),
        ``packed``, ``cached`` or ``sequence``.
    dtype, device, n_threads
        Number type, torch device (``cpu``, ``cuda``) and threads, for models that do not say.
    n_resamples, seed, ci_level
        Of the bootstrap.
    """

    study: str = Field(pattern=NAME)
    title: str = ""
    datasets: tuple[str, ...] = Field(min_length=1)
    models: tuple[ModelEntry, ...] = ()
    pairs: tuple[str, ...] = ()
    pairs_file: str | None = None
    cells: Literal["native", "all"] = "native"
    theories: tuple[str, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    conditions: tuple[str, ...] = ()
    formulations: tuple[str, ...] = Field(default=("baseline",), min_length=1)
    formulations_of: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    sample: Sample | None = None
    sample_of: dict[str, Sample] = Field(default_factory=dict)
    history: Literal["turns", "message"] = "turns"
    method: Literal["auto", "packed", "cached", "sequence"] = "auto"
    dtype: Literal["float32", "bfloat16", "mixed"] = "float32"
    device: str = "cpu"
    n_threads: int | None = Field(default=None, ge=1)
    seed: int = Field(default=20260317, ge=0)
    n_resamples: int = Field(default=2000, ge=100)
    ci_level: float = Field(default=0.95, gt=0.5, lt=1)

    def formulations_for(self, dataset: str) -> tuple[str, ...]:
        """Return the formulations in which a data set is shown."""
        return self.formulations_of.get(dataset, self.formulations)

    def sample_for(self, dataset: str) -> Sample | None:
        """Return how much is taken of a data set; None for all of it."""
        return self.sample_of.get(dataset, self.sample)

    @field_validator("pairs", mode="before")
    @classmethod
    def _published_is_one_word(cls, given: Any) -> Any:
        return (PUBLISHED,) if given == PUBLISHED else given

    @field_validator("theories")
    @classmethod
    def _known_ones_by_their_names(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        meant = []
        for name in given:
            try:
                meant.append(plugins.resolved("theories", name))
            except StudyError:
                meant.append(name)  # refused with its line when names are checked
        return (*meant, BEST) if meant and BEST not in meant else tuple(meant)

    @field_validator("formulations", mode="before")
    @classmethod
    def _all_is_one_word(cls, given: Any) -> Any:
        return tuple(prompts.formulations()) if given == ALL else given

    @field_validator("formulations_of", mode="before")
    @classmethod
    def _all_is_one_word_there_too(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            name: tuple(prompts.formulations()) if value == ALL else value
            for name, value in given.items()
        }

    @model_validator(mode="after")
    def _something_predicts(self) -> "StudyFile":
        if not self.models and not self.theories and not self.pairs:
            raise ValueError("name at least one model, pair or theory")
        lists = [
            ("data set", self.datasets),
            ("theory", self.theories),
            ("pair", self.pairs),
            ("formulation", self.formulations),
            *(("formulation", names) for names in self.formulations_of.values()),
        ]
        for kind, names in lists:
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f'{kind} "{name}" is listed twice')
        for name in self.sample_of:
            if name not in self.datasets:
                raise ValueError(
                    f'sample_of names "{name}", which is not among the datasets '
                    f"{', '.join(self.datasets)}"
                )
        for name, formulations in self.formulations_of.items():
            if name not in self.datasets:
                raise ValueError(
                    f'formulations_of names "{name}", which is not among the datasets '
                    f"{', '.join(self.datasets)}"
                )
            if not formulations:
                raise ValueError(f'formulations_of gives "{name}" no formulation')
        if self.pairs_file is not None and not self.pairs:
            raise ValueError("pairs_file is given, but pairs names none of its pairs")
        if self.cells == ALL and not self.pairs:
            raise ValueError("cells: all is about the models of pairs, and pairs names none")
        cells = [(model.predictor_id, model.format) for model in self.models]
        for cell in cells:
            if cells.count(cell) > 1:
                raise ValueError(f'model "{cell[0]}" in format {cell[1]} is listed twice')
        return self
