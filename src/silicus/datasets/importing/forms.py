"""Which program's export a table is, told by its columns, and what its columns are called there.

References
----------
.. [1] oTree documentation, "Data export" (all apps wide, and per app).
.. [2] Qualtrics Support, "Understanding Your Dataset".
.. [3] jsPsych documentation, "Data Storage, Aggregation, and Manipulation": every trial has
   ``trial_type``, ``trial_index``, ``time_elapsed`` and (before version 8) ``internal_node_id``.
.. [4] Gorilla support, "Your Data: Data Columns": one row per event, the last one "END OF FILE".
.. [5] PsychoPy documentation, "Data outputs": one row per trial; loops are ``NAME.thisN``.
.. [6] Binz et al. 2025, Psych-101: ``text`` with choices between << and >>, ``experiment`` and
   ``participant``.
"""

import re
from dataclasses import dataclass, field

from silicus.datasets.importing import otree, qualtrics

Values = dict[str, list[str]]
"""The different values of each column, in the order of the file."""


@dataclass(frozen=True)
class Form:
    """A recognised export: how it is called, and which column is what (None: not known).

    ``where`` is what the rows with choices have; ``round`` may be ``"#"`` (counted).
    """

    name: str
    said: str
    participant: str | None = None
    session: str | None = None
    round: str | None = None
    choice: str | None = None
    where: dict[str, list[str]] = field(default_factory=dict)
    first_round: int = 1


OTREE_WIDE, OTREE_APP, QUALTRICS = "otree wide", "otree app", "qualtrics"


def recognise(columns: list[str], values: Values) -> Form | None:
    """Return the form of a table, or None where no program that is known writes such columns.

    Parameters
    ----------
    columns : list of str
    values : mapping
        The different values of each column.
    """
    if {"ResponseId", "RecordedDate", "Finished"} <= set(columns):
        return _qualtrics(columns, values)
    if otree.apps(columns):
        return Form(OTREE_WIDE, "oTree's export of all apps, wide (one row per participant)")
    if otree.is_one_app(columns):
        return Form(OTREE_APP, "oTree's export of one app (one row per participant and round)")
    found = (look(columns, values) for look in (_jspsych, _gorilla, _psychopy))
    return next(filter(None, found), None)


def _qualtrics(columns: list[str], values: Values) -> Form:
    return Form(
        QUALTRICS,
        "a Qualtrics export (one row per answer; header rows 2 and 3 are not read as data)",
        participant=_first(columns, "ResponseId", "Response ID", "PROLIFIC_PID"),
        where=qualtrics.status_rows(values),
    )


def _jspsych(columns: list[str], values: Values) -> Form | None:
    if not {"trial_type", "trial_index", "time_elapsed"} <= set(columns):
        return None
    asked = [v for v in values["trial_type"] if re.search(r"response|survey|slider", v)]
    kinds = [v for v in asked if re.search(r"button|keyboard", v)] or asked
    return Form(
        "jspsych",
        "jsPsych data (one row per trial of the timeline, of any kind)",
        participant=_first(
            columns, "participant", "participant_id", "subject", "subject_id", "PROLIFIC_PID",
            "prolific_pid", "run_id", "file",
        ),
        session=_first(columns, "session", "session_id", "SESSION_ID"),
        round="#",
        choice=_first(columns, "response", "button_pressed", "key_press", "responses"),
        where={"trial_type": kinds[:1]} if kinds else {},
    )  # fmt: skip


def _gorilla(columns: list[str], values: Values) -> Form | None:
    if not {"Event Index", "Participant Private ID"} <= set(columns):
        return None
    where = {}
    for column, pattern in (("Response Type", r"^response$"), ("Zone Type", r"^response_")):
        good = [v for v in values.get(column, []) if re.search(pattern, v)]
        if good:
            where = {column: good}
            break
    return Form(
        "gorilla",
        'a Gorilla export (one row per event; the row "END OF FILE" is no event)',
        participant="Participant Private ID",
        round="#",
        choice=_first(columns, "Response"),
        where=where,
    )


def _psychopy(columns: list[str], values: Values) -> Form | None:
    loops = [m[1] for m in (re.fullmatch(r"(.+)\.thisN", name) for name in columns) if m]
    if not ({"expName", "psychopyVersion", "frameRate"} & set(columns)) or not loops:
        return None
    loop = max(loops, key=lambda name: len(values[f"{name}.thisN"]))
    pressed = [n for n in columns if re.search(r"\.(keys|response|clicked_name)$", n)]
    return Form(
        "psychopy",
        f"PsychoPy data (one row per trial; loops: {', '.join(loops)})",
        participant=_first(columns, "participant", "participant ID", "file"),
        session=_first(columns, "session"),
        round=f"{loop}.thisN",
        choice=pressed[0] if pressed else None,
        where={f"{loop}.thisN": ["*"]},
        first_round=0,
    )


def _first(columns: list[str], *wanted: str) -> str | None:
    return next((name for name in wanted if name in columns), None)
