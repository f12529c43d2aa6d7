"""A study file says what it asks for, or gets one paragraph about its first mistake."""

import pytest

from silicus.errors import StudyError
from silicus.study import read_study

GOOD = """\
study: first
datasets:
  - sample_lottery
models:
  - name: gemma-3-270m
    format: plain
  - name: SmolLM2-135M-Instruct
    format: chat
comparisons:
  - base: gemma-3-270m
    aligned: SmolLM2-135M-Instruct
"""


def read(tmp_path, text):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    return read_study(path)


def test_file_when_good_is_read_with_defaults(tmp_path):
    """What a study leaves out has the documented default; what it gives is kept as given."""
    study, given = read(tmp_path, GOOD)
    assert study.formulations == ("baseline",)
    assert study.history == "turns"
    assert [model.format for model in study.models] == ["plain", "chat"]
    assert "seed" not in given
    assert type(given["datasets"][0]) is str


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("datasets:", "dataset:", r'line 2: unknown key "dataset": did you mean "datasets"\?'),
        ("    format: plain", "    fromat: plain", r'line 6: unknown key "fromat".*"format"'),
        ("    format: plain", "    format: plian", r"line 6: models\.0\.format.*'plian'"),
        ("gemma-3-270m\n    f", "gemma-3-270\n    f", r'line 5:.*"gemma-3-270".*"gemma-3-270m"'),
        ("- sample_lottery", "- sample_lotery", r'line 3:.*"sample_lotery".*"sample_lottery"'),
        ("study: first", "study: ../escape", r"line 1: study"),
        ("  - base: gemma-3-270m", "  - base: gemma", r'line 10: unknown model "gemma"'),
        ("study: first", "study: first\nseed: -1", r"line 2: seed"),
        ("study: first", "study: first\nn_resamples: many", r"line 2: n_resamples"),
        ("study: first", "study: first\nformulations: [basline]", r"line 2:.*basline.*baseline"),
        ("study: first", "study: first\ntheories: [nsah]", r'line 2: unknown theory "nsah"'),
        ("study: first", "study: first\nstudy: second", r"not valid YAML"),
        ("study: first", "study: [first", r"not valid YAML"),
        ("datasets:\n  - sample_lottery\n", "", r'the key "datasets" is missing'),
    ],
)
def test_file_when_mistaken_gets_line_and_remedy(tmp_path, old, new, message):
    """A typo gets its line, the allowed names and the nearest one."""
    assert old in GOOD
    with pytest.raises(StudyError, match=message):
        read(tmp_path, GOOD.replace(old, new, 1))


def test_file_when_it_holds_a_tag_constructs_nothing(tmp_path):
    """YAML tags that would run code are data, or refused; nothing is executed."""
    marker = tmp_path / "ran"
    text = GOOD.replace("first", f"!!python/object/apply:os.system ['touch {marker}']", 1)
    with pytest.raises(StudyError):
        read(tmp_path, text)
    assert not marker.exists()


def test_model_when_of_ones_own_needs_kind_and_provider(tmp_path):
    """A model that the registry does not know must say what it is."""
    text = GOOD.replace("    format: plain", "    format: plain\n    source: folder:models/x", 1)
    with pytest.raises(StudyError, match="needs kind and provider"):
        read(tmp_path, text)


def test_model_when_listed_twice_is_refused(tmp_path):
    """One model in one format is scored once."""
    text = GOOD.replace(
        "  - name: SmolLM2-135M-Instruct\n    format: chat",
        "  - name: gemma-3-270m\n    format: plain",
    )
    with pytest.raises(StudyError, match="listed twice"):
        read(tmp_path, text)


def test_file_when_missing_says_so(tmp_path):
    """A path that is no file is refused with the path."""
    with pytest.raises(StudyError, match=r"nowhere\.yaml cannot be read"):
        read_study(tmp_path / "nowhere.yaml")
