"""YAML read with its lines: values are plain, every mistake has a place, nothing is executed."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from silicus.errors import DataError, StudyError
from silicus.yaml_lines import line_of, load, plain

TEXT = """\
# a comment
name: first
list:
  - a
  - {b: 1, c: [2.5, yes]}

7: seven
true: {deep: {deeper: x}}
"""


def read(tmp_path: Path, text: str, **how: Any) -> Any:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    return load(path, called="study file", error=StudyError, **how)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("list", 0), 4),
        (("list", 1, "c", 1), 5),
        ((7,), 7),
        ((True, "deep", "deeper"), 8),
        (("list", 5), 3),
        (("nothing", "below"), 1),
        (("name", "no mapping"), 2),
    ],
)
def test_line_when_asked_for_is_that_of_the_deepest_part_there(
    tmp_path: Path, where: tuple[Any, ...], line: int
) -> None:
    """Keys and places in lists are followed from the outside as far as the file goes."""
    assert line_of(read(tmp_path, TEXT), where) == line


def test_values_when_plain_have_texts_as_keys_and_no_lines(tmp_path: Path) -> None:
    """Plain values are of the built-in types alone; how a key becomes a text is the reader's."""
    content = read(tmp_path, TEXT)
    found = plain(content)
    assert found == {
        "name": "first",
        "list": ["a", {"b": 1, "c": [2.5, "yes"]}],
        "7": "seven",
        "True": {"deep": {"deeper": "x"}},
    }
    assert type(found["list"]) is list
    assert type(found["list"][1]["c"][0]) is float
    assert list(plain(content, key=lambda key: f"<{key}>"))[-1] == "<True>"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc: #-\n'", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=values)
def test_values_when_written_and_read_are_the_same(
    value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever plain values a file holds come back as they were."""
    path = tmp_path_factory.mktemp("yaml") / "file.yaml"
    with path.open("w") as stream:
        YAML().dump({"value": value}, stream)
    assert plain(load(path, called="file", error=DataError)) == {"value": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", r"file\.yaml, line 1: this is not valid YAML: .*\. One key a line\."),
        ("a: 1\na: 2", r"file\.yaml, line 2: this is not valid YAML"),
        ("[" * 3000, "this is not valid YAML"),
        ("a: 2025-99-99", "this is not valid YAML"),
    ],
)
def test_file_when_not_yaml_is_refused_in_the_readers_own_words(
    tmp_path: Path, text: str, message: str
) -> None:
    """The error is of the reader's kind, gives the line where there is one, and the form."""
    with pytest.raises(StudyError, match=message):
        read(tmp_path, text, form="One key a line.")


def test_file_when_unreadable_is_named(tmp_path: Path) -> None:
    """A missing file and one that is no text are named, with what was expected."""
    with pytest.raises(DataError, match=r"spec .*none\.yaml cannot be read: .*in UTF-8"):
        load(tmp_path / "none.yaml", called="spec", error=DataError)
    (tmp_path / "picture.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"picture\.yaml cannot be read"):
        load(tmp_path / "picture.yaml", called="spec", error=DataError)


def test_tag_when_it_would_run_code_builds_nothing(tmp_path: Path) -> None:
    """Tags of the language's own objects are data, or refused; nothing is executed."""
    made = tmp_path / "made"
    text = f"a: !!python/object/apply:os.mkdir ['{made}']\n"
    with contextlib.suppress(StudyError):
        read(tmp_path, text)
    assert not made.exists()
