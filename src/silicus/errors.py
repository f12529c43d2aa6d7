"""Every error a user of silicus can meet.

::

    SilicusError
    ├── DataError        a data set, a decision or a table is not what it should be
    ├── PromptError      a decision cannot be put into words, or the words cannot be scored
    ├── ModelError       a model, its weights or its tokenizer cannot be used
    │   └── ScoringError a model or theory answered with something that is no probability
    ├── AnalysisError    a statistic cannot be computed from what it was given
    ├── StoreError       a run folder cannot be read, written or continued
    └── StudyError       a study file, a name or a setting is wrong

Each message is one paragraph: what was wrong (value found, value expected), where
(data set, row, model, file), and what to do.
"""

import difflib
from collections.abc import Iterable


class SilicusError(Exception):
    """Anything silicus refuses to do; the message says what, where and what to do."""


class DataError(SilicusError):
    """A data set, a decision or a table is not what it should be."""


class PromptError(SilicusError):
    """A decision cannot be put into words, or the words cannot be scored by this model."""


class ModelError(SilicusError):
    """A model, its weights or its tokenizer cannot be used."""


class ScoringError(ModelError):
    """A model or theory answered with something that is not a probability."""


class AnalysisError(SilicusError):
    """A statistic cannot be computed from what it was given."""


class StoreError(SilicusError):
    """A run folder cannot be read, written or continued."""


class StudyError(SilicusError):
    """A study file, a name or a setting is wrong."""


MOST_NAMES = 80
"""Known names that an error lists whole; with more of them it is no help to read."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence that reports an unknown name, with the nearest known one.

    The known names are listed whole, unless there are more than :data:`MOST_NAMES` (models,
    decisions): then only the nearest few are, and the others are counted.

    Examples
    --------
    >>> unknown_name("data set", "akata", ["akata_repeated", "choices13k"])
    'unknown data set "akata": did you mean "akata_repeated"? Known: akata_repeated, choices13k.'
    """
    names = sorted(known)
    longer = [one for one in names if len(name) > 2 and one.startswith(name)]
    near = longer or difflib.get_close_matches(name, names, n=1, cutoff=0.55)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    if len(names) > MOST_NAMES:
        shown = difflib.get_close_matches(name, names, n=5, cutoff=0.55)
        known_names = ", ".join([*shown, f"and {len(names) - len(shown)} more"])
    else:
        known_names = ", ".join(names) or "none"
    return f'unknown {kind} "{name}": {hint}Known: {known_names}.'
