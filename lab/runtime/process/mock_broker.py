"""The stand-in for the broker, a program: a mock cluster, and a control port on which it can be taken away.

`python -m lab.runtime.process.mock_broker --page FILE --topic NAME:PARTITIONS` serves until SIGTERM or SIGINT. It
writes FILE once it can be reached: JSON with its bootstrap server, its control port and its pid.

An outage lasts as long as the connection is open that said `down` to the control port and has not said `up`: whoever
holds it may be killed. Lines, and what is answered:

    down [SECONDS]  down, once the broker's port refuses; after SECONDS it is back by itself
    up              up, once it accepts
    status          up or down

To the first two `busy` is answered during another connection's outage; anything else ends the connection.
"""

import argparse
import json
import math
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from lab.runtime.process.mock_cluster import MockCluster, library, load

HOST = "127.0.0.1"
LINE = 64
"""Bytes that a line may have."""
CLIENTS = 32
"""Connections to the control port; one more ends the oldest that holds no outage."""
LOOK = 3600.0
"""Seconds that the server waits at most, whatever for."""


class Control:
    """The control port: one thread, which waits for no client."""

    def __init__(self, cluster: MockCluster) -> None:
        self._cluster = cluster
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._heard: dict[socket.socket, bytes] = {}
        self._holder: socket.socket | None = None
        self._until = math.inf

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def serve(self) -> NoReturn:
        """Answer, for ever."""
        while True:
            left = self._until - time.monotonic()
            ready = {key.fileobj for key, _ in self._selector.select(max(0.0, min(left, LOOK)))}
            for client in [client for client in self._heard if client in ready]:
                self._hear(client)
            if self._listener in ready:
                self._accept()
            if time.monotonic() >= self._until:
                self._bring_back()

    def _accept(self) -> None:
        with suppress(OSError):  # it has gone again
            client, _ = self._listener.accept()
            client.settimeout(0)
            self._selector.register(client, selectors.EVENT_READ)
            self._heard[client] = b""
        if len(self._heard) > CLIENTS:
            self._end(next(client for client in self._heard if client is not self._holder))

    def _hear(self, client: socket.socket) -> None:
        try:
            said = client.recv(LINE)
            *lines, self._heard[client] = (self._heard[client] + said).split(b"\n")
            client.send(b"".join([self._answer(client, line.decode("ascii").split()) for line in lines]))
            goes_on = said and len(self._heard[client]) <= LINE
        except (OSError, ValueError):
            goes_on = False
        if not goes_on:
            self._end(client)

    def _answer(self, client: socket.socket, words: Sequence[str]) -> bytes:
        """Do what a line says.

        Raises:
            ValueError: It says nothing that is known.
        """
        match words:
            case ["status"]:
                return b"down\n" if self._holder else b"up\n"
            case ["down" | "up", *_] if self._holder not in {None, client}:
                return b"busy\n"
            case ["down"]:
                self._take_away(client, math.inf)
            case ["down", seconds] if float(seconds) > 0:
                self._take_away(client, float(seconds))
            case ["up"]:
                self._bring_back()
            case _:
                raise ValueError("nothing known")
        return f"{words[0]}\n".encode()

    def _take_away(self, client: socket.socket, longest: float) -> None:
        self._cluster.take_away()
        self._holder, self._until = client, time.monotonic() + longest

    def _bring_back(self) -> None:
        self._holder, self._until = None, math.inf
        self._cluster.bring_back()

    def _end(self, client: socket.socket) -> None:
        if client is self._holder:
            self._bring_back()
        self._selector.unregister(client)
        del self._heard[client]
        client.close()


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Serve until a signal; the exit code is 0 then."""
    parser = argparse.ArgumentParser(prog="mock_broker", description="A stand-in for the broker, in memory.")
    parser.add_argument("--page", type=Path, required=True, help="file to write once it can be reached")
    parser.add_argument("--topic", type=_topic, action="append", required=True, help="NAME:PARTITIONS; for each topic")
    options = parser.parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with MockCluster(load(library()), dict(options.topic)) as cluster:
        control = Control(cluster)
        _write(options.page, {"bootstrap": cluster.bootstrap, "control": control.port, "pid": os.getpid()})
        try:
            control.serve()
        finally:
            options.page.unlink(missing_ok=True)


def _topic(text: str) -> tuple[str, int]:
    name, _, partitions = text.partition(":")
    if not name or int(partitions) < 1:
        raise ValueError(text)
    return name, int(partitions)


def _write(page: Path, facts: dict[str, str | int]) -> None:
    """Write the page so that it is whole whenever it is there."""
    draft = page.with_name(f".{page.name}.{os.getpid()}")
    draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    draft.replace(page)


if __name__ == "__main__":
    main()
