"""The built site, once for all tests that look at it."""

import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY


def build(config, folder):
    """Build the site that a configuration describes, as `make docs` does."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(
        [*command, "-f", str(config), "--site-dir", str(folder)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = build(REPOSITORY / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return folder
