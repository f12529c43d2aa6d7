"""Canonical orientation and ordinal types of 2x2 games."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.datasets.topology import ORDERS, TIED, orient

NAMES = [f"{side}_{cell}" for side in ("own", "opp") for cell in ("UL", "UR", "DL", "DR")]
PAYOFFS = st.lists(st.integers(0, 6), min_size=8, max_size=8)


def one(values):
    """Return the orientation of one game, own payoffs first, as a mapping."""
    return orient(pl.DataFrame([values], schema=NAMES, orient="row")).row(0, named=True)


def swap(values, *, rows, columns):
    """Return the payoffs as another screen would show the same game."""
    halves = [values[:4], values[4:]]
    order = [0, 1, 2, 3]
    order = [order[i] for i in (2, 3, 0, 1)] if rows else order
    order = [order[i] for i in (1, 0, 3, 2)] if columns else order
    return [half[i] for half in halves for i in order]


@settings(deadline=None)
@given(PAYOFFS, st.booleans(), st.booleans())
def test_orient_when_rows_or_columns_were_swapped_then_the_same_game(values, rows, columns):
    """However a game is shown, ties included, the canonical payoffs and types are one."""
    first, second = one(values), one(swap(values, rows=rows, columns=columns))
    for name in [*NAMES, "own_type", "other_type"]:
        assert first[name] == second[name]
    shown = swap(values, rows=first["rows_swapped"], columns=first["columns_swapped"])
    assert [first[name] for name in NAMES] == shown


def test_types_when_all_orders_are_tried_then_each_of_twelve_twice():
    """Four different payoffs have 24 orders; against a neutral order each name occurs twice."""
    from itertools import permutations

    games = pl.DataFrame(
        [[*own, 4, 3, 2, 1] for own in permutations([1, 2, 3, 4])], schema=NAMES, orient="row"
    )
    counts = orient(games)["own_type"].value_counts()
    assert dict(counts.iter_rows()) == dict.fromkeys(ORDERS.values(), 2)


def test_type_when_game_is_a_dilemma_then_both_sides_say_so():
    """Temptation 5, reward 3, punishment 1, sucker 0 is a dilemma for both, however shown."""
    found = one([1, 5, 0, 3, 1, 0, 5, 3])  # defect first
    assert (found["own_type"], found["other_type"]) == ("dilemma", "dilemma")
    assert [found[f"own_{cell}"] for cell in ("UL", "UR", "DL", "DR")] == [3, 0, 5, 1]


def test_type_when_payoffs_tie_then_tied():
    """Two equal payoffs of a player have no strict order."""
    found = one([1, 1, 0, 3, 1, 0, 5, 3])
    assert (found["own_type"], found["other_type"]) == (TIED, "dilemma")
