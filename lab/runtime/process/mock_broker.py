"""The stand-in for the broker, a program: a mock cluster, and a control port on which it can be taken away.

`python -m lab.runtime.process.mock_broker --page FILE --topic NAME:PARTITIONS` serves until SIGTERM or SIGINT. It
writes FILE once it can be reached: JSON with its bootstrap server, its control port and its pid.

A connection to the control port says one line and is answered with one:

    status        up or down
    down SECONDS  down, once the broker's port refuses; or busy, during another connection's outage

An outage lasts until its connection says more or ends, so whoever holds it may be killed, and SECONDS at most. The
connection is answered `up` once the broker's port accepts again. Anything else ends the connection.
"""

import argparse
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from lab.runtime.process.mock_cluster import MockCluster, library, load

HOST = "127.0.0.1"
LINE = 64
"""Bytes that a line may have."""
LONGEST = 86400.0
"""Seconds that an outage may last."""


class Control(ThreadingTCPServer):
    """The control port: each connection has a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, cluster: MockCluster) -> None:
        super().__init__((HOST, 0), Client)
        self.cluster = cluster
        self.outage = threading.Lock()
        """Held during an outage."""


class Client(StreamRequestHandler):
    """One connection to the control port."""

    timeout = 5.0
    """Seconds to say a line, and to take an answer."""
    server: Control

    def handle(self) -> None:
        """Answer the line; an outage lasts as long as this takes."""
        with suppress(OSError, ValueError):  # the client is gone, silent or says nonsense
            match self.rfile.readline(LINE).split():
                case [b"status"]:
                    self._say(b"down" if self.server.outage.locked() else b"up")
                case [b"down", seconds] if 0 < float(seconds) <= LONGEST:
                    self._hold(float(seconds))

    def _hold(self, seconds: float) -> None:
        if not self.server.outage.acquire(blocking=False):
            self._say(b"busy")
            return
        try:
            self.server.cluster.take_away()
            self._say(b"down")
            select.select([self.connection], [], [], seconds)
        finally:
            self.server.cluster.bring_back()
            self.server.outage.release()
        self._say(b"up")

    def _say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until a signal; the exit code is 0 then."""
    parser = argparse.ArgumentParser(prog="mock_broker", description="A stand-in for the broker, in memory.")
    parser.add_argument("--page", type=Path, required=True, help="file to write once it can be reached")
    parser.add_argument("--topic", type=_topic, action="append", required=True, help="NAME:PARTITIONS; for each topic")
    options = parser.parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    cluster = MockCluster(load(library()), dict(options.topic))
    control = Control(cluster)
    port = control.server_address[1]
    _write(options.page, {"bootstrap": cluster.bootstrap, "control": port, "pid": os.getpid()})
    try:
        control.serve_forever()
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
