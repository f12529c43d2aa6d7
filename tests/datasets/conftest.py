"""The oTree project is run by oTree, not collected here: oTree is not among the dependencies."""

collect_ignore = ["otree_app"]
