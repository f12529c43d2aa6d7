"""Run folders: what a study wrote, readable while it runs and after it was killed."""

from silicus.store.journal import Journal
from silicus.store.runs import Run

__all__ = ["Journal", "Run"]
