"""What the scripts talk to, a shard or a gateway: it takes everything and remembers it, or refuses what it is told to."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SEEDING = 0.02
"""Seconds that a request for seeds takes."""


class Entry:
    """What it took, and the status with which it answers orders and seeds.

    Attributes:
        orders: In the order they came.
        seeds: Each request's path, such as `/seed/a`, and the orders in it.
        crowded: The paths at which a request for seeds came while another was under way.
        url: Where it listens.
    """

    def __init__(self, **statuses: int) -> None:
        self.orders: list[dict[str, Any]] = []
        self.seeds: list[tuple[str, list[dict[str, Any]]]] = []
        self.crowded: set[str] = set()
        self.statuses = {"orders": 200, "seed": 200, **statuses}
        self.url = ""

    @property
    def resting(self) -> list[dict[str, Any]]:
        """All seeded orders."""
        return [order for _, chunk in self.seeds for order in chunk]

    def seeded_at(self, path: str) -> set[str]:
        """The symbols whose orders came to this path."""
        return {order["symbol"] for to, chunk in self.seeds if to == path for order in chunk}


@contextmanager
def entry(*, says: str = "ACCEPTED", loses: int = 0, **statuses: int) -> Iterator[Entry]:
    """Answers orders and seeds with these HTTP statuses; with what it says of orders (empty: no JSON), and less than came of seeds."""
    state = Entry(**statuses)
    seeding: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.startswith("/seed"):
                if self.path in seeding:
                    state.crowded.add(self.path)
                seeding.add(self.path)
                time.sleep(SEEDING)
                state.seeds.append((self.path, body["orders"]))
                seeding.discard(self.path)
                self._answer(state.statuses["seed"], {"seeded": len(body["orders"]) - loses})
            else:
                state.orders.append(body)
                answer = {"status": says, "orderId": body["orderId"]} if says else None
                self._answer(state.statuses["orders"], answer)

        def _answer(self, status: int, content: dict[str, Any] | None) -> None:
            text = json.dumps(content).encode() if content else b"accepted!"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

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
