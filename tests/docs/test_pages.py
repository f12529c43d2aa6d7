"""Every command and every code block of the documentation, run as a reader would run them.

The convention in which pages are written is described in :mod:`tests.docs.blocks`.
"""

import shutil

import pytest

from tests.conftest import REPOSITORY
from tests.datasets.importing.test_otree import EXPORT
from tests.docs.blocks import read_blocks
from tests.docs.following import Reader

PAGES = ["README.md", *(str(p.relative_to(REPOSITORY)) for p in REPOSITORY.glob("docs/**/*.md"))]
HANDED = {"docs/how-to/own-data.md": [EXPORT]}
"""Files that a reader of a page has already."""

QUICKSTART = "silicus run studies/quickstart.yaml"


def commands(page):
    """Return the commands of a page that are run."""
    blocks = read_blocks(REPOSITORY / page, page)
    shown = [block for block in blocks if block.language in ("sh", "bash") and not block.title]
    return [line for block in shown if block.not_run is None for line in block.commands()]


def marked(page):
    """Return a page as a parameter, marked by what its commands need."""
    lines = commands(page)
    marks = []
    if any(" run " in line or " --model " in line for line in lines):
        marks.append(pytest.mark.models)
    if any(QUICKSTART in line for line in lines):
        marks.append(pytest.mark.slow)
    return pytest.param(page, marks=marks, id=page)


@pytest.mark.parametrize("page", [marked(page) for page in sorted(PAGES)])
def test_page_when_followed_then_everything_on_it_works(page, tmp_path, request):
    """A reader who writes the files and runs the commands of a page gets what it shows."""
    shutil.copytree(REPOSITORY / "studies", tmp_path / "studies")
    for path in HANDED.get(page, []):
        shutil.copy(path, tmp_path)
    if any(QUICKSTART in line for line in commands(page)):
        # The first study takes minutes: it is run once, and each page goes on from its scores.
        run = request.getfixturevalue("quickstart")
        shutil.copytree(run.folder, tmp_path / "runs" / "quickstart")
    with Reader(tmp_path) as reader:
        for block in read_blocks(REPOSITORY / page, page):
            reader.follow(block)
