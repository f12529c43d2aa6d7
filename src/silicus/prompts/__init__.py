"""Decision table to Prompt table: every game in words, in fourteen formulations and two formats."""

from silicus.prompts.writing import counterbalances, formulations, write

__all__ = ["counterbalances", "formulations", "write"]
