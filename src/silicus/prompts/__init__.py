"""Decision table to Prompt table: every game in words, in fourteen formulations and two formats."""

from silicus.prompts.writing import check_formulation, counterbalances, formulations, write

__all__ = ["check_formulation", "counterbalances", "formulations", "write"]
