"""The stand-in for the broker, as the lab reaches it."""

import json
import socket
from contextlib import suppress
from pathlib import Path

from lab.core.causes import BROKER_FAILING
from lab.core.errors import FaultError, ToolError
from lab.runtime.process.broker import ANSWERS, Broker

HOST = "127.0.0.1"
LINE = 64
"""Bytes of an answer of the control port, at most."""


class MockBroker(Broker):
    """librdkafka's mock cluster in its own process (`mock_broker.py`), taken away by way of its control port.

    The outage is the connection that this object holds: with the end of this process, however it comes, the broker is
    back.

    Args:
        page: The file that says where the process is reached; read whenever it is asked.
    """

    def __init__(self, page: Path) -> None:
        self.page = page
        self._outage: socket.socket | None = None

    @property
    def bootstrap(self) -> str:
        """Where it is, by its page.

        Raises:
            ToolError: There is no such page.
        """
        return str(self._fact("bootstrap"))

    def take_away(self, longest: float) -> None:
        """Take it away for `longest` seconds at most; its port refuses when this returns.

        Raises:
            FaultError: Another outage is under way.
            ToolError: The process doesn't answer.
        """
        line, answer = self._ask(f"down {longest}")
        if answer != "down":
            line.close()
            raise FaultError(f"the broker is {answer}: another outage is under way; wait for its end")
        self._outage = line

    def bring_back(self) -> None:
        """End the outage, if one is held, and wait until the port accepts; the connection's end does without us."""
        line, self._outage = self._outage, None
        if line:
            with line, suppress(OSError):
                line.shutdown(socket.SHUT_WR)
                line.recv(LINE)

    def is_taken_away(self) -> bool:
        """Whether the process says that it is down.

        Raises:
            ToolError: It doesn't answer.
        """
        line, answer = self._ask("status")
        line.close()
        return answer == "down"

    def _ask(self, words: str) -> tuple[socket.socket, str]:
        """A connection that has said this, and what it was answered; that comes whole, being short."""
        try:
            line = socket.create_connection((HOST, int(self._fact("control"))), ANSWERS)
            line.sendall(f"{words}\n".encode())
            return line, line.recv(LINE).decode(errors="replace").strip() or "silent"
        except OSError as error:
            raise ToolError(
                f"the mock broker of {self.page} doesn't answer: {error}; run './invokew up'", cause=BROKER_FAILING
            ) from error

    def _fact(self, name: str) -> str | int:
        try:
            facts: dict[str, str | int] = json.loads(self.page.read_text(encoding="utf-8"))
            return facts[name]
        except (OSError, ValueError, KeyError) as error:
            raise ToolError(
                f"the mock broker's page {self.page} can't be read: {error}; run './invokew up'", cause=BROKER_FAILING
            ) from error
