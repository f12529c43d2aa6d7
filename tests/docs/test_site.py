"""The documentation site builds strictly, leaves nothing out, and needs no network."""

import doctest
import importlib
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.conftest import REPOSITORY
from tests.docs.conftest import build

DOCS = REPOSITORY / "docs"
PACKAGES = ("study", "store", "datasets", "prompts", "theory", "analysis", "report", "engine")


def pages():
    """Return the navigation's pages."""
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    return re.findall(r": (\S+\.md)$", text, re.MULTILINE)


def test_navigation_when_read_then_has_every_page_once():
    """No page is out of reach, and none is listed that does not exist."""
    written = [str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")]
    assert sorted(pages()) == sorted(written)


def test_site_when_built_then_every_page_is_in_it(site):
    """The strict build passes without a warning, and each page is written."""
    for page in pages():
        assert (site / page).with_suffix(".html").is_file()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("index.md", "# Start\n\n[gone](tutorial/gone.md)\n"),
        ("index.md", "# Start\n\n[no such place](#nowhere)\n"),
        ("index.md", "# Start\n\n[no such file](../studies/gone.yaml)\n"),
        ("forgotten.md", "# Forgotten\n"),
    ],
    ids=["a missing page", "a missing anchor", "a missing file", "a page out of the navigation"],
)
def test_site_when_something_is_missing_then_is_not_built(page, text, tmp_path):
    """A broken link, a broken anchor and a forgotten page each stop the build."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Start\n", encoding="utf-8")
    (docs / page).write_text(text, encoding="utf-8")
    changed = {
        "INHERIT": str(REPOSITORY / "mkdocs.yml"),
        "docs_dir": str(docs),
        "hooks": [str(DOCS / "machinery" / "hooks.py")],
        "nav": [{"Start": "index.md"}],
    }
    with (tmp_path / "mkdocs.yml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(changed, file)
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    assert "strict mode" in done.stdout + done.stderr


def test_site_when_built_then_loads_nothing_from_the_network(site):
    """Scripts, styles, fonts and pictures are files of the site; only links lead out."""
    loading = re.compile(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"?(https?:)?//")
    style = re.compile(r"(?:url\(|@import )[\"']?(?:https?:)?//")
    for path in site.rglob("*.html"):
        assert not loading.search(path.read_text(encoding="utf-8")), path
    for path in site.rglob("*.css"):
        assert not style.search(path.read_text(encoding="utf-8")), path


def test_site_when_built_then_holds_the_files_that_pages_link_to(site):
    """A link to a file of the repository leads to a copy of it."""
    linked = set()
    for page in pages():
        html = (site / page).with_suffix(".html")
        for target in re.findall(r'href="((?:\.\./)*files/[^"#]+)"', html.read_text("utf-8")):
            linked.add((html.parent / target).resolve())
    assert linked
    for path in linked:
        name = path.relative_to((site / "files").resolve())
        assert path.read_bytes() == (REPOSITORY / name).read_bytes()


def test_interface_page_when_built_then_shows_every_public_function(site):
    """Each public name of a package is on the page, with its parameters as a table or list."""
    html = (site / "reference" / "api.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'id="silicus\.([\w.]+)"', html))
    for package in PACKAGES:
        module = importlib.import_module(f"silicus.{package}")
        for name in module.__all__:
            if isinstance(getattr(module, name), str | int | float):
                continue
            home = getattr(module, name).__module__.removeprefix("silicus.")
            assert shown & {f"{package}.{name}", f"{home}.{name}"}, f"{package}.{name}"
    assert not re.search(r":(func|class|mod|data|meth|attr):`?<|\[\d+\]_", html)
    assert not re.search(r"<p>(Parameters|Returns|Raises)\s*\n?-{3,}", html)


def test_page_when_built_then_every_fence_is_code(site):
    """No fence is left as text, which is what a mistake in its first line does."""
    for path in site.rglob("*.html"):
        body = re.sub(r"<code.*?</code>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "```" not in body, path


@pytest.mark.parametrize("module", ["hooks", "roles", "command_line"])
def test_machinery_when_its_examples_run_then_they_hold(module):
    """The examples in the docstrings of the site's own code are true."""
    found = doctest.testmod(importlib.import_module(f"docs.machinery.{module}"))
    assert found.failed == 0


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_page_of_the_repository_when_read_then_its_links_lead_somewhere(page):
    """Relative links of the pages outside docs/ are files or folders."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert targets
    for target in targets:
        assert (REPOSITORY / Path(target)).exists(), target
