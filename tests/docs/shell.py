"""Command lines of the pages: those of silicus, and the few others that a page may show."""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from silicus import plugins
from silicus.cli import app as cli
from silicus.cli import printing
from silicus.study import read_study
from tests.conftest import REPOSITORY

WIDTH = 112
"""Characters of the terminal in which a page's commands print, as in the README."""

ONLY_READ = (
    r"git clone \S+",
    r"git switch -c [\w-]+",
    r"git (add|commit) .*",
    r"python3? -m venv \.venv",
    r"(source|\.) \.venv/bin/activate",
    r"(sudo )?apt-get (update|install) [\w -]*",
    r"(python3? -m )?pip install --no-deps [\w-]+",
    r"(python3? -m )?pip install ['\"]?(silicus|vllm|torch)?(\[\w+\])?['\"]?( -c \S+)?",
    r"(xdg-)?open \S+",
    r"nvidia-smi",
    r"nohup silicus .*&",
    r"kill \S+",
)
"""Lines that are not run: they need the network, another machine, or a screen."""


class Printed(NamedTuple):
    """What a command printed, and its exit status."""

    text: str
    status: int


def silicus(arguments: list[str]) -> Printed:
    """Run the command ``silicus`` in this process, as a shell would."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.setattr(sys, "argv", ["silicus", *arguments])
        patch.setattr(cli._Settings, "debug", False)
        for console in (printing.stdout, printing.stderr):
            patch.setattr(console, "_width", WIDTH)
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(printed))
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
    return Printed(printed.getvalue(), status)


def parse(arguments: list[str]) -> None:
    """Check that the command line knows a command with these options, without running it.

    Raises
    ------
    Exception
        Of the command line's parser: an unknown command or option, or a missing argument.
    """
    command: Any = typer.main.get_command(cli.app)
    context = command.make_context("silicus", list(arguments))
    while hasattr(command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)


class Shell:
    """Runs the lines of one page in one folder.

    Parameters
    ----------
    folder : Path
        The page's own; the process must be in it already.
    environment : pytest.MonkeyPatch
        Undoes ``cd``, ``export`` and installations after the page.
    """

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._environment = environment
        self._installed = 0

    def run(self, line: str) -> Printed:
        """Run a line and return what it printed.

        Raises
        ------
        AssertionError
            If nothing is known of such a line.
        """
        line, _, target = line.partition(" > ")
        if any(re.fullmatch(pattern, line) for pattern in ONLY_READ):
            self.read(line)
            return Printed("", 0)
        program, *arguments = shlex.split(line)
        program = program.removeprefix(".venv/bin/")
        runners: dict[str, Callable[[list[str]], Printed]] = {
            "silicus": silicus,
            "cd": self._cd,
            "mkdir": self._mkdir,
            "ls": self._ls,
            "cat": self._cat,
            "cp": self._cp,
            "export": self._export,
            "make": self._make,
            "pip": self._pip,
            "python": self._python,
            "python3": self._python,
        }
        assert program in runners, f"{line}: not among {', '.join(runners)}"
        printed = runners[program](arguments)
        if target:
            Path(target.strip()).write_text(printed.text, encoding="utf-8")
            return Printed("", printed.status)
        return printed

    def read(self, line: str) -> None:
        """Check a line that is not run, as far as can be.

        Raises
        ------
        Exception
            If silicus has no such command or option, or the study file that it names is not valid.
        """
        line = re.sub(r"^nohup | >.*$| &$", "", line)
        program, *arguments = shlex.split(line)
        program = program.removeprefix(".venv/bin/")
        if program == "silicus":
            parse(arguments)
            if arguments[0] in ("run", "plan"):
                read_study(Path(arguments[1]))
        elif program == "make":
            self._make(arguments)

    def _cd(self, arguments: list[str]) -> Printed:
        self._environment.chdir(arguments[0])
        assert Path.cwd().is_relative_to(self._folder)
        return Printed("", 0)

    def _mkdir(self, arguments: list[str]) -> Printed:
        for name in arguments:
            if name != "-p":
                Path(name).mkdir(parents="-p" in arguments, exist_ok="-p" in arguments)
        return Printed("", 0)

    def _ls(self, arguments: list[str]) -> Printed:
        folders = [Path(name) for name in arguments if not name.startswith("-")] or [Path()]
        names = [path.name for folder in folders for path in sorted(folder.iterdir())]
        return Printed("\n".join(name for name in names if not name.startswith(".")), 0)

    def _cat(self, arguments: list[str]) -> Printed:
        return Printed("".join(Path(name).read_text(encoding="utf-8") for name in arguments), 0)

    def _cp(self, arguments: list[str]) -> Printed:
        *sources, target = [name for name in arguments if name != "-r"]
        for name in sources:
            if Path(name).is_dir():
                copy = Path(target, Path(name).name) if Path(target).is_dir() else Path(target)
                shutil.copytree(name, copy)
            else:
                shutil.copy(name, target)
        return Printed("", 0)

    def _export(self, arguments: list[str]) -> Printed:
        for assignment in arguments:
            name, _, value = assignment.partition("=")
            self._environment.setenv(name, os.path.expandvars(value))
        return Printed("", 0)

    def _make(self, arguments: list[str]) -> Printed:
        targets = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
        assert set(arguments) <= set(targets), f"make {arguments}: not among {targets}"
        return Printed("", 0)

    def _python(self, arguments: list[str]) -> Printed:
        if arguments[:2] == ["-m", "pip"]:
            return self._pip(arguments[2:])
        if arguments[:2] == ["-m", "silicus"]:
            return silicus(arguments[2:])
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
        return Printed(done.stdout + done.stderr, done.returncode)

    def _pip(self, arguments: list[str]) -> Printed:
        """Install a folder of the page for the time of the page."""
        names = [name for name in arguments[1:] if name not in ("-e", "--editable", "-q")]
        assert arguments[0] == "install", arguments
        assert len(names) == 1, arguments
        assert Path(names[0]).is_dir(), f"{names[0]}: no folder of the page"
        self._installed += 1
        target = self._folder / f".installed-{self._installed}"
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
        done = subprocess.run([*command, names[0]], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self._environment.syspath_prepend(str(target))
        plugins.known.cache_clear()
        return Printed("", 0)
