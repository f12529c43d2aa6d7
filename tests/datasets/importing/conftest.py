"""Imports go to a folder of the test's own."""

import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
