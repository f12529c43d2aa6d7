"""Names to the objects behind them; nothing heavy is imported until a name is asked for.

Each kind of extension has one table of ``name: "module:object"``. A distribution outside silicus
joins through the entry-point group ``silicus.<kind>`` (``silicus.datasets``, ...).
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from silicus.errors import StudyError, unknown_name

BUILT_IN: dict[str, dict[str, str]] = {
    "datasets": {
        "akata_repeated": "silicus.datasets.akata_repeated:AkataRepeated",
        "sample_lottery": "silicus.datasets.sample_lottery:SampleLottery",
        "sample_one_shot_2x2": "silicus.datasets.sample_one_shot_2x2:SampleOneShot2x2",
        "sample_repeated_pd": "silicus.datasets.sample_repeated_pd:SampleRepeatedPD",
        "sample_ultimatum": "silicus.datasets.sample_ultimatum:SampleUltimatum",
    },
    "backends": {
        "fake": "silicus.backends.fake:load",
        "transformers": "silicus.backends.transformers:load",
    },
    "checks": {"backends": "silicus.backends.weights:doctor"},
    "theories": {},
}

NOUNS = {"datasets": "data set", "backends": "backend", "checks": "check", "theories": "theory"}


@cache
def known(kind: str) -> dict[str, str]:
    """Return every name of a kind, built in or from an installed distribution."""
    outside = {point.name: point.value for point in entry_points(group=f"silicus.{kind}")}
    return {**outside, **BUILT_IN[kind]}


def load(kind: str, name: str) -> Any:
    """Return the object behind a name.

    Raises
    ------
    StudyError
        If there is no such name (with the nearest one), or its module cannot be imported.
    """
    names = known(kind)
    if name not in names:
        raise StudyError(unknown_name(NOUNS[kind], name, names))
    module, _, attribute = names[name].partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as cause:
        raise StudyError(
            f'{NOUNS[kind]} "{name}" cannot be loaded from {names[name]}: {cause}. '
            "Install or repair the distribution that provides it."
        ) from cause
