"""Read a file of transcripts: how fast, and in how much memory, while most of it is passed over.

A file of the size asked for is generated (two-armed bandits, 100 choices a person, in several
experiments); 300 people are drawn from it, which reads it twice, and one experiment is taken.

Usage: python benchmarks/transcripts.py [--megabytes 300]
"""

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path

SPEC = """\
name: bandits
title: "Generated bandits"
family: custom
layout: transcript
target: "#1"
"""
TAKEN = {
    "300 people drawn": "transcript: {participants: 300, seed: 1}\n",
    "one experiment of 400": "where: {experiment: bandit7}\n",
}


def generate(path: Path, megabytes: int) -> int:
    """Write people until the file has its size; return how many."""
    rng = random.Random(0)
    n = 0
    with path.open("w", encoding="utf-8") as stream:
        while stream.tell() < megabytes * 1_000_000:
            one, two = rng.sample("ABCDEFGHJKLMNOPQRSTUVWXYZ", 2)
            trials = "".join(
                f"You press <<{rng.choice((one, two))}>>. You get {rng.randint(0, 99)} points.\n"
                for _ in range(100)
            )
            text = f"There are two machines labelled {one} and {two}. Press the key.\n\n{trials}"
            row = {"text": text, "experiment": f"bandit{n % 400}", "participant": str(n)}
            stream.write(json.dumps(row) + "\n")
            n += 1
    return n


def measure(folder: str, what: str, out: "multiprocessing.Queue[tuple[float, float, int]]") -> None:
    """Import once in a process of its own; tell seconds, peak memory (MB) and decisions."""
    from silicus.datasets.importing import import_file

    spec = Path(folder) / "spec.yaml"
    spec.write_text(SPEC + TAKEN[what])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    made = import_file(Path(folder) / "bandits.jsonl", spec)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.put((seconds, peak - before, made.decisions.height))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    megabytes = parser.parse_args().megabytes
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        people = generate(Path(folder) / "bandits.jsonl", megabytes)
        print(f"{megabytes} MB, {people} people, 100 choices each")
        for what in TAKEN:
            out = context.Queue()
            process = context.Process(target=measure, args=(folder, what, out))
            process.start()
            seconds, peak, decisions = out.get()
            process.join()
            print(
                f"{what}: {decisions} decisions in {seconds:.1f} s "
                f"({megabytes / seconds:.0f} MB/s), peak memory {peak:.0f} MB above the start"
            )


if __name__ == "__main__":
    main()
