"""Prompt rows as the prompts stage writes them."""

from typing import Any


def prompt(
    text: str = "Which do you choose, F or J?\n",
    *forms: str,
    prefix: str = '{"decision": "',
    ends: tuple[str, ...] = ('"',),
    format: str = "plain",
    messages: list[tuple[str, str]] | None = None,
    decision_id: str = "d1",
) -> dict[str, Any]:
    """Return a Prompt row; options have one form each."""
    turns = messages if messages is not None else [("user", text)]
    return {
        "decision_id": decision_id,
        "format": format,
        "messages": [{"role": role, "content": content} for role, content in turns],
        "answer_prefix": prefix,
        "forms": [[form] for form in forms or ("F", "J")],
        "ends": list(ends),
    }
