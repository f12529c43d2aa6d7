"""Files and specs that are wrong in some way: mutations of good ones, each by its number."""

import copy
import csv
import io
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from silicus.datasets.importing import import_file
from silicus.errors import DataError

from .files import EVENTS, EVENTS_SPEC, HONESTY, HONESTY_SPEC, RATES, RATES_SPEC, write
from .test_offering import LETTERS, LOTTERIES, POOL
from .test_varying import SPECS

ROUNDS = "who,round,v,x,did,o\nann,1,23,5,0,L\nann,2,31,6,1,R\nann,3,31,7,0,L\nbob,1,4,5,1,L\n"
GOOD: list[tuple[str, dict[str, Any]]] = [
    (HONESTY, HONESTY_SPEC),
    (EVENTS, EVENTS_SPEC),
    (RATES, RATES_SPEC),
    ("who,round,shown,did\nann,1,tea|milk,milk\nann,2,ale|gin|rum,rum\nben,1,a|b,a\n", POOL),
    ("who,round,give,take,did,other\nann,1,Q,Z,Q,Z\nann,2,Q,Z,Z,Z\nbob,1,M,K,K,M\n", LETTERS),
    ("who,sure,win,third,more,did\nann,4,9,,,1\nbob,4,9,C,7,3\n", LOTTERIES),
    *((ROUNDS, spec) for spec in SPECS.values()),
]
JUNK: list[Any] = [
    *("", " ", "NA", "x", "{column: x}", "{{ x }}", "{% if %}", "#2", "#99", "EDIT: what", "007"),
    *("1e999", "nan", "-1", "1,5", "\u2028", "é" * 300, "a\nb", "[[1,2],[3,4]]", "1 2; 3 4"),
    *(0, -1, 10**30, 0.5, True, None, [], {}, [[]], [None], {"column": "nowhere"}, ["a", 1]),
    *({"column": "did"}, {"column": "who", "recode": {"a": ["b"]}}, {"column": 3}, {"a": {}}),
]  # fmt: skip
CELLS = [str(one) for one in JUNK if isinstance(one, str | int | float)] + ["yes", "no", "0", "1"]
INSIDES = re.compile(r"Traceback|pydantic|<class |Input should|KeyError|\.str\b|dict_keys")


def mutated(number: int) -> tuple[bytes, dict[str, Any], str]:
    """Return the file, the spec and ``raise`` or ``drop`` of a number; the same ones every time."""
    chance = random.Random(number)
    text, spec = GOOD[number % len(GOOD)]
    spec = copy.deepcopy(spec)
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if chance.random() < 0.5:
            _break_spec(chance, spec)
        else:
            _break_rows(chance, rows)
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    raw = stream.getvalue().encode()
    if chance.random() < 0.1:
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + chance.randbytes(chance.randrange(4)) + raw[at + chance.randrange(9) :]
    return raw, spec, chance.choice(("raise", "drop"))


def _break_spec(chance: random.Random, spec: dict[str, Any]) -> None:
    """Take out, put in or replace something at a random depth."""
    node: Any = spec
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.7:
            node = node[key]
            continue
        what = chance.random()
        if what < 0.3:
            del node[key]
        elif what < 0.9 or not isinstance(node, dict):
            node[key] = copy.deepcopy(chance.choice(JUNK))
        else:
            node[chance.choice(("colour", "round", "column", ""))] = node.pop(key)
        return


def _break_rows(chance: random.Random, rows: list[list[str]]) -> None:
    """Change a cell, or take out, double or swap rows."""
    at = chance.randrange(len(rows))
    what = chance.random()
    if what < 0.75 and rows[at]:
        rows[at][chance.randrange(len(rows[at]))] = chance.choice(CELLS)
    elif what < 0.85:
        del rows[at]
        rows or rows.append([""])
    else:
        rows.insert(chance.randrange(len(rows) + 1), list(rows[at]))


def outcome(number: int, folder: Path) -> str:
    """Import the mutation of a number; return ``taken`` or ``refused``, or raise what is wrong.

    Raises
    ------
    AssertionError
        If a message shows the inside of the library, a row is neither used nor counted, or a value
        is told that the file does not have.
    """
    raw, spec, on_invalid = mutated(number)
    data, described = write(folder, "", spec)
    data.write_bytes(raw)
    try:
        made = import_file(data, described, on_invalid=on_invalid)
    except DataError as cause:
        told = str(cause)
        assert told.strip(), number
        assert not INSIDES.search(told), (number, told)
        return "refused"
    columns, *rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    names = [name.strip() for name in columns]
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if spec["layout"] == "decisions" and not made.n_passed_over and "sample" not in spec:
        counted = made.decisions.height + len(set(made.dropped["line"]))
        assert counted == len(filled), (number, counted, len(filled))
        _same_choices(number, made, spec, names, filled)
    _same_values(number, made, spec, names, filled)
    return "taken"


def _same_choices(number: int, made: Any, spec: Any, names: list[str], rows: list[Any]) -> None:
    """Every choice stands in the file, as often as it was taken at most."""
    if spec.get("offered"):
        return
    place = names.index(spec["columns"]["choice"])
    meant = {str(key): value for key, value in spec["choices"].items()}
    there = Counter(meant.get(row[place].strip()) for row in rows)
    taken = Counter(
        options[choice]
        for options, choice in made.decisions.select("options", "choice").iter_rows()
    )
    for option, n in taken.items():
        assert n <= there[option], (number, option, n, there)


def _same_values(number: int, made: Any, spec: Any, names: list[str], rows: list[Any]) -> None:
    """The column ``v`` of the games that vary is told with numbers of the file."""
    if "v" not in names or spec["game"].get("kind") != "custom":
        return
    if (spec["game"].get("parameters") or {}).get("v") != {"column": "v"}:
        return
    there = {row[names.index("v")].strip() for row in rows}
    for text in made.decisions["game"]:
        told = json.loads(text)["parameters"]["v"]
        same = any(
            told == cell or (isinstance(told, int | float) and _equal(told, cell)) for cell in there
        )
        assert same or isinstance(told, bool), (number, told, there)


def _equal(told: float, cell: str) -> bool:
    try:
        return float(cell) == told
    except ValueError:
        return False
