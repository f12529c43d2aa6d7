"""What a participant had seen before a choice: the one place where histories are built.

A loader lists what happened as a table of events and says, for each event, whether it was seen
before the choice of its own round (an offer, a message) or only afterwards (moves, payoffs,
qualities). :func:`add_history` gives each decision the events of earlier rounds of its own play,
and those of its own round that were seen before; nothing else can get in.
"""

import polars as pl
import pyarrow as pa

from silicus.schema import EVENT

EVENT_COLUMNS = ("round", "actor", "kind", "action", "amount", "text")
_TYPES = {field.name: field.dtype for field in EVENT.fields}


def add_history(decisions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions with the column ``history``.

    Parameters
    ----------
    decisions : polars.DataFrame
        With ``play_id`` and ``round``.
    events : polars.DataFrame
        One row per event: ``play_id``, ``round`` and the other fields of
        :data:`silicus.schema.EVENT` (a missing one is null throughout), ``shown_before``
        (boolean: seen before the choice of this round), and optionally ``order`` (integer, the
        place within the round; else the order of the rows). Within a round, events that were
        shown before a choice come first.

    Returns
    -------
    polars.DataFrame
        The decisions in their order; ``history`` is a list of :data:`silicus.schema.EVENT`.
    """
    order = pl.col("order") if "order" in events.columns else pl.int_range(pl.len())
    events = (
        events.select(
            "play_id",
            pl.col("round").cast(pl.Int32),
            "shown_before",
            order.alias("order"),
            *(
                (pl.col(name) if name in events.columns else pl.lit(None))
                .cast(_TYPES[name])
                .alias(name)
                for name in EVENT_COLUMNS
                if name != "round"
            ),
        )
        .sort("play_id", "round", ~pl.col("shown_before"), "order", maintain_order=True)
        .with_row_index("position")
    )
    bounds = _bounds(decisions, events)
    starts, counts = bounds["start"], bounds["count"]
    positions = pl.select(pl.int_ranges(starts, starts + counts)).to_series().explode()
    offsets = pl.concat([pl.Series([0], dtype=pl.Int64), counts.cum_sum()])
    flat = events.select(EVENT_COLUMNS)[positions.drop_nulls()].to_struct("history")
    lists = pa.LargeListArray.from_arrays(pa.array(offsets.to_numpy()), flat.to_arrow())
    history = pl.Series("history", pl.from_arrow(lists))
    return decisions.with_columns(history.cast(pl.List(EVENT)))


def _bounds(decisions: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return, per decision, the first event of its play and how many of them it may show."""
    per_round = (
        events.group_by("play_id", "round")
        .agg(
            pl.col("position").min().cast(pl.Int64).alias("first"),
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("shown_before").sum().cast(pl.Int64).alias("n_before"),
        )
        .sort("play_id", "round")
    )
    wanted = decisions.select("play_id", pl.col("round").cast(pl.Int32)).with_row_index("row")
    # Events of earlier rounds end where the last earlier round ends.
    earlier = wanted.with_columns((pl.col("round") - 1).alias("before")).sort("before")
    past = earlier.join_asof(
        per_round.rename({"round": "before"}).sort("before"),
        on="before",
        by="play_id",
        strategy="backward",
        check_sortedness=False,
    ).select("row", (pl.col("first") + pl.col("n")).alias("end"))
    starts = per_round.group_by("play_id").agg(pl.col("first").min().alias("start"))
    return (
        wanted.join(past, on="row", how="left")
        .join(starts, on="play_id", how="left")
        .join(per_round, on=["play_id", "round"], how="left")
        .sort("row")
        .select(
            pl.col("start").fill_null(0),
            (
                pl.coalesce("end", "start", pl.lit(0))
                - pl.col("start").fill_null(0)
                + pl.col("n_before").fill_null(0)
            ).alias("count"),
        )
    )


def moves(rounds: pl.DataFrame) -> pl.DataFrame:
    """Return the events of rounds in which both players moved at once.

    Parameters
    ----------
    rounds : polars.DataFrame
        With ``play_id``, ``round``, ``own`` and ``other`` (labels of the moves).

    Returns
    -------
    polars.DataFrame
        Events for :func:`add_history`, seen after the round; an unknown move is left out.
    """
    sides = [
        rounds.filter(pl.col(column).is_not_null()).select(
            "play_id",
            "round",
            pl.lit(value=False).alias("shown_before"),
            pl.lit(place).alias("order"),
            pl.lit(actor).alias("actor"),
            pl.lit("move").alias("kind"),
            pl.col(column).alias("action"),
        )
        for place, (actor, column) in enumerate((("self", "own"), ("other", "other")))
    ]
    return pl.concat(sides)
