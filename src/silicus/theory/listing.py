"""What there is to know of each registered theory: for a list, a page, and the command line."""

import inspect
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import polars as pl

from silicus import plugins
from silicus.theory.base import FittedTheory, Theory
from silicus.theory.best import RIVALS, noisy_name


def catalogue() -> pl.DataFrame:
    """Return one row for each registered theory, sorted by name.

    Returns
    -------
    polars.DataFrame
        ``name``, ``games`` (kinds of game), ``fitted`` (parameters, empty where there are none),
        ``noisy`` ("no" where it rules options out), ``rival`` (whether it is always a candidate
        of ``best_theory``).
    """
    rows = []
    for name in sorted(plugins.known("theories")):
        theory = _made(name)
        rows.append(
            {
                "name": name,
                "games": ", ".join(theory.kinds),
                "fitted": ", ".join(theory.free) if isinstance(theory, FittedTheory) else "",
                "noisy": "no" if theory.deterministic else "yes",
                "rival": "yes" if name in RIVALS else "",
            }
        )
    return pl.DataFrame(rows)


def describe(name: str) -> dict[str, Any]:
    """Return what a theory says, needs, fits and rests on.

    Parameters
    ----------
    name : str
        A registered name or a synonym.

    Raises
    ------
    StudyError
        If there is no such theory; names the nearest.
    """
    name = plugins.resolved("theories", name)
    theory = _made(name)
    module = inspect.getmodule(type(getattr(theory, "theory", theory)))
    about = inspect.getdoc(module) or ""
    facts: dict[str, Any] = {
        "name": name,
        "says": about.split("\n\n")[0].replace("\n", " "),
        "rule": _summary(theory),
        "games": list(theory.kinds),
        "needs": theory.needs,
        "parameters": _parameters(theory),
        "settings": _settings(theory),
        "deterministic": "yes: it rules options out" if theory.deterministic else "no: noisy",
        "noisy_form": noisy_name(name) if theory.deterministic else name,
        "rival": "always a candidate of best_theory" if name in RIVALS else _no_rival(theory),
        "source": theory.citation,
        "synonyms": sorted(
            word for word, meant in plugins.SYNONYMS["theories"].items() if meant == name
        ),
    }
    return facts


def _made(name: str) -> Theory:
    made: Theory = plugins.load("theories", name)()
    return made


def _summary(theory: Theory) -> str:
    return (inspect.getdoc(type(theory)) or "").split("\n")[0]


def _parameters(theory: Theory) -> Any:
    if not isinstance(theory, FittedTheory) or not theory.free:
        return "none"
    known = {one.name: one for one in theory.searched}
    lines: Mapping[str, str] = {
        name: (
            f"{known[name].low:g} to {known[name].high:g}"
            + (
                f", from {', '.join(f'{x:g}' for x in known[name].starts)}"
                if known[name].starts
                else ""
            )
            + (f": {known[name].meaning}" if known[name].meaning else "")
            if name in known
            else "not bounded"
        )
        for name in theory.free
    }
    return dict(lines)


def _settings(theory: Theory) -> Any:
    found = {
        setting.name: getattr(theory, setting.name)
        for setting in fields(theory)  # type: ignore[arg-type]
        if setting.name not in ("estimates", "theory", "chosen", "fitted")
    }
    return {
        name: "fitted" if value is None else str(value) for name, value in found.items()
    } or "none"


def _no_rival(theory: Theory) -> str:
    if theory.learnt:
        return "no: a learning machine, beside the ceiling"
    return "a candidate of best_theory in the studies that name it"
