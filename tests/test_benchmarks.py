"""The simulation of planted truths, in its quick form: no figure may lose its level."""

import json
import subprocess
import sys

from tests.conftest import REPOSITORY


def test_intervals_hold_the_planted_truth_and_tests_their_level() -> None:
    """With 60 studies a design, coverage of .95 is rarely below .85, and few nulls are rejected."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "benchmarks" / "coverage.py"), "--quick", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    designs = json.loads(done.stdout)["designs"]
    few, many, one = designs
    assert {"r", "log-loss", "r difference", "option mass"} <= set(few["covered"])
    assert "r" not in one["covered"], "one situation: nothing to correlate"
    assert "weight on people, counts" in many["covered"]
    for design in (few, many):
        shares = {name: share for name, share in design["covered"].items() if "weight" not in name}
        assert min(shares.values()) > 0.85, design
        assert design["null_rejected"] < 0.15
    assert min(many["covered"].values()) > 0.85
