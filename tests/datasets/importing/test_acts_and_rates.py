"""Thresholds, strategies, shares without n, rounded shares and tables joined, against the file."""

import csv
import io

import polars as pl
import pytest

from silicus import datasets
from silicus.datasets.importing import import_data, import_file
from silicus.errors import DataError
from silicus.games import read_game

from .files import write

OFFERS = "who,least\nann,3\nben,0\ncem,9\ndan,2.5\n"
THRESHOLD = {
    "name": "least", "title": "Smallest acceptable offers", "family": "bargaining",
    "layout": "decisions", "columns": {"participant": "who"}, "plays": "independent",
    "threshold": {"column": "least", "over": "offer", "values": [0, 1, 2, 3, 4]},
    "target": "accept",
    "game": {"kind": "ultimatum", "total": 10,
             "share_offered": {"column": "offer", "scale": 0.1}},
}  # fmt: skip


def chosen(table):
    """Return the options taken, in order."""
    return table.select(pl.col("options").list.get(pl.col("choice"))).to_series().to_list()


@pytest.mark.parametrize("ties", ["at_least", "below"])
def test_import_when_thresholds_then_a_decision_for_each_offer(tmp_path, ties):
    """Accept iff the offer reaches the threshold, recounted from the raw file; ties as said."""
    spec = {**THRESHOLD, "threshold": {**THRESHOLD["threshold"], "ties": ties}}
    made = import_file(*write(tmp_path, OFFERS, spec))
    table = made.decisions
    raw = [float(row["least"]) for row in csv.DictReader(io.StringIO(OFFERS))]
    expected = [
        "accept" if offer > least or (offer == least and ties == "at_least") else "reject"
        for least in raw
        for offer in range(5)
    ]
    assert chosen(table) == expected
    shares = [read_game(text).share_offered for text in table["game"]]
    assert shares == [0, 0.1, 0.2, 0.3, 0.4] * 4
    # One act of one person: the cases share play and round, and none is told in another.
    assert table.select("play_id", "round").n_unique() == 4
    assert table["history"].list.len().max() == 0
    assert any("one act" in note for note in made.notes)
    facts = import_data(*write(tmp_path, OFFERS, spec))
    assert (facts["decisions"], facts["choices"], facts["participants"]) == (20, 4, 4)
    assert datasets.load("least").height == 20


def test_import_when_a_threshold_is_no_number_then_refused_or_listed(tmp_path):
    """The cell of the file is told."""
    text = OFFERS.replace("cem,9", "cem,never")
    with pytest.raises(DataError, match=r'line 4, column "least": found "never", expected a numb'):
        import_file(*write(tmp_path, text, THRESHOLD))
    made = import_file(*write(tmp_path, text, THRESHOLD), on_invalid="drop")
    assert (made.decisions.height, made.dropped["line"].to_list()) == (15, [4])


STRATEGIES = "who,give_if_0,give_if_5,give_if_10\nann,no,no,yes\nben,yes,yes,yes\n"
STRATEGY = {
    "name": "conditional", "title": "Conditional giving", "family": "custom",
    "layout": "decisions", "columns": {"participant": "who"}, "plays": "independent",
    "strategy": {"over": "given", "columns": "give_if_{}", "values": [0, 5, 10]},
    "choices": {"yes": "give", "no": "keep"}, "target": "give",
    "game": {"kind": "contribution", "endowment": 10, "labels": {"give": "give", "keep": "keep"},
             "other_share": {"column": "given", "scale": 0.1}},
}  # fmt: skip


@pytest.mark.parametrize(
    "strategy",
    [
        STRATEGY["strategy"],
        {"over": "given", "columns": {"0": "give_if_0", "5": "give_if_5", "10": "give_if_10"}},
    ],
)
def test_import_when_strategies_then_a_decision_for_each_case(tmp_path, strategy):
    """A pattern of columns, or a column for each case."""
    table = import_file(*write(tmp_path, STRATEGIES, {**STRATEGY, "strategy": strategy})).decisions
    assert chosen(table) == ["keep", "keep", "give", "give", "give", "give"]
    assert [read_game(text).other_share for text in table["game"]] == [0, 0.5, 1] * 2
    assert table.select("play_id", "round").n_unique() == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"plays": "repeated"}, "threshold needs plays: independent"),
        ({"choices": {"1": "accept"}}, "choices must be left out"),
        ({"threshold": {**THRESHOLD["threshold"], "values": [1, 1]}}, "one number twice"),
        ({"threshold": {**THRESHOLD["threshold"], "colum": "x"}}, 'unknown key "colum"'),
        ({"columns": {"participant": "who", "choice": "least"}}, "choice must be left out"),
    ],
)
def test_spec_when_a_threshold_is_wrong_then_refused(tmp_path, changes, message):
    """Each mistake has its sentence."""
    with pytest.raises(DataError, match=message):
        import_file(*write(tmp_path, OFFERS, {**THRESHOLD, **changes}))


SHARES = "game,left,mid,right\na,33,33,33\nb,50,25,25\nc,0,99,0\n"
RATES = {
    "name": "shares", "title": "Shares alone", "family": "custom", "layout": "rates",
    "rates": {name: {"column": name, "scale": 0.01} for name in ("left", "mid", "right")},
    "target": "left", "rounded_to": 0.01,
    "game": {"kind": "custom", "name": "g", "parameters": {"game": {"column": "game"}},
             "rules": "{{ options }}", "ask": "Which?"},
}  # fmt: skip


def test_import_when_shares_have_no_n_then_unknown_and_told(tmp_path):
    """n stays unknown, rounded shares are scaled, and both are said."""
    made = import_file(*write(tmp_path, SHARES, RATES))
    assert made.decisions["n_choices"].to_list() == [None] * 3
    assert made.decisions["choice_rate"].to_list()[:2] == [
        pytest.approx([1 / 3] * 3),
        [0.5, 0.25, 0.25],
    ]
    assert any("2 row(s) missed 1 by rounding (by up to 0.01)" in note for note in made.notes)
    assert any("not known: each game counts once" in note for note in made.notes)
    facts = import_data(*write(tmp_path, SHARES, RATES))
    assert facts["choices"] is None
    assert datasets.load("shares").height == 3
    assert datasets.describe("shares")["n_choices"] is None


def test_import_when_shares_miss_1_by_more_than_rounding_then_refused(tmp_path):
    """Three whole per cents may miss 1 by 1.5 points, and no more."""
    with pytest.raises(DataError, match=r"shares that sum to 1, not 0\.97"):
        import_file(*write(tmp_path, SHARES.replace("c,0,99,0", "c,0,97,0"), RATES))
    spec = {key: value for key, value in RATES.items() if key != "rounded_to"}
    with pytest.raises(DataError, match=r"say rounded_to: 0\.01"):
        import_file(*write(tmp_path, SHARES, spec))


def test_import_when_counts_have_no_n_then_their_sum(tmp_path):
    """Counts say how many there were."""
    spec = {**RATES, "counts": {"left": "left", "right": "right"}}
    del spec["rates"], spec["rounded_to"]
    table = import_file(*write(tmp_path, SHARES.replace("c,0,99,0", "c,1,9,3"), spec)).decisions
    assert table["n_choices"].to_list() == [66, 75, 4]
    with pytest.raises(DataError, match="at least one choice together"):
        import_file(*write(tmp_path, SHARES, spec))


def test_import_when_tables_are_joined_then_each_row_has_its_game(tmp_path):
    """Payoffs of one file beside shares of another, matched by the name of the game."""
    (tmp_path / "games.csv").write_text("game;prize\nb;7\na;4\nc;9\nd;1\n", encoding="utf-8")
    game = {**RATES["game"], "parameters": {"prize": {"column": "prize"}}}
    spec = {**RATES, "game": game, "join": [{"file": "games.csv", "on": "game"}]}
    table = import_file(*write(tmp_path, SHARES, spec)).decisions
    assert [read_game(text).parameters["prize"] for text in table["game"]] == [4, 7, 9]
    more = SHARES + "z,100,0,0\n"
    with pytest.raises(DataError, match=r'line 5, column "game": found "z", expected a row of ga'):
        import_file(*write(tmp_path, more, spec))
    assert import_file(*write(tmp_path, more, spec), on_invalid="drop").dropped.height == 1
    for text, message in (
        ("game;prize\na;1\na;2\n", r"games\.csv, line 3: game a is there twice"),
        ("game;left\na;1\n", 'both data.csv and games.csv have a column "left"'),
        ("gam;prize\na;1\n", 'games.csv has unknown column "game"'),
    ):
        (tmp_path / "games.csv").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=message):
            import_file(*write(tmp_path, SHARES, spec))
