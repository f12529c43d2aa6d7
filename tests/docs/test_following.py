"""The runner of the pages refuses what a reader would stumble over."""

import pytest

from silicus import plugins
from silicus.errors import SilicusError
from tests.docs.blocks import read_blocks
from tests.docs.following import Reader


def follow(folder, text):
    """Write a page, and follow it in a folder of its own."""
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    (folder / "reader").mkdir()
    with Reader(folder / "reader") as reader:
        for block in read_blocks(page, "page.md"):
            reader.follow(block)


def fence(info, content, mark=""):
    """Return a block of a page."""
    return f"{mark}```{info}\n{content}\n```\n\n"


GOOD = {
    "a command and its output": fence("sh", "silicus prompts list  # all\n")
    + fence("text", "baseline\n...\nformulation"),
    "a command over two lines": fence("bash", "silicus prompts show \\\n    sample_lottery"),
    "a refusal": fence("sh", "silicus data show akta_repeated", "<!-- fails -->\n")
    + fence("text", 'StudyError: unknown data set "akta_repeated"'),
    "python over two blocks": fence("python", "a = 2")
    + fence("python", "print(a / 3)")
    + fence("text", "0.6667"),
    "a module of the page": fence('python title="mine/words.py"', "WORD = 'lend'")
    + fence("sh", "cd mine\nls")
    + fence("text", "words.py")
    + fence("python", "from words import WORD\nprint(WORD)")
    + fence("text", "lend"),
    "a GPU study, read": fence(
        'yaml title="gpu.yaml"',
        "study: big\ndatasets: [sample_lottery]\npairs: [gemma-3-1b-pt+gemma-3-1b-it]",
    )
    + fence("sh", "silicus run gpu.yaml --out runs/big", "<!-- not run: needs a GPU -->\n"),
    "keys of a study": fence("yaml", "theories: [nash, qre]"),
    "indented in a list": "1. Do\n\n    ```sh\n    silicus prompts list\n    ```\n",
    "a saved answer": fence(
        "sh", "silicus data show sample_lottery --json > facts.json\ncat facts.json"
    )
    + fence("json", '"name": "sample_lottery"'),
}
BAD = {
    "an output that is not printed": fence("sh", "silicus prompts list")
    + fence("text", "bassline"),
    "a number that is off": fence("python", "print(0.53)") + fence("text", "0.56"),
    "an output of nothing": fence("text", "baseline"),
    "a command that is refused": fence("sh", "silicus data show akta_repeated"),
    "a refusal that does not come": fence("sh", "silicus prompts list", "<!-- fails -->\n"),
    "a program unheard of": fence("sh", "rm -rf runs"),
    "a make target unheard of": fence("sh", "make coffee"),
    "a language unheard of": fence("cobol", "MOVE 1 TO X"),
    "a mark away from its block": "<!-- not run: long -->\n\n" + fence("sh", "silicus doctor"),
    "a mark without a reason": fence("sh", "silicus doctor", "<!-- not run -->\n"),
    "a fence that is not read": "```sh fails\nsilicus doctor\n```\n",
    "keys of a study with a typo": fence("yaml", "theories: [nahs]"),
}
BAD_IF_ONLY_READ = {
    "an unknown command": fence("sh", "silicus rnu studies/a.yaml", "<!-- not run: long -->\n"),
    "an unknown option": fence("sh", "silicus data get casino --fast", "<!-- not run: net -->\n"),
    "a missing argument": fence("sh", "silicus data get", "<!-- not run: net -->\n"),
    "a missing study": fence("sh", "silicus run none.yaml", "<!-- not run: long -->\n"),
    "broken Python": fence("python", "print(", "<!-- not run: long -->\n"),
    "a study with a typo": fence('yaml title="a.yaml"', "study: a\ndataset: [sample_lottery]"),
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_page_when_right_then_can_be_followed(text, tmp_path):
    """Each kind of block that the convention names is run or read."""
    follow(tmp_path, text)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_page_when_wrong_then_fails(text, tmp_path):
    """What does not work, or cannot be read, is not passed over."""
    with pytest.raises((AssertionError, SilicusError)):
        follow(tmp_path, text)


@pytest.mark.parametrize("text", BAD_IF_ONLY_READ.values(), ids=BAD_IF_ONLY_READ)
def test_page_when_its_unrun_block_is_wrong_then_fails(text, tmp_path):
    """Blocks that are not run are checked all the same; the message names the place."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 (whatever the parser raises)
        follow(tmp_path, text)
    assert any("page.md, line" in note for note in raised.value.__notes__)


def test_folder_when_installed_on_a_page_then_its_plug_in_is_known(tmp_path):
    """A distribution that a page writes joins silicus while the page is followed, and no longer."""
    project = (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "mine"\nversion = "1"\n'
        '[project.entry-points."silicus.theories"]\nmine = "mine_theory:Mine"\n'
        '[tool.setuptools]\npy-modules = ["mine_theory"]'
    )
    check = "from silicus import plugins\nprint(plugins.load('theories', 'mine').__name__)"
    follow(
        tmp_path,
        fence('toml title="mine/pyproject.toml"', project)
        + fence('python title="mine/mine_theory.py"', "class Mine:\n    pass")
        + fence("sh", "python -m pip install -e ./mine")
        + fence("python", check)
        + fence("text", "Mine"),
    )
    assert "mine" not in plugins.known("theories")
