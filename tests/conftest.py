"""What every test shares: shapes checked while running, a clean environment, no network."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from rich.console import Console

from silicus.store import Run

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

# CI repeats the same examples every time; at home new ones are tried at every run.
settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("SILICUS_CI"):
    settings.load_profile("ci")

REPOSITORY = Path(__file__).parent.parent

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run of the quickstart study, as `make demo` runs it: once for every test."""
    from silicus.study import read_study, run_study

    path = REPOSITORY / "studies" / "quickstart.yaml"
    study, given = read_study(path)
    return run_study(
        study, given, path, tmp_path_factory.mktemp("quickstart"), Console(stderr=True)
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running Chromium; its absence skips the tests, except where CI must have it."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("SILICUS_CI") == "1":
            pytest.fail(f"{CHROMIUM} is missing; the checks need it (apt-get install chromium)")
        pytest.skip(f"{CHROMIUM} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Let a test reach this machine only: nothing depends on a hub or a download."""
    connect = socket.socket.connect

    def guarded(self, address):
        local = self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost")
        if not local:
            raise OSError(f"tests must not reach the network ({address})")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def mirror() -> Path:
    """Return the mirror of published data, or skip where there is none."""
    folder = os.environ.get("SILICUS_DATA")
    if not folder:
        pytest.skip("SILICUS_DATA names no mirror of the published data")
    return Path(folder)
