"""Parameters that change from round to round: each round is told with the values that it had."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus import prompts
from silicus.datasets.importing import import_file
from silicus.errors import DataError
from silicus.prompts import formulations
from silicus.terms import BY_ROUND, TERMS

from .files import write

FACTS = {"name": "varying", "title": "Something varies", "layout": "decisions"}
COLUMNS = {"participant": "who", "round": "round", "choice": "did"}
OFFER = {"actor": "other", "kind": "offer", "amount": {"column": "x"}, "seen": "before"}
MESSAGE = {"actor": "other", "kind": "message", "text": {"column": "x"}, "seen": "before"}
V = {"column": "v"}


def spec(kind: str, family: str, options: tuple[str, ...], history: list, **game: Any) -> dict:
    """Return the spec of a repeated game of a kind with the column ``v`` among its parameters."""
    return {
        **FACTS,
        "family": family,
        "columns": COLUMNS,
        "choices": {str(place): option for place, option in enumerate(options)},
        "target": options[0],
        "history": history,
        "game": {"kind": kind, **game},
    }


SPECS = {
    "matrix": spec(
        "matrix", "repeated_matrix", ("L", "R"),
        [{"actor": "other", "kind": "move", "action": {"column": "o"}}],
        name="g", actions=["L", "R"], other_actions=["L", "R"], n_rounds=99,
        own=[[3, 0], [V, 1]], other=[[3, V], [0, 1]],
    ),
    "bargaining": spec(
        "bargaining", "bargaining", ("accept", "reject"), [OFFER],
        total=V, proposes_first=False, own_discount=0.9, other_discount=0.9, max_rounds=999,
        limit_told=True, complete_information=True,
    ),
    "negotiation": spec(
        "negotiation", "negotiation", ("yes", "no"), [OFFER],
        role="seller", own_value=V, other_value=50, max_rounds=999, limit_told=True,
        complete_information=True, labels={"yes": "accept", "no": "reject"},
    ),
    "persuasion": spec(
        "persuasion", "persuasion", ("yes", "no"),
        [MESSAGE, {"actor": "nature", "kind": "quality",
                   "action": {"column": "o", "recode": {"L": "high", "R": "low"}}}],
        price=10, chance_of_high=0.5, worth_high=V, n_rounds=99, seller_knows_worth=True,
    ),
    "hotel": spec(
        "hotel", "persuasion", ("go", "stay"),
        [MESSAGE, {"actor": "nature", "kind": "quality", "amount": {"column": "x"}}],
        n_rounds=99, threshold=V, labels={"go": "go", "stay": "stay"},
    ),
    "issues": spec(
        "issues", "negotiation", ("take", "leave"),
        [MESSAGE, {"actor": "other", "kind": "offer", "action": "Food", "amount": 1,
                   "seen": "before"}],
        issues=["Food"], packages=[V], own_points=[4], walk_away_points=V,
        labels={"take": "accept", "leave": "walk_away"},
    ),
    "lottery": spec(
        "lottery", "lottery", ("risky", "safe"),
        [{"actor": "self", "kind": "payoff", "amount": {"column": "x"}}],
        payoff_unit="points",
        lotteries=[[{"probability": 0.5, "payoff": V}, {"probability": 0.5, "payoff": 0}],
                   [{"probability": 1, "payoff": 7}]],
    ),
    "ultimatum": spec("ultimatum", "bargaining", ("accept", "reject"), [],
                      total=V, share_offered=0.25),
    "contribution": spec(
        "contribution", "bargaining", ("a", "b"), [{"actor": "self", "kind": "payoff", "amount":
        {"column": "x"}}], endowment=V, other_share=0.5, labels={"a": "give", "b": "keep"},
    ),
    "custom": spec(
        "custom", "custom", ("a", "b"),
        [{"actor": "nature", "kind": "luck", "amount": {"column": "x"}}],
        name="g", parameters={"v": V}, rules="Worth {{ v }}: {{ options }}.",
        ask="Round {{ round }}: {{ v }}?",
        outcome="{% for event in events %}{{ event.kind }} at {{ v }}.{% endfor %}",
    ),
}  # fmt: skip
"""One for every kind of game that can tell a change; ``v`` is what changes."""

ROUNDS = st.lists(
    st.tuples(st.integers(21, 24), st.integers(1, 9), st.sampled_from("01"), st.sampled_from("LR")),
    min_size=1,
    max_size=5,
)


def imported(described: dict, rounds: list[tuple[int, int, str, str]]):
    """Return the decisions of one person's rounds: value, offer, choice, the other's move."""
    lines = ["who,round,v,x,did,o"]
    lines += [f"ann,{n},{','.join(map(str, row))}" for n, row in enumerate(rounds, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        return import_file(*write(Path(folder), "\n".join(lines) + "\n", described)).decisions


def messages(table, wording: str, style: str) -> list[list[dict[str, str]]]:
    """Return the conversation of each decision."""
    return prompts.write(table, formulation=wording, format=style)["messages"].to_list()


def test_specs_when_a_kind_can_tell_changes_then_it_is_tried_here():
    """A kind that joins those whose rounds may differ needs a case of its own."""
    assert SPECS.keys() == BY_ROUND.keys()


@pytest.mark.parametrize("kind", SPECS)
@settings(deadline=None, max_examples=12)
@given(ROUNDS, ROUNDS, st.sampled_from(formulations()), st.sampled_from(["plain", "chat"]))
def test_prompts_when_later_rows_change_then_a_round_is_told_the_same(
    kind, rounds, others, wording, style
):
    """Byte for byte: a prompt depends on rows up to its round, whatever comes afterwards."""
    whole = messages(imported(SPECS[kind], rounds), wording, style)
    for k in range(1, len(rounds) + 1):
        # The own choice of this round and what came of it are of the future, too.
        value, offer, _, _ = rounds[k - 1]
        changed = [*rounds[: k - 1], (value, offer, "1", "R"), *others]
        assert messages(imported(SPECS[kind], changed), wording, style)[k - 1] == whole[k - 1]


@pytest.mark.parametrize("kind", SPECS)
@settings(deadline=None, max_examples=12)
@given(ROUNDS, st.sampled_from([name for name in formulations() if name != "numbers_only"]))
def test_prompts_when_a_round_is_over_then_it_is_still_told_as_it_was(kind, rounds, wording):
    """What was asked in a round is asked in the same words in every later history."""
    found = messages(imported(SPECS[kind], rounds), wording, "chat")
    for k, now in enumerate(found):
        for later in found[k + 1 :]:
            assert now[-1] in later


@pytest.mark.parametrize("kind", SPECS)
def test_prompts_when_a_value_changes_then_every_value_stands_at_its_round(kind):
    """The second round's value is not told in the first; both are told in the third."""
    rounds = [(23, 5, "0", "L"), (31, 6, "0", "L"), (47, 7, "0", "L")]
    first, second, third = messages(imported(SPECS[kind], rounds), "baseline", "plain")
    text = third[0]["content"]
    assert "31" in second[0]["content"]
    assert "31" not in first[0]["content"]
    assert "47" not in second[0]["content"]
    assert text.index("23") < text.index("31") < text.index("47")


def test_import_when_nothing_changes_then_the_history_has_no_word_of_it():
    """A play whose terms stay the same is as it always was."""
    table = imported(SPECS["matrix"], [(23, 5, "0", "L")] * 3)
    assert TERMS not in {one["kind"] for row in table["history"].to_list() for one in row}


@pytest.mark.parametrize(
    ("kind", "key", "values"),
    [
        ("matrix", "n_rounds", (7, 8)),
        ("matrix", "noise", (0.1, 0.2)),
        ("bargaining", "own_discount", (0.5, 0.6)),
        ("negotiation", "max_rounds", (7, 8)),
        ("persuasion", "n_rounds", (7, 8)),
        ("hotel", "n_rounds", (7, 8)),
    ],
)
def test_import_when_what_holds_for_a_play_changes_then_refused_with_both_values(kind, key, values):
    """Such a change cannot be told; the message has the line, the round and both values."""
    described = {**SPECS[kind], "game": {**SPECS[kind]["game"], key: {"column": "v"}}}
    rounds = [(value, 5, "0", "L") for value in values]
    with pytest.raises(DataError, match=rf'line 3, column "v": found "{values[1]}".*'
                       rf"{values[0]} as in round 1 \(line 2\).*{key}"):  # fmt: skip
        imported(described, rounds)


EVENTS_SPEC = {
    **FACTS, "layout": "events", "family": "bargaining",
    "columns": {"participant": "who", "round": "round", "actor": "by", "kind": "what",
                "action": "how", "amount": "gain"},
    "actors": {"me": "self", "them": "other"}, "decisions": "answer", "seen_before": ["offer"],
    "choices": {"yes": "accept", "no": "reject"}, "target": "accept",
    "game": {**SPECS["bargaining"]["game"], "total": {"column": "pot"}},
}  # fmt: skip


def told_events(tmp_path, *rows: str):
    """Return the decisions of rows of ann: round, by, what, how, gain, pot."""
    lines = ["who,round,by,what,how,gain,pot", *(f"ann,{row}" for row in rows)]
    return import_file(*write(tmp_path, "\n".join(lines) + "\n", EVENTS_SPEC)).decisions


def test_import_when_a_round_without_a_choice_had_its_own_value_then_it_is_told(tmp_path):
    """Rows of events tell the terms of their round, also where the person did not decide."""
    table = told_events(
        tmp_path,
        *("1,them,offer,,40,100", "1,me,answer,no,,100", "2,me,offer,,50,200"),
        *("2,them,answer,no,,200", "3,them,offer,,60,300", "3,me,answer,yes,,300"),
    )
    text = messages(table, "baseline", "plain")[-1][0]["content"]
    assert "proposed $40 for you and $60 for" in text
    assert "proposed $50 for you and $150 for" in text
    assert "proposed $60 for you and $240 for" in text


def test_import_when_a_round_between_two_values_tells_none_then_refused(tmp_path):
    """What it was in that round cannot be known, so it is not guessed."""
    with pytest.raises(DataError, match=r'line 6, column "pot".*100 as in round 1.*round 2'):
        told_events(
            tmp_path,
            *("1,them,offer,,40,100", "1,me,answer,no,,100", "2,me,offer,,50,"),
            *("2,them,answer,no,,", "3,them,offer,,60,300", "3,me,answer,yes,,300"),
        )


def test_import_when_a_round_has_two_values_then_refused(tmp_path):
    """One round has one value of a parameter."""
    with pytest.raises(DataError, match=r'line 3, column "pot": found "90".*100 as in round 1'):
        told_events(tmp_path, "1,them,offer,,40,100", "1,me,answer,no,,90")


@pytest.mark.parametrize("where", ["game", "history"])
def test_spec_when_the_choice_would_be_told_then_refused(where):
    """The column of the choice holds what is to be predicted."""
    described = {**SPECS["custom"]}
    if where == "game":
        described["game"] = {**described["game"], "parameters": {"v": {"column": "did"}}}
    else:
        described["history"] = [{**OFFER, "amount": {"column": "did"}}]
    with pytest.raises(DataError, match=f'{where}.*column "did".*before the choice'):
        imported(described, [(23, 5, "0", "L")])
