"""Messages name the user's own cell, key and line, and nothing of the insides of a schema."""

import copy
import re

import pytest

from silicus.datasets.importing import import_data, import_file, imported_names, remove
from silicus.datasets.importing.spec import MODELS
from silicus.errors import DataError

from .files import HONESTY, HONESTY_SPEC, write
from .test_varying import SPECS

INSIDES = re.compile(r"[{}^]|\.str\b|\.float\b|Cell|pydantic|dict|<class|Input should|\bloc\b|None")


def refused(tmp_path, spec, text=HONESTY) -> str:
    """Return the message of a refusal."""
    with pytest.raises(DataError) as caught:
        import_file(*write(tmp_path, text, spec))
    return str(caught.value).replace(str(tmp_path), "")


def changed(**keys):
    """Return the spec with other keys."""
    return {**copy.deepcopy(HONESTY_SPEC), **keys}


MISTAKES = {
    "name": (changed(name="My data"), 'name: expected a name of small letters.*found "My data"'),
    "list": (changed(title=["a"]), "title: expected a text, found a list of 1"),
    "mapping": (changed(choices="x"), 'choices: expected keys with values, found "x"'),
    "layout": (changed(layout="long"), 'layout: expected one of decisions, events.*"long"'),
    "amount": (
        changed(history=[{"actor": "other", "kind": "x", "amount": "much"}]),
        'history.0.amount: expected .*, found "much"',
    ),
    "recode": (
        changed(game={**HONESTY_SPEC["game"], "parameters": {
            "bonus": {"column": "bonus", "recode": {"2": ["a"]}}}}),
        "game.parameters.bonus.recode.2: expected a text, found a list of 1",
    ),
    "first round": (changed(first_round=-1), "first_round: expected a number from 0 on, found -1"),
    "labels": (
        changed(game={"kind": "negotiation", "labels": {"x": "accept"}, "role": "buyer",
                      "own_value": 1, "other_value": 2, "max_rounds": 3, "limit_told": True,
                      "complete_information": True}, history=[]),
        "game.labels must say what each of the options six, other means, found x",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "message"), MISTAKES.values(), ids=MISTAKES)
def test_spec_when_a_value_is_wrong_then_said_in_plain_words(tmp_path, spec, message):
    """Key, what was expected and what was found; no type, pattern or dictionary of the schema."""
    told = refused(tmp_path, spec)
    assert re.search(message, told), told
    assert not INSIDES.search(told), told


@pytest.mark.parametrize("kind", SPECS)
def test_spec_when_a_parameter_is_left_out_or_unknown_then_named_with_its_line(tmp_path, kind):
    """Every kind of game says what it lacks; a matrix without other_actions was a KeyError."""
    spec = SPECS[kind]
    needed = {name for name, one in MODELS[kind].model_fields.items() if one.is_required()}
    for key in spec["game"].keys() - {"kind"}:
        game = {name: value for name, value in spec["game"].items() if name != key}
        text = "who,round,v,x,did,o\nann,1,5,1,0,L\n"
        if key in needed:
            told = refused(tmp_path, {**spec, "game": game}, text)
            assert key in told
            assert not INSIDES.search(told), told
    told = refused(tmp_path, {**spec, "game": {**spec["game"], "colour": 1}})
    assert re.search(r'line \d+: unknown parameter of a game of kind .* "colour"', told)


def test_import_when_a_declared_missing_text_is_in_the_way_then_shown_as_it_stands(tmp_path):
    """The cell is not empty in the file."""
    told = refused(
        tmp_path, changed(missing=["", "-"]), HONESTY.replace("5,low,lucky", "5,-,lucky")
    )
    assert 'column "report": found "-", expected a value (this text is declared as missing)' in told


def test_import_when_rows_fail_for_several_causes_then_all_are_told_with_counts(tmp_path):
    """Not only the first."""
    text = HONESTY + "cem,1,1,5,maybe,x\ndan,1,1,5,perhaps,x\neve,1,one,5,low,x\nfay,1,1,5,low,\n"
    told = refused(tmp_path, HONESTY_SPEC, text)
    assert '4 row(s) cannot be used: 2 in column "report" from line 7 on: expected one of' in told
    assert '1 in column "trial" from line 9 on: expected a whole number' in told
    assert '1 in column "told" from line 10 on: expected a value' in told


def test_import_when_a_column_is_unknown_then_all_columns_are_listed(tmp_path):
    """However many there are."""
    names = ",".join(f"extra{n}" for n in range(40))
    spec = changed(columns={**HONESTY_SPEC["columns"], "choice": "reported"})
    lines = HONESTY.splitlines()
    text = "\n".join([f"{lines[0]},{names}", *(f"{one},{','.join('x' * 40)}" for one in lines[1:])])
    assert all(f"extra{n}" in refused(tmp_path, spec, text) for n in range(40))


def test_remove_when_imported_then_gone_and_unknown_names_are_refused(tmp_path):
    """What is removed is no data set any more; one unknown name, and nothing is removed."""
    import_data(*write(tmp_path, HONESTY, HONESTY_SPEC))
    with pytest.raises(DataError, match='unknown imported data set "honesti": did you mean "hon'):
        remove(["honesty", "honesti"])
    assert imported_names() == ["honesty"]
    with pytest.raises(DataError, match="built in"):
        remove(["sample_lottery"])
    remove(["honesty"])
    assert imported_names() == []
