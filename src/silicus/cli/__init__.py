"""The command ``silicus``: parse, call a stage, print; no logic and no arithmetic."""

from silicus.cli.app import main

__all__ = ["main"]
