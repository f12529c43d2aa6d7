"""Pairs of one's own, four lines of YAML each."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silicus.errors import StudyError
from silicus.own_pairs import load_pairs
from silicus.pair_records import UNKNOWN
from silicus.pairs import pairs_table, registry

FOUR_LINES = """\
- id: my-pair
  base: folder:models/my-base
  aligned: folder:/elsewhere/my-chat
  provider: My Lab
"""


@pytest.fixture
def load(tmp_path):
    """Write a pairs file and load it."""

    def write_and_load(text):
        file = tmp_path / "own.yaml"
        file.write_text(text, encoding="utf-8")
        return load_pairs(file)

    return write_and_load


def test_four_lines_when_loaded_make_a_pair_of_local_folders(load, tmp_path):
    """Folders become models named after them; a relative one lies beside the file."""
    held = load(FOUR_LINES)
    one = held.pair("my-pair")
    assert (one.base, one.aligned, one.row, one.same_provider) == ("my-base", "my-chat", None, True)
    assert held.model("my-base").sources == (f"folder:{tmp_path}/models/my-base",)
    assert held.model("my-chat").sources == ("folder:/elsewhere/my-chat",)
    assert held.model("my-base").kind == "base"
    assert held.model("my-chat").kind == "aligned"
    assert held.model("my-chat").licence == UNKNOWN
    assert held.model("my-base").facts == {"sources": "user"}


def test_own_pairs_when_loaded_are_added_after_those_of_silicus(load):
    """The registry of silicus stays whole, and is not changed by loading."""
    before = registry().pairs()
    held = load(FOUR_LINES)
    assert held.pairs()[:-1] == before == registry().pairs()
    assert held.lineages() == registry().lineages()
    last = pairs_table(held).row(-1, named=True)
    assert (last["pair_id"], last["model_family"], last["size_billion"]) == ("my-pair", None, None)


def test_known_models_when_named_keep_their_facts_and_provider(load):
    """A pair across providers is allowed, and says that it is one."""
    held = load(
        "- {id: two, base: gemma-3-270m, aligned: SmolLM2-135M-Instruct, provider: anyone}\n"
        "- {id: hub, base: hub:Qwen/Qwen3-0.6B-Base, aligned: Qwen3-0.6B, provider: anyone}\n"
    )
    assert not held.pair("two").same_provider
    assert held.pair("hub").base == "Qwen3-0.6B-Base"
    assert held.pair("hub").same_provider
    assert len(held.models()) == len(registry().models())


def test_own_model_when_used_by_two_pairs_is_one_model(load):
    """Two pairs may share a base, by its source or by its name."""
    held = load(
        FOUR_LINES
        + "- {id: second, base: my-base, aligned: folder:other, provider: My Lab}\n"
        + "- {id: third, base: folder:models/my-base, aligned: folder:third, provider: My Lab}\n"
    )
    assert {held.pair(name).base for name in ("my-pair", "second", "third")} == {"my-base"}


ONE = "- {id: a, base: folder:b, aligned: folder:c, provider: d}\n"


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("", 1, "expected a list of pairs, found nothing"),
        ("id: a\n", 1, "expected a list of pairs, found named fields"),
        ("- a\n- b\n", 1, 'found "a"'),
        (ONE + "- just text\n", 2, 'found "just text"'),
        ("- id: a\n  base: [\n", 3, "this is not valid YAML"),
        ("- id: a\n  base: folder:b\n\n- id: x\n", 1, "this pair lacks aligned, provider"),
        ("- id: a\n  bose: folder:b\n", 2, 'did you mean "base"'),
        (
            "- id: a\n  base: folder:b\n  aligned: 12\n  provider: d\n",
            3,
            "must be a text, found 12",
        ),
        ("- id: a\n  base: ''\n  aligned: x\n  provider: d\n", 2, "base must be a text"),
        ("- id: a\n  id: b\n", 2, "this is not valid YAML"),
        (ONE + ONE, 2, 'the pair id "a" is taken'),
        ("- id: a\n  base: gemma-3-1b\n  aligned: x\n  provider: d\n", 2, "did you mean"),
        ("- id: a\n  base: http://b\n  aligned: x\n  provider: d\n", 2, "Or give a source"),
        ("- id: a\n  base: hub:c\n  aligned: x\n  provider: d\n", 2, "Or give a source"),
        ("- id: a\n  base: folder:/\n  aligned: x\n  provider: d\n", 2, "is no model folder"),
        ("- id: a\n  base: folder:c\n  aligned: folder:c\n  provider: d\n", 1, "Name two models"),
        (
            "- id: a\n  base: folder:Qwen3-8B\n  aligned: x\n  provider: d\n",
            2,
            "already stands for",
        ),
    ],
)
def test_pairs_file_when_wrong_is_refused_with_its_line(load, text, line, complaint):
    """Each mistake names the file, the line and what to write instead."""
    with pytest.raises(StudyError) as refused:
        load(text)
    message = str(refused.value)
    assert f"own.yaml, line {line}: " in message
    assert complaint in message
    assert "\n" not in message


def test_pair_id_when_it_is_one_of_silicus_is_refused(load):
    """One's own pair cannot take the place of a published one."""
    taken = registry().pairs()[0]
    text = f"- {{id: {taken.pair_id}, base: {taken.base}, aligned: folder:x, provider: me}}\n"
    with pytest.raises(StudyError, match="is taken"):
        load(text)


def test_pairs_file_when_missing_or_not_text_is_refused(tmp_path):
    """A file that cannot be read is named."""
    with pytest.raises(StudyError, match=r"nowhere\.yaml cannot be read"):
        load_pairs(tmp_path / "nowhere.yaml")
    (tmp_path / "picture.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match=r"picture\.yaml cannot be read"):
        load_pairs(tmp_path / "picture.yaml")


@given(text=st.text(max_size=60) | st.sampled_from([ONE, FOUR_LINES]).map(lambda t: t[:-4] + "é"))
def test_pairs_file_when_it_is_any_text_is_loaded_or_refused_in_words(text, tmp_path_factory):
    """Whatever stands in the file, the answer is a registry or a StudyError."""
    file = tmp_path_factory.mktemp("own") / "own.yaml"
    file.write_text(text, encoding="utf-8")
    with contextlib.suppress(StudyError):
        assert len(load_pairs(file).pairs()) > len(registry().pairs())
