"""One figure per file, each with ``data(results, known) -> table`` and ``draw(table) -> chart``.

``results`` is a Result table in reading order, ``known`` the facts of the manifest. ``data``
chooses and lays out rows, and may return an empty table where a run has nothing to draw;
``draw`` turns a table with rows into an Altair chart and computes nothing.
"""
