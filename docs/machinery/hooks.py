"""What MkDocs calls while it builds the site: the list of commands, and links to files.

Pages link to files outside ``docs/`` by relative paths, so that the links work in a checkout. A
linked file becomes part of the site, under ``files/``; a linked folder, or a page that is not
of the site, cannot, and is named instead. A link to nothing is left as it is: MkDocs reports it,
and the strict build fails.
"""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
import command_line

REPOSITORY = Path(__file__).parents[2]
UNTOLD = re.compile(r'\s*\u2013\s*<div class="doc-md-description">\s*</div>')
"""The dash before a parameter's description, where there is none."""

LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<path>(?:\.\./)+[^)#\s]+)\)")


def outside(page: str, path: str) -> Path | None:
    """Return the file or folder outside ``docs/`` that a link of a page leads to, if there is one.

    Examples
    --------
    >>> outside("how-to/own-data.md", "../../studies/akata.yaml").as_posix()
    'studies/akata.yaml'
    >>> outside("how-to/own-data.md", "../index.md")
    """
    target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), path))
    inside = target.startswith(("docs/", "../"))
    return None if inside or not (REPOSITORY / target).exists() else Path(target)


def only_named(path: Path) -> bool:
    """Tell whether a path of the repository is a folder or a page, of which there is no copy."""
    return (REPOSITORY / path).is_dir() or path.suffix == ".md"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add to the site every file of the repository that a page links to."""
    for page in files.documentation_pages():
        for match in LINK.finditer(page.content_string):
            path = outside(page.src_uri, match["path"])
            if path is None or only_named(path):
                continue
            uri = f"files/{path.as_posix()}"
            if files.get_file_from_path(uri) is None:
                added = File.generated(config, uri, abs_src_path=str(REPOSITORY / path))
                files.append(added)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write out the commands; lead links of a page to the files that were added; name others."""
    if command_line.MARK in markdown:
        markdown = markdown.replace(command_line.MARK, command_line.commands())

    def lead(match: re.Match[str]) -> str:
        path = outside(page.file.src_uri, match["path"])
        if path is None:
            return match[0]
        if only_named(path):
            return f"{match['text']} (`{path.as_posix()}`)"
        up = posixpath.relpath(f"files/{path.as_posix()}", posixpath.dirname(page.file.src_uri))
        return f"[{match['text']}]({up})"

    return LINK.sub(lead, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leave out the dash after a parameter whose type says it all."""
    return UNTOLD.sub("", html)
