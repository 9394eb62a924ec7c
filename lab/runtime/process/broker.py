"""The broker as a lab of processes knows it: taken away and brought back, and what it says of its topics."""

import json
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from lab.core.causes import BROKER_FAILING
from lab.core.errors import FaultError, ToolError
from lab.process.polling import until_none
from lab.runtime.process.kafka_client import KafkaClient

HOST = "127.0.0.1"
ANSWERS = 5.0
"""Seconds for an answer of the control port."""
PAUSE = 0.1
"""Seconds between two questions for what isn't so yet."""
LINE = 64
"""Bytes of an answer of the control port, at most."""


class Broker(Protocol):
    """What the engine publishes to."""

    @property
    def bootstrap(self) -> str:
        """Where clients reach it: HOST:PORT, the same before and after an outage."""

    def take_away(self, longest: float) -> None:
        """Let its port refuse, until `bring_back`; a broker that can limit that does, to `longest` seconds.

        Raises:
            LabError: It can't be.
        """

    def bring_back(self) -> None:
        """End the outage that this object began, if there is one; the port may take a while to accept again.

        Raises:
            LabError: It can't be.
        """

    def is_taken_away(self) -> bool:
        """Whether it was taken away by its own word, whoever did it.

        Raises:
            LabError: It doesn't say.
        """

    def is_there(self) -> bool:
        """Whether its port accepts a connection."""

    def partitions(self, names: Iterable[str]) -> Mapping[str, int]:
        """The number of partitions of those of the topics that it has.

        Raises:
            ToolError: It doesn't answer.
        """

    def watermarks(self, names: Sequence[str]) -> Mapping[str, int]:
        """Records that each topic has ever taken: the sum of its partitions' high watermarks.

        Raises:
            ToolError: It doesn't answer, or has no such topic.
        """


class MockBroker(KafkaClient):
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


def require_topics(broker: Broker, names: Sequence[str], partitions: int) -> None:
    """Check that all topics are there with their partitions.

    Raises:
        ToolError: One is not, or has another number; or the broker doesn't answer.
    """
    found = broker.partitions(names)
    for name in names:
        if name not in found:
            raise ToolError(f"topic {name!r} is not there; run './invokew up'", cause=BROKER_FAILING)
        if found[name] != partitions:
            raise ToolError(
                f"topic {name!r} must have {partitions} partitions; it has {found[name]}; "
                "run './invokew down' and 'up'",
                cause=BROKER_FAILING,
            )


def await_topics(broker: Broker, names: Sequence[str], *, deadline: float) -> None:
    """Wait until the broker tells how far all topics are written: each partition has a leader then.

    Raises:
        ToolError: It doesn't within the deadline (seconds).
    """

    def trouble() -> ToolError | None:
        try:
            broker.watermarks(names)
        except ToolError as error:
            return error
        return None

    if error := until_none(trouble, deadline=deadline, pause=PAUSE):
        raise error
