"""The nouns of silicus and the column schema of each table that crosses a border.

Four tables connect the stages; code does not:

* **Decision**: one moment at which one participant picked one of the listed options, or the
  published rate of such choices with its n.
* **Prompt**: one decision in one formulation and one format.
* **Score**: one decision x option x predictor: what a model or a theory expects.
* **Result**: one number of the analysis, with its interval, n and unit of resampling.

:func:`check` validates a table against its schema where the table is written.
"""

from typing import TypeVar

import dataframely as dy
import polars as pl

from silicus.errors import DataError, SilicusError

FAMILIES = (
    "repeated_matrix",
    "one_shot_matrix",
    "bargaining",
    "negotiation",
    "persuasion",
    "lottery",
    "dictator",
    "trust",
    "public_goods",
    "guessing",
    "coordination",
    "centipede",
    "auction",
    "custom",
)
"""The game families; agreement is always reported for each of them apart."""

FORMATS = ("plain", "chat")
"""``plain`` is one text; ``chat`` is messages, turned into tokens by the model's own template."""

END_OF_TURN = "<|end|>"
"""In ``Prompt.ends``: the model's own end-of-turn and end-of-text tokens."""

ACTORS = ("self", "other", "nature")
"""Who did something in a history: the participant, the other player, or chance."""

EVENT = pl.Struct(
    {
        "round": pl.Int32,
        "actor": pl.String,
        "kind": pl.String,
        "action": pl.String,
        "amount": pl.Float64,
        "text": pl.String,
    }
)
"""One thing the participant had seen before choosing.

``round`` counts from 1; ``actor`` is one of :data:`ACTORS`; ``kind`` says what happened
(``"move"``, ``"offer"``, ``"answer"``, ``"message"``, ``"quality"``, ``"payoff"``, ...);
``action`` is the label of a move or answer, ``amount`` a payoff, price or share in the
experiment's unit, ``text`` a message in the words of whoever sent it (untrusted).
"""

MESSAGE = pl.Struct({"role": pl.String, "content": pl.String})
"""One turn of a prompt; ``role`` is ``system``, ``user`` or ``assistant``."""


class Decision(dy.Schema):
    """One row per decision; ``game`` holds the typed parameters (see :mod:`silicus.games`).

    Exactly one of ``choice`` (index of the option that this person took) and ``choice_rate``
    (share of each option, in [0, 1], summing to 1) is given. ``target`` is the index of the
    option whose probability is compared with people ("coded 1": cooperate, accept, buy).
    ``n_choices`` counts the choices behind the row (1 for an individual decision; null for a rate
    that does not say) and ``n_participants`` the people behind it, where known. Decisions of one
    play and round are one act that says what a person would decide in several cases; the analysis
    counts them together as one. ``play_id`` names one play-through of
    one game, whose rounds share a history; ``session_id`` one sitting with its group.
    """

    decision_id = dy.String(primary_key=True, min_length=1)
    dataset = dy.String(min_length=1)
    family = dy.String()
    participant_id = dy.String(nullable=True)
    session_id = dy.String(nullable=True)
    play_id = dy.String(min_length=1)
    round = dy.Int32(min=1)
    game = dy.String(min_length=2)
    history = dy.List(
        dy.Struct(
            {
                "round": dy.Int32(min=1),
                "actor": dy.String(),
                "kind": dy.String(),
                "action": dy.String(nullable=True),
                "amount": dy.Float64(nullable=True),
                "text": dy.String(nullable=True),
            }
        )
    )
    options = dy.List(dy.String(min_length=1), min_length=2)
    target = dy.Int32(min=0)
    choice = dy.Int32(nullable=True, min=0)
    choice_rate = dy.List(dy.Float64(min=0, max=1), nullable=True)
    n_choices = dy.Int32(nullable=True, min=1)
    n_participants = dy.Int32(nullable=True, min=1)

    @dy.rule()
    def family_is_known(cls) -> pl.Expr:
        return pl.col("family").is_in(list(FAMILIES))

    @dy.rule()
    def options_are_distinct(cls) -> pl.Expr:
        return pl.col("options").list.n_unique() == pl.col("options").list.len()

    @dy.rule()
    def choice_is_among_the_options(cls) -> pl.Expr:
        return pl.col("choice").is_null() | (pl.col("choice") < pl.col("options").list.len())

    @dy.rule()
    def target_is_among_the_options(cls) -> pl.Expr:
        return pl.col("target") < pl.col("options").list.len()

    @dy.rule()
    def either_choice_or_choice_rate(cls) -> pl.Expr:
        return pl.col("choice").is_null() != pl.col("choice_rate").is_null()

    @dy.rule()
    def choice_rate_sums_to_one(cls) -> pl.Expr:
        one_each = pl.col("choice_rate").list.len() == pl.col("options").list.len()
        sums = (pl.col("choice_rate").list.sum() - 1).abs() < 1e-6
        return pl.col("choice_rate").is_null() | (one_each & sums)

    @dy.rule()
    def individual_choices_count_one(cls) -> pl.Expr:
        return pl.col("choice").is_null() | (pl.col("n_choices").fill_null(0) == 1)

    @dy.rule()
    def history_ends_by_this_round(cls) -> pl.Expr:
        last = pl.col("history").list.eval(pl.element().struct.field("round")).list.max()
        return last.is_null() | (last <= pl.col("round"))

    @dy.rule()
    def own_moves_in_history_are_of_earlier_rounds(cls) -> pl.Expr:
        own = pl.col("history").list.eval(
            pl.element()
            .struct.field("round")
            .filter(
                (pl.element().struct.field("actor") == "self")
                & pl.element().struct.field("kind").is_in(["move", "answer"])
            )
        )
        return own.list.max().is_null() | (own.list.max() < pl.col("round"))


class Prompt(dy.Schema):
    """One decision x formulation x format, before any model's template is applied.

    ``messages`` is the conversation (a plain text is one ``user`` message); ``answer_prefix`` is
    how the answer begins (``{"decision": "``), put right before the options. ``forms`` lists,
    for each option in the order of ``Decision.options``, the texts that count as that option;
    ``ends`` the texts one of which must come right after it (``"``), so that no option is the
    beginning of another; :data:`END_OF_TURN` among them stands for the model's own end of turn.
    """

    prompt_id = dy.String(primary_key=True)
    decision_id = dy.String()
    formulation = dy.String()
    format = dy.String()
    messages = dy.List(dy.Struct({"role": dy.String(), "content": dy.String()}), min_length=1)
    answer_prefix = dy.String()
    forms = dy.List(dy.List(dy.String(min_length=1), min_length=1), min_length=2)
    ends = dy.List(dy.String(min_length=1), min_length=1)

    @dy.rule()
    def format_is_known(cls) -> pl.Expr:
        return pl.col("format").is_in(list(FORMATS))


class Score(dy.Schema):
    """One decision x option x predictor; the options of one decision together are a distribution.

    ``logprob`` is the natural logarithm (nats, at most 0) of the whole option and its end;
    ``option_mass`` the probability of all listed options together, in [0, 1]; ``option_prob``
    the option's share of that mass. The ``first_token_*`` columns say the same of the first
    token of each option alone, and are null for theories and where two options begin with the
    same token. ``form_logprobs`` holds one value per surface form of the option. ``fold`` numbers
    the group of people (or games) that a predictor learnt nothing from when it predicted this
    decision, having been fitted to all others; null for a predictor that learnt from none of them.
    """

    decision_id = dy.String(primary_key=True)
    formulation = dy.String(primary_key=True)
    format = dy.String(primary_key=True)
    predictor_id = dy.String(primary_key=True)
    option = dy.Int32(primary_key=True, min=0)
    logprob = dy.Float64(max=1e-6, allow_inf=True)
    option_prob = dy.Float64(min=0, max=1)
    option_mass = dy.Float64(min=0, max=1 + 1e-6)
    first_token_logprob = dy.Float64(nullable=True, max=1e-6)
    first_token_prob = dy.Float64(nullable=True, min=0, max=1)
    first_token_mass = dy.Float64(nullable=True, min=0, max=1 + 1e-6)
    form_logprobs = dy.List(dy.Float64(), nullable=True)
    request_key = dy.String(nullable=True)
    n_prompt_tokens = dy.Int32(nullable=True, min=1)
    fold = dy.Int32(nullable=True, min=0)


class Result(dy.Schema):
    """One number of the analysis.

    ``metric`` names what was estimated; ``reference_id`` the predictor it is compared with (a
    difference is ``predictor_id`` minus ``reference_id``), null for a metric of one predictor.
    ``slice`` is ``"all"`` or ``"name=value"``. ``estimate`` is null only where it cannot be
    computed, and ``note`` then says why. ``unit`` is what was resampled (participant, session,
    play, or row where the data are aggregates), null where there is no interval.
    """

    dataset = dy.String()
    family = dy.String()
    formulation = dy.String()
    format = dy.String()
    metric = dy.String()
    predictor_id = dy.String()
    reference_id = dy.String(nullable=True)
    slice = dy.String()
    estimate = dy.Float64(nullable=True)
    ci_low = dy.Float64(nullable=True)
    ci_high = dy.Float64(nullable=True)
    ci_level = dy.Float64(nullable=True, min=0, max=1)
    p_value = dy.Float64(nullable=True, min=0, max=1)
    n_decisions = dy.Int64(min=0)
    n_choices = dy.Int64(min=0)
    n_participants = dy.Int64(nullable=True)
    unit = dy.String(nullable=True)
    n_units = dy.Int64(nullable=True)
    n_resamples = dy.Int64(nullable=True)
    seed = dy.Int64(nullable=True)
    note = dy.String()


ANSWER_STATES = (
    "ahead",
    "behind",
    "unknown",
    "differs_between_data_sets",
    "differs_between_wordings",
    "differs_between_families",
    "flips",
    "does_not_flip",
    "not_assessed",
)
"""What a line of the answer can say; ``ahead`` is always the first predictor."""
CONTRASTS = (
    "pair",
    "mean_over_pairs",
    "base_rate",
    "best_theory",
    "ceiling",
    "flip",
    "mean_flip",
)
"""What a line of the answer compares a predictor with."""
CAVEATS = ("not_a_pair", "low_mass", "rows_resampled")
"""What limits a line: two models of different providers, a mean option mass below .8, published
rates whose people cannot be resampled."""
JUDGEMENTS = ("met", "not met", "open", "not assessed")
"""What a rule of the stand-in card can come to."""


class Answer(dy.Schema):
    """One line of a run's answer, made by :mod:`silicus.analysis.answer`.

    ``rounds`` is ``multi_round`` where people had seen earlier rounds of their play in every
    data set of the line, else ``one_shot`` (``all`` for both). ``estimate`` and its interval are
    a cell of the Result table, null where the line stands for several cells, which ``lowest``
    and ``highest`` then bound; for ``ceiling`` it is the share of the reachable. Differences are
    predictor minus reference.
    """

    family = dy.String()
    rounds = dy.String()
    contrast = dy.String()
    predictor_id = dy.String()
    reference_id = dy.String()
    metric = dy.String()
    state = dy.String()
    estimate = dy.Float64(nullable=True)
    ci_low = dy.Float64(nullable=True)
    ci_high = dy.Float64(nullable=True)
    ci_level = dy.Float64(nullable=True)
    lowest = dy.Float64(nullable=True)
    highest = dy.Float64(nullable=True)
    n_data_sets = dy.Int64(min=1)
    n_wordings = dy.Int64(min=1)
    n_decisions = dy.Int64(nullable=True)
    n_participants = dy.Int64(nullable=True)
    caveats = dy.List(dy.String())

    @dy.rule()
    def state_is_known(cls) -> pl.Expr:
        return pl.col("state").is_in(list(ANSWER_STATES))

    @dy.rule()
    def contrast_is_known(cls) -> pl.Expr:
        return pl.col("contrast").is_in(list(CONTRASTS))

    @dy.rule()
    def caveats_are_known(cls) -> pl.Expr:
        return pl.col("caveats").list.eval(pl.element().is_in(list(CAVEATS))).list.all()


class Judgement(dy.Schema):
    """One rule of the stand-in card for one model in one family, data set and wording.

    ``verdict`` follows from all rules of the line and stands in each of its rows. ``estimate``
    and its interval are the cell that the rule rests on, ``metric`` names it; ``limit`` what it
    is held against; ``failing`` the parts of the data (rounds, conditions) that break the rule.
    """

    family = dy.String()
    dataset = dy.String()
    formulation = dy.String()
    format = dy.String()
    predictor_id = dy.String()
    verdict = dy.String()
    rule = dy.String()
    needed = dy.Bool()
    state = dy.String()
    metric = dy.String()
    reference_id = dy.String(nullable=True)
    estimate = dy.Float64(nullable=True)
    ci_low = dy.Float64(nullable=True)
    ci_high = dy.Float64(nullable=True)
    limit = dy.Float64(nullable=True)
    n_parts = dy.Int64(min=0)
    failing = dy.List(dy.String())
    n_decisions = dy.Int64(min=0)
    unit = dy.String(nullable=True)
    n_units = dy.Int64(nullable=True)

    @dy.rule()
    def state_is_known(cls) -> pl.Expr:
        return pl.col("state").is_in(list(JUDGEMENTS))


_Schema = TypeVar("_Schema", bound=dy.Schema)


def check(
    table: pl.DataFrame,
    schema: type[_Schema],
    *,
    where: str,
    error: type[SilicusError] = DataError,
) -> pl.DataFrame:
    """Return ``table`` with the schema's columns and types, or raise with the first bad rows.

    Parameters
    ----------
    table : polars.DataFrame
    schema : type
        :class:`Decision`, :class:`Prompt`, :class:`Score` or :class:`Result`.
    where : str
        What the table is, for the message ("data set akata_repeated").
    error : type of SilicusError

    Raises
    ------
    SilicusError
        Of the given type: names the broken rule, the number of rows, and shows the first.
    """
    missing = [name for name in schema.column_names() if name not in table.columns]
    if missing:
        raise error(
            f"{where}: column(s) {', '.join(missing)} missing from the {schema.__name__} table "
            f"(found: {', '.join(table.columns) or 'none'}). Add them where the table is made."
        )
    try:
        good, failure = schema.filter(table, cast=True)
    except (dy.exc.SchemaError, pl.exceptions.PolarsError) as cause:
        raise error(
            f"{where}: the {schema.__name__} table does not have the right column types: {cause}."
        ) from cause
    if len(failure):
        rule, count = max(failure.counts().items(), key=lambda item: item[1])
        row = failure.invalid().row(0, named=True)
        shown = ", ".join(f"{name} {row[name]}" for name in _telling_columns(schema, rule))
        raise error(
            f"{where}: {count} of {len(table)} rows break the rule "
            f'"{rule.replace("_", " ").replace("|", ": ")}" '
            f"of the {schema.__name__} table. First such row: {shown}. "
            "Correct the source or its recoding."
        )
    return good


def _telling_columns(schema: type[dy.Schema], rule: str) -> list[str]:
    """Return the columns worth showing for a broken rule: the keys and those it names."""
    columns = schema.column_names()
    named = [name for name in columns if name in rule or name.rstrip("s") in rule.split("_")]
    extra = ["options", "choice"] if "choice" in rule and "options" in columns else []
    return list(dict.fromkeys([*schema.primary_key(), *named, *extra])) or columns[:6]


def target_rate(decisions: pl.DataFrame) -> pl.Series:
    """Return what people did: the share of the target option, in [0, 1], for each decision.

    Examples
    --------
    >>> rates = [None, [0.3, 0.7]]
    >>> table = pl.DataFrame({"choice": [0, None], "target": [0, 1], "choice_rate": rates})
    >>> target_rate(table).to_list()
    [1.0, 0.7]
    """
    took = (pl.col("choice") == pl.col("target")).cast(pl.Float64)
    rate = pl.col("choice_rate").list.get(pl.col("target"))
    return decisions.select(pl.coalesce(took, rate).alias("target_rate")).to_series()
