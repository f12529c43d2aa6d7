"""Time and peak memory of reading and validating each data set at hand; one process for each.

Run: ``SILICUS_DATA=... python benchmarks/datasets.py [--json] [NAME ...]``. The limits are 5
seconds and 1 GB on two cores; the exit status is 1 where one is broken.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

LIMIT_S, LIMIT_MB = 5.0, 1000.0


def measure(name: str) -> dict[str, float | int | str]:
    """Return figures of one data set, read in this process.

    ``read_s`` is the time of reading and validating, ``peak_mb`` the resident memory at its
    highest, with Python and all libraries; ``before_mb`` what these alone took.
    """
    import polars as pl

    from silicus import datasets

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    table = datasets.load(name)
    elapsed = time.perf_counter() - started
    return {
        "name": name,
        "decisions": table.height,
        "events": int(table.select(pl.col("history").list.len().sum()).item()),
        "read_s": round(elapsed, 2),
        "before_mb": round(before / 1024),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> int:
    """Measure every data set in a process of its own; print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one)))
        return 0
    from silicus import datasets

    rows = []
    for name in given.names or datasets.at_hand():
        done = subprocess.run(
            [sys.executable, __file__, "--one", name],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"POLARS_MAX_THREADS": "2"},
        )
        rows.append(json.loads(done.stdout))
    if given.json:
        print(json.dumps(rows, indent=2))
    else:
        print(f"{'data set':22}{'decisions':>10}{'events':>10}{'read s':>8}{'peak MB':>9}")
        for row in rows:
            print(
                f"{row['name']:22}{row['decisions']:10,}{row['events']:10,}"
                f"{row['read_s']:8.2f}{row['peak_mb']:9,}"
            )
    return int(any(row["read_s"] > LIMIT_S or row["peak_mb"] > LIMIT_MB for row in rows))


if __name__ == "__main__":
    sys.exit(main())
