"""A hub with the interface of huggingface.co, as far as downloads need it, on localhost.

It serves folders as models, understands ranges, and can be told to misbehave: that is how
downloads are tested, since no test may need a network.
"""

import hashlib
import http.server
import json
import pathlib
import re
import threading
import urllib.parse


class SmallHub:
    """Models by their org/name, each a folder; use it in a with statement."""

    def __init__(self, models):
        self.models = {name: pathlib.Path(folder) for name, folder in models.items()}
        self.gated = set()  # models that want a token
        self.token = "hf_right"
        self.cut_after = None  # of the first byte of a transfer: after how many bytes it breaks off
        self.requests = []  # (method, path, range)
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hub.answer(self, body=True)

            def do_HEAD(self):
                hub.answer(self, body=False)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def commit(self, model):
        return hashlib.sha1(model.encode()).hexdigest()

    def files(self, model):
        folder = self.models[model]
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    def answer(self, request, body):
        path = urllib.parse.unquote(urllib.parse.urlparse(request.path).path)
        self.requests.append((request.command, path, request.headers.get("Range")))
        api = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/([^/]+))?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        found = api or file
        if not found:
            return self.send(request, 404, b"{}", body)
        model = found.group(1)
        if model not in self.models:
            return self.send(request, 401, b"{}", body, {"X-Error-Code": "RepoNotFound"})
        if model in self.gated and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.send(request, 403, b"{}", body, {"X-Error-Code": "GatedRepo"})
        revision = found.group(3) if api else found.group(2)
        if revision not in (None, "main", self.commit(model)):
            return self.send(request, 404, b"{}", body, {"X-Error-Code": "RevisionNotFound"})
        if api and api.group(2) == "tree":
            return self.send(request, 200, json.dumps(self.tree(model)).encode(), body)
        if api:
            siblings = [{"rfilename": name} for name in self.files(model)]
            info = {"id": model, "modelId": model, "sha": self.commit(model), "siblings": siblings}
            return self.send(request, 200, json.dumps(info).encode(), body)
        if file.group(3) not in self.files(model):
            return self.send(request, 404, b"{}", body, {"X-Error-Code": "EntryNotFound"})
        return self.send_file(request, model, file.group(3), body)

    def tree(self, model):
        folder = self.models[model]
        return [
            {
                "type": "file",
                "path": name,
                "size": (folder / name).stat().st_size,
                "oid": hashlib.sha1((folder / name).read_bytes()).hexdigest(),
            }
            for name in self.files(model)
        ]

    def send_file(self, request, model, name, body):
        content = (self.models[model] / name).read_bytes()
        headers = {
            "ETag": f'"{hashlib.sha1(content).hexdigest()}"',
            "X-Repo-Commit": self.commit(model),
            "Accept-Ranges": "bytes",
        }
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        status, first = 200, 0
        if wanted:
            status, first = 206, int(wanted.group(1))
            last = int(wanted.group(2) or len(content) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            content = content[first : last + 1]
        cut = self.cut_after(first) if body and self.cut_after else None
        self.send(request, status, content, body, headers, cut)

    def send(self, request, status, content, body, headers=None, cut=None):
        request.send_response(status)
        for key, value in (headers or {}).items():
            request.send_header(key, value)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("Content-Type", "application/json")
        request.end_headers()
        if body:
            request.wfile.write(content[:cut])
        if cut is not None and cut < len(content):
            request.close_connection = True
