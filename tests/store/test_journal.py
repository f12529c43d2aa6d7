"""The journal keeps every score that reached it, whole, and no other."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import StoreError
from silicus.store import Journal
from silicus.store.journal import Entry

LOGPROB = st.floats(min_value=-1e4, max_value=0)
FORMS = st.lists(st.lists(LOGPROB, min_size=1, max_size=3).map(tuple), min_size=2, max_size=4)


@st.composite
def entries(draw):
    forms = tuple(draw(FORMS))
    first = draw(st.none() | st.tuples(*[LOGPROB] * len(forms)))
    return Entry(draw(st.text("0123456789abcdef", min_size=8)), forms, first, draw(st.just(7)))


@settings(max_examples=25, deadline=None)
@given(st.lists(entries(), max_size=12, unique_by=lambda entry: entry.key))
def test_entries_when_flushed_come_back_equal(tmp_path_factory, given_entries):
    """A journal read again holds exactly what was flushed, to the last bit."""
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder)
    for entry in given_entries:
        journal.add(entry)
    journal.flush()
    again = Journal(folder)
    assert len(again) == len(given_entries)
    assert all(again[entry.key] == entry for entry in given_entries)


def test_parts_when_flushed_twice_are_added_and_never_rewritten(tmp_path):
    """A second flush writes a second file and leaves the first alone."""
    journal = Journal(tmp_path)
    journal.add(Entry("a", ((-1.0,), (-2.0,)), None, 3))
    journal.flush()
    first = next(tmp_path.glob("part-*.parquet"))
    before = first.read_bytes()
    journal.add(Entry("b", ((-1.0,), (-2.0,)), (-0.5, -0.7), 3))
    journal.flush()
    assert first.read_bytes() == before
    assert len(list(tmp_path.glob("part-*.parquet"))) == 2
    assert "a" in Journal(tmp_path)
    assert math.isclose(Journal(tmp_path)["b"].first_token_logprobs[1], -0.7)


def test_part_when_damaged_is_named_and_the_others_survive(tmp_path):
    """A damaged part is refused by name; without it the rest of the scores are there."""
    journal = Journal(tmp_path)
    for key in ("a", "b"):
        journal.add(Entry(key, ((-1.0,), (-2.0,)), None, 3))
        journal.flush()
    damaged = sorted(tmp_path.glob("part-*.parquet"))[0]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"part-000000.*damaged.*Delete this one file"):
        Journal(tmp_path)
    damaged.unlink()
    assert "b" in Journal(tmp_path)


def test_leftover_when_a_write_was_interrupted_is_removed(tmp_path):
    """What a killed write left next to its place does not stay and is not read."""
    (tmp_path / ".part-000000.parquet.x.tmp").write_bytes(b"half")
    assert len(Journal(tmp_path)) == 0
    assert not list(tmp_path.glob(".*.tmp"))
