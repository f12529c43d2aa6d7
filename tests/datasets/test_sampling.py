"""Drawing a part of a data set: exact, repeatable, whole units, never more than there is."""

import polars as pl
import pytest
from pydantic import ValidationError
from rich.console import Console

from silicus.datasets import Sample, import_file, load, sample
from silicus.errors import DataError, StudyError
from silicus.study import read_study, run_study
from tests.datasets.importing.files import HONESTY, HONESTY_SPEC, write


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    """Return decisions of 20 people in 10 sessions of two, three plays each, two rounds a play."""
    one = load("sample_lottery")[:1]
    rows = [
        one.with_columns(
            decision_id=pl.lit(f"p{p}/g{g}/r{r}"), participant_id=pl.lit(f"p{p}"),
            session_id=pl.lit(f"s{p // 2}"), play_id=pl.lit(f"p{p}/g{g}"),
            round=pl.lit(r, pl.Int32),
        )
        for p in range(20) for g in range(3) for r in (1, 2)
    ]  # fmt: skip
    return pl.concat(rows)


@pytest.mark.parametrize(
    ("counted", "column", "per"),
    [("participants", "participant_id", 6), ("sessions", "session_id", 12),
     ("plays", "play_id", 2), ("decisions", "decision_id", 1)],
)  # fmt: skip
def test_sample_when_a_number_is_asked_then_exactly_that_many_whole_units(
    people, counted, column, per
):
    """Every row of a drawn unit is there, whatever the order of the rows."""
    wanted = Sample(**{counted: 7, "seed": 3})
    taken = sample(people, wanted, where="x")
    assert taken[column].n_unique() == 7
    assert taken.height == 7 * per
    shuffled = sample(people.sample(fraction=1, shuffle=True, seed=1), wanted, where="x")
    assert set(shuffled["decision_id"]) == set(taken["decision_id"])
    more = sample(people, Sample(**{counted: 9, "seed": 3}), where="x")
    assert set(taken["decision_id"]) < set(more["decision_id"])
    other = sample(people, Sample(**{counted: 7, "seed": 4}), where="x")
    assert set(other["decision_id"]) != set(taken["decision_id"])


def test_sample_when_sessions_are_the_unit_then_both_sides_come_together(people):
    """Five people by whole sessions of two are four, never half a dialogue."""
    taken = sample(people, Sample(participants=5, unit="session"), where="x")
    assert taken["participant_id"].n_unique() == 4
    assert taken["session_id"].n_unique() == 2


def test_sample_when_units_are_equally_likely_then_each_is_drawn_as_often(people):
    """Over 400 seeds each of 20 people is among five drawn about 100 times."""
    drawn: list[str] = []
    for seed in range(400):
        taken = sample(people, Sample(participants=5, seed=seed), where="x")
        drawn.extend(taken["participant_id"].unique())
    counts = pl.Series(drawn).value_counts()["count"]
    assert counts.len() == 20
    assert counts.min() > 65
    assert counts.max() < 140


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"participants": 21}, "asks for 21 participants, and there are 20"),
        ({"decisions": 121}, "asks for 121 decisions, and there are 120"),
        ({"sessions": 2, "unit": "play"}, "belongs to more than one play"),
        ({"decisions": 3, "unit": "session"}, "no session has as few as 3 decisions"),
    ],
)
def test_sample_when_it_cannot_be_drawn_then_refused(people, wanted, message):
    """Both numbers are named."""
    with pytest.raises(DataError, match=message):
        sample(people, Sample(**wanted), where="x")


def test_sample_when_nobody_is_named_then_what_can_be_drawn_is_told(people):
    """Rates and anonymous dialogues have no participants."""
    anonymous = people.with_columns(participant_id=pl.lit(None, pl.String))
    with pytest.raises(DataError, match=r"no participant_id.*Draw by session or play"):
        sample(anonymous, Sample(participants=2), where="x")
    assert sample(anonymous, Sample(sessions=2), where="x")["session_id"].n_unique() == 2


def test_sample_when_two_numbers_are_given_then_refused():
    """One number says how much."""
    with pytest.raises(ValidationError, match="needs one of participants"):
        Sample(participants=2, plays=3)


def test_import_when_a_sample_is_asked_then_only_that_is_kept(tmp_path, monkeypatch):
    """One of the two people of the file; the note says so, and three are too many."""
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
    spec = {**HONESTY_SPEC, "sample": {"participants": 1, "seed": 2}}
    made = import_file(*write(tmp_path, HONESTY, spec))
    assert made.decisions["participant_id"].n_unique() == 1
    assert f"{made.decisions.height} of 5 decisions (seed 2)" in made.notes[-1]
    spec["sample"] = {"participants": 3}
    with pytest.raises(DataError, match="asks for 3 participants, and there are 2"):
        import_file(*write(tmp_path, HONESTY, spec))


def test_study_when_a_sample_is_asked_then_drawn_and_recorded(tmp_path):
    """The manifest says what was drawn of what; too many is an error of the study."""
    path = tmp_path / "part.yaml"
    text = (
        "study: part\ndatasets: [sample_lottery, sample_ultimatum]\ntheories: [expected_value]\n"
        "sample: {decisions: 5, seed: 1}\nsample_of: {sample_ultimatum: {decisions: 3}}\n"
        "n_resamples: 100\n"
    )
    path.write_text(text)
    done = run_study(*read_study(path), path, tmp_path / "out", Console(quiet=True))
    counts = done.read_table("decisions").group_by("dataset").len()
    assert dict(counts.iter_rows()) == {"sample_lottery": 5, "sample_ultimatum": 3}
    said = [facts["sample"] for facts in done.manifest["datasets"]]
    assert [(one["n_decisions"], one["of_decisions"]) for one in said] == [(5, 14), (3, 10)]
    path.write_text(text.replace("decisions: 5", "decisions: 15"))
    with pytest.raises(StudyError, match=r"sample_lottery.*asks for 15 decisions, and .* are 14"):
        run_study(*read_study(path), path, tmp_path / "more", Console(quiet=True))
