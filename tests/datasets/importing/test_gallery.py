"""Every example of the gallery, imported: counts, choices and payoffs against the raw file."""

import json
import re
from pathlib import Path

import pytest

from silicus.datasets.importing import import_file
from silicus.games import read_game
from tests.conftest import REPOSITORY
from tests.docs.blocks import read_blocks

PAGE = REPOSITORY / "docs" / "how-to" / "data-gallery.md"
EXAMPLES = {
    # file, spec: decisions, people, how often the target was taken; counted in the file by hand
    ("survey.csv", "survey.yaml"): (4, 2, 2),
    ("trials.json", "trials.yaml"): (3, 2, 2),
    ("gorilla.csv", "gorilla.yaml"): (3, 2, 1),
    ("psychopy", "psychopy.yaml"): (3, 2, 2),
    ("late.csv", "late.yaml"): (2, 1, 2),
    ("trials.csv", "in-turn.yaml"): (3, 1, 2),
    ("strangers.csv", "strangers.yaml"): (2, 1, 1),
    ("least.csv", "least.yaml"): (18, 3, 3 + 6 + 1),
    ("strategies.csv", "strategies.yaml"): (6, 2, 4),
    ("comma.csv", "comma.yaml"): (2, 2, 1),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write the files of the page."""
    path = tmp_path_factory.mktemp("gallery")
    for block in read_blocks(PAGE, str(PAGE)):
        if block.title:
            file = path / block.title
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.content, encoding="utf-8")
    return path


@pytest.mark.parametrize(("files", "counts"), EXAMPLES.items(), ids=lambda one: str(one[0]))
def test_gallery_when_imported_then_counts_are_those_of_the_file(folder, files, counts):
    """Decisions, people, and choices of the target."""
    table = import_file(*(folder / name for name in files)).decisions
    taken = int((table["choice"] == table["target"]).sum())
    assert (table.height, table["participant_id"].n_unique(), taken) == counts


def test_gallery_when_imported_then_payoffs_are_those_of_the_file(folder):
    """Payoffs and prices of every row, in the order of the file."""

    def games(file, spec):
        table = import_file(folder / file, folder / spec).decisions
        return [read_game(text) for text in table["game"]]

    bets = games("trials.csv", "in-turn.yaml")
    assert [(g.lotteries[0][0].payoff, g.lotteries[0][0].probability) for g in bets] == [
        (10, 0.5), (20, 0.25), (30, 0.1),
    ]  # fmt: skip
    assert [g.own[1][0] for g in games("strangers.csv", "strangers.yaml")] == [5, 9]
    assert [g.parameters["price"] for g in games("comma.csv", "comma.yaml")] == [1200.5, 12.5]
    assert [g.parameters["prize"] for g in games("shares.csv", "shares.yaml")] == [4, 9]
    offers = games("least.csv", "least.yaml")
    assert [g.share_offered for g in offers[:6]] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    survey = games("survey.csv", "survey.yaml")
    assert [(g.parameters["win"], g.parameters["lose"]) for g in survey] == [(4, 1), (8, 4)] * 2


def test_gallery_when_transcripts_then_choices_are_those_of_the_texts(folder):
    """Against a regular expression over the lines."""
    lines = [json.loads(line) for line in (folder / "bandit.jsonl").read_text().splitlines()]
    expected = [choice for line in lines for choice in re.findall("<<(.)>>", line["text"])]
    spec = folder / "again.yml"
    spec.write_text(
        'name: again\ntitle: "b"\nfamily: custom\nlayout: transcript\ntarget: "#1"\n',
        encoding="utf-8",
    )
    table = import_file(folder / "bandit.jsonl", spec).decisions
    found = [row["options"][row["choice"]] for row in table.iter_rows(named=True)]
    assert found == expected
