r"""The code blocks of a documentation page, in order, and the convention in which they are written.

Every page under ``docs/`` and the README is followed by ``tests/docs/test_pages.py`` from its top
to its bottom, as a reader would, in a fresh folder that holds a copy of the repository's
``studies/``. A block is a fence of three backticks, at the margin or indented in a list:

* **A file**: ``yaml title="lending.yaml"`` (any language). The block is written to that file;
  the name may hold folders. YAML, TOML, JSON and Python files must be what they say, and YAML
  that is a study, a spec of an import or a list of pairs must be valid.
* **Commands**: ``sh`` or ``bash``. Run line by line; ``\`` at the end continues a line, ``#``
  begins a comment. ``silicus ...`` (also ``.venv/bin/silicus ...``) runs in this process and must
  end well; its terminal is 112 characters wide. What else may stand there is listed in
  ``tests/docs/shell.py``: ``cd``, ``mkdir``, ``ls``, ``cat``, ``cp``, ``export``,
  ``python FILE``, ``python -m pip install FOLDER`` (really installed, for this page), ``make
  TARGET`` (the target must exist), and a few that are only read.
* **Python**: ``python`` without a title. Run in one namespace per page.
* **Expected output**: ``text`` (or ``json``) after a block that printed something. Each line must
  be part of what the last block of commands or Python printed, with white space evened out;
  numbers with decimals may differ by 0.02, because another processor may move the last digit.
  A line ``...`` stands for anything.
* **YAML without a title**: a study file, a spec, a list of pairs, or some keys of a study file,
  and valid as such. ``toml`` must be TOML.

Two comments on the line before a block change what is done with it; neither is seen by readers:

* ``<!-- fails -->``: the (last) command is refused, with exit status 2; the text after it is its
  message.
* ``<!-- not run: REASON -->``: the block is not run (it needs a GPU, a model hub, hours, ...) but
  read: its ``silicus`` commands must be known to the command line with these options, study
  files that they name must be valid, Python must compile, YAML must be valid. Before a ``text``
  block: the text is not compared with anything.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

FENCE = re.compile(
    r"(?P<before>(?:^[ ]*<!--[^\n]*-->[ ]*\n)?)"
    r"^(?P<indent>[ ]*)```(?P<language>\w+)(?:[ ]title=\"(?P<title>[^\"\n]+)\")?[ ]*\n"
    r"(?P<content>.*?)"
    r"^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>\S[^\n]*?) -->")
FAILS = "<!-- fails -->"
MARKS = re.compile(r"<!--\s*(not.run|fails)", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """One fence of a page.

    Attributes
    ----------
    page : str
        Path of the page in the repository.
    line : int
        Line of the opening fence, from 1.
    language, content : str
    title : str or None
        The file that the block is written to.
    not_run : str or None
        Why the block is only read.
    fails : bool
        Whether its last command is refused.
    """

    page: str
    line: int
    language: str
    content: str
    title: str | None = None
    not_run: str | None = None
    fails: bool = False

    @property
    def where(self) -> str:
        """Return the place of the block, for messages."""
        return f"{self.page}, line {self.line}"

    def commands(self) -> list[str]:
        """Return the command lines of a block of commands, without comments."""
        joined = re.sub(r"\\\n\s*", "", self.content)
        lines = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines())
        return [line for line in lines if line]


def read_blocks(path: Path, page: str) -> list[Block]:
    """Return the blocks of a page.

    Raises
    ------
    AssertionError
        If a fence or a mark is not of the convention, and would be passed over.
    """
    text = path.read_text(encoding="utf-8")
    blocks = []
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("indent")) + 1
        not_run = NOT_RUN.search(match["before"])
        blocks.append(
            Block(
                page,
                line,
                match["language"],
                dedent(match["content"]),
                match["title"],
                None if not_run is None else not_run["reason"],
                FAILS in match["before"],
            )
        )
    n_fences = len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE))
    assert n_fences == 2 * len(blocks), (
        f"{page}: {n_fences} lines of fences, but {len(blocks)} blocks of the form "
        '```LANGUAGE or ```LANGUAGE title="FILE"'
    )
    marked = sum(block.fails or block.not_run is not None for block in blocks)
    assert len(MARKS.findall(text)) == marked, (
        f"{page}: a mark is not on the line before a block, or not written as "
        "<!-- fails --> or <!-- not run: REASON -->"
    )
    return blocks
