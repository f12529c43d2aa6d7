"""Histories hold what was seen before a choice, and nothing else."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.datasets.history import add_history

ACTORS = ("self", "other", "nature")

events_of_plays = st.lists(
    st.fixed_dictionaries(
        {
            "play_id": st.sampled_from(["a", "b"]),
            "round": st.integers(1, 4),
            "actor": st.sampled_from(ACTORS),
            "kind": st.sampled_from(["move", "offer", "payoff"]),
            "action": st.none() | st.sampled_from(["x", "y"]),
            "amount": st.none() | st.floats(-5, 5),
            "text": st.none() | st.text(max_size=3),
            "shown_before": st.booleans(),
        }
    ),
    max_size=25,
)
DECISIONS = pl.DataFrame(
    [(play, number) for number in (3, 1, 4, 2) for play in ("b", "a", "empty")],
    schema=["play_id", "round"],
    orient="row",
)
SCHEMA = {
    "play_id": pl.String,
    "round": pl.Int32,
    "actor": pl.String,
    "kind": pl.String,
    "action": pl.String,
    "amount": pl.Float64,
    "text": pl.String,
    "shown_before": pl.Boolean,
}
FIELDS = ("round", "actor", "kind", "action", "amount", "text")


def histories(events):
    """Return the history of each decision, by play and round."""
    table = add_history(DECISIONS, pl.DataFrame(events, schema=SCHEMA))
    return {(row["play_id"], row["round"]): row["history"] for row in table.iter_rows(named=True)}


@settings(deadline=None)
@given(events_of_plays)
def test_add_history_when_compared_with_plain_python_then_equal(events):
    """Each decision gets the earlier events of its own play, and this round's that came before."""
    for (play, now), found in histories(events).items():
        own = [event for event in events if event["play_id"] == play]
        expected = []
        for number in range(1, now + 1):
            of_round = [event for event in own if event["round"] == number]
            expected += [e for e in of_round if e["shown_before"]]
            if number < now:
                expected += [e for e in of_round if not e["shown_before"]]
        assert found == [{name: event[name] for name in FIELDS} for event in expected]


@settings(deadline=None)
@given(events_of_plays, st.integers(1, 4), st.randoms(use_true_random=False))
def test_add_history_when_the_future_changes_then_unchanged(events, now, random):
    """What is not seen before round ``now`` can be anything: histories up to it stay the same."""
    changed = []
    for event in events:
        seen = event["round"] < now or (event["round"] == now and event["shown_before"])
        if seen:
            changed.append(event)
        elif random.random() < 0.7:
            later = {"action": "changed", "amount": 99.0, "text": "changed"}
            changed.append({**event, **later, "actor": random.choice(ACTORS)})
    before, after = histories(events), histories(changed)
    for key in before:
        if key[1] <= now:
            assert before[key] == after[key]
