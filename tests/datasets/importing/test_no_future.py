"""Whatever an event file holds, a history has nothing of the choice itself or of later rows."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.datasets.importing import import_file
from silicus.errors import DataError

from .files import EVENTS_SPEC, told, write

HEADER = "who,match,period,by,what,how,value,words"
SPEC = {
    **EVENTS_SPEC,
    "family": "custom",
    "game": {"kind": "custom", "name": "g", "rules": "r {{ options }}", "ask": "{{ round }}?"},
}
HAPPENED = st.tuples(
    st.integers(1, 3),
    st.sampled_from([("them", "offer"), ("me", "offer"), ("chance", "result"), ("me", "answer")]),
)
ACTORS = {"me": "self", "them": "other", "chance": "nature"}


@settings(deadline=None, max_examples=40)
@given(st.lists(HAPPENED, min_size=1, max_size=14))
def test_import_when_events_are_arbitrary_then_histories_are_what_was_known(happened):
    """Known are earlier rounds, and this round's offers that precede the choice in the file.

    Each event has a value of its own, so that it can be told from all others.
    """
    rows = sorted(happened, key=lambda one: one[0])
    lines = [HEADER]
    for value, (number, (by, what)) in enumerate(rows):
        how = "yes" if what == "answer" else ""
        lines.append(f"ann,1,{number},{by},{what},{how},{value},")
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), "\n".join(lines) + "\n", SPEC)
        try:
            table = import_file(*paths).decisions
        except DataError:
            return
    for row in table.iter_rows(named=True):
        now = row["round"]
        place = rows.index((now, ("me", "answer")))
        expected = set()
        for value, (number, (by, what)) in enumerate(rows):
            seen = number < now or (number == now and what == "offer" and value < place)
            if seen and what != "answer":
                expected.add((number, ACTORS[by], what, float(value)))
        found = [event for event in told(row) if event[2] in ("offer", "result")]
        assert set(found) == expected
        assert len(found) == len(expected)
        own = [event[0] for event in told(row) if event[2] == "move"]
        assert own == [number for number, (_, what) in rows if what == "answer" and number < now]
