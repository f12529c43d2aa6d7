"""Backends: one inference library per file, and the only place that imports one."""
