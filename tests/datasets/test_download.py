"""Downloads from a real server on this machine: whole files only, continued where they broke."""

import hashlib
import json
import re
import subprocess
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from silicus.datasets import files as places
from silicus.datasets.akata_repeated import AkataRepeated
from silicus.datasets.base import SourceFile
from silicus.datasets.download import fetch_files
from silicus.datasets.github import list_tree
from silicus.datasets.glee_bargaining import GleeBargaining
from silicus.datasets.sample_lottery import SampleLottery
from silicus.errors import DataError

CONTENT = bytes(range(256)) * 1000


class Handler(BaseHTTPRequestHandler):
    """Serves a mapping of paths to bytes, with ranges; may break off after some bytes."""

    def __init__(self, served, *args):
        self.served = served
        super().__init__(*args)

    def do_GET(self):
        self.served["asked"].append((self.path, self.headers.get("Range")))
        content = self.served["content"].get(self.path.split("?")[0])
        if content is None:
            self.send_error(404)
            return
        start = 0
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted:
            start = int(wanted[1])
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = self.served.pop("break_after", None)
        self.wfile.write(content[start:stop])

    def log_message(self, *args):
        """Stay silent."""


@pytest.fixture
def server():
    """Return what is served, with ``url``; change ``content`` and ``break_after`` at will."""
    served = {"content": {}, "asked": []}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, served)) as running:
        served["url"] = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield served
        running.shutdown()
        thread.join()


@pytest.fixture
def dataset(server, tmp_path, monkeypatch):
    """Return a data set whose only file is served here."""
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
    monkeypatch.delenv("SILICUS_DATA", raising=False)
    server["content"]["/file.csv"] = CONTENT

    class Served(AkataRepeated):
        name = "served"
        folder = "served"
        files: ClassVar = (
            SourceFile(
                "file.csv", hashlib.sha256(CONTENT).hexdigest(), server["url"] + "/file.csv"
            ),
        )

    return Served()


def test_fetch_when_the_source_answers_then_the_file_is_whole_and_found(dataset, server):
    """The file is in the user's folder under its name, verified, and not fetched twice."""
    folder = fetch_files(dataset, progress=False)
    assert (folder / "file.csv").read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["file.csv"]
    assert places.locate(dataset) == folder
    fetch_files(dataset, progress=False)
    assert len(server["asked"]) == 1


def test_fetch_when_it_broke_off_then_continues_where_it_was(dataset, server):
    """After an interruption only the rest is asked for, and the file is the published one."""
    server["break_after"] = 100_000
    with pytest.raises(DataError, match=r"could not be fetched.*silicus data get served"):
        fetch_files(dataset, progress=False)
    part = places.user_folder() / "served" / "file.csv.part"
    kept = part.stat().st_size
    assert 0 < kept <= 100_000
    folder = fetch_files(dataset, progress=False)
    assert (folder / "file.csv").read_bytes() == CONTENT
    assert server["asked"][-1] == ("/file.csv", f"bytes={kept}-")


def test_fetch_when_all_came_but_the_name_then_only_checked(dataset, server):
    """A complete part file is recognised by its checksum."""
    part = places.user_folder() / "served" / "file.csv.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert (fetch_files(dataset, progress=False) / "file.csv").read_bytes() == CONTENT


def test_fetch_when_another_file_comes_then_thrown_away(dataset, server):
    """What has another checksum never gets the file's name."""
    server["content"]["/file.csv"] = CONTENT[:-1] + b"?"
    with pytest.raises(DataError, match=r"not the published file.*expected"):
        fetch_files(dataset, progress=False)
    assert list((places.user_folder() / "served").iterdir()) == []


def test_fetch_when_there_is_no_such_file_then_refused(dataset, server):
    """A missing address is one sentence with the address."""
    server["content"].clear()
    with pytest.raises(DataError, match=r"/file\.csv could not be fetched.*404"):
        fetch_files(dataset, progress=False)


def test_fetch_when_embedded_then_refused():
    """What is part of the package is not downloaded."""
    with pytest.raises(DataError, match="part of the package"):
        fetch_files(SampleLottery(), progress=False)


def test_locate_when_not_on_this_machine_then_says_how_to_get_it(dataset):
    """The message names the places and the command."""
    with pytest.raises(DataError, match=r"not on this machine.*silicus data get served"):
        places.locate(dataset)


@pytest.fixture
def github(server, tmp_path, monkeypatch):
    """Serve a real git repository with two GLEE games as GitHub would list and give it."""
    monkeypatch.setenv("SILICUS_USER_DATA", str(tmp_path / "user"))
    monkeypatch.delenv("SILICUS_DATA", raising=False)
    monkeypatch.setenv("SILICUS_GITHUB_API", server["url"])
    monkeypatch.setenv("SILICUS_GITHUB_RAW", server["url"])
    repository = tmp_path / "repository"
    for name, human in (("ABC1", "Alice"), ("ABD2", "Bob")):
        _game(repository / "Data/human_vs_llm/bargaining" / "/".join([*name[:3], name]), human)
    run = partial(_git, repository)
    run("init", "-q")
    run("add", "-A")
    author = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    run(*author, "commit", "-q", "-m", "games")
    commit = run("rev-parse", "HEAD").strip()
    monkeypatch.setattr("silicus.datasets.glee.COMMIT", commit)
    trees = {commit: commit, **_subtrees(run, commit)}
    for name, tree in trees.items():
        recursive = name == trees_name(trees)
        listing = run("ls-tree", *(["-r", "-t"] if recursive else []), tree)
        server["content"][f"/repos/eilamshapira/GLEE/git/trees/{name}"] = json.dumps(
            {"truncated": False, "tree": [_entry(line) for line in listing.splitlines()]}
        ).encode()
    for path in (repository / "Data").rglob("*.*"):
        inside = path.relative_to(repository).as_posix()
        server["content"][f"/eilamshapira/GLEE/{commit}/{inside}"] = path.read_bytes()
    return server


def trees_name(trees):
    """Return the deepest tree, which is asked for with everything below."""
    return list(trees)[-1]


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def _subtrees(run, commit):
    found = {}
    for path in ("Data", "Data/human_vs_llm", "Data/human_vs_llm/bargaining"):
        sha = run("rev-parse", f"{commit}:{path}").strip()
        found[sha] = sha
    return found


def _entry(line: str) -> dict[str, str]:
    facts, path = line.split("\t")
    mode, kind, sha = facts.split()
    return {"path": path, "mode": mode, "type": kind, "sha": sha}


def _game(folder: Path, human: str) -> None:
    folder.mkdir(parents=True)
    types = ("otree", "otree_LLM") if human == "Alice" else ("otree_LLM", "otree")
    config = {
        "game_type": "bargaining",
        "player_1_type": types[0],
        "player_1_args": {"delta": 0.9},
        "player_2_type": types[1],
        "player_2_args": {"delta": 1.0},
        "game_args": {
            "money_to_divide": 100,
            "max_rounds": 12,
            "complete_information": True,
            "messages_allowed": True,
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "game.csv").write_bytes(
        b"alice_gain,bob_gain,message,player,round,decision\r\n"
        b'60.0,40.0,"Hi Joanna,\r\na deal?",Alice,1,None\r\n'
        b",,None,Bob,1,reject\r\n"
        b"55.0,45.0,Joanna says no,Bob,2,None\r\n"
        b",,None,Alice,2,accept\r\n"
    )


def test_fetch_when_glee_then_the_whole_published_folder_with_its_git_checksums(github):
    """Every file below the family's folder is listed at the commit, fetched and verified."""
    dataset = GleeBargaining()
    folder = fetch_files(dataset, progress=False)
    assert len(list(folder.rglob("game.csv"))) == 2
    assert places.locate(dataset) == folder
    table = dataset.read(folder)
    assert table["decision_id"].to_list() == [
        "glee_bargaining/ABC1/r02",
        "glee_bargaining/ABD2/r01",
    ]
    # The model, Alice in the second game, addressed the person by name.
    texts = [event["text"] for event in table["history"][1]]
    assert texts == ["Hi Bob,\r\na deal?"]
    game = next(folder.rglob("ABD2/game.csv"))
    game.write_bytes(game.read_bytes().replace(b"60.0,40.0", b"40.0,60.0"))
    with pytest.raises(DataError, match=r"ABD2.game\.csv is not the published one"):
        places.locate(dataset)
    fetch_files(dataset, progress=False)
    assert places.locate(dataset) == folder


def test_list_when_the_listing_is_cut_off_then_refused(github):
    """A listing that GitHub cut off is not taken for the whole."""
    for path, content in github["content"].items():
        if "/git/trees/" in path:
            github["content"][path] = content.replace(b'"truncated": false', b'"truncated": true')
    with pytest.raises(DataError, match="is cut off"):
        list_tree(GleeBargaining().published_tree())


def test_list_when_the_service_is_away_then_refused(github):
    """An error of the service is one sentence."""
    github["content"].clear()
    with pytest.raises(DataError, match=r"could not be listed.*404"):
        list_tree(GleeBargaining().published_tree())
