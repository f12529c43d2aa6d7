"""Result tables to pictures and pages; a number shown is always a cell of a Result table."""

from silicus.report.export import export
from silicus.report.html import page
from silicus.report.published import published_page
from silicus.report.terminal import terminal

__all__ = ["export", "page", "published_page", "terminal"]
