"""Small files and specs that the import tests write and change."""

from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML

HONESTY = """person,wave,trial,bonus,report,told
alice@example.org,1,1,2,high,lucky
alice@example.org,1,2,2,low,unlucky
bob,1,1,5,low,unlucky
bob,1,2,5,low,lucky
bob,1,3,5,high,lucky
"""

HONESTY_SPEC: dict[str, Any] = {
    "name": "honesty",
    "title": "Reports of a die",
    "family": "custom",
    "layout": "decisions",
    "columns": {"participant": "person", "session": "wave", "round": "trial", "choice": "report"},
    "choices": {"high": "six", "low": "other"},
    "target": "six",
    "history": [{"actor": "nature", "kind": "luck", "action": {"column": "told"}}],
    "game": {
        "kind": "custom",
        "name": "die",
        "parameters": {"bonus": {"column": "bonus"}, "sides": 6},
        "rules": "A die with {{ sides }} sides; {{ bonus }} dollars for a six. Say {{ options }}.",
        "ask": "Roll {{ round }}: what do you report?",
        "outcome": "{% for event in events %}{{ event.kind }}: {{ event.action }}. {% endfor %}",
    },
}

EVENTS = """who,match,period,by,what,how,value,words
ann,1,1,them,offer,,4,take it
ann,1,1,me,answer,yes,,
ann,1,2,them,offer,,2,"please, do"
ann,1,2,me,answer,no,,
ben,1,1,them,offer,,1,
ben,1,1,me,answer,no,,
ben,1,1,them,answer,no,,
ben,1,2,them,offer,,3,
ben,1,2,me,answer,yes,,
"""

EVENTS_SPEC: dict[str, Any] = {
    "name": "offers",
    "title": "Offers in turn",
    "family": "bargaining",
    "layout": "events",
    "columns": {
        "participant": "who", "play": "match", "round": "period", "actor": "by", "kind": "what",
        "action": "how", "amount": "value", "text": "words",
    },
    "actors": {"me": "self", "them": "other", "chance": "nature"},
    "decisions": "answer",
    "seen_before": ["offer"],
    "choices": {"yes": "accept", "no": "reject"},
    "target": "accept",
    "game": {
        "kind": "bargaining", "total": 10, "proposes_first": False, "own_discount": 1.0,
        "other_discount": 1.0, "max_rounds": 5, "limit_told": True, "complete_information": True,
    },
}  # fmt: skip

RATES = """p,win,risky,safe,n,people
.5,10,12,8,20,20
.1,50,5,15,20,20
"""

RATES_SPEC: dict[str, Any] = {
    "name": "gambles",
    "title": "Risky or safe",
    "family": "lottery",
    "layout": "rates",
    "columns": {"n": "n", "n_participants": "people"},
    "counts": {"risky": "risky", "safe": "safe"},
    "target": "risky",
    "game": {
        "kind": "lottery",
        "payoff_unit": "dollars",
        "lotteries": [
            [
                {"probability": {"column": "p"}, "payoff": {"column": "win"}},
                {"probability": {"column": "p", "one_minus": True}, "payoff": 0},
            ],
            [{"probability": 1, "payoff": 4}],
        ],
    },
}


def write(
    folder: Path, text: str, spec: dict[str, Any], name: str = "data.csv"
) -> tuple[Path, Path]:
    """Write a CSV file and a spec into a folder; return their paths."""
    data, described = folder / name, folder / "spec.yaml"
    data.write_text(text, encoding="utf-8")
    with described.open("w", encoding="utf-8") as stream:
        YAML(typ="rt").dump(spec, stream)
    return data, described


def told(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return a history without its empty fields."""
    return [
        tuple(value for value in event.values() if value is not None) for event in row["history"]
    ]


def nth(table: pl.DataFrame, number: int) -> dict[str, Any]:
    """Return a row as a mapping."""
    return table.row(number, named=True)
