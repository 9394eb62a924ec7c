"""The broker outage of a lab of processes: whatever its broker is, taken away and brought back, and proved.

Who undoes it when: see docs/fault.md.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from lab.cluster.fault import Instants, Marks, marks, not_recovered, publishing_again
from lab.cluster.journal import now_ms
from lab.core.errors import FaultError, LabError, ToolError
from lab.process.shell import resume
from lab.runtime.process.broker import Broker, await_topics, require_topics

GONE = 30.0
"""Seconds for the broker's port to refuse."""
READY = 60.0
"""Seconds for it to accept again, and for the broker to tell of its topics: a JVM starts meanwhile."""
PAUSE = 0.05
"""Seconds between two looks at the port."""


class BrokerOutage:
    """An outage of the broker, as a context: on leaving it, the broker is back.

    `inject` and `recover` may run in another thread than the context's.

    Args:
        broker: Which.
        longest: Seconds after which a broker that can is back by itself.
        names: The topics that must have outlived it.
        partitions: How many partitions each of them has.
        written: Whether orders flow, so that recovery proves that the engine publishes again.
    """

    def __init__(
        self, broker: Broker, *, longest: float, names: Sequence[str], partitions: int, written: bool = False
    ) -> None:
        self.broker = broker
        self.longest = longest
        self.names = names
        self.partitions = partitions
        self.written = written
        self.instants = Instants()
        self._before: Marks = None
        self._under_way = False
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._before = marks(self._written if self.written else None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over.set()
        if not self._under_way:
            return
        resume()
        try:
            self._bring_back()
        except LabError as failure:
            raise not_recovered(failure) from failure

    def inject(self) -> None:
        """Take the broker away; returns when its port refuses.

        Raises:
            FaultError: It is away already, lacks a topic, can't be taken away, or its port still accepts.
        """
        try:
            if not self.broker.is_there():
                raise FaultError(f"the broker at {self.broker.bootstrap} is already down; run './invokew up'")
            require_topics(self.broker, self.names, self.partitions)
            self._take_away()
        except ToolError as error:
            raise FaultError(f"the broker can't be taken away: {error.summary}", details=error.details) from error
        self._await(there=False, deadline=GONE)
        self.instants.gone = now_ms()

    def recover(self) -> None:
        """Bring the broker back and prove it: reached, its topics there and, if so asked, written again.

        Raises:
            FaultError: One of that isn't so; of an engine that published before it, as in `publishing_again`.
        """
        if not self._under_way:
            return
        try:
            self._bring_back()
            await_topics(self.broker, self.names, deadline=READY)
            require_topics(self.broker, self.names, self.partitions)
            self.instants.ready = now_ms()
            if self.written:
                self.instants.publishing = publishing_again(self._written, self.names, self._before)
        except LabError as error:
            raise not_recovered(error) from error
        self._under_way = False

    def _written(self) -> Mapping[str, int]:
        return self.broker.watermarks(self.names)

    def _take_away(self) -> None:
        with self._lock:
            if self._over.is_set():
                raise FaultError("the outage is over before it began: the run is being ended")
            self.instants.asked, self._under_way = now_ms(), True
            try:
                self.broker.take_away(self.longest)
            except LabError:
                self.broker.bring_back()
                self._under_way = False
                raise

    def _bring_back(self) -> None:
        with self._lock:
            self._over.set()
            self.instants.recovery_asked = self.instants.recovery_asked or now_ms()
            self.broker.bring_back()
        self._await(there=True, deadline=READY)

    def _await(self, *, there: bool, deadline: float) -> None:
        """Wait until the broker's port accepts, or refuses.

        Raises:
            FaultError: It doesn't within the deadline (seconds), or the outage was ended while it began.
        """
        ends = time.monotonic() + deadline
        while self.broker.is_there() is not there:
            if not there and self._over.is_set():
                raise FaultError("the outage was ended while it began")
            if time.monotonic() > ends:
                does, what = ("refuses", "brought back") if there else ("accepts", "taken away")
                where = self.broker.bootstrap
                raise FaultError(f"{where} still {does} connections {deadline:g} s after the broker was {what}")
            time.sleep(PAUSE)


def away(broker: Broker) -> tuple[str, ...]:
    """The addresses at which the broker is there: none while it says that it was taken away *and* its port refuses.

    Raises:
        LabError: It doesn't say.
    """
    return () if broker.is_taken_away() and not broker.is_there() else (broker.bootstrap,)
