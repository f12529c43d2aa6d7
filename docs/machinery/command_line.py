"""The commands of silicus as Markdown, read from the command line itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from silicus.cli.app import app

MARK = "<!-- every command -->"
"""Where the page of the command line takes them in."""


def commands() -> str:
    """Return a section for each command: what it does, its arguments and its options."""
    root: Any = typer.main.get_command(app)
    sections = [_section(name, command) for name, command in walk(root, "silicus")]
    return "\n\n".join(sections)


def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every command that does something, by its whole name."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for part, inner in command.commands.items():
        if not inner.hidden:
            yield from walk(inner, f"{name} {part}")


def _section(name: str, command: Any) -> str:
    shown = [one for one in command.params if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    options = [one for one in shown if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join([name, *(_usage(one) for one in arguments), "[OPTIONS]" if options else ""])
    parts = [f"### {name}", command.help or "", f"```text\n{usage.strip()}\n```"]
    rows = [_argument(one) for one in arguments] + [_option(one) for one in options]
    if rows:
        parts.append("| argument or option | meaning |\n| --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _usage(argument: Any) -> str:
    name = _metavar(argument)
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _metavar(argument: Any) -> str:
    return argument.metavar or argument.name.upper()


def _argument(argument: Any) -> str:
    return f"| `{_metavar(argument)}` | {_told(argument)} |"


def _option(option: Any) -> str:
    value = "" if option.is_flag else f" {option.metavar or _kind(option)}"
    names = ", ".join(f"`{name}{value}`" for name in option.opts)
    needed = " Needed." if option.required else ""
    return f"| {names} | {_told(option)}{needed} |"


def _kind(option: Any) -> str:
    kind = option.type_descriptor.annotation
    names = {int: "INTEGER", float: "NUMBER", Path: "PATH"}
    return names.get(kind, "TEXT")


def _told(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split()).rstrip(".") + "."
    text = text.replace("|", "\\|").replace("<", "&lt;")
    given = parameter.default
    if given in (None, False, ()) or callable(given) or parameter.required:
        return text
    return f"{text} Default: `{given}`."
