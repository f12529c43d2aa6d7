"""A plan counts what a run would do: the same prompts, each distinct text once."""

import json

import pytest
from rich.console import Console

from silicus import datasets, prompts
from silicus.errors import StudyError
from silicus.study import plan_study, read_study
from silicus.study.token_counts import is_at_hand
from tests.backends.loading import tiny_folder

__all__ = ["tiny_folder"]

QUIET = Console(quiet=True)

STUDY = """\
study: small
datasets: [sample_ultimatum, sample_repeated_pd]
models:
  - {{name: tiny, source: "folder:{folder}", kind: base, provider: Someone, format: plain}}
formulations_of: {{sample_ultimatum: [baseline, observer, simplified]}}
n_threads: 1
"""


def plan(tmp_path, text, **settings):
    path = tmp_path / "study.yaml"
    path.write_text(text)
    return plan_study(read_study(path)[0], QUIET, **settings)


def test_plan_when_model_is_here_counts_what_would_be_scored(tmp_path, tiny_folder):
    """Decisions, prompts and characters equal those of the prompts written one by one."""
    (found,) = plan(tmp_path, STUDY.format(folder=tiny_folder("llama")), calibrate_s=0.2)
    characters = n_prompts = 0
    for name, wordings in (
        ("sample_ultimatum", ("baseline", "observer", "simplified")),
        ("sample_repeated_pd", ("baseline",)),
    ):
        for wording in wordings:
            written = prompts.write(datasets.load(name), formulation=wording, format="plain")
            for row in written.iter_rows(named=True):
                n_prompts += 1
                shown = "".join(m["content"] for m in row["messages"]) + row["answer_prefix"]
                characters += sum(len(shown + form) for forms in row["forms"] for form in forms)
    assert found["n_decisions"] == 10 + 59
    assert found["n_prompts"] == n_prompts == 3 * 10 + 59
    assert found["n_characters_naive"] == characters
    assert found["n_distinct"] <= n_prompts
    assert 0 < found["n_tokens_computed"] < found["n_tokens_naive"] < characters
    assert found["tokenizer"] == "its own"
    assert found["seconds"] is not None
    assert found["datasets"]["sample_ultimatum"]["n_formulations"] == 3
    assert json.dumps(found)


def test_plan_when_model_is_not_here_estimates_no_time(tmp_path):
    """A model of the hub is priced from the exact texts; nothing is downloaded or timed."""
    text = (
        "study: far\ndatasets: [sample_lottery]\n"
        "pairs: [Qwen3-4B-Base+Qwen3-4B, Qwen3-4B-Base+Qwen3-4B-Instruct-2507]\n"
    )
    plans = plan(tmp_path, text)
    assert [one["predictor"] for one in plans] == [
        "Qwen3-4B-Base",
        "Qwen3-4B",
        "Qwen3-4B-Instruct-2507",
    ]
    for one in plans:
        assert not one["at_hand"]
        assert one["seconds"] is None
        assert one["n_decisions"] == one["n_prompts"] == 14
        if one["tokenizer"] is None:
            assert one["n_tokens_naive"] is one["petaflop"] is None
        else:
            assert "stand-in" in one["tokenizer"]
            expected = 2 * 4e9 * one["n_tokens_computed"] / 1e15
            assert one["petaflop"] == pytest.approx(expected, abs=6e-4)
    assert plans[1]["n_characters_naive"] == plans[2]["n_characters_naive"]


def test_plan_when_only_theories_predict_says_so(tmp_path):
    """A study without models has nothing to price."""
    with pytest.raises(StudyError, match="names no model or pair"):
        plan(tmp_path, "study: t\ndatasets: [sample_lottery]\ntheories: [expected_value]\n")


def test_source_when_absent_is_not_at_hand(tmp_path, tiny_folder):
    """Only weights that lie on this machine count, whatever the kind of source."""
    assert is_at_hand(f"folder:{tiny_folder('llama')}")
    assert not is_at_hand(f"folder:{tmp_path}")
    assert not is_at_hand("package:no-such-package-of-weights")
    assert not is_at_hand("hub:Someone/no-such-model")
