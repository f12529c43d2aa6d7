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


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("case", CASES)
def test_baseline_when_written_then_equals_the_text_read_by_a_person(
    case: str, format: str
) -> None:
    """Each family's baseline is word for word the kept text; SILICUS_GOLDEN is not consulted."""
    prompt = write(table(CASES[case]), format=format).row(0, named=True)
    kept = (GOLDEN / f"{case}-{format}.txt").read_text(encoding="utf-8")
    assert readable(prompt) == kept


def test_golden_files_when_listed_then_each_belongs_to_a_case() -> None:
    """No golden file is left over from a case that no longer exists."""
    expected = {f"{case}-{format}.txt" for case in CASES for format in ("plain", "chat")}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


def rewrite() -> None:
    """Write the golden files anew: ``python -m prompts.test_golden`` in tests/, then read them."""
    for case, row in CASES.items():
        for format in ("plain", "chat"):
            prompt = write(table(row), format=format).row(0, named=True)
            path = GOLDEN / f"{case}-{format}.txt"
            path.write_text(readable(prompt), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
