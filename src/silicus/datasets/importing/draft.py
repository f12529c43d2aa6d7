"""A commented draft of a spec, made by looking at the columns of a file."""

import json
import re
from pathlib import Path

from silicus.datasets.importing import otree
from silicus.datasets.importing.forms import OTREE_APP, OTREE_WIDE, QUALTRICS, Form, recognise
from silicus.datasets.importing.kinds import kind_of_file
from silicus.datasets.importing.numerals import Numerals, guessed, parse_number
from silicus.datasets.importing.source import SourceRow, read_rows
from silicus.datasets.importing.spec import UNEDITED
from silicus.datasets.importing.transcript import looks_like_transcripts

_PATTERNS = {
    "participant": r"(^|[._ ])(participant|subject|subj|sub|person|player|worker|respondent|id|"
    r"code|pid|uid|user)([._ ]?(id|code|nr|no|number))?$",
    "session": r"(^|[._ ])(session|group|cohort|sitting)([._ ]?(id|code|nr|no))?$",
    "round": r"(^|[._ ])(round|period|trial|turn)([._ ]?(nr|no|number))?$",
    "choice": r"(^|[._ ])(choice|decision|action|answer|response|chosen|selected|move|bought|"
    r"accept|accepted|cooperate|cooperated)$",
    "n": r"^(n|count|total|n_choices|n_decisions|observations)$",
}
MISSING = ("", "NA")
_MOST_VALUES = 12
_TWO_WAYS = ({"0", "1"}, {"yes", "no"}, {"true", "false"}, {"a", "b"})
_PERSONAL = re.compile(
    r"participant\.(code|label)|worker|mturk|prolific|mail|name|phone|address|(^|[._ ])ip|"
    r"(^|[._ ])(id|pid|subject|participant|code)$|_utc$",
    re.IGNORECASE,
)
"""Columns whose values are not copied into a draft."""


def draft_spec(path: Path) -> str:
    """Return a commented draft of a spec (YAML) for a file, or for a folder of files.

    What the columns show is filled in; what they cannot show is marked ``EDIT:``, and the import
    refuses a spec that still holds such a mark. The first lines say what the file is.

    Raises
    ------
    DataError
        If the file cannot be read, or is no table.
    """
    if path.is_file() and looks_like_transcripts(path):
        return _of_transcripts(path)
    columns, rows = read_rows(path, MISSING)
    numerals = guessed([value for row in rows[:2000] for value in row.values.values() if value])
    if numerals != Numerals():
        columns, rows = read_rows(path, MISSING, numerals)
    form = recognise(columns, {name: _values(rows, name) for name in columns})
    found = otree.apps(columns)
    app = max(found, key=lambda name: found[name]) if found else None
    if app is not None or otree.is_one_app(columns):
        columns, rows = otree.arranged(path, columns, rows, (app,) if app else ())
    values = {name: _values(rows, name) for name in columns}
    if form is None or form.name in (OTREE_WIDE, OTREE_APP):
        lines = _layout(columns, values, app, found)
    else:
        lines = _of_form(form, columns, values)
    of = f", for one round of the app {app}:" if app else ":"
    return (
        "\n".join(
            [
                f"# {path.name}: {_said(path, form)}.",
                f"# What its columns mean. Draft: replace what is marked {UNEDITED[:-1]}, delete",
                "# what you do not need; docs/how-to/own-data.md explains every key.",
                f"name: {_name(path)} # how studies name the data set",
                f'title: "{UNEDITED} one line about the experiment"',
                'citation: "own data" # who is to be cited',
                'licence: "not stated" # on which terms others may use the data',
                "family: custom # or repeated_matrix, one_shot_matrix, bargaining, lottery, ...",
                *_numbers(numerals),
                "",
                *lines,
                "",
                *_game(path),
                "",
                f"# The columns of the file{of}",
                *(f"#   {name}: {_shown(name, values[name], len(rows))}" for name in columns),
            ]
        )
        + "\n"
    )


def _of_transcripts(path: Path) -> str:
    """Return the draft for a file of transcripts, which can be imported as it is."""
    return f"""\
# {path.name}: {_FILES[kind_of_file(path)]}; transcripts as in Psych-101 (one text per
# participant, choices between << and >>).
# What its fields mean. The draft can be imported as it is; docs/how-to/data-gallery.md explains.
name: {_name(path)} # how studies name the data set
title: "Transcripts of {path.stem.replace('"', "")}"
citation: "own data" # who is to be cited
licence: "not stated" # on which terms others may use the data
family: custom
layout: transcript
transcript: # options: declare them, [J, F] or {{EXPERIMENT: [J, F]}}; else from the instructions
  text: text
  experiment: experiment
  participant: participant
#  participants: 300 # draw so many at random, with seed: 1
target: "#1" # the first option of each transcript, or the name of an option that all have
# where: {{experiment: NAME}} # take some experiments; all other fields are parameters
"""


_FILES = {
    "parquet": "Parquet",
    "workbook": "a workbook",
    "spss": "SPSS, labelled values by their labels (codes: NAME.code)",
    "stata": "Stata, labelled values by their labels (codes: NAME.code)",
    "json": "JSON, not CSV: an array of records",
    "json lines": "JSON lines, not CSV: one record a line",
    "text": "CSV",
}


def _said(path: Path, form: Form | None) -> str:
    """Return what a file is, in a sentence without its full stop."""
    what = "a folder of files, read as one" if path.is_dir() else _FILES[kind_of_file(path)]
    if form is None:
        return f"{what}; no program's export that is known, so its columns are guessed by name"
    return f"{what}; {form.said}"


def _numbers(numerals: Numerals) -> list[str]:
    if numerals == Numerals():
        return []
    lines = [f"decimal: {json.dumps(numerals.decimal)} # as the numbers of the file seem to be"]
    if numerals.thousands:
        lines.append(f"thousands: {json.dumps(numerals.thousands)}")
    return lines


def _game(path: Path) -> list[str]:
    return [
        "game: # custom: your own words; other kinds bring theirs, and need their parameters",
        "  kind: custom",
        f"  name: {json.dumps(_name(path).replace('_', ' '))}",
        "  parameters: {} # values for the texts below: number: 3, or price: {column: price},",
        "  # which has in each round the value of its row",
        f'  rules: "{UNEDITED} what participants were told, options: {{{{ options }}}}"',
        f'  ask: "{UNEDITED} the question, e.g. Round {{{{ round }}}}: which do you choose?"',
        '  outcome: "" # what they learnt after a round, if anything',
    ]


def _of_form(form: Form, columns: list[str], values: dict[str, list[str]]) -> list[str]:
    """Return the layout of an export whose program is known."""
    lines = ["layout: decisions # one row per choice", "columns:"]
    lines.append(
        f"  participant: {json.dumps(form.participant or 'EDIT: column')} # ids are hashed"
    )
    if form.session:
        lines.append(f"  session: {json.dumps(form.session)}")
    if form.name == QUALTRICS:
        questions = _questions(columns, values)
        lines += ["  choice: answer # made by items, below"]
        lines += ["items: # questions that each are a decision; add what differs between them"]
        shown = questions or [f"{UNEDITED} column of a question"]
        lines += [f"  - {{answer: {{column: {json.dumps(one)}}}}}" for one in shown]
        found = list(dict.fromkeys(v for one in questions for v in values[one]))
    else:
        if form.round:
            said = " # counted in the order of the file" if form.round == "#" else ""
            lines.append(f"  round: {json.dumps(form.round)}{said}")
        choice = form.choice or f"{UNEDITED} column"
        lines.append(f"  choice: {json.dumps(choice)}")
        found = values.get(choice, [])
    lines += _choices(found)
    if form.where:
        lines.append('where: # rows to take; others are passed over, and counted ("*": any value)')
        lines += [f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in form.where.items()]
    if form.first_round != 1:
        lines.append(f"first_round: {form.first_round}")
    repeated = form.round is not None
    lines.append(
        "plays: "
        + ("repeated" if repeated else "independent")
        + " # repeated: rounds share a history; independent: each row stands alone"
    )
    return [
        *lines,
        "history: [] # what else was learnt, e.g. the other player's move after each round:",
        "#  - {actor: other, kind: move, action: {column: OTHER_CHOICE}}",
    ]


_SURVEY = re.compile(
    r"(StartDate|EndDate|Status|IPAddress|Progress|Duration.*|Finished|RecordedDate|ResponseId|"
    r"Recipient.*|ExternalReference|Location.*|DistributionChannel|UserLanguage|Q_.*|.*_DO(_.*)?|"
    r"PROLIFIC_PID|.*(Click|Submit|Count)$)",
)
"""Columns of a survey that are no question."""


def _questions(columns: list[str], values: dict[str, list[str]]) -> list[str]:
    """Return the largest group of questions of a survey whose answers have the same few values."""
    asked = [
        name
        for name in columns
        if not _SURVEY.fullmatch(name) and 1 <= len(values[name]) <= _MOST_VALUES
    ]
    groups = [
        [one for one in asked if set(values[one]) <= set(values[name])]
        for name in asked
        if len(values[name]) >= 2
    ]
    return max(groups, key=len, default=[])


def _layout(
    columns: list[str], values: dict[str, list[str]], app: str | None, found: dict[str, int]
) -> list[str]:
    guess = {key: _guess(columns, key) for key in _PATTERNS}
    if otree.APP in columns and otree.PARTICIPANT in columns:
        choice = _otree_choice(columns, values)
        apps = ", ".join(f"{name} ({n} rounds)" for name, n in found.items())
        export = (
            f"otree: {{app: {json.dumps(app)}, bots: false}} # apps found: {apps}"
            if app
            else "otree: {bots: false}"
        )
        return [
            "layout: otree",
            f"{export} # add unfinished: true where people left before the end",
            "columns: # participant, session and round are known from the export",
            f"  choice: {json.dumps(choice)}",
            *_choices(values.get(choice, [])),
            '# not_chosen: {player.timed_out: "1"} # choices that a time-out made',
            "history: [] # what else was learnt, e.g. the other player's choice after each round:",
            "#  - {actor: other, kind: move, action: {column: partner." + choice + "}}",
        ]
    shares = [name for name in columns if _are_shares(values[name])]
    if guess["participant"] is None and guess["n"] is not None and len(shares) >= 1:
        options = shares if len(shares) > 1 else [shares[0], f"{UNEDITED} the other share"]
        return [
            "layout: rates # one row per situation, with the share of each option",
            "columns:",
            f"  n: {json.dumps(guess['n'])} # choices behind the row",
            "rates: # option: column",
            *(f"  {json.dumps(option)}: {json.dumps(option)}" for option in options),
            f"target: {json.dumps(options[0])} # the option whose probability is compared",
        ]
    choice = guess["choice"] or _few_values(columns, values, list(guess.values())) or "EDIT: column"
    lines = [
        "layout: decisions # one row per choice; events: one row per thing that happened",
        "columns:",
        f"  participant: {json.dumps(guess['participant'] or 'EDIT: column')} # ids are hashed",
    ]
    if guess["session"]:
        lines.append(f"  session: {json.dumps(guess['session'])}")
    if guess["round"]:
        lines.append(f"  round: {json.dumps(guess['round'])} # 1, 2, 3, ... in each play")
    return [
        *lines,
        "  # play: GAME # a column, or a list, that tells plays of one participant apart",
        f"  choice: {json.dumps(choice)}",
        *_choices(values.get(choice, [])),
        "plays: "
        + ("repeated" if guess["round"] else "independent")
        + " # repeated: rounds share a history; independent: each row stands alone",
        "history: [] # what else was learnt, e.g. the other player's move after each round:",
        "#  - {actor: other, kind: move, action: {column: OTHER_CHOICE}}",
    ]


def _choices(found: list[str]) -> list[str]:
    if not 2 <= len(found) <= _MOST_VALUES:
        found = [f"{UNEDITED} value", f"{UNEDITED} other value"]
    return [
        "choices: # value in the column: name of the option that a model will see",
        *(f"  {json.dumps(value)}: {json.dumps(_option(value))}" for value in found),
        f"target: {json.dumps(_option(found[0]))} # the option whose probability is compared",
    ]


def _option(value: str) -> str:
    """Return a value as the name of an option; numbers and yes or no need words."""
    if parse_number(value) is None and value.lower() not in ("true", "false"):
        return value
    return f"{UNEDITED} what {value} means"


def _values(rows: list[SourceRow], column: str) -> list[str]:
    seen = dict.fromkeys(row.values.get(column) for row in rows)
    return [value for value in seen if value is not None]


def _guess(columns: list[str], key: str) -> str | None:
    pattern = re.compile(_PATTERNS[key], re.IGNORECASE)
    return next((name for name in columns if pattern.search(name)), None)


def _otree_choice(columns: list[str], values: dict[str, list[str]]) -> str:
    own = [
        name
        for name in columns
        if name.startswith("player.")
        and name not in ("player.id_in_group", "player.role", "player.payoff")
    ]
    few = [name for name in own if 2 <= len(values[name]) <= _MOST_VALUES]
    return min(few or own or ["player.choice"], key=lambda name: len(values.get(name, [])))


def _few_values(
    columns: list[str], values: dict[str, list[str]], taken: list[str | None]
) -> str | None:
    few = [name for name in columns if name not in taken and 2 <= len(values[name]) <= 4]
    two = [name for name in few if {value.lower() for value in values[name]} in _TWO_WAYS]
    best = two or few
    return best[-1] if best else None


def _are_shares(found: list[str]) -> bool:
    numbers = [parse_number(value) for value in found]
    inside = [number for number in numbers if number is not None and 0 <= number <= 1]
    return bool(found) and len(inside) == len(found) and any(0 < n < 1 for n in inside)


def _name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    return name if re.match(r"[a-z].", name) else f"data_{name or 'set'}"


def _shown(column: str, found: list[str], n_rows: int) -> str:
    """Return examples of the values, but of nothing that may name a person."""
    texts = [value for value in found if parse_number(value) is None]
    if found and (_PERSONAL.search(column) or 2 * len(texts) > max(n_rows, 10)):
        return f"{len(found)} different value(s), not shown here"
    shown = ", ".join(json.dumps(value[:40], ensure_ascii=False) for value in found[:4])
    more = f", ... ({len(found)} different)" if len(found) > 4 else ""
    return (shown + more) or "empty"
