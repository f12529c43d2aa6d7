"""Which architectures are scored right: tiny models of every family against the plain library.

Each family of transformers that can be built small is scored in every way that the engine offers
and compared with the library's own forward pass, one whole sequence at a time. Windows and chunks
are crossed. Takes some minutes::

    python benchmarks/architectures.py [FAMILY ...]

prints a table in Markdown; families that cannot be built here are listed below it.
"""

import logging
import sys
import tempfile
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).parent]

from tests.backends import families  # noqa: E402

from silicus.backends.transformers import load  # noqa: E402
from silicus.engine import choose_method  # noqa: E402
from silicus.errors import ModelError  # noqa: E402


def main() -> None:
    """Score every family and print the table."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    requests = families.prompts()
    rows, refused, not_built = [], [], []
    for name in sys.argv[1:] or families.names():
        with tempfile.TemporaryDirectory() as folder:
            try:
                families.save(name, Path(folder))
            except Exception as error:
                not_built.append(f"{name} ({type(error).__name__})")
                continue
            try:
                backend = load(model_id=name, source=f"folder:{folder}", n_threads=1)
            except ModelError as error:
                refused.append(f"{name}: {str(error).replace(folder, '...')[:160]}")
                continue
            try:
                chosen = choose_method(backend, requests)
                found = families.differences(backend, Path(folder), requests)
            except Exception as error:
                refused.append(f"{name}: {type(error).__name__} {str(error)[:160]}")
                continue
        shown = [
            "-" if way not in found else f"{v:.1e}" if isinstance(v := found[way], float) else "no"
            for way in ("packed", "cached", "sequence")
        ]
        rows.append(f"| {name} | {chosen.method} | {' | '.join(shown)} |")
        print(rows[-1], file=sys.stderr, flush=True)
    print("| family | way chosen | packed | cached | sequence |\n|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"\n{len(rows)} families scored. Refused:\n")
    print("\n".join(f"- {line}" for line in refused))
    print(f"\nNot built here ({len(not_built)}): {', '.join(not_built)}.")


if __name__ == "__main__":
    main()
