"""From a prompt to token ids: every way in which this silently went wrong elsewhere."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from silicus.backends.tokens import END_OF_TURN, Encoder, fold_system
from silicus.errors import PromptError
from silicus.model_folder import ModelFolder, begins_with_bos
from tests.backends import npm_tokenizers, tiny
from tests.backends.prompts import prompt

CHAT = [("user", "F or J?"), ("assistant", '{"decision": "J"}'), ("user", "F or J?")]


@pytest.fixture(scope="module")
def plain_encoder() -> Encoder:
    """Return a byte-level tokenizer that adds no BOS."""
    return Encoder(tiny.byte_level(), "tiny", 1000)


@pytest.fixture(scope="module")
def bos_encoder() -> Encoder:
    """Return a byte-level tokenizer that adds BOS, with a template that does not."""
    return Encoder(tiny.byte_level(bos=True), "tiny-bos", 1000)


@pytest.fixture(scope="module")
def gemma_encoder() -> Encoder:
    """Return a tokenizer that adds BOS, with a template that writes it too."""
    return Encoder(tiny.sentencepiece_like(), "tiny-gemma", 1000)


@pytest.fixture(scope="module", params=["plain_encoder", "bos_encoder", "gemma_encoder"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Return each of the three."""
    return request.getfixturevalue(request.param)


def _text(encoder: Encoder, ids: Any) -> str:
    return encoder.tokenizer.decode(list(ids), skip_special_tokens=False)


@pytest.mark.parametrize(
    ("text", "prefix", "form"),
    [
        ("Yes or no?\n", "Answer: ", "Yes"),  # the space joins the word
        ("How much?\n", "I offer 1", "0"),  # with merged digits only; safe here, see below
        ("Which?\n", '\n"', "Accept"),  # a line break and a quote join the word
    ],
)
def test_cut_when_a_token_belongs_to_both_sides_then_is_refused(
    plain_encoder: Encoder, text: str, prefix: str, form: str
) -> None:
    """An option's first token is never part of the prompt, and never empty.

    lm-evaluation-harness#1053, #1297, #3336, PR #4055: option and context shared a token, which
    gave an empty option, a crash or a wrong score.
    """
    row = prompt(text, form, "J" if form != "J" else "F", prefix=prefix, ends=(".", '"'))
    joint = plain_encoder.tokenizer(text + prefix + form, add_special_tokens=False).input_ids
    before = plain_encoder.tokenizer(text + prefix, add_special_tokens=False).input_ids
    if joint[: len(before)] == before:
        (request,) = plain_encoder.encode([row])
        assert _text(plain_encoder, request.options[0].forms[0]) == form
        return
    with pytest.raises(PromptError, match="cannot be cut from its prompt"):
        plain_encoder.encode([row])


def test_cut_when_the_prompt_ends_in_a_space_then_names_the_tokens(plain_encoder: Encoder) -> None:
    """A trailing space would join the option; the message shows what the tokenizer reads.

    lm-evaluation-harness#1053, #3336: trailing whitespace moved into the continuation.
    """
    with pytest.raises(PromptError, match=r'decision d1 with tiny: the option "Yes" .* belongs to'):
        plain_encoder.encode([prompt("Yes or no?\n", "Yes", "No", prefix="Answer: ", ends=(".",))])
    (request,) = plain_encoder.encode(
        [prompt("Yes or no?\n", " Yes", " No", prefix="Answer:", ends=(".",))]
    )
    assert _text(plain_encoder, request.options[0].forms[0]) == " Yes"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.text(st.sampled_from('FJ 10".\nYes{}:é'), min_size=1, max_size=30),
    forms=st.lists(
        st.text(st.sampled_from('FJ10 Yes"é'), min_size=1, max_size=4),
        min_size=2,
        max_size=3,
        unique=True,
    ),
    name=st.sampled_from(["plain_encoder", "bos_encoder", "gemma_encoder"]),
)
def test_cut_when_accepted_then_tokens_spell_the_text(
    plain_encoder: Encoder,
    bos_encoder: Encoder,
    gemma_encoder: Encoder,
    body: str,
    forms: list[str],
    name: str,
) -> None:
    """Prompt and option tokens together are exactly the joint tokens of the text, or an error."""
    encoder = {
        "plain_encoder": plain_encoder,
        "bos_encoder": bos_encoder,
        "gemma_encoder": gemma_encoder,
    }[name]
    try:
        (request,) = encoder.encode([prompt(body, *forms, prefix="", ends=(".",))])
    except PromptError:
        return
    for form, option in zip(forms, request.options, strict=True):
        joint = encoder.tokenizer(body + form + ".").input_ids
        own = [*request.prompt.tolist(), *option.forms[0]]
        assert joint[: len(own)] == own
        assert joint[len(own)] in encoder.token_set((".",))


def test_option_when_asked_in_both_formats_then_has_the_same_text(encoder: Encoder) -> None:
    """The space before an option is part of it, in plain text and under a template alike.

    lm-evaluation-harness#2346, PR #2475, PR #3508: the delimiter before the option had to change
    under a chat template, and did not.
    """
    rows = [
        prompt("Yes or no?", " Yes", " No", prefix="Answer:", ends=(".",)),
        prompt("Yes or no?", " Yes", " No", prefix="Answer:", ends=(".",), format="chat"),
    ]
    plain, chat = encoder.encode(rows)
    assert [_text(encoder, o.forms[0]) for o in plain.options] == [" Yes", " No"]
    assert plain.options == chat.options
    for request in (plain, chat):
        whole = _text(encoder, [*request.prompt, *request.options[0].forms[0]])
        assert whole.endswith("Answer: Yes")


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_bos_when_the_tokenizer_has_one_then_stands_once(
    bos_encoder: Encoder, gemma_encoder: Encoder, format: str
) -> None:
    """Exactly one BOS, in both formats, whether template or tokenizer writes it.

    lm-evaluation-harness#3333, PR #3347; transformers#37686; llama-cpp-python PR #1439; open-r1
    PR #462: two BOS tokens. lm-evaluation-harness#2676, #1588: a missing one.
    """
    for encoder in (bos_encoder, gemma_encoder):
        (request,) = encoder.encode([prompt(format=format, messages=CHAT[:1])])
        bos = encoder.tokenizer.bos_token_id
        assert request.prompt[0] == bos
        assert (request.prompt == bos).sum() == 1


def test_bos_when_two_members_of_a_pair_are_asked_then_both_have_one() -> None:
    """Base and aligned member begin alike, also when the base borrows the template.

    lang-uk/ukrainian-llm-leaderboard#5: BOS was doubled for instruct rows only.
    """
    aligned = Encoder(tiny.sentencepiece_like(), "aligned", 1000)
    bare = tiny.sentencepiece_like()
    bare.chat_template = None
    base = Encoder(bare, "base", 1000, aligned.template)
    for format in ("plain", "chat"):
        rows = [prompt(format=format, messages=CHAT)]
        (one,), (other,) = aligned.encode(rows), base.encode(rows)
        assert np.array_equal(one.prompt, other.prompt)
        assert (one.prompt == bare.bos_token_id).sum() == 1


def test_bos_when_the_template_writes_two_then_is_refused() -> None:
    """A template that writes BOS twice is an error, not a shifted score."""
    twice = "{{ bos_token }}" + tiny.GEMMA
    with pytest.raises(PromptError, match="begins with 2 BOS tokens, expected exactly one"):
        Encoder(tiny.sentencepiece_like(), "m", 1000, twice).encode([prompt(format="chat")])
    borrowed = "{{ '<|endoftext|>' }}{{ '<|endoftext|>' }}" + tiny.CHATML
    plain = tiny.byte_level()
    plain.bos_token = "<|endoftext|>"
    encoder = Encoder(plain, "m", 1000, borrowed)
    assert not encoder.adds_bos
    with pytest.raises(PromptError, match="2 BOS tokens, expected at most one"):
        encoder.encode([prompt(format="chat")])


def _with_settings(tokenizer: Any, folder: Path, **settings: Any) -> Any:
    """Return a tokenizer as read from a folder whose tokenizer_config.json says more."""
    tokenizer.save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))
    return AutoTokenizer.from_pretrained(folder)


def _without_processor() -> Any:
    """Return a tokenizer with a BOS token that nothing in tokenizer.json puts first."""
    tokenizer = tiny.byte_level(bos=True)
    bare = json.loads(tokenizer.backend_tokenizer.to_str())
    bare["post_processor"] = None
    core = Tokenizer.from_str(json.dumps(bare))
    template = tokenizer.chat_template
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<|bos|>", eos_token="<|im_end|>"
    )
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize(
    ("settings", "template", "expected"),
    [
        ({"add_bos_token": True}, tiny.CHATML, True),  # DeepSeek-V3
        ({"add_bos_token": False}, tiny.CHATML, False),  # Qwen
        ({}, tiny.CHATML, False),  # gpt-oss: the token is there and unused
        ({}, "{{ bos_token }}" + tiny.CHATML, True),  # Llama 3 as first published
        ({}, "{% if messages[0].role == 'system' %}{{ bos_token }}{% endif %}" + tiny.CHATML, True),
        ({}, "{{ '<|bos|>' }}" + tiny.CHATML, True),
        ({}, tiny.CHATML.replace("<|im_start|>", "<|bos|>"), False),  # SmolLM2: opens every turn
    ],
)
def test_bos_when_the_processor_lacks_it_then_one_rule_decides_for_both_formats(
    tmp_path: Path, settings: dict[str, Any], template: str, expected: bool
) -> None:
    """The flag, then the model's own template: plain, chat and `pairs check` say the same."""
    bare = _without_processor()
    bare.chat_template = template
    encoder = Encoder(_with_settings(bare, tmp_path, **settings), "m", 1000)
    (tmp_path / "config.json").write_text("{}")
    assert encoder.adds_bos is expected
    assert ModelFolder(tmp_path).adds_bos is expected
    bos = encoder.tokenizer.bos_token_id
    for row in (prompt(), prompt(format="chat")):
        (request,) = encoder.encode([row])
        opened = row["format"] == "chat" and "<|bos|>{{ m" in template
        assert bool(request.prompt[0] == bos) is (expected or opened)
        assert request.prompt[1] != bos


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_eos_when_a_processor_appends_it_then_the_answer_follows_the_text(format: str) -> None:
    """The option is scored after the prompt, not after `</s>` (a template `<s> $A </s>`)."""
    tokenizer = tiny.byte_level(bos=True)
    names = [("<|bos|>", tokenizer.bos_token_id), ("<|im_end|>", tokenizer.eos_token_id)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<|bos|> $A <|im_end|>", special_tokens=names
    )
    assert tokenizer("x").input_ids[-1] == tokenizer.eos_token_id
    (request,) = Encoder(tokenizer, "m", 1000).encode([prompt(format=format)])
    (same,) = Encoder(tiny.byte_level(bos=True), "m", 1000).encode([prompt(format=format)])
    assert np.array_equal(request.prompt, same.prompt)
    assert _text(Encoder(tokenizer, "m", 1000), request.prompt).endswith('{"decision": "')


def test_front_when_a_processor_puts_another_token_there_then_plain_is_refused() -> None:
    """A token before every text that is not BOS (ChatGLM's `[gMASK]`) is what the model expects."""
    tokenizer = tiny.byte_level()
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<|bos|> $A",
        special_tokens=[("<|bos|>", tokenizer.convert_tokens_to_ids("<|bos|>"))],
    )
    encoder = Encoder(tokenizer, "m", 1000)
    with pytest.raises(PromptError, match=r"puts \['<\|bos\|>'\] before every text"):
        encoder.encode([prompt()])


@pytest.mark.parametrize(
    ("normalizer", "text", "named"),
    [
        (normalizers.NFC(), "cafe\u0301", "U+0301 COMBINING ACUTE ACCENT"),
        (normalizers.NFKC(), "x\u00b2", "U+00B2 SUPERSCRIPT TWO"),
        (normalizers.Lowercase(), "Round", "U+0052 LATIN CAPITAL LETTER R"),
        (normalizers.Strip(), "  indented", "U+0020 SPACE"),
        (normalizers.Prepend(" "), "Round", "becomes ' Round"),
        (normalizers.Replace(Regex(" +"), " "), "two  spaces", "U+0020 SPACE"),
        (normalizers.StripAccents(), "cafe\u0301", "U+0301"),
    ],
)
def test_text_when_the_tokenizer_changes_it_then_is_refused_by_character(
    normalizer: Any, text: str, named: str
) -> None:
    """The tokens spelled out are the text meant, to the last space, for every request."""
    tokenizer = tiny.byte_level()
    tokenizer.backend_tokenizer.normalizer = normalizer
    encoder = Encoder(tokenizer, "m", 1000)
    with pytest.raises(PromptError, match="the tokenizer changes the text") as refused:
        encoder.encode([prompt(text + "\n")])
    assert named in str(refused.value)


def test_text_when_a_control_token_takes_the_space_beside_it_then_is_accepted() -> None:
    """White space that a control token swallows (Phi-3) is the template's, not the data's."""
    tokenizer = tiny.byte_level()
    tokenizer.add_tokens([AddedToken("<|user|>", special=True, rstrip=True)], special_tokens=True)
    template = "{% for m in messages %}<|user|>\n{{ m['content'] }}\n{% endfor %}"
    (request,) = Encoder(tokenizer, "m", 1000, template).encode([prompt(format="chat")])
    assert request.text.startswith("<|user|>\nWhich")


@pytest.mark.parametrize("name", ["deepseek_v3", "llama2", "llama3", "gemma3", "qwen3", "yi"])
def test_real_tokenizer_when_plain_and_chat_then_begin_alike_and_hold_the_text(name: str) -> None:
    """Both formats of real tokenizers begin with the BOS that `pairs check` tells of."""
    tokenizer = npm_tokenizers.tokenizer(name)
    encoder = Encoder(tokenizer, name, 10_000)
    files = [npm_tokenizers.folder(name) / f for f in npm_tokenizers.FILES]
    told = begins_with_bos(
        *(json.loads(file.read_text()) for file in reversed(files)), tokenizer.chat_template
    )
    assert encoder.adds_bos is told is (name not in ("qwen3", "yi"))
    text = "Caf\u00e9: 10 \u20ac,  two spaces\n\n\U00020bb7 \U0001f600?\n"
    rows = [prompt(text), *([prompt(text, format="chat")] if encoder.template else [])]
    for row, request in zip(rows, encoder.encode(rows), strict=True):
        assert bool(request.prompt[0] == tokenizer.bos_token_id) is told, row["format"]
        n = int(told)
        spelled = encoder.vocabulary.bytes_of(request.prompt[n:].tolist()).decode()
        assert spelled.removeprefix(" ") == request.text.removeprefix(tokenizer.bos_token or "\0")


def test_template_when_the_model_has_none_then_chat_is_refused() -> None:
    """A base model is never put into a made-up template, and a chat model not out of its own.

    lm-evaluation-harness#1841, #2347: which models get the template; base and chat confused.
    """
    bare = tiny.byte_level()
    bare.chat_template = None
    encoder = Encoder(bare, "base-model", 1000)
    with pytest.raises(PromptError, match="base-model has no chat template"):
        encoder.encode([prompt(format="chat")])
    assert len(encoder.encode([prompt()])) == 1


def test_template_when_plain_is_asked_then_is_not_used(encoder: Encoder) -> None:
    """Plain prompts hold no control token but BOS; chat prompts hold the template's.

    lm-evaluation-harness#1841, #2347: the template was applied to some models and not to others.
    """
    plain, chat = encoder.encode([prompt(messages=CHAT), prompt(messages=CHAT, format="chat")])
    control = set(encoder.tokenizer.all_special_ids) | set(encoder.tokenizer.added_tokens_decoder)
    bos = encoder.tokenizer.bos_token_id
    assert not (set(plain.prompt.tolist()) - {bos}) & control
    assert (set(chat.prompt.tolist()) - {bos}) & control
    assert plain.text == "".join(text for _, text in CHAT) + '{"decision": "'


def test_system_turn_when_the_template_has_none_then_joins_the_first_user_turn(
    gemma_encoder: Encoder,
) -> None:
    """Rules are neither dropped nor refused by templates without a system turn."""
    turns = [("system", "Rules."), ("user", "F or J?")]
    (request,) = gemma_encoder.encode([prompt(format="chat", messages=turns)])
    assert "<start_of_turn>user\nRules.\n\nF or J?<end_of_turn>" in request.text
    assert fold_system([{"role": "assistant", "content": "A"}]) == [
        {"role": "assistant", "content": "A"}
    ]


def test_template_when_it_drops_system_turns_then_they_join_too() -> None:
    """A template that shows no system turn, without a word, loses no rules."""
    template = tiny.CHATML.replace(
        "{% for m in messages %}", "{% for m in messages if m['role'] != 'system' %}"
    )
    encoder = Encoder(tiny.byte_level(), "m", 1000, template)
    turns = [("system", "Rules."), ("user", "F or J?")]
    (request,) = encoder.encode([prompt(format="chat", messages=turns)])
    assert "Rules.\n\nF or J?" in request.text


def test_template_when_it_prints_a_date_then_the_date_is_fixed() -> None:
    """Prompts are the same tomorrow."""
    dated = "{{ strftime_now('%d %b %Y') }} {{ date_string }}\n" + tiny.CHATML
    encoder = Encoder(tiny.byte_level(), "m", 1000, dated)
    (request,) = encoder.encode([prompt(format="chat")])
    assert request.text.startswith("01 Jan 2025 01 Jan 2025\n")


def test_template_when_it_refuses_then_the_roles_are_told() -> None:
    """The template's own complaint becomes an error of ours."""
    encoder = Encoder(tiny.byte_level(), "m", 1000, "{{ raise_exception('no such turn') }}")
    with pytest.raises(PromptError, match=r"no such turn.*roles are user"):
        encoder.encode([prompt(format="chat")])


def test_ends_when_the_quote_is_asked_for_then_hold_all_tokens_that_begin_with_it(
    encoder: Encoder,
) -> None:
    """Not the bare quote alone: `"}` and others end the option as well."""
    ids = encoder.token_set(('"',))
    texts = [encoder.token_text[i] for i in ids]
    assert '"' in texts
    assert all(text.startswith('"') for text in texts)
    others = set(range(len(encoder.tokenizer))) - set(ids.tolist())
    assert not any(encoder.token_text[i].startswith('"') for i in others)
    assert len(ids) > 1


def test_ends_when_the_turn_may_end_then_hold_the_control_tokens(encoder: Encoder) -> None:
    """END_OF_TURN stands for the model's own end-of-turn and end-of-text tokens."""
    with_end, without = (set(encoder.token_set(e).tolist()) for e in ((".", END_OF_TURN), (".",)))
    added = {encoder.tokenizer.convert_ids_to_tokens(i) for i in with_end - without}
    assert encoder.tokenizer.eos_token in added
    assert added <= {"<|im_end|>", "<|endoftext|>", "<eos>", "<end_of_turn>"}


def test_options_when_they_begin_one_another_then_keep_their_own_tokens(encoder: Encoder) -> None:
    """10 and 100; Accept and AcceptOffer: each is spelled by its own tokens."""
    for forms in (("10", "100"), ("Accept", "AcceptOffer"), ("J", "JJ")):
        (request,) = encoder.encode([prompt("Say.\n", *forms)])
        spelled = [_text(encoder, option.forms[0]) for option in request.options]
        assert spelled == list(forms)


def test_forms_when_two_have_the_same_tokens_then_are_refused(encoder: Encoder) -> None:
    """A repeated form would count its probability twice."""
    row = prompt() | {"forms": [["F", "F"], ["J"]]}
    with pytest.raises(PromptError, match=r"two surface forms .* have the same tokens"):
        encoder.encode([row])


def test_prompt_when_it_just_fits_then_is_whole_and_one_more_is_refused(
    plain_encoder: Encoder,
) -> None:
    """The bound counts prompt, longest option and end; nothing is cut on the left.

    lm-evaluation-harness#1642, #3115, PR #2585: long prompts were cut without an error.
    """
    (request,) = plain_encoder.encode([prompt()])
    fitting = len(request.prompt) + 1 + 1
    exact = Encoder(plain_encoder.tokenizer, "m", fitting)
    assert np.array_equal(exact.encode([prompt()])[0].prompt, request.prompt)
    short = Encoder(plain_encoder.tokenizer, "m", fitting - 1)
    with pytest.raises(PromptError, match=f"has {fitting} tokens, the model's context is"):
        short.encode([prompt()])


def test_batch_when_rows_are_mixed_then_each_is_as_alone(encoder: Encoder) -> None:
    """Plain and chat rows, long and short: no row's tokens depend on its neighbours."""
    rows = [
        prompt(f"{'Round. ' * n}F or J?\n", format=format)
        for n in range(5)
        for format in ("plain", "chat")
    ]
    for row, request in zip(rows, encoder.encode(rows), strict=True):
        (alone,) = encoder.encode([row])
        assert np.array_equal(alone.prompt, request.prompt)
        assert alone.options == request.options
