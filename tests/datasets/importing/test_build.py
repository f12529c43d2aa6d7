"""Files and specs become Decision tables: three layouts, three kinds of file."""

import copy

import polars as pl
import pytest

from silicus.datasets.importing import import_file
from silicus.errors import DataError
from silicus.games import read_game

from .files import (
    EVENTS,
    EVENTS_SPEC,
    HONESTY,
    HONESTY_SPEC,
    RATES,
    RATES_SPEC,
    nth,
    told,
    write,
)


def changed(spec, **changes):
    """Return a copy of a spec with some keys replaced."""
    return {**copy.deepcopy(spec), **changes}


def test_import_when_one_row_per_decision_then_rounds_share_a_history(tmp_path):
    """Own choices and what was learnt after them are told in later rounds, never in their own."""
    table = import_file(*write(tmp_path, HONESTY, HONESTY_SPEC)).decisions
    assert table["choice"].to_list() == [0, 1, 1, 1, 0]
    assert table["round"].to_list() == [1, 2, 1, 2, 3]
    assert told(nth(table, 0)) == []
    assert told(nth(table, 4)) == [
        (1, "self", "move", "other"),
        (1, "nature", "luck", "unlucky"),
        (2, "self", "move", "other"),
        (2, "nature", "luck", "lucky"),
    ]
    game = read_game(table["game"][2])
    assert game.parameters == {"bonus": 5, "sides": 6}
    assert table["options"][0].to_list() == ["six", "other"]


def test_import_when_ids_name_people_then_only_hashes_are_kept(tmp_path):
    """No cell of the table holds an id of the file; the same person has the same hash."""
    table = import_file(*write(tmp_path, HONESTY, HONESTY_SPEC)).decisions
    assert "example.org" not in table.write_json()
    assert table["participant_id"].n_unique() == 2
    assert table["participant_id"].str.contains(r"^p[0-9a-f]{10}$").all()
    again = import_file(*write(tmp_path, HONESTY, HONESTY_SPEC)).decisions
    assert again.equals(table)


def test_import_when_one_row_per_event_then_order_and_seen_before_hold(tmp_path):
    """An offer of this round is seen before the answer, the other's answer after it."""
    table = import_file(*write(tmp_path, EVENTS, EVENTS_SPEC)).decisions
    assert table["choice"].to_list() == [0, 1, 1, 0]
    assert told(nth(table, 1)) == [
        (1, "other", "offer", 4.0, "take it"),
        (1, "self", "answer", "accept"),
        (2, "other", "offer", 2.0, "please, do"),
    ]
    assert told(nth(table, 2)) == [(1, "other", "offer", 1.0)]
    assert told(nth(table, 3))[2] == (1, "other", "answer", "reject")


def test_import_when_rates_then_counts_become_shares(tmp_path):
    """Shares come from counts, and lotteries from columns."""
    table = import_file(*write(tmp_path, RATES, RATES_SPEC)).decisions
    assert [rate.to_list() for rate in table["choice_rate"]] == [[0.6, 0.4], [0.25, 0.75]]
    assert table["n_choices"].to_list() == [20, 20]
    game = read_game(table["game"][1])
    assert [(o.probability, o.payoff) for o in game.lotteries[0]] == [(0.1, 50), (0.9, 0)]


def test_import_when_rates_have_a_history_then_told_by_round(tmp_path):
    """A past round is given by its number; the decision is in the round after the last."""
    spec = changed(
        RATES_SPEC,
        history=[{"actor": "nature", "kind": "draw", "amount": {"column": "win"}, "round": 1}],
        game=HONESTY_SPEC["game"] | {"parameters": {}},
    )
    table = import_file(*write(tmp_path, RATES, spec)).decisions
    assert table["round"].to_list() == [2, 2]
    assert told(nth(table, 0)) == [(1, "nature", "draw", 10.0)]


def test_import_when_rows_are_independent_then_no_history(tmp_path):
    """Independent rows of one person are plays of their own."""
    table = import_file(*write(tmp_path, HONESTY, changed(HONESTY_SPEC, plays="independent")))
    assert table.decisions["history"].list.len().to_list() == [0] * 5
    assert table.decisions["play_id"].n_unique() == 5


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "semicolon", "bom"])
def test_import_when_the_file_is_of_another_kind_then_the_same_table(tmp_path, kind):
    """Parquet, a workbook, semicolons and a byte-order mark give what the plain CSV gives."""
    data, spec = write(tmp_path, HONESTY, HONESTY_SPEC)
    expected = import_file(data, spec).decisions
    rows = pl.read_csv(data)
    if kind == "parquet":
        data = tmp_path / "data.parquet"
        rows.write_parquet(data)
    elif kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in (tuple(rows.columns), *rows.iter_rows()):
            book.active.append(row)
        data = tmp_path / "data.xlsx"
        book.save(data)
    elif kind == "semicolon":
        data.write_text(HONESTY.replace(",", ";"))
    else:
        data.write_bytes(b"\xef\xbb\xbf" + HONESTY.encode())
    assert import_file(data, spec).decisions.equals(expected)


BROKEN = {
    "unknown choice": (
        "bob,1,2,5,low",
        "bob,1,2,5,maybe",
        'line 5, column "report".*"maybe".*high',
    ),
    "empty participant": ("bob,1,2", ",1,2", 'line 5, column "person".*found "".*a value'),
    "round is text": ("bob,1,2", "bob,1,two", 'line 5, column "trial".*"two".*whole number'),
    "round is missing": ("bob,1,2,5,low,lucky\n", "", "round 2 of this play"),
    "round twice": ("bob,1,2,5", "bob,1,1,5", "one decision for each round"),
    "empty history": (",low,lucky", ",low,", 'line 5, column "told".*found ""'),
    "too few fields": ("bob,1,2,5,low,lucky", "bob,1,2,5,low", "line 5: expected 6 fields"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_import_when_a_row_is_bad_then_named_with_what_was_expected(tmp_path, old, new, message):
    """File, line, column, value found and value expected are told."""
    assert old in HONESTY
    data, spec = write(tmp_path, HONESTY.replace(old, new), HONESTY_SPEC)
    with pytest.raises(DataError, match=message):
        import_file(data, spec)


def test_import_when_bad_rows_are_dropped_then_listed_with_the_rest_of_their_play(tmp_path):
    """What follows a dropped round would have a gap in its history: it is listed too."""
    data, spec = write(tmp_path, HONESTY.replace("bob,1,2,5,low", "bob,1,2,5,maybe"), HONESTY_SPEC)
    made = import_file(data, spec, on_invalid="drop")
    assert made.decisions.height == 3
    assert made.dropped["line"].to_list() == [5, 6]
    assert made.dropped["found"].to_list() == ["maybe", "3"]


def test_import_when_the_game_is_impossible_then_its_column_is_named(tmp_path):
    """A probability of 1.5 is traced to the cell that it comes from."""
    data, spec = write(tmp_path, RATES.replace(".5,10", "1.5,10"), RATES_SPEC)
    with pytest.raises(DataError, match=r'line 2, column "p": found "1\.5".*a number up to 1'):
        import_file(data, spec)


def test_import_when_counts_do_not_add_up_then_refused(tmp_path):
    """n must be the sum of the counts."""
    data, spec = write(tmp_path, RATES.replace("12,8,20", "12,9,20"), RATES_SPEC)
    with pytest.raises(
        DataError, match='column "n": found "20", expected the sum of the counts, 21'
    ):
        import_file(data, spec)


WRONG_FILES = {
    "latin": (HONESTY.replace("bob", "böb").encode("latin-1"), "is not UTF-8 text"),
    "utf-16 without a mark": (HONESTY.encode("utf-16-le"), "looks like UTF-16"),
    "web page": (b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", "is a web page"),
    "gzip": (b"\x1f\x8b\x08\x00", "compressed with gzip"),
    "json record": (b'{"trials": [1, 2]}\n{broken', "line 2: not a JSON record"),
    "empty": (b"", "is empty"),
    "no rows": (b"person,wave,trial,bonus,report,told\n", "no rows"),
    "binary": (b"a\x00b\n1,2\n", "not a text file"),
    "column twice": (b"person,person\n1,2\n", '"person" twice'),
    "open quote": (b'person,wave,trial,bonus,report,told\n"a,1,1,2,high,x\n', "not a CSV row"),
    "another file": (b"x,y\n1,2\n", 'unknown column "wave"'),
}


@pytest.mark.parametrize(("content", "message"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_import_when_the_file_is_no_such_table_then_refused(tmp_path, content, message):
    """Another encoding, an empty or binary file or wrong columns are told apart."""
    data, spec = write(tmp_path, HONESTY, HONESTY_SPEC)
    data.write_bytes(content)
    with pytest.raises(DataError, match=message):
        import_file(data, spec)


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_import_when_a_binary_file_is_damaged_then_refused(tmp_path, suffix):
    """A file that only has the name of a Parquet file or workbook is refused in one sentence."""
    _, spec = write(tmp_path, HONESTY, HONESTY_SPEC)
    data = tmp_path / f"data{suffix}"
    data.write_bytes(b"PK not really")
    with pytest.raises(DataError, match=r"data\.(parquet is not a Parquet|xlsx is not a work)"):
        import_file(data, spec)


def test_import_when_rows_are_asked_for_then_only_those_are_taken(tmp_path):
    """Rows that ``where`` leaves out are passed over and counted, not dropped."""
    spec = changed(HONESTY_SPEC, where={"person": "bob", "trial": ["1", 2]})
    made = import_file(*write(tmp_path, HONESTY, spec))
    assert made.decisions.height == 2
    assert (made.n_passed_over, made.dropped.height) == (3, 0)


def test_import_when_rounds_start_at_0_then_counted_from_1(tmp_path):
    """``first_round`` says where the file begins to count."""
    lines = [line.split(",") for line in HONESTY.splitlines()]
    for fields in lines[1:]:
        fields[2] = str(int(fields[2]) - 1)
    text = "\n".join(",".join(fields) for fields in lines)
    with pytest.raises(
        DataError, match=r'column "trial": found "0", expected a whole number from 1'
    ):
        import_file(*write(tmp_path, text, HONESTY_SPEC))
    table = import_file(*write(tmp_path, text, changed(HONESTY_SPEC, first_round=0))).decisions
    assert table["round"].to_list() == [1, 2, 1, 2, 3]


def test_import_when_ids_start_again_in_each_session_then_two_columns_name_a_person(tmp_path):
    """Person 1 of wave 1 is not person 1 of wave 2."""
    text = HONESTY.replace("alice@example.org,1", "1,1").replace("bob,1", "1,2")
    spec = changed(
        HONESTY_SPEC, columns={**HONESTY_SPEC["columns"], "participant": ["wave", "person"]}
    )
    assert import_file(*write(tmp_path, text, spec)).decisions["participant_id"].n_unique() == 2


def test_import_when_numbers_have_commas_then_read_as_such(tmp_path):
    """A semicolon file with decimal commas needs one key."""
    text = RATES.replace(",", ";").replace(".5", "0,5").replace(".1", "0,1")
    with pytest.raises(DataError, match='column "p"'):
        import_file(*write(tmp_path, text, RATES_SPEC))
    table = import_file(*write(tmp_path, text, changed(RATES_SPEC, decimal=","))).decisions
    assert read_game(table["game"][0]).lotteries[0][0].probability == 0.5


def test_import_when_rates_are_percentages_of_one_option_then_the_other_is_the_rest(tmp_path):
    """A Cell scales a percentage and takes the other share from one."""
    spec = changed(
        RATES_SPEC,
        rates={
            "risky": {"column": "risky", "scale": 0.01},
            "safe": {"column": "risky", "scale": 0.01, "one_minus": True},
        },
    )
    del spec["counts"]
    table = import_file(*write(tmp_path, RATES, spec)).decisions
    assert table["choice_rate"][0].to_list() == [0.12, 0.88]
    with pytest.raises(
        DataError, match='column "risky": found "120", expected a share from 0 to 1'
    ):
        import_file(*write(tmp_path, RATES.replace("12,8", "120,8"), spec))


def test_import_when_saved_with_an_index_and_empty_lines_then_both_are_passed_over(tmp_path):
    """A first column without a name and lines of commas alone are common and harmless."""
    lines = HONESTY.splitlines()
    text = "\n".join(
        [f",{lines[0]}", *(f"{i},{line}" for i, line in enumerate(lines[1:])), ",,,,,,"]
    )
    assert import_file(*write(tmp_path, text, HONESTY_SPEC)).decisions.height == 5


def test_import_when_a_workbook_writes_1_as_1_0_then_the_same_choice(tmp_path):
    """Numbers in the choice column are compared as numbers."""
    text = HONESTY.replace("high", "1.0").replace("low", "0")
    spec = changed(HONESTY_SPEC, choices={"1": "six", "0": "other"})
    assert import_file(*write(tmp_path, text, spec)).decisions["choice"].to_list() == [
        0,
        1,
        1,
        1,
        0,
    ]


def test_import_when_a_matrix_game_has_more_rounds_than_said_then_refused(tmp_path):
    """Without n_rounds a matrix game is played once: round 2 is a contradiction."""
    game = {
        "kind": "matrix",
        "name": "g",
        "actions": ["six", "other"],
        "other_actions": ["l", "r"],
        "own": [[1, 2], [3, 4]],
        "other": [[1, 2], [3, 4]],
    }
    spec = changed(HONESTY_SPEC, game=game, history=[])
    with pytest.raises(DataError, match=r'"game\.n_rounds": found "1", expected at least 2'):
        import_file(*write(tmp_path, HONESTY, spec))
    spec = changed(HONESTY_SPEC, game={**game, "n_rounds": 3}, history=[])
    assert import_file(*write(tmp_path, HONESTY, spec)).decisions.height == 5


def test_import_when_an_offer_follows_the_answer_of_its_round_then_not_known_at_it(tmp_path):
    """A counteroffer in the same round is seen before choices of its kind, yet after this one."""
    text = EVENTS.replace(
        "ann,1,1,me,answer,yes,,\n", "ann,1,1,me,answer,no,,\nann,1,1,me,offer,,7,\n"
    )
    table = import_file(*write(tmp_path, text, EVENTS_SPEC)).decisions
    assert told(nth(table, 0)) == [(1, "other", "offer", 4.0, "take it")]
    assert told(nth(table, 1))[:3] == [
        (1, "other", "offer", 4.0, "take it"),
        (1, "self", "answer", "reject"),
        (1, "self", "offer", 7.0),
    ]
