"""Any data set as transcripts in the format of Psych-101: one JSON line per session of a person.

A text is what the baseline formulation tells in plain words, each answer ``<<option>>``; the plays
of one participant in one session follow each other. Reading the file back with the layout
``transcript`` gives the same decisions.

References
----------
.. [1] Binz et al. 2025, Psych-101: fields ``text``, ``experiment`` and ``participant``.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from silicus import datasets
from silicus.errors import StudyError, unknown_name
from silicus.prompts import record

FORMATS = ("psych101",)
BETWEEN = "\n\n"
"""Between the plays of one session."""


def export(name: str, out: Path, *, format: str = "psych101") -> dict[str, Any]:
    """Write a data set as transcripts.

    Parameters
    ----------
    name : str
        A data set of individual decisions.
    out : Path
        A file that is not there yet; JSON lines.
    format : str
        ``psych101``.

    Returns
    -------
    dict
        Name, numbers of transcripts, participants and decisions, the file.

    Raises
    ------
    StudyError
        If the format is unknown, the file is there, or the data are rates, which nobody chose.
    """
    if format not in FORMATS:
        raise StudyError(unknown_name("format", format, FORMATS))
    decisions = datasets.load(name)
    if decisions["choice"].null_count():
        raise StudyError(
            f"data set {name} holds rates: nobody's choices, which a transcript tells one by one. "
            "Export a data set of individual decisions."
        )
    n = 0
    people = set()
    try:
        with out.open("x", encoding="utf-8") as stream:
            for line in transcripts(decisions):
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
                people.add(line["participant"])
                n += 1
    except FileExistsError as cause:
        raise StudyError(f"{out} is there already. Remove it, or give another name.") from cause
    except OSError as cause:
        raise StudyError(f"{out} cannot be written: {cause}.") from cause
    return {
        "name": name,
        "transcripts": n,
        "participants": len(people),
        "decisions": decisions.height,
        "file": str(out),
    }


def transcripts(decisions: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield one record per participant, session and list of options, in the order of the table.

    ``options`` lists the options in their order, ``decisions`` counts the choices of the text.
    """
    keys = ["participant_id", "session_id", "options"]
    who = pl.coalesce("participant_id", "play_id").alias("participant_id")
    for (participant, session, options), group in decisions.with_columns(who).group_by(
        keys, maintain_order=True
    ):
        plays = [
            record(play.sort("round", maintain_order=True).iter_rows(named=True))
            for _, play in group.group_by("play_id", maintain_order=True)
        ]
        yield {
            "text": BETWEEN.join(plays),
            "experiment": group["dataset"][0],
            "participant": participant,
            "session": session,
            "options": list(options),
            "decisions": group.height,
        }
