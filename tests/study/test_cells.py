"""In every cell of the design the text ends where scoring begins, with both real tokenizers."""

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from transformers import AutoTokenizer

from silicus import pairs, prompts
from silicus.backends import sources
from silicus.backends.tokens import END_OF_TURN, Encoder
from silicus.prompts import formulations
from silicus.schema import FORMATS
from tests.prompts.cases import CASES, table
from tests.prompts.test_formulations import is_counted

NAMES = ("gemma-3-270m", "SmolLM2-135M-Instruct")

pytestmark = pytest.mark.models


@cache
def encoder(name):
    """Return a real model's tokenizer; the base model borrows the other's template, a stand-in."""
    found, lender = pairs.model(name), pairs.model("SmolLM2-135M-Instruct")
    for model in (found, lender):
        try:
            distribution(model.sources[0].removeprefix("package:"))
        except PackageNotFoundError:
            pytest.skip(f"{model.sources[0]} is not installed")
    folder = sources.resolve(name, found.sources[0], found.sha256).folder
    template = None
    if found is not lender:
        lent = sources.resolve(lender.id, lender.sources[0], lender.sha256).folder
        template = sources.chat_template(lent)
    return Encoder(AutoTokenizer.from_pretrained(folder), name, 32768, template)


SHOWN = [*((format, "turns") for format in FORMATS), ("chat", "message")]


@pytest.mark.parametrize(("format", "history"), SHOWN)
@pytest.mark.parametrize("mark", ["", "+neutral_labels", "+options_reversed+columns_reversed"])
@pytest.mark.parametrize("formulation", formulations())
@pytest.mark.parametrize("name", NAMES)
def test_text_when_encoded_ends_where_scoring_begins(name, formulation, mark, format, history):
    """Whole text, option and end, tokenised together, are the prompt's tokens, then the form's.

    No token belongs to both, no form lacks a piece, and what follows is an end that counts.
    """
    held = encoder(name)
    neutral = "neutral_labels" in mark  # which amounts do not have
    rows = [
        {**row, "decision_id": case}
        for case, row in CASES.items()
        if not (neutral and is_counted(case))
    ]
    asked = {"formulation": formulation + mark, "format": format, "history": history}
    written = prompts.write(table(*rows), **asked).to_dicts()
    for prompt, request in zip(written, held.encode(written), strict=True):
        assert request.text.endswith(prompt["answer_prefix"])
        given = list(request.prompt)
        ends = set(held.token_set(request.ends))
        end = next(text for text in prompt["ends"] if text != END_OF_TURN)
        for texts, option in zip(prompt["forms"], request.options, strict=True):
            assert len(texts) == len(option.forms)
            for text, tokens in zip(texts, option.forms, strict=True):
                whole = request.text + text + end
                joint = held.tokenizer(whole, add_special_tokens=format == "plain").input_ids
                if format == "chat" and held.adds_bos:
                    joint = [held.tokenizer.bos_token_id, *joint]
                n = len(given) + len(tokens)
                assert joint[:n] == [*given, *tokens]
                assert joint[n] in ends
                assert held.tokenizer.decode(list(tokens)) in (text, text.lstrip())
