"""Decision table to Prompt table: every game in words, in fourteen formulations and two formats."""

from silicus.prompts.base import AnswerStyle, Formulation
from silicus.prompts.recording import record
from silicus.prompts.writing import (
    check_formulation,
    counterbalances,
    formulations,
    shown_as,
    write,
)

__all__ = [
    "AnswerStyle",
    "Formulation",
    "check_formulation",
    "counterbalances",
    "formulations",
    "record",
    "shown_as",
    "write",
]
