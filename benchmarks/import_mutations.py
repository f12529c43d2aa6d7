"""Import 10,000 mutated files and specs: each is taken, refused clearly, or found here.

Usage: python benchmarks/import_mutations.py [FIRST [LAST]]
"""

import os
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.datasets.importing.mutations import outcome


def main(first: int = 0, last: int = 10_000) -> int:
    """Try the mutations of these numbers; return how many ended in something else."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SILICUS_USER_DATA"] = str(Path(folder) / "user")
        for number in range(first, last):
            try:
                counts[outcome(number, Path(folder))] += 1
            except Exception as cause:  # whatever it is, it is what is looked for
                counts["wrong"] += 1
                where = traceback.extract_tb(cause.__traceback__)[-1]
                at = f"{Path(where.filename).name}:{where.lineno}"
                print(f"{number}: {type(cause).__name__} at {at}: {cause!s:.300}", flush=True)
    print(dict(counts))
    return counts["wrong"]


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
