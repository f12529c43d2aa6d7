"""One decision per family and format, kept as text that a person has read."""

from pathlib import Path
from typing import Any

import pytest

from silicus.prompts import write

from .cases import CASES, table

GOLDEN = Path(__file__).parent / "golden"


def readable(prompt: dict[str, Any]) -> str:
    """Return a prompt as a person reads it: turns, then where the answer begins, then options."""
    chat = prompt["format"] == "chat"
    turns = [
        f"[{m['role']}]\n{m['content']}\n" if chat else m["content"] for m in prompt["messages"]
    ]
    forms = " ".join(
        "{" + " ".join(repr(form) for form in option) + "}" for option in prompt["forms"]
    )
    last = "[assistant]\n" if chat else ""
    scored = f"<<< scored: {forms} then one of {' '.join(repr(e) for e in prompt['ends'])} >>>"
    return "\n".join(turns) + last + prompt["answer_prefix"] + scored + "\n"


def cells() -> list[tuple[str, str]]:
    """Return each case in plain text and in chat; with a history also in one chat message."""
    found = [(case, kind) for case in CASES for kind in ("plain", "chat")]
    return found + [(case, "message") for case, row in CASES.items() if row["history"]]


def baseline(case: str, kind: str) -> dict[str, Any]:
    """Return the baseline prompt of a case."""
    if kind == "message":
        written = write(table(CASES[case]), format="chat", history="message")
    else:
        written = write(table(CASES[case]), format=kind)
    return written.row(0, named=True)


@pytest.mark.parametrize(("case", "kind"), cells())
def test_baseline_when_written_then_equals_the_text_read_by_a_person(case: str, kind: str) -> None:
    """Each family's baseline is word for word the kept text; SILICUS_GOLDEN is not consulted."""
    prompt = baseline(case, kind)
    kept = (GOLDEN / f"{case}-{kind}.txt").read_text(encoding="utf-8")
    assert readable(prompt) == kept


def test_golden_files_when_listed_then_each_belongs_to_a_case() -> None:
    """No golden file is left over from a case that no longer exists."""
    expected = {f"{case}-{kind}.txt" for case, kind in cells()}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


def rewrite() -> None:
    """Write the golden files anew: ``python -m tests.prompts.test_golden``, then read them."""
    for case, kind in cells():
        text = readable(baseline(case, kind))
        (GOLDEN / f"{case}-{kind}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
