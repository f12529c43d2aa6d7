"""Random Decision and Score tables for the tests of the analysis."""

import numpy as np
import polars as pl

from silicus.schema import Decision, Score, check

GAME = '{"kind":"ultimatum","share_offered":0.5}'


def choices(
    n_people: int = 12,
    n_rounds: int = 6,
    *,
    rng: np.random.Generator,
    n_options: int = 2,
    dataset: str = "toy",
    family: str = "bargaining",
    choice: np.ndarray | None = None,
) -> pl.DataFrame:
    """Individual decisions: every person plays ``n_rounds`` rounds of one play."""
    n = n_people * n_rounds
    person = np.repeat(np.arange(n_people), n_rounds)
    picked = rng.integers(n_options, size=n) if choice is None else choice
    return _decisions(
        n,
        dataset,
        family,
        n_options,
        participant_id=[f"p{index:03d}" for index in person],
        play_id=[f"{dataset}-g{index:03d}" for index in person],
        round=[1 + index % n_rounds for index in range(n)],
        choice=[int(value) for value in picked],
        choice_rate=[None] * n,
        n_choices=[1] * n,
    )


def rates(
    n: int = 30,
    *,
    rng: np.random.Generator,
    n_options: int = 2,
    dataset: str = "toy_rates",
    family: str = "lottery",
) -> pl.DataFrame:
    """Aggregate decisions: a rate over options and its n, without people."""
    counts = rng.integers(1, 30, size=(n, n_options))
    return _decisions(
        n,
        dataset,
        family,
        n_options,
        participant_id=[None] * n,
        play_id=[f"{dataset}-{index}" for index in range(n)],
        round=[1] * n,
        choice=[None] * n,
        choice_rate=[(row / row.sum()).tolist() for row in counts],
        n_choices=[int(row.sum()) for row in counts],
    )


def _decisions(n: int, dataset: str, family: str, n_options: int, **columns: list) -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "decision_id": [f"{dataset}-{family}-{index:05d}" for index in range(n)],
            "dataset": [dataset] * n,
            "family": [family] * n,
            "session_id": [None] * n,
            "game": [GAME] * n,
            "history": [[] for _ in range(n)],
            "options": [[f"o{k}" for k in range(n_options)]] * n,
            "target": [index % n_options for index in range(n)],
            "n_participants": [None] * n,
            **columns,
        },
        schema_overrides={name: column.dtype for name, column in Decision.columns().items()},
    )
    return check(table, Decision, where="test decisions").select(Decision.column_names())


def scores(
    decisions: pl.DataFrame,
    predictor: str,
    *,
    rng: np.random.Generator,
    probs: np.ndarray | None = None,
    mass: np.ndarray | None = None,
    format_: str = "plain",
    formulation: str = "baseline",
    first_token: bool = True,
) -> pl.DataFrame:
    """Scores of one predictor; ``probs`` of shape (n_decisions, n_options)."""
    n_options = decisions["options"].list.len()
    assert n_options.n_unique() == 1
    shape = (len(decisions), int(n_options[0]))
    p = rng.dirichlet(np.ones(shape[1]), size=shape[0]) if probs is None else probs
    q = rng.dirichlet(np.ones(shape[1]), size=shape[0])
    total = rng.uniform(0.5, 1.0, size=shape[0]) if mass is None else mass
    with np.errstate(divide="ignore"):
        logprob = np.log(p * total[:, None])
    n = p.size
    table = pl.DataFrame(
        {
            "decision_id": np.repeat(decisions["decision_id"].to_numpy(), shape[1]),
            "formulation": [formulation] * n,
            "format": [format_] * n,
            "predictor_id": [predictor] * n,
            "option": np.tile(np.arange(shape[1]), shape[0]),
            "logprob": logprob.ravel(),
            "option_prob": p.ravel(),
            "option_mass": np.repeat(total, shape[1]),
            "first_token_logprob": np.log(q * total[:, None]).ravel()
            if first_token
            else [None] * n,
            "first_token_prob": q.ravel() if first_token else [None] * n,
            "first_token_mass": np.repeat(total, shape[1]) if first_token else [None] * n,
            "form_logprobs": [None] * n,
            "request_key": [None] * n,
            "n_prompt_tokens": [None] * n,
            "fold": [None] * n,
        },
        schema_overrides={name: column.dtype for name, column in Score.columns().items()},
    )
    return check(table, Score, where="test scores")


def matrix(table: pl.DataFrame, decisions: pl.DataFrame, column: str) -> np.ndarray:
    """A score column as (n_decisions, n_options), in the order of ``decisions``."""
    ordered = decisions.select("decision_id").join(
        table.sort("decision_id", "option"), on="decision_id", maintain_order="left_right"
    )
    return ordered[column].to_numpy().reshape(len(decisions), -1)


def shares(decisions: pl.DataFrame) -> np.ndarray:
    """What people did as (n_decisions, n_options)."""
    rows = []
    for row in decisions.iter_rows(named=True):
        rows.append(
            row["choice_rate"] or [float(k == row["choice"]) for k in range(len(row["options"]))]
        )
    return np.array(rows)


def value(result: pl.DataFrame, metric: str, predictor: str, **filters: object) -> dict:
    """The one Result row of a metric of a predictor."""
    wanted = {"slice": "all", "reference_id": None, **filters}
    found = result.filter(pl.col("metric") == metric, pl.col("predictor_id") == predictor)
    for name, expected in wanted.items():
        found = found.filter(pl.col(name).eq_missing(pl.lit(expected)))
    assert len(found) == 1, found
    return found.row(0, named=True)
