"""Following a page from its top to its bottom, as a reader would."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

from silicus import plugins
from tests.docs import contents
from tests.docs.blocks import Block
from tests.docs.shell import Shell

TOLERANCE = 0.0201
"""How far a printed number with decimals may be from the page's, see the table of the README."""

DECIMAL = re.compile(r"[-\u2212]?\d+\.\d+")
COMMANDS = ("sh", "bash")
OUTPUT = ("text", "json")
KNOWN = {*COMMANDS, *OUTPUT, "python", "yaml", "toml", "csv"}


def is_shown(line: str, printed: str) -> bool:
    """Tell whether a line of a page is part of what was printed, up to the last decimals.

    Examples
    --------
    >>> is_shown("r   0.56   [0.41, 0.71]", "r 0.55 [0.41, 0.72] 59 rows")
    True
    >>> is_shown("r 0.56", "r 0.65")
    False
    >>> is_shown("59 rows", "58 rows")
    False
    """
    printed, line = (" ".join(text.split()) for text in (printed, line))
    pattern = re.escape(line)
    wanted = DECIMAL.findall(line)
    for number in wanted:
        pattern = pattern.replace(re.escape(number), f"({DECIMAL.pattern})", 1)
    return any(
        all(abs(_value(a) - _value(b)) <= TOLERANCE for a, b in zip(wanted, found, strict=True))
        for found in (match.groups() for match in re.finditer(pattern, printed))
    )


def _value(number: str) -> float:
    return float(number.replace("\u2212", "-"))


class Reader:
    """One reader of one page, in one folder; use as a context manager.

    Parameters
    ----------
    folder : Path
        The page's own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._printed: str | None = None
        self._names: dict[str, object] = {"__name__": "__main__"}
        self._environment = pytest.MonkeyPatch()
        self._modules = set(sys.modules)
        self._shell = Shell(folder, self._environment)

    def __enter__(self) -> "Reader":
        """Enter the folder, with data, models and salts of its own."""
        self._environment.chdir(self._folder)
        self._environment.syspath_prepend("")  # where the reader is
        self._environment.setenv("SILICUS_USER_DATA", str(self._folder / ".user"))
        self._environment.delenv("SILICUS_DATA", raising=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._environment.undo()
        plugins.known.cache_clear()
        for name in set(sys.modules) - self._modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None and Path(file).is_relative_to(self._folder):
                del sys.modules[name]

    def follow(self, block: Block) -> None:
        """Do what a reader does at a block.

        Raises
        ------
        AssertionError
            If the page is wrong: names the place.
        """
        try:
            self._follow(block)
        except BaseException as error:
            error.add_note(f"on the page: {block.where}")
            raise

    def _follow(self, block: Block) -> None:
        if block.title is not None:
            contents.check(block.language, block.content, Path.cwd())
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.content, encoding="utf-8")
            return
        assert block.language in KNOWN, f"{block.where}: {block.language} is not among {KNOWN}"
        if block.language in COMMANDS:
            self._command(block)
        elif block.language in OUTPUT:
            self._compare(block)
        else:
            contents.check(block.language, block.content, Path.cwd())
            if block.language == "python" and block.not_run is None:
                self._python(block)

    def _command(self, block: Block) -> None:
        if block.not_run is not None:
            for line in block.commands():
                self._shell.read(line)
            return
        texts = []
        *before, last = block.commands()
        for line in (*before, last):
            printed = self._shell.run(line)
            texts.append(printed.text)
            status = 2 if block.fails and line == last else 0
            assert printed.status == status, f"{block.where}: {line}\n{printed.text}"
        self._printed = "\n".join(texts)

    def _python(self, block: Block) -> None:
        code = compile("\n" * block.line + block.content, block.page, "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, self._names)
        self._printed = printed.getvalue()

    def _compare(self, block: Block) -> None:
        if block.not_run is not None:
            return
        assert self._printed is not None, f"{block.where}: nothing was printed before"
        for line in block.content.splitlines():
            if line.strip() not in ("", "..."):
                assert is_shown(line, self._printed), (
                    f"{block.where}: this line was not printed:\n{line}\n"
                    f"What was printed:\n{self._printed}"
                )
