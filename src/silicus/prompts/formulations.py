"""The wordings of the study, a few lines each, side by side; they hold for every family."""

from silicus.prompts.base import Formulation

FORMULATIONS = (Formulation("baseline"),)

BY_NAME = {formulation.name: formulation for formulation in FORMULATIONS}
