"""Predictors that have seen other people: the reachable for individual choices.

Two predictors learn, from people who are not predicted, how choices depend on the game, the round
and the history:

* ``history_saturated``: the share of target choices in the same game after the same last moves
  in the same round, each finer cell drawn towards the next coarser one by five choices' worth;
* ``history_boosted``: gradient-boosted trees on the game's parameters, the round, the last moves
  and amounts of both sides and how often each option was taken so far.

They are Score tables like any other, so they have agreement, intervals and differences.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from silicus.analysis.base_rate import NO_WORDING
from silicus.analysis.resampling import Floats, Ints, sort_by_unit
from silicus.errors import AnalysisError
from silicus.games import configuration

SATURATED, BOOSTED = "history_saturated", "history_boosted"
HISTORY_PREDICTORS = (SATURATED, BOOSTED)
PULL = 5.0
"""Choices' worth of the coarser cell in every finer one."""

LEAST_PROB = 1e-4
"""No option gets less, so that one surprise does not make a log-loss infinite."""


def history_scores(
    decisions: pl.DataFrame, *, n_folds: int = 5, seed: int = 0, boosted: bool = True
) -> pl.DataFrame:
    """Return the cross-validated Score table of the history predictors.

    Parameters
    ----------
    decisions : Decision table
        Rows with a rate instead of a choice are left out. People (or sessions, or plays, where
        there are no people) are never in training and test at once. Every data set, family and
        number of options has its own fit.
    n_folds : int
        Groups of people; at most as many as there are people.
    seed : int
        Decides the groups and the trees.
    boosted : bool
        Whether to fit the trees as well.

    Returns
    -------
    Score table

    Raises
    ------
    AnalysisError
        If no individual choice is given, or all come from one person.
    """
    single = decisions.filter(pl.col("choice").is_not_null())
    if single.is_empty():
        raise AnalysisError(
            "history predictors need individual choices, found 0 among "
            f"{len(decisions)} decisions. For rates the ceiling comes from split halves."
        )
    with_count = single.with_columns(pl.col("options").list.len().alias("n_options"))
    tables = []
    for _, group in sorted(
        with_count.partition_by("dataset", "family", "n_options", as_dict=True).items()
    ):
        ordered, units = sort_by_unit(group.drop("n_options"))
        if units.n_units < 2:
            raise AnalysisError(
                f'data set "{ordered["dataset"][0]}", family "{ordered["family"][0]}": all choices '
                f"come from one {units.name}, so nothing can be learnt from others. Leave it out."
            )
        roles = _roles(ordered)
        features = history_features(ordered)
        folds = _folds(units.codes, min(n_folds, units.n_units), seed)
        tables.append(_table(ordered, SATURATED, _saturated(features, roles, folds), folds))
        if boosted:
            by_role = _boosted(features, roles, folds, seed)
            tables.append(_table(ordered, BOOSTED, by_role, folds))
    return pl.concat(tables)


def history_features(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return what was known before each choice, one row per decision in the same order.

    Moves are 1 where they equal the target option, else the label; -1 where there is none yet.
    """
    rows = []
    for row in decisions.select("history", "options", "target", "round").iter_rows(named=True):
        target = row["options"][row["target"]]
        features: dict[str, Any] = {"round": row["round"], "n_events": len(row["history"])}
        for actor in ("self", "other"):
            events = [event for event in row["history"] if event["actor"] == actor]
            moves = [event["action"] for event in events if event["action"] is not None]
            amounts = [event["amount"] for event in events if event["amount"] is not None]
            features[f"{actor}_last"] = moves[-1] if moves else "none"
            features[f"{actor}_before_last"] = moves[-2] if len(moves) > 1 else "none"
            features[f"{actor}_target_share"] = (
                sum(move == target for move in moves) / len(moves) if moves else None
            )
            features[f"{actor}_last_amount"] = amounts[-1] if amounts else None
        rows.append(features)
    history = pl.DataFrame(
        rows,
        schema_overrides={
            f"{actor}_{name}": pl.Float64
            for actor in ("self", "other")
            for name in ("target_share", "last_amount")
        },
        infer_schema_length=None,
    )
    game = decisions.select("decision_id").join(
        configuration(decisions), on="decision_id", how="left", maintain_order="left"
    )
    parameters = [
        _number_or_code(game[name]).alias(f"game_{name}")
        for name in game.columns
        if name != "decision_id"
    ]
    codes = decisions["game"].rank("dense").alias("game").cast(pl.Int64)
    return pl.concat([history, pl.DataFrame([codes, *parameters])], how="horizontal")


def _number_or_code(values: pl.Series) -> pl.Series:
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() > values.null_count():
        return values.rank("dense").cast(pl.Float64)
    return numbers


def _roles(decisions: pl.DataFrame) -> Ints:
    """Return each choice as 0 for the target option, then the others in their order."""
    choice = decisions["choice"].to_numpy().astype(np.int64)
    target = decisions["target"].to_numpy().astype(np.int64)
    return np.where(choice == target, 0, np.where(choice < target, choice + 1, choice))


def _folds(units: Ints, n_folds: int, seed: int) -> Ints:
    """Return the fold of every decision; all decisions of a unit share one."""
    rng = np.random.default_rng(seed)
    n_units = int(units.max()) + 1
    return rng.permutation(np.arange(n_units) % n_folds)[units]


def _saturated(features: pl.DataFrame, roles: Ints, folds: Ints) -> Floats:
    """Return out-of-fold shares of nested cells, from coarse to fine."""
    n_classes = int(roles.max()) + 1
    nested = [
        ["game"],
        ["game", "other_last"],
        ["game", "other_last", "self_last"],
        ["game", "other_last", "self_last", "other_last_amount"],
        ["game", "other_last", "self_last", "other_last_amount", "round"],
    ]
    cells = [
        features.select(pl.struct(names).rank("dense")).to_series().to_numpy() for names in nested
    ]
    out = np.empty((len(roles), n_classes))
    chosen = np.eye(n_classes)[roles]
    for fold in np.unique(folds):
        train, test = folds != fold, folds == fold
        share = np.tile(
            (chosen[train].sum(axis=0) + 1) / (train.sum() + n_classes), (int(test.sum()), 1)
        )
        for codes in cells:
            size = int(codes.max()) + 1
            counts = np.zeros((size, n_classes))
            np.add.at(counts, codes[train].astype(np.int64), chosen[train])
            mine = counts[codes[test].astype(np.int64)]
            share = (mine + PULL * share) / (mine.sum(axis=1, keepdims=True) + PULL)
        out[test] = share
    return out


def _boosted(features: pl.DataFrame, roles: Ints, folds: Ints, seed: int) -> Floats:
    # Imported here because scikit-learn takes about a second to load.
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    coded = features.select(
        pl.col(name).rank("dense").cast(pl.Float64)
        if dtype == pl.String
        else pl.col(name).cast(pl.Float64)
        for name, dtype in features.schema.items()
    )
    kept = [name for name in coded.columns if coded[name].drop_nulls().n_unique() > 1]
    x: NDArray[np.float64] = coded.select(kept or coded.columns[:1]).to_numpy()
    out = np.zeros((len(roles), int(roles.max()) + 1))
    for fold in np.unique(folds):
        train, test = folds != fold, folds == fold
        classes = np.unique(roles[train])
        if len(classes) == 1:
            out[np.ix_(test, classes)] = 1.0
            continue
        model = HistGradientBoostingClassifier(
            learning_rate=0.06,
            max_iter=120,
            max_leaf_nodes=12,
            min_samples_leaf=20,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=seed,
        )
        # Trees this small gain nothing from threads, and lose much on a busy machine.
        with threadpool_limits(limits=1, user_api="openmp"):
            model.fit(x[train], roles[train])
            out[np.ix_(test, classes)] = model.predict_proba(x[test])
    return out


def _table(decisions: pl.DataFrame, predictor: str, by_role: Floats, folds: Ints) -> pl.DataFrame:
    """Return the Score table of probabilities by role, of shape (n_decisions, n_classes)."""
    n_options = len(decisions["options"][0])
    shares = np.zeros((len(decisions), n_options))
    shares[:, : by_role.shape[1]] = by_role
    shares = np.maximum(shares, LEAST_PROB)
    shares /= shares.sum(axis=1, keepdims=True)
    option = np.arange(n_options)
    target = decisions["target"].to_numpy().astype(np.int64)[:, None]
    role = np.where(option == target, 0, np.where(option < target, option + 1, option))
    prob = np.take_along_axis(shares, role, axis=1).ravel()
    n = len(prob)
    return pl.DataFrame(
        {
            "decision_id": np.repeat(decisions["decision_id"].to_numpy(), n_options),
            "formulation": [NO_WORDING] * n,
            "format": [NO_WORDING] * n,
            "predictor_id": [predictor] * n,
            "option": np.tile(option, len(decisions)).astype(np.int32),
            "logprob": np.log(prob),
            "option_prob": prob,
            "option_mass": np.ones(n),
        }
    ).with_columns(
        pl.lit(None, dtype=pl.Float64).alias("first_token_logprob"),
        pl.lit(None, dtype=pl.Float64).alias("first_token_prob"),
        pl.lit(None, dtype=pl.Float64).alias("first_token_mass"),
        pl.lit(None, dtype=pl.List(pl.Float64)).alias("form_logprobs"),
        pl.lit(None, dtype=pl.String).alias("request_key"),
        pl.lit(None, dtype=pl.Int32).alias("n_prompt_tokens"),
        pl.Series("fold", np.repeat(folds, n_options), dtype=pl.Int32),
    )
