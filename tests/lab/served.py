"""A local HTTP server that answers from a table, for clients of HTTP APIs."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
"""A status, text or what is sent as JSON, and headers."""


class Served:
    """What was asked (path, parameters, body, headers), and what is answered, by path."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, dict[str, str], Any, dict[str, str]]] = []
        self.url = ""


@contextmanager
def served(answers: Mapping[str, Answer], *, takes: float = 0.0) -> Iterator[Served]:
    """Serve these answers, each after a while (seconds)."""
    state = Served(answers)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            state.asked.append((parts.path, dict(parse_qsl(parts.query)), body, dict(self.headers)))
            time.sleep(takes)
            status, content, *headers = state.answers.get(parts.path, (404, {"status": "error", "error": "not found"}))
            self.send_response(status)
            for name, value in headers[0].items() if headers else ():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content.encode() if isinstance(content, str) else json.dumps(content).encode())

        do_GET = do_POST = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
