"""The spec of an import: what the columns of a file mean, as a validated YAML file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from silicus import yaml_lines
from silicus.datasets.importing.numerals import Numerals, Percent
from silicus.datasets.importing.unfolding import (
    STRATEGY,
    THRESHOLD,
    ItemColumn,
    Strategy,
    Threshold,
)
from silicus.datasets.importing.wording import SpecError, expected, place, shown
from silicus.datasets.sampling import Sample
from silicus.errors import DataError, unknown_name
from silicus.games import Game
from silicus.schema import FAMILIES
from silicus.yaml_lines import line_of

UNEDITED = "EDIT:"
"""Marks what a draft cannot know; a spec that still holds it is refused."""

NAME = r"^[a-z][a-z0-9_]{1,60}$"
MODELS = {model.model_fields["kind"].default: model for model in get_args(get_args(Game)[0])}
KINDS = tuple(MODELS)
EVENTS: dict[str, tuple[str, ...]] = {
    "matrix": ("move", "payoff"),
    "ultimatum": ("payoff",),
    "lottery": ("payoff",),
    "contribution": ("payoff",),
    "bargaining": ("offer", "answer"),
    "negotiation": ("offer", "answer"),
    "persuasion": ("message", "recommendation", "answer", "quality"),
    "hotel": ("message", "answer", "quality", "payoff"),
    "issues": ("message", "offer", "answer"),
}
"""Kinds of events that a kind of game can tell; a custom game can tell any."""

COUNTED = "#"
"""As ``columns.round``: rounds are the rows of a play in the order of the file."""

FIRST = "#1"
"""As ``target`` of transcripts: the first option of each, as they may differ."""

Layout = Literal["decisions", "events", "rates", "otree", "transcript"]
Actor = Literal["self", "other", "nature"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Cell(_Part):
    """A value taken from a column of the row.

    A number may be multiplied by ``scale`` and then taken from one (``one_minus``); a text may be
    recoded, or hold several values with ``split`` between them. An empty cell is an error unless
    ``optional``.
    """

    column: str
    scale: float = 1
    one_minus: bool = False
    recode: dict[str, str | float] | None = None
    optional: bool = False
    split: str | None = Field(default=None, min_length=1)


def nth(name: str) -> int | None:
    """Return the place that ``"#2"`` stands for (here 1), None for any other name."""
    return int(name[1:]) - 1 if re.fullmatch(r"#[1-9]\d*", name) else None


def cells(value: Any) -> list[Cell]:
    """Return every cell inside a parameter."""
    if isinstance(value, Cell):
        return [value]
    if isinstance(value, Mapping):
        return [cell for item in value.values() for cell in cells(item)]
    if isinstance(value, list | tuple):
        return [cell for item in value for cell in cells(item)]
    return []


class Columns(_Part):
    """The columns that identify a row; which are needed depends on the layout."""

    participant: str | tuple[str, ...] | None = None
    session: str | None = None
    play: str | tuple[str, ...] | None = None
    round: str | None = None
    choice: str | None = None
    n: str | None = None
    n_participants: str | None = None
    actor: str | None = None
    kind: str | None = None
    action: str | None = None
    amount: str | None = None
    text: str | None = None

    @property
    def participants(self) -> tuple[str, ...]:
        """Return the columns that together name a participant."""
        return _several(self.participant)

    @property
    def plays(self) -> tuple[str, ...]:
        """Return the columns that tell the plays of one participant apart."""
        return _several(self.play)


def _several(columns: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if columns is None:
        return ()
    return (columns,) if isinstance(columns, str) else columns


class Happening(_Part):
    """One thing that a participant learnt in a round, before or after the own choice.

    ``round`` is only for rates: the earlier round in which it happened.
    """

    actor: Actor
    kind: str = Field(min_length=1)
    action: Cell | str | None = None
    amount: Cell | float | None = None
    text: Cell | str | None = None
    seen: Literal["before", "after"] = "after"
    round: int | None = Field(default=None, ge=1)


class Join(_Part):
    """A further table, beside the file: its columns are added to each row with the same ``on``."""

    file: str
    on: str | tuple[str, ...]
    sheet: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns that both tables have."""
        return _several(self.on)


class Transcript(_Part):
    """Which fields of a transcript mean what.

    ``options`` declares the options, for all transcripts or for each experiment by name; where
    they are not declared, they are read from the instructions, or else from what was chosen.
    ``participants`` draws so many of each file at random, with ``seed``.
    """

    text: str = "text"
    experiment: str = "experiment"
    participant: str = "participant"
    options: tuple[str, ...] | dict[str, tuple[str, ...]] = ()
    participants: int | None = Field(default=None, ge=1)
    seed: int = 0

    @model_validator(mode="after")
    def _distinct(self) -> "Transcript":
        listed = self.options.values() if isinstance(self.options, dict) else [self.options]
        for options in listed:
            if len(set(options)) != len(options) or len(options) == 1:
                raise ValueError("options must be at least two, each once")
        return self

    def declared(self, experiment: str) -> list[str] | None:
        """Return the options declared for an experiment, if any are."""
        if isinstance(self.options, dict):
            found = self.options.get(experiment)
            return None if found is None else [*found]
        return [*self.options] or None


class Games(_Part):
    """A file with one row per game, whose columns are added to every row that names the game.

    ``file`` lies beside the spec (or is a path from there); ``by`` is the column with the name of
    the game in both files, compared as a text.
    """

    file: str
    by: str


class OTree(_Part):
    """Which apps of an all-apps-wide export hold the decisions, and who may stay.

    ``app`` is left out for the export of one app. ``bots`` lets bots stay; ``unfinished`` passes
    over, and counts, the rounds that participants who left never reached.
    """

    app: str | tuple[str, ...] | None = None
    bots: bool = False
    unfinished: bool = False

    @property
    def apps(self) -> tuple[str, ...]:
        """Return the names of the apps."""
        return _several(self.app)


class Spec(_Part):
    """What a file of decisions means.

    Attributes
    ----------
    name, title, citation, licence, notes
        Facts of the data set, shown and stored with every run.
    family : str
        One of :data:`silicus.schema.FAMILIES`; agreement is reported by family.
    layout : str
        ``decisions``: one row per choice; ``events``: one row per thing that happened; ``rates``:
        one row per situation, with shares or counts; ``otree``: an export of oTree;
        ``transcript``: one row per participant's whole text.
    columns : Columns
    choices : mapping
        From each value of the choice column to the option it means, in the order of the options.
    offered : tuple of str or Cell, or Cell
        Where options differ by row: each option, a name or a Cell (an optional one that is empty
        is not offered), or one Cell with all of them (``split``). Choices and target then are
        names of options or, as ``"#2"``, places in this list.
    target : str
        The option whose probability is compared with people.
    rates, counts : mapping
        For rates: the column (or Cell) with the share, or the column with the number, of each
        option.
    rounded_to : float
        For rates: the last place of the shares as published (0.01 where they are whole per cent);
        they may then miss 1 by half of it for each option, and are scaled to sum to 1.
    join : tuple of Join
        Further tables of the same games, whose columns are added to the rows.
    where : mapping
        Rows to take: a column and the value, or the list of values, that it must have.
        ``"*"`` stands for any value.
    first_round : int
        The number of the first round in the file; rounds are counted from 1 afterwards.
    plays : str
        ``repeated``: rounds of a play share a history; ``independent``: each row stands alone.
    items : tuple of mapping
        Questions side by side: each row is read once for each item, whose values (each fixed, or
        ``{column: NAME}``) stand in columns of the names given, its number in ``item``.
    threshold : Threshold
    strategy : Strategy
    not_chosen : mapping
        Rows whose choice the person did not make (a time-out): like ``where``. Their choice is
        told in later histories, and is no decision.
    history : tuple of Happening
        What was learnt in each round besides the own choice, which is added by itself.
    actors : mapping
        For events: from each value of the actor column to self, other or nature.
    decisions : str
        For events: the kind of the own events that are decisions.
    seen_before : tuple of str
        For events: kinds that are seen before the choice of their round; all others after it.
    game : mapping
        A game of :mod:`silicus.games`: ``kind`` and its parameters, each a value or a Cell.
    sample : Sample
        How much to take of what can be used (see :class:`silicus.datasets.Sample`).
    missing : tuple of str
        Texts that stand for an empty cell.
    decimal : str
        The decimal sign of the file's numbers.
    thousands, percent
        What stands between groups of three digits; whether 45% means 0.45 (``shares``) or 45
        (``numbers``).
    sheet : str
        Which sheet of a workbook that has several.
    """

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1)
    citation: str = "own data"
    licence: str = "not stated"
    notes: tuple[str, ...] = ()
    family: str
    layout: Layout
    otree: OTree | None = None
    transcript: Transcript = Transcript()
    columns: Columns = Columns()
    choices: dict[str, str] = Field(default_factory=dict)
    offered: tuple[Cell | str, ...] | Cell = ()
    games: Games | None = None
    target: str
    rates: dict[str, Cell | str] = Field(default_factory=dict)
    counts: dict[str, str] = Field(default_factory=dict)
    rounded_to: float | None = Field(default=None, gt=0, le=0.1)
    join: tuple[Join, ...] = ()
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    first_round: int = Field(default=1, ge=0)
    plays: Literal["repeated", "independent"] = "repeated"
    items: tuple[dict[str, ItemColumn | str | bool | float], ...] = ()
    threshold: Threshold | None = None
    strategy: Strategy | None = None
    not_chosen: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    history: tuple[Happening, ...] = ()
    actors: dict[str, Actor] = Field(default_factory=dict)
    decisions: str | None = None
    seen_before: tuple[str, ...] = ()
    game: dict[str, Any]
    sample: Sample | None = None
    missing: tuple[str, ...] = ("", "NA")
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'", " "] | None = None
    percent: Percent | None = None
    sheet: str | None = None

    @property
    def numerals(self) -> Numerals:
        """Return how the file writes numbers."""
        return Numerals(self.decimal, self.thousands, self.percent)

    @property
    def options(self) -> tuple[str, ...]:
        """Return the options in their order, each once."""
        listed = self.choices.values() if self.choices else (self.rates or self.counts)
        return tuple(dict.fromkeys(listed))

    @property
    def own_kind(self) -> str:
        """Return the kind of event that an own choice is in later histories."""
        return "move" if self.game.get("kind") in ("matrix", "custom") else "answer"

    @model_validator(mode="before")
    @classmethod
    def _with_acts(cls, data: Any) -> Any:
        """Let a threshold or a strategy bring the column of the choice, and its options."""
        if not isinstance(data, dict):
            return data
        if data.get("layout") == "transcript":
            _refuse_for_transcripts(data)
            return data | {"game": {"kind": "transcript"}}
        data = data | {"game": _in_series(data)} if isinstance(data.get("game"), dict) else data
        columns = data.get("columns")
        columns = dict(columns) if isinstance(columns, dict) else {}
        threshold, strategy = data.get("threshold"), data.get("strategy")
        if threshold is None and strategy is None:
            return data
        if threshold is not None and strategy is not None:
            raise ValueError("threshold and strategy cannot both be given")
        made = "threshold" if threshold is not None else "strategy"
        if "choice" in columns:
            raise ValueError(f"columns.choice must be left out: {made} says what is chosen")
        if data.get("plays") != "independent":
            raise ValueError(f"{made} needs plays: independent, as all its cases are one act")
        columns["choice"] = THRESHOLD if threshold is not None else STRATEGY
        if isinstance(threshold, dict):
            if data.get("choices"):
                raise ValueError("choices must be left out: threshold names the two options")
            options = [threshold.get("at_least", "accept"), threshold.get("below", "reject")]
            return data | {"columns": columns, "choices": {str(one): one for one in options}}
        return data | {"columns": columns}

    @field_validator("game")
    @classmethod
    def _with_cells(cls, game: dict[str, Any]) -> dict[str, Any]:
        return {key: _celled(value, f"game.{key}") for key, value in game.items()}

    @model_validator(mode="after")
    def _complete(self) -> "Spec":
        if self.family not in FAMILIES:
            raise ValueError(unknown_name("family", self.family, FAMILIES))
        if self.game.get("kind") not in KINDS:
            raise ValueError(unknown_name("kind of game", str(self.game.get("kind")), KINDS))
        wanted = {
            "decisions": ("participant", "choice"),
            "events": ("participant", "round", "actor", "kind", "action"),
            "rates": (),
            "otree": ("choice",),
            "transcript": (),
        }[self.layout]
        lacking = [name for name in wanted if getattr(self.columns, name) is None]
        if lacking:
            raise ValueError(f"layout {self.layout} needs columns: {', '.join(lacking)}")
        if self.layout == "otree" and self.otree is None:
            raise ValueError("layout otree needs otree: with the app that holds the decisions")
        if self.layout == "transcript":
            return self
        self._only_where_it_means_something()
        if self.layout == "rates":
            if bool(self.rates) == bool(self.counts):
                raise ValueError("layout rates needs either rates: or counts:, a column per option")
        elif not self.choices and not self.offered:
            raise ValueError("choices: must say which option each value of the column means")
        if self.layout == "events" and not (self.actors and self.decisions):
            raise ValueError("layout events needs actors: and decisions: (the kind of a choice)")
        if self.offered and (self.layout == "rates" or self.threshold or self.strategy):
            raise ValueError("offered is for single choices: not with rates, threshold or strategy")
        if not self.offered and len(self.options) < 2:
            raise ValueError("there must be at least two options")
        if not self.offered and self.target not in self.options:
            raise ValueError(unknown_name("option as target", self.target, self.options))
        self._fits_the_game()
        self._has_the_parameters()
        self._tells_nothing_of_the_choice()
        if any((entry.round is not None) != (self.layout == "rates") for entry in self.history):
            raise ValueError("history: round is given with rates, and only there")
        return self

    def _only_where_it_means_something(self) -> None:
        """Raise for a key that the layout would leave unread."""
        choices = ("decisions", "otree")
        for key, layouts in {
            "items": choices,
            "threshold": choices,
            "strategy": choices,
            "not_chosen": choices,
            "rounded_to": ("rates",),
            "otree": ("otree",),
        }.items():
            if getattr(self, key) and self.layout not in layouts:
                raise ValueError(f"{key} means nothing with layout {self.layout}: leave it out")
        if self.columns.round == COUNTED and self.layout not in choices:
            raise ValueError(f'round: "{COUNTED}" means nothing with layout {self.layout}')
        if self.counts and self.rounded_to:
            raise ValueError("rounded_to is for rates; counts are whole numbers")

    def _tells_nothing_of_the_choice(self) -> None:
        """Raise where the game or what was seen before comes from a column of the choice."""
        taken = [self.columns.action if self.layout == "events" else self.columns.choice]
        taken += [one if isinstance(one, str) else one.column for one in self.rates.values()]
        taken += [*self.counts.values(), self.threshold.column if self.threshold else None]
        told = {"game": cells([*self.game.values()])}
        told["offered"] = cells(self.offered)
        every = [*told["game"]]
        for entry in self.history:
            every += cells([entry.action, entry.amount, entry.text])
        for cell in every if self.layout == "otree" else []:
            if cell.column == "participant.payoff" or cell.column.startswith("participant._"):
                raise ValueError(
                    f'the column "{cell.column}" holds what it was at the end of the session, '
                    "which nobody knew in a round. Take a column of the round"
                )
        for number, entry in enumerate(self.history):
            if self.layout == "rates" or entry.seen == "before":
                told[f"history.{number}"] = cells([entry.action, entry.amount, entry.text])
        for where, listed in told.items():
            for cell in listed:
                if self.layout == "otree" and cell.column.endswith("player.payoff"):
                    raise ValueError(
                        f'{where} takes a value from the column "{cell.column}", which the choice '
                        "decides: it would be told before the choice. Tell it under history, after"
                    )
                if cell.column in taken:
                    raise ValueError(
                        f'{where} takes a value from the column "{cell.column}", which holds what '
                        "was chosen: it would be told before the choice. Take another column"
                    )

    def _has_the_parameters(self) -> None:
        """Raise for a parameter that the kind of game does not have, or one that it lacks."""
        kind = self.game["kind"]
        fields = MODELS[kind].model_fields
        more = ("payoffs",) if kind == "matrix" else ()
        for key in self.game:
            if key not in fields and key not in more:
                known = [*(name for name in fields if name != "kind"), *more]
                raise SpecError(
                    ("game", key), unknown_name(f"parameter of a game of kind {kind}", key, known)
                )
        lacking = [name for name, one in fields.items() if one.is_required()]
        given = {*self.game, *(("own", "other") if "payoffs" in self.game else ())}
        given |= {"actions"} if self.offered else set()
        lacking = [name for name in lacking if name not in given]
        if "payoffs" in self.game and {"own", "other"} & self.game.keys():
            raise SpecError(("game", "payoffs"), "give either payoffs, or own and other")
        if lacking:
            raise SpecError(("game",), f"a game of kind {kind} needs {', '.join(lacking)}")

    def _fits_the_game(self) -> None:
        """Raise for a history that the kind of game has no words for."""
        kind = self.game["kind"]
        known = EVENTS.get(kind)
        if known is None:
            return
        series = self.game.get("in_series") is True
        told_at_all = self.history or (self.layout == "events" and self.plays == "repeated")
        if told_at_all and known == ("payoff",) and not series:
            raise ValueError(
                f"a game of kind {kind} has a history only in a series: plays: repeated with the "
                "layout decisions (or use kind custom)"
            )
        told = [entry.kind for entry in self.history] + list(self.seen_before)
        for name in told:
            if name not in known:
                raise ValueError(
                    f"{unknown_name(f'kind of event in a game of kind {kind}', name, known)} "
                    "Rename it, or use kind custom"
                )


_OF_TRANSCRIPTS = frozenset(
    ("name", "title", "citation", "licence", "notes", "family", "layout", "transcript", "target",
     "where", "missing", "sample")
)  # fmt: skip


def _in_series(data: Mapping[str, Any]) -> Any:
    """Return the game, said to be one of a series where its kind is one-shot and plays repeat."""
    game = data["game"]
    one_shot = game.get("kind") in ("lottery", "ultimatum", "contribution")
    told = data.get("layout") in ("decisions", "otree") and data.get("plays") != "independent"
    return {"in_series": True, **game} if one_shot and told else game


def _refuse_for_transcripts(data: Mapping[str, Any]) -> None:
    """Raise for a key that means nothing where each row is a whole text."""
    for key in data:
        if key not in _OF_TRANSCRIPTS and key in Spec.model_fields:
            raise ValueError(
                f"{key} cannot be given with layout transcript: the text of each row says what "
                "was told and chosen"
            )


def _celled(value: Any, where: str) -> Any:
    """Return a parameter with each mapping that names a column turned into a Cell."""
    if isinstance(value, Mapping):
        if "column" not in value:
            return {key: _celled(item, f"{where}.{key}") for key, item in value.items()}
        try:
            return Cell.model_validate(value)
        except ValidationError as cause:
            error = cause.errors()[0]
            key = ".".join(str(part) for part in error["loc"])
            if error["type"] == "extra_forbidden":
                raise ValueError(
                    f"{where}: {unknown_name('key', key, Cell.model_fields)}"
                ) from None
            at = ".".join([where, *(str(part) for part in place(error))])
            raise ValueError(
                f"{at}: expected {expected(error)}, found {shown(error['input'])}"
            ) from None
    if isinstance(value, list | tuple):
        return [_celled(item, f"{where}.{place}") for place, item in enumerate(value)]
    return value


def read_spec(path: Path) -> Spec:
    """Return a spec file, checked.

    Raises
    ------
    DataError
        If the file cannot be read, is no YAML, holds an unknown key or a wrong value, or is a
        draft that was not edited: gives the line, and the nearest name.
    """
    content = yaml_lines.load(path, called="spec", error=DataError)
    if not isinstance(content, dict):
        raise DataError(
            f"{path}, line 1: expected keys like name, layout and columns, found "
            f"{type(content).__name__}."
        )
    plain = yaml_lines.plain(content, key=_as_text)
    for where, value in _texts(plain):
        if UNEDITED in value:
            key = ".".join(str(part) for part in where)
            raise DataError(
                f"{path}, line {line_of(content, where)}: {key} still holds what the draft could "
                f'not know: "{value.strip():.120}". Replace it by what is true of your data.'
            )
    for name in ("where", "not_chosen"):
        if isinstance(plain.get(name), dict):
            plain[name] = {key: _as_texts(value) for key, value in plain[name].items()}
    if isinstance(plain.get("strategy"), dict):
        cases = plain["strategy"].get("values", [])
        plain["strategy"] |= {"values": _as_texts(cases)} if cases else {}
    try:
        return Spec.model_validate(plain)
    except ValidationError as cause:
        raise DataError(_explain(path, content, cause)) from cause


def _as_text(key: Any) -> str:
    """Return a key as the text that a file has for it: values of a column are texts."""
    return str(key).lower() if isinstance(key, bool) else str(key)


def _as_texts(value: Any) -> Any:
    """Return numbers as the texts that a file has for them."""
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    return str(value) if isinstance(value, int | float) else value


def _texts(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        return [(where, value)]
    if isinstance(value, Mapping):
        pairs = [*value.items()]
    elif isinstance(value, list):
        pairs = [*enumerate(value)]
    else:
        return []
    return [found for key, item in pairs for found in _texts(item, (*where, key))]


def _explain(path: Path, content: Any, cause: ValidationError) -> str:
    """Return one paragraph about the first mistake; a mistyped key tells most."""
    error = min(cause.errors(), key=lambda one: one["type"] != "extra_forbidden")
    where = place(error)
    line = line_of(content, where)
    if error["type"] == "extra_forbidden":
        known = _keys(where[:-1])
        return f"{path}, line {line}: {unknown_name('key', str(where[-1]), known)}"
    if error["type"] == "missing":
        return (
            f'{path}, line {line}: the key "{where[-1]}" is missing. Allowed keys: '
            f"{', '.join(_keys(where[:-1]))}."
        )
    wanted = expected(error)
    name = ".".join(str(part) for part in where)
    told = error["type"] != "value_error"
    found = f"expected {wanted}, found {shown(error['input'])}" if told else wanted
    return f"{path}, line {line}: {name + ': ' if name and told else ''}{found}."


def _keys(where: tuple[Any, ...]) -> list[str]:
    """Return the keys allowed at a place of the file."""
    parts: dict[str, type[BaseModel]] = {
        "columns": Columns,
        "history": Happening,
        "otree": OTree,
        "threshold": Threshold,
        "strategy": Strategy,
        "games": Games,
        "sample": Sample,
        "transcript": Transcript,
        "join": Join,
    }
    if len(where) > 1 and where[0] == "history" and where[-1] in ("action", "amount", "text"):
        return list(Cell.model_fields)
    return list(parts.get(str(where[0]) if where else "", Spec).model_fields)
