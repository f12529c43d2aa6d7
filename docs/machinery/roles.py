"""Docstrings as MkDocs reads them: references to code become links, footnotes become text.

Docstrings follow numpydoc, which is reStructuredText. Its roles (``:func:`name```), citations
(``[1]_`` and ``.. [1] Key``) and literal blocks (``::``) are not Markdown; and of several
parameters that are described together, each has a default of its own.
"""

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:py:)?(?:func|class|mod|meth|data|attr|exc|obj):`[~.]?(?P<name>[^`<>]+)`")
CITED = re.compile(r"\[(\d+)\]_")
CITATION = re.compile(
    r"^(?P<indent>[ ]*)\.\. \[(?P<number>\d+)\] (?P<text>.*(?:\n[ ]+\S.*)*)", re.M
)
LITERAL = re.compile(r"^(?P<before>.*?)::\n\n(?P<block>(?:(?:[ ]{2,}.*|[ ]*)(?:\n|\Z))+)", re.M)
SEVERAL = re.compile(
    r"^(?P<names>\w+(?:, \w+)+)(?P<kind> : .*)?\n(?P<body>(?:[ ]{4}.*(?:\n|\Z))*)", re.M
)
MATHS = re.compile(r":math:`(?P<formula>[^`]+)`")


class Markdown(griffe.Extension):
    """Rewrites the docstring of every object when it is read."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = rewritten(obj.docstring.value, obj.path)


def rewritten(text: str, path: str) -> str:
    r"""Return a docstring with its reStructuredText turned into Markdown.

    Parameters
    ----------
    text : str
    path : str
        Whole name of the object, from which relative names are looked up.

    Examples
    --------
    >>> rewritten("As [1]_ says.", "silicus.study")
    'As [1] says.'
    >>> print(rewritten("n_folds, seed : int\n    Of the folds.\n", "silicus.theory"), end="")
    n_folds : int
        Of the folds.
    seed : int
        Of the folds.
    """
    package = path.partition(".")[0]
    module = path if path.count(".") < 2 else path.rpartition(".")[0]

    def link(match: re.Match[str]) -> str:
        name = match["name"]
        target = name if name.startswith(f"{package}.") else f"{module}.{name}"
        return f'<autoref identifier="{target}" optional><code>{name}</code></autoref>'

    def cite(match: re.Match[str]) -> str:
        text = " ".join(match["text"].split())
        return f"{match['indent']}\\[{match['number']}\\] {text}\n"

    def literal(match: re.Match[str]) -> str:
        before = f"{match['before']}:" if match["before"].strip() else ""
        return f"{before}\n\n```text\n{_dedented(match['block'])}\n```\n\n"

    def each(match: re.Match[str]) -> str:
        if match["kind"] is None and not match["body"]:
            return match[0]
        names = match["names"].split(", ")
        return "".join(f"{name}{match['kind'] or ''}\n{match['body']}" for name in names)

    text = SEVERAL.sub(each, LITERAL.sub(literal, text))
    text = ROLE.sub(link, text)
    text = CITATION.sub(cite, text)
    return CITED.sub(r"[\1]", MATHS.sub(r"`\g<formula>`", text))


def _dedented(block: str) -> str:
    lines = block.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:].rstrip() for line in lines)
