"""Real data sets, embedded and mirrored, in every formulation and format."""

import itertools

import polars as pl
import pytest

from silicus import datasets
from silicus.prompts import formulations, write
from silicus.schema import FORMATS

EMBEDDED = ("sample_lottery", "sample_one_shot_2x2", "sample_repeated_pd", "sample_ultimatum")


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_data_when_written_in_every_cell_then_each_decision_has_its_prompt(
    name: str,
) -> None:
    """No formulation or format drops, repeats or confuses a decision of the embedded data."""
    decisions = datasets.load(name)
    for formulation in formulations():
        for format in FORMATS:
            prompts = write(decisions, formulation=formulation, format=format)
            assert prompts["decision_id"].to_list() == decisions["decision_id"].to_list()
            assert (
                prompts["forms"].list.len().to_list() == decisions["options"].list.len().to_list()
            )
            assert prompts["prompt_id"].n_unique() == decisions.height


def some_of_each(decisions: pl.DataFrame, number: int = 150) -> pl.DataFrame:
    """Return decisions of whole plays, spread over the table."""
    plays = decisions["play_id"].unique(maintain_order=True)
    chosen = plays.gather_every(max(1, len(plays) // 15))
    return decisions.filter(pl.col("play_id").is_in(chosen.to_list())).head(number)


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_mirrored_data_when_written_in_every_cell_then_nothing_is_refused() -> None:
    """Plays spread over every data set at hand can be put into words in every formulation."""
    for name in datasets.at_hand():
        decisions = some_of_each(datasets.load(name))
        for formulation in formulations():
            for format in FORMATS:
                prompts = write(decisions, formulation=formulation, format=format)
                assert prompts.height == decisions.height, name


@pytest.mark.mirror
@pytest.mark.usefixtures("mirror")
def test_akata_when_a_round_is_added_then_the_earlier_prompt_is_its_beginning() -> None:
    """In the real sessions round t's plain prompt begins round t + 1's, and tells ten rounds."""
    if "akata_repeated" not in datasets.at_hand():
        pytest.skip("akata_repeated is not in the folder SILICUS_DATA")
    decisions = datasets.load("akata_repeated").sort("play_id", "round").head(400)
    prompts = write(decisions, format="plain").with_columns(decisions["play_id"])
    for _, play in prompts.group_by("play_id", maintain_order=True):
        texts = [message[0]["content"] + prefix for message, prefix in play.select(
            "messages", "answer_prefix").iter_rows()]  # fmt: skip
        assert len(texts) == 10
        assert all(b.startswith(a) for a, b in itertools.pairwise(texts))
