"""Reading and comparing model folders, with real tokenizer files."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from silicus import pairs
from silicus.backends import sources
from silicus.errors import ModelError
from silicus.model_folder import LEVELS, ModelFolder, check_folder, compare_folders

TEXT = ["I accept the offer of 40 coins.", "I reject the offer, and keep the coins."] * 20
CONFIG = {
    "model_type": "llama",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 300,
    "torch_dtype": "bfloat16",
}
SETTINGS = {"bos_token": "<s>", "eos_token": {"content": "</s>"}}
TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}"


def trained(pre=None, kind="bpe"):
    """A small tokenizer trained on a few sentences."""
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        trainer = trainers.BpeTrainer(vocab_size=280, special_tokens=["<s>", "</s>"])
    else:
        tokenizer = Tokenizer(models.Unigram())
        trainer = trainers.UnigramTrainer(vocab_size=80, special_tokens=["<s>", "</s>"])
    tokenizer.pre_tokenizer = pre or pre_tokenizers.ByteLevel()
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


TRAINED = {"bpe": trained(), "unigram": trained(kind="unigram")}


@pytest.fixture
def folder(tmp_path):
    """Write a model folder: configuration, tokenizer and its settings."""

    def write(name, tokenizer="bpe", *, edit=None, settings=SETTINGS, template=None, **config):
        path = tmp_path / name
        path.mkdir()
        (path / "config.json").write_text(json.dumps({**CONFIG, **config}))
        (path / "tokenizer_config.json").write_text(json.dumps(settings))
        if tokenizer is not None:
            text = TRAINED[tokenizer].to_str() if isinstance(tokenizer, str) else tokenizer.to_str()
            content = json.loads(text)
            if edit is not None:
                edit(content)
            (path / "tokenizer.json").write_text(json.dumps(content))
        if template is not None:
            (path / "chat_template.jinja").write_text(template)
        return path

    return write


def levels(table):
    return dict(table.select("check", "level").iter_rows())


def finding(table, check):
    return next(row["finding"] for row in table.to_dicts() if row["check"] == check)


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_folders_when_alike_are_the_same_in_every_check(folder, kind):
    """Two copies of one model differ in nothing."""
    table = compare_folders(
        folder("base", kind, template=TEMPLATE), folder("aligned", kind, template=TEMPLATE)
    )
    assert set(levels(table).values()) == {"same"}
    assert table.columns == ["check", "level", "base", "aligned", "finding"]


def test_folders_when_of_different_shape_are_a_problem(folder):
    """A model with other layers was not tuned from the base."""
    table = compare_folders(folder("base"), folder("aligned", num_hidden_layers=3))
    assert levels(table)["architecture"] == "problem"
    assert "num_hidden_layers 3" in table.filter(check="architecture")["aligned"].item()


def test_folder_when_the_model_sees_pictures_is_read_for_its_text_part(folder):
    """A picture model keeps its text configuration one level down."""
    text = {"hidden_size": 64, "vocab_size": 900}
    assert ModelFolder(folder("base", text_config=text)).config["hidden_size"] == 64


def test_tokenizers_when_they_cut_text_differently_are_a_problem(folder):
    """Another way of splitting changes every prompt, even with the same tokens."""

    def other_split(content):
        content["pre_tokenizer"] = {"type": "Whitespace"}

    table = compare_folders(folder("base"), folder("aligned", edit=other_split))
    assert levels(table)["tokenizer"] == "problem"
    assert levels(table)["vocabulary"] == "same"


def test_merges_when_written_as_words_or_as_lists_are_the_same(folder):
    """Older files write a merge as one text, newer ones as a list of two."""

    def as_text(content):
        content["model"]["merges"] = [" ".join(one) for one in content["model"]["merges"]]

    table = compare_folders(folder("base", edit=as_text), folder("aligned"))
    assert levels(table)["tokenizer"] == "same"


def test_vocabulary_when_tokens_are_added_is_a_note_that_names_them(folder):
    """An aligned model may add tokens for turns; the shared ones keep their ids."""

    def add(content):
        content["added_tokens"].append({"id": 290, "content": "<|user|>", "special": True})

    table = compare_folders(folder("base"), folder("aligned", edit=add))
    assert levels(table)["vocabulary"] == "note"
    assert "only in the aligned model: 1 (first '<|user|>')" in finding(table, "vocabulary")


def test_vocabulary_when_ids_are_moved_is_a_problem_that_shows_one(folder):
    """A token with two ids would be scored as two different tokens."""

    def swap(content):
        vocab = content["model"]["vocab"]
        vocab["a"], vocab["c"] = vocab["c"], vocab["a"]

    table = compare_folders(folder("base"), folder("aligned", edit=swap))
    assert levels(table)["vocabulary"] == "problem"
    assert finding(table, "vocabulary").startswith("2 tokens have another id")


def test_vocabulary_rows_when_fewer_than_ids_are_a_problem(folder):
    """A tokenizer with ids beyond the model's rows cannot belong to it."""
    table = compare_folders(folder("base", vocab_size=50), folder("aligned"))
    assert levels(table)["vocabulary rows"] == "problem"
    assert "its model only 50 rows" in finding(table, "vocabulary rows")


def test_vocabulary_rows_when_padded_differently_are_a_note(folder):
    """Spare rows are harmless, but the two models' totals differ."""
    table = compare_folders(folder("base"), folder("aligned", vocab_size=320))
    assert levels(table)["vocabulary rows"] == "note"


def test_bos_when_only_one_member_adds_it_is_a_problem(folder):
    """A token before every text in one member only is a bias between the two.

    lang-uk/ukrainian-llm-leaderboard#5: the token was doubled for instruct rows only.
    """

    def adding(content):
        bos = content["model"]["vocab"]["<s>"]
        template = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", bos)])
        whole = Tokenizer.from_str(json.dumps(content))
        whole.post_processor = processors.Sequence([processors.ByteLevel(), template])
        assert whole.encode("a").ids[0] == bos
        content["post_processor"] = json.loads(whole.to_str())["post_processor"]

    table = compare_folders(folder("base"), folder("aligned", edit=adding))
    row = table.filter(check="adds the token before a text").row(0, named=True)
    assert (row["level"], row["base"], row["aligned"]) == ("problem", "no", "yes")


def test_bos_when_stated_in_the_settings_is_read_from_there(folder):
    """Without a post-processor that says so, tokenizer_config.json decides."""
    path = folder("base", settings={**SETTINGS, "add_bos_token": True})
    assert ModelFolder(path).adds_bos is True
    assert ModelFolder(folder("none", None)).adds_bos is None


@pytest.mark.parametrize(
    ("base", "aligned", "level", "words"),
    [
        (None, TEMPLATE, "note", "The base model has none"),
        (TEMPLATE, TEMPLATE, "same", "Both are the same"),
        (TEMPLATE, None, "problem", "cannot be asked in its own format"),
        (None, None, "problem", "cannot be asked in its own format"),
        (TEMPLATE, TEMPLATE.replace("content", "text"), "note", "first in line 2"),
        (TEMPLATE, TEMPLATE + "\nmore", "note", "in length"),
    ],
)
def test_chat_templates_when_compared_say_who_has_which(folder, base, aligned, level, words):
    """The aligned model needs a template; whether the base has one is a note."""
    table = compare_folders(folder("base", template=base), folder("aligned", template=aligned))
    assert levels(table)["chat template"] == level
    assert words in finding(table, "chat template")


def test_chat_template_when_in_the_settings_is_found_and_default_is_preferred(folder):
    """A template may stand in tokenizer_config.json, alone or as one of several by name."""
    alone = folder("alone", settings={"chat_template": "A"})
    several = [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]
    named = folder("named", settings={"chat_template": several})
    assert ModelFolder(alone).chat_template == "A"
    assert ModelFolder(named).chat_template == "D"
    assert ModelFolder(folder("empty", settings={"chat_template": ""})).chat_template is None


def test_chat_template_when_it_thinks_or_prints_the_date_is_noted(folder):
    """Both habits change prompts from one run to the next unless they are fixed."""
    template = "{{ strftime_now('%d') }}{% if enable_thinking %}<think>{% endif %}"
    table = compare_folders(folder("base"), folder("aligned", template=template))
    assert levels(table)["thinking switch"] == levels(table)["date in template"] == "note"


def test_precision_and_end_token_when_different_are_notes(folder):
    """Number types and end tokens that differ are to be known, not to be refused."""
    settings = {**SETTINGS, "eos_token": "<|end|>"}
    table = compare_folders(
        folder("base"), folder("aligned", settings=settings, torch_dtype="float32")
    )
    assert levels(table)["precision"] == levels(table)["token after a text"] == "note"
    assert levels(table)["token before a text"] == "same"


def test_folders_without_tokenizer_json_when_compared_use_the_model_file(folder):
    """An older folder holds tokenizer.model only: equal bytes are the same tokenizer."""
    base, aligned = folder("base", None), folder("aligned", None)
    assert levels(compare_folders(base, aligned))["tokenizer"] == "unknown"
    for path, content in ((base, b"one"), (aligned, b"one")):
        (path / "tokenizer.model").write_bytes(content)
    assert levels(compare_folders(base, aligned))["tokenizer"] == "same"
    (aligned / "tokenizer.model").write_bytes(b"two")
    table = compare_folders(base, aligned)
    assert levels(table)["tokenizer"] == "problem"
    assert levels(table)["vocabulary"] == "unknown"


def test_folder_when_it_is_none_or_broken_is_refused_by_name(folder, tmp_path):
    """No config.json, broken JSON and JSON of the wrong kind are named."""
    with pytest.raises(ModelError, match=r"holds no config\.json"):
        compare_folders(tmp_path, tmp_path)
    broken = folder("broken")
    (broken / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match=r"tokenizer\.json is not JSON"):
        compare_folders(broken, folder("whole"))
    (broken / "tokenizer.json").write_text("[]")
    with pytest.raises(ModelError, match="holds a list, not named fields"):
        compare_folders(broken, broken)


@given(config=st.dictionaries(st.sampled_from([*CONFIG, "dtype", "other"]), st.integers(0, 9)))
def test_folders_when_the_configuration_says_little_still_get_a_known_level(
    config, tmp_path_factory
):
    """Whatever config.json leaves out, each check answers with one of the four levels."""
    path = tmp_path_factory.mktemp("any")
    (path / "config.json").write_text(json.dumps(config))
    table = compare_folders(path, path)
    assert set(table["level"]) <= set(LEVELS)
    assert table.height == 11


def weights(path, n):
    half = np.zeros(n // 2, dtype=np.float16)
    save_file({"a": half}, path / "model-1.safetensors")
    save_file({"b": half.reshape(2, -1)}, path / "model-2.safetensors")


def test_folder_when_it_is_the_registered_model_is_found_the_same(folder):
    """Template, precision and number of weights are held against the registry."""
    path = folder("here", template=TEMPLATE)
    weights(path, 1000)
    assert ModelFolder(path).n_parameters == 1000
    one = pairs.model("Qwen3-8B").model_copy(update={"size_billion": 1e-6})
    table = check_folder(one, path)
    assert set(levels(table).values()) == {"same"}
    assert table.columns == ["check", "level", "registered", "found", "finding"]


def test_folder_when_it_is_another_model_is_a_problem(folder):
    """A folder without the template and of another size is not that model."""
    path = folder("here", torch_dtype="float16")
    weights(path, 1000)
    table = check_folder(pairs.model("Qwen3-8B"), path)
    assert levels(table) == {"chat template": "problem", "precision": "note", "size": "problem"}
    assert "far from the size of Qwen3-8B" in finding(table, "size")


def test_folder_when_nothing_is_registered_is_unknown(folder):
    """What the registry does not know is not called right or wrong."""
    table = check_folder(pairs.model("Youtu-LLM-2B"), folder("here"))
    assert set(levels(table).values()) == {"unknown"}


def test_weights_when_cut_off_are_refused(folder):
    """A half-copied weight file is named."""
    path = folder("here")
    (path / "model.safetensors").write_bytes((10**6).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelError, match=r"model\.safetensors is no whole safetensors file"):
        check_folder(pairs.model("Qwen3-8B"), path)


@pytest.mark.models
def test_two_real_models_when_compared_are_no_pair():
    """The two registry-carried models share neither shape nor tokenizer nor first token."""
    found = [
        sources.resolve(one.id, one.sources[0], one.sha256).folder
        for one in map(pairs.model, ("gemma-3-270m", "SmolLM2-135M-Instruct"))
    ]
    table = compare_folders(*found)
    problems = table.filter(level="problem")["check"].to_list()
    assert problems == ["architecture", "tokenizer", "vocabulary", "adds the token before a text"]
    assert levels(check_folder(pairs.model("gemma-3-270m"), found[0])) == {
        "chat template": "same",
        "precision": "same",
        "size": "same",
    }
