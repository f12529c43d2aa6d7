"""The prisoner's dilemma as a matrix game, actions labelled neutrally."""

import polars as pl

from silicus.games import MatrixGame

COOPERATE, DEFECT = "A", "B"
"""People saw neutral labels; which ones is not part of the published tables."""


def dilemma(
    *,
    reward: float,
    sucker: float,
    temptation: float,
    punishment: float,
    name: str = "prisoner's dilemma",
    payoff_unit: str = "points",
    n_rounds: int | None = None,
    continuation: float | None = None,
    noise: float = 0,
) -> MatrixGame:
    """Return the game with payoffs R, S, T and P, "A" cooperating and "B" defecting."""
    return MatrixGame(
        name=name,
        actions=(COOPERATE, DEFECT),
        other_actions=(COOPERATE, DEFECT),
        own=((reward, sucker), (temptation, punishment)),
        other=((reward, temptation), (sucker, punishment)),
        payoff_unit=payoff_unit,
        n_rounds=n_rounds,
        continuation=continuation,
        noise=noise,
        opponent="human",
        labels={COOPERATE: "cooperate", DEFECT: "defect"},
        topology="dilemma" if temptation > reward > punishment > sucker else None,
    )


def label(column: str) -> pl.Expr:
    """Return c or d (also "coop", "defect") as the label of the action."""
    first = pl.col(column).str.slice(0, 1)
    return pl.when(first == "c").then(pl.lit(COOPERATE)).when(first == "d").then(pl.lit(DEFECT))
