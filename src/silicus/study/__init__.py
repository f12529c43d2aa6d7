"""A study: one YAML file, and the one place that knows the order of the stages."""

from silicus.study.costs import plan_study
from silicus.study.file import ModelEntry, StudyFile
from silicus.study.merging import Merged, merge
from silicus.study.reading import read_study
from silicus.study.stages import export_merged, export_report, run_study, write_report

__all__ = [
    "Merged",
    "ModelEntry",
    "StudyFile",
    "export_merged",
    "export_report",
    "merge",
    "plan_study",
    "read_study",
    "run_study",
    "write_report",
]
