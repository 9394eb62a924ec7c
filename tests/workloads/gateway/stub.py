"""A shard that answers as a test tells it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Received(NamedTuple):
    """A request as it reached the stub."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """Counted from 1."""


def reply(body: bytes = b"{}", status: str = "200 OK", headers: str = "Content-Type: application/json\r\n") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def after(seconds: float, raw: bytes) -> bytes:
    """A reply that takes its time."""
    time.sleep(seconds)
    return raw


class StubShard:
    """Listens on a free port of `host`, and gives `answer` each request for the bytes to reply with.

    `answer` runs in a thread of its connection; `hangs_up_after` is how many requests a connection lasts for.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.answer: Callable[[Received], bytes]
        self.hangs_up_after: int
        self.requests: list[Received]
        self.connections: list[socket.socket] = []
        self.reset()
        self._server = socket.create_server((host, port))
        self.port: int = self._server.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A close alone leaves the thread in accept(), and the port taken.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up()

    def reset(self) -> None:
        """Know nothing of those before, and answer everything with an empty document."""
        self.answer = lambda _: reply()
        self.hangs_up_after = 1_000_000
        self.hang_up()
        self.requests, self.connections = [], []

    def hang_up(self) -> None:
        """End all connections, as a shard that stops does."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection, len(self.connections)), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                for _ in range(self.hangs_up_after):
                    line = stream.readline().decode().strip()
                    if not line:
                        return
                    pairs = (header.decode().strip().split(": ", 1) for header in iter(stream.readline, b"\r\n"))
                    headers = {name.lower(): value for name, value in pairs}
                    request = Received(line, headers, stream.read(int(headers["content-length"])), number)
                    self.requests.append(request)
                    connection.sendall(self.answer(request))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@contextmanager
def full_port() -> Iterator[int]:
    """A port whose queue is full: connections to it are neither taken nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        queued = [socket.socket() for _ in range(4)]
        for one in queued:
            one.setblocking(False)
            one.connect_ex(address)
        yield address[1]
        for one in queued:
            one.close()
