"""A model hub on this machine: serves folders as the real one does, and notes what was asked."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Folders by repository name; ``gated`` ones are refused; ``asked`` lists the files fetched."""

    def __init__(self, folders: dict[str, Path], gated: tuple[str, ...] = ()) -> None:
        self.folders = folders
        self.gated = gated
        self.asked: list[str] = []
        self.endpoint = ""

    def environment(self, home: Path) -> dict[str, str]:
        """Return the variables by which a process uses this hub, with an empty cache."""
        return {"HF_ENDPOINT": self.endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}


@contextmanager
def serving(folders: dict[str, Path], gated: tuple[str, ...] = ()) -> Iterator[Hub]:
    """Serve folders until the block ends."""
    hub = Hub(folders, gated)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.answer(body=False)

        def do_GET(self) -> None:
            self.answer(body=True)

        def answer(self, *, body: bool) -> None:
            parts = self.path.split("?")[0].strip("/").split("/")
            listing = parts[:2] == ["api", "models"]
            repository = "/".join(parts[2:4] if listing else parts[:2])
            folder = hub.folders.get(repository)
            if repository in hub.gated:
                self.refuse(403, "GatedRepo", "access is restricted")
            elif folder is None:
                self.refuse(401, "RepoNotFound", "Repository Not Found")
            elif listing and parts[5:6] not in (["main"], [COMMIT]):
                self.refuse(404, "RevisionNotFound", "Revision Not Found")
            elif listing and parts[4] == "tree":
                paths = sorted(folder.iterdir())
                entries = [
                    {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": COMMIT}
                    for path in paths
                ]
                self.send(json.dumps(entries).encode(), "application/json", body=body)
            elif listing:
                files = [{"rfilename": path.name} for path in sorted(folder.iterdir())]
                content = {"id": repository, "sha": COMMIT, "siblings": files}
                self.send(json.dumps(content).encode(), "application/json", body=body)
            else:
                name = parts[4]
                if body:
                    hub.asked.append(f"{repository}/{name}")
                self.send((folder / name).read_bytes(), "application/octet-stream", body=body)

        def send(self, content: bytes, kind: str, *, body: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def refuse(self, status: int, code: str, message: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
