"""The floor: a predictor that knows only how often people take the target option."""

import polars as pl

BASE_RATE = "base_rate"
"""Its predictor id; its formulation and format are :data:`NO_WORDING`."""

NO_WORDING = "none"
"""Formulation and format of a predictor that reads no words."""


def base_rate_scores(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the Score table of the base rates, one distribution per data set and family.

    The target option gets the share of choices that went to target options, weighted by
    ``n_choices``; the other options follow in their order, each with its share. Decisions with
    another number of options have their own shares. The shares come from the same decisions
    that are then predicted, so this floor is too good, by about one parameter for each option but
    one of every number of options: slightly for two, much for amounts that few people chose from.

    Parameters
    ----------
    decisions : Decision table

    Returns
    -------
    Score table
        Predictor ``base_rate``, with an option mass of 1 and without first-token columns.
    """
    group = ["dataset", "family", "n_options"]
    slots = (
        decisions.select(
            "decision_id",
            "dataset",
            "family",
            "target",
            "choice",
            "choice_rate",
            (pl.col("n_choices").fill_null(1) / pl.len().over("play_id", "round")).alias("weight"),
            pl.col("options").list.len().alias("n_options"),
        )
        .with_columns(pl.int_ranges(0, pl.col("n_options"), dtype=pl.Int32).alias("option"))
        .explode("option")
        .with_columns(
            pl.coalesce(
                (pl.col("choice") == pl.col("option")).cast(pl.Float64),
                pl.col("choice_rate").list.get(pl.col("option")),
            ).alias("share"),
            pl.when(pl.col("option") == pl.col("target"))
            .then(0)
            .when(pl.col("option") < pl.col("target"))
            .then(pl.col("option") + 1)
            .otherwise(pl.col("option"))
            .alias("role"),
        )
    )
    rates = slots.group_by(*group, "role").agg(
        ((pl.col("share") * pl.col("weight")).sum() / pl.col("weight").sum())
        .clip(0, 1)
        .alias("option_prob")
    )
    return slots.join(rates, on=[*group, "role"], how="left").select(
        "decision_id",
        pl.lit(NO_WORDING).alias("formulation"),
        pl.lit(NO_WORDING).alias("format"),
        pl.lit(BASE_RATE).alias("predictor_id"),
        "option",
        pl.col("option_prob").log().alias("logprob"),
        "option_prob",
        pl.lit(1.0).alias("option_mass"),
        pl.lit(None, dtype=pl.Float64).alias("first_token_logprob"),
        pl.lit(None, dtype=pl.Float64).alias("first_token_prob"),
        pl.lit(None, dtype=pl.Float64).alias("first_token_mass"),
        pl.lit(None, dtype=pl.List(pl.Float64)).alias("form_logprobs"),
        pl.lit(None, dtype=pl.String).alias("request_key"),
        pl.lit(None, dtype=pl.Int32).alias("n_prompt_tokens"),
        pl.lit(None, dtype=pl.Int32).alias("fold"),
    )
