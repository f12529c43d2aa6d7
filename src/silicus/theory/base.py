"""The contract of a theory: for which decisions it speaks, and with which probabilities.

A theory says for each option how likely a person is to take it, as a language model does, and its
answers stand in the same Score columns (mass 1, no wording). It *abstains* from games it says
nothing about: such decisions get no rows, never a guess.

A :class:`Theory` is ready to use. A :class:`FittedTheory` may have free parameters, which
:meth:`FittedTheory.fit` estimates from the decisions of training people only;
:func:`silicus.theory.crossfit.cross_fit` keeps training and predicted people apart.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple, Self

import polars as pl

from silicus.errors import AnalysisError, ScoringError, StudyError
from silicus.games import read_game
from silicus.schema import Score, check

NO_WORDING: Final = "none"
"""Formulation and format of a predictor that reads no words."""

_SUM_TOLERANCE: Final = 1e-6

Chances = tuple[float, ...]
"""The probability of each option of one decision, in the order of ``Decision.options``."""


@dataclass(frozen=True)
class Estimates:
    """What a fit found: parameter values and the decisions that they rest on.

    ``log_likelihood`` is in nats over ``n_choices`` choices; ``note`` says what a reader has to
    know (a parameter at the bound of its range), and is empty otherwise.
    """

    values: Mapping[str, float]
    log_likelihood: float
    n_decisions: int
    n_choices: int
    note: str = ""


class Parameter(NamedTuple):
    """A parameter that can be fitted: its bounds, where a search starts, and what it means.

    ``log`` says that it is searched on a logarithmic scale.
    """

    name: str
    low: float
    high: float
    starts: tuple[float, ...] = ()
    meaning: str = ""
    log: bool = False


class Theory(ABC):
    """One theory; a subclass is a frozen dataclass whose fields are its settings.

    Attributes
    ----------
    name : str
        Name in study files.
    kinds : tuple of str
        Kinds of game (see :mod:`silicus.games`) it can say something about.
    citation : str
        Key of the bibliography page and equation.
    learnt : bool
        Whether it is a learning machine rather than a theory: an upper rival beside the ceiling,
        and no candidate of ``best_theory``.
    needs : str
        What it reads of a decision.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    citation: ClassVar[str]
    learnt: ClassVar[bool] = False
    needs: ClassVar[str] = "the parameters of the game"

    @property
    def deterministic(self) -> bool:
        """Whether it rules options out, so that one person's slip makes its log-loss infinite."""
        return False

    @property
    def predictor_id(self) -> str:
        """The name and every setting that is not its default: ``nash_pure``, ``qre_lam=0.5``."""
        parts = [self.name]
        for setting in fields(self):  # type: ignore[arg-type]
            value = getattr(self, setting.name)
            if setting.compare and setting.name != "estimates" and value != setting.default:
                parts.append(
                    f"{setting.name}={value:g}" if isinstance(value, float) else f"{value}"
                )
        return "_".join(parts)

    @abstractmethod
    def speaks_for(self, game: Any, options: Sequence[str]) -> bool:
        """Say whether the theory predicts choices between ``options`` in this typed game."""

    def why_silent(self, game: Any, options: Sequence[str]) -> str:
        """Return why the theory abstains from choices in this game, for those who wonder."""
        return "the game or its options are not of the sort that it is about"

    @abstractmethod
    def chances(self, decisions: pl.DataFrame) -> list[Chances]:
        """Return the option probabilities of decisions it speaks for, one tuple a row."""

    def applies(self, decisions: pl.DataFrame) -> pl.Series:
        """Return for each decision whether the theory speaks for it.

        Returns
        -------
        polars.Series of Boolean, named ``applies``
        """
        speaks = by_game(
            decisions,
            lambda game, options: game.kind in self.kinds and self.speaks_for(game, options),
        )
        return pl.Series("applies", speaks, dtype=pl.Boolean)

    def silence(self, decisions: pl.DataFrame) -> str:
        """Return how many decisions of its kinds of game the theory abstains from, and why.

        Returns
        -------
        str
            One sentence; empty where there are none.
        """
        reasons = by_game(
            decisions,
            lambda game, options: (
                self.why_silent(game, options)
                if game.kind in self.kinds and not self.speaks_for(game, options)
                else None
            ),
        )
        counted = Counter(reason for reason in reasons if reason is not None)
        if not counted:
            return ""
        said = "; ".join(f"{n:,}: {reason}" for reason, n in counted.most_common())
        return (
            f"theory {self.predictor_id} abstains from {counted.total():,} of "
            f"{len(decisions):,} decisions ({said})."
        )

    def predict(self, decisions: pl.DataFrame) -> pl.DataFrame:
        """Return the Score table of the decisions that the theory speaks for.

        Parameters
        ----------
        decisions : Decision table

        Returns
        -------
        Score table
            ``logprob`` is the logarithm of ``option_prob`` (minus infinity where a theory rules an
            option out) and ``option_mass`` is 1.

        Raises
        ------
        ScoringError
            If the theory's numbers are no distribution; names the decision.
        StudyError
            If a free parameter was neither given nor fitted.
        """
        told = decisions.filter(self.applies(decisions))
        chances = self.chances(told) if len(told) else []
        for identity, options, each in zip(
            told["decision_id"], told["options"], chances, strict=True
        ):
            total = sum(each)
            if len(each) != len(options) or min(each) < 0 or not abs(total - 1) < _SUM_TOLERANCE:
                raise ScoringError(
                    f"theory {self.predictor_id}: the probabilities {each} of decision {identity} "
                    f"do not sum to 1 over its {len(options)} options. This is a mistake in the "
                    "theory, please report it."
                )
        return _score_table(told["decision_id"], chances, self.predictor_id)


class FittedTheory(Theory):
    """A theory whose free parameters are estimated from people.

    A subclass has a field ``estimates: Estimates | None = None``, which :meth:`fit` fills in a
    copy, and takes fixed values as settings, which are then not free.
    """

    estimates: Estimates | None

    @property
    def searched(self) -> tuple[Parameter, ...]:
        """The parameters that :meth:`fit` searches, with their bounds; for the catalogue."""
        return ()

    @property
    @abstractmethod
    def free(self) -> tuple[str, ...]:
        """Names of the parameters that must be fitted before the theory can predict."""

    @abstractmethod
    def fit(self, decisions: pl.DataFrame) -> Self:
        """Return a copy fitted by maximum likelihood to decisions of training people.

        Decisions the theory does not speak for are left out. Rates weigh as many choices as they
        stand for.

        Raises
        ------
        AnalysisError
            If no decision can be used.
        """

    def value(self, parameter: str) -> float:
        """Return a parameter's value, as set or as estimated.

        Raises
        ------
        StudyError
            If it is free and no fit was made.
        """
        fixed = getattr(self, parameter, None)
        if fixed is not None:
            return float(fixed)
        if self.estimates is None:
            raise StudyError(
                f"theory {self.predictor_id}: parameter {parameter} has no value. Fit the theory "
                f"on training people (cross_fit does), or set {parameter} to a published value."
            )
        return self.estimates.values[parameter]


@lru_cache(maxsize=1 << 16)
def game_of(text: str) -> Any:
    """Return the typed game of a ``Decision.game`` text, parsed once."""
    return read_game(text)


def by_game(decisions: pl.DataFrame, function: Callable[[Any, tuple[str, ...]], Any]) -> list[Any]:
    """Return ``function(game, options)`` for each row, computed once for each distinct game.

    Parameters
    ----------
    decisions : Decision table
    function : callable
        Gets the typed game and the options as a tuple.
    """
    answers: dict[tuple[str, tuple[str, ...]], Any] = {}
    found = []
    for text, listed in zip(decisions["game"], decisions["options"].to_list(), strict=True):
        key = (text, tuple(listed))
        if key not in answers:
            answers[key] = function(game_of(text), key[1])
        found.append(answers[key])
    return found


def observed(decisions: pl.DataFrame) -> list[Chances]:
    """Return how often each option was taken, one tuple a row, summing to ``n_choices``."""
    rows = decisions.select(
        pl.col("options").list.len(), "choice", "choice_rate", "n_choices"
    ).iter_rows()
    return [
        tuple(float(i == choice) for i in range(n))
        if choice is not None
        else tuple(rate * count for rate in rates)
        for n, choice, rates, count in rows
    ]


def training(theory: Theory, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions that a theory can be fitted to.

    Raises
    ------
    AnalysisError
        If there is none.
    """
    usable = decisions.filter(theory.applies(decisions))
    if usable.is_empty():
        raise AnalysisError(
            f"theory {theory.predictor_id} cannot be fitted: it speaks for none of the "
            f"{len(decisions)} training decisions (it is about {', '.join(theory.kinds)} games). "
            "Leave it out for this data set."
        )
    return usable


def one_of(theory: str, setting: str, value: object, allowed: Sequence[object]) -> None:
    """Refuse a setting that is not one of the allowed values.

    Raises
    ------
    StudyError
        Names theory, setting, value and the allowed values.
    """
    if value not in allowed:
        raise StudyError(
            f"theory {theory}: {setting} is {value!r}, but must be one of "
            f"{', '.join(map(repr, allowed))}. Correct the study file."
        )


def _score_table(
    decision_id: pl.Series, chances: Sequence[Chances], predictor_id: str
) -> pl.DataFrame:
    table = (
        pl.DataFrame(
            {
                "decision_id": decision_id,
                "option_prob": pl.Series(chances, dtype=pl.List(pl.Float64)),
            }
        )
        .with_columns(
            pl.int_ranges(0, pl.col("option_prob").list.len(), dtype=pl.Int32).alias("option")
        )
        .explode("option_prob", "option")
        .with_columns(pl.col("option_prob").clip(0, 1))
        .with_columns(
            formulation=pl.lit(NO_WORDING),
            format=pl.lit(NO_WORDING),
            predictor_id=pl.lit(predictor_id),
            logprob=pl.col("option_prob").log(),
            option_mass=pl.lit(1.0),
            first_token_logprob=pl.lit(None, dtype=pl.Float64),
            first_token_prob=pl.lit(None, dtype=pl.Float64),
            first_token_mass=pl.lit(None, dtype=pl.Float64),
            form_logprobs=pl.lit(None, dtype=pl.List(pl.Float64)),
            request_key=pl.lit(None, dtype=pl.String),
            n_prompt_tokens=pl.lit(None, dtype=pl.Int32),
            fold=pl.lit(None, dtype=pl.Int32),
        )
        .select(Score.column_names())
    )
    return check(table, Score, where=f"theory {predictor_id}", error=ScoringError)
