"""The broker outage: Redpanda scaled to 0 and back to what it was, undone whatever happens.

Who undoes it when: see docs/fault.md.
"""

import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from lab.cluster import journal, topics, watchdog
from lab.cluster.broker_statefulset import (
    Written,
    find,
    marked,
    restore,
    taking,
    target,
    wait_gone,
    wait_written,
)
from lab.cluster.journal import JOURNAL, Outage, now_ms
from lab.cluster.kube import ApiError, Kube, Object
from lab.cluster.readiness import wait_ready
from lab.core.errors import FaultError, LabError
from lab.core.part_labels import BROKER
from lab.process.polling import insistently
from lab.process.shell import resume
from lab.settings.settings import TopicsSettings

GONE = 120.0
"""Seconds for the broker's pods to end."""
READY = 120.0
"""Seconds for them to be ready again."""
PUBLISHES = 60.0
"""Seconds for the engine to publish again: its producer backs off from a broker that was away."""
Marks = Mapping[str, int] | None
"""How many records each topic has taken; None where that is not known."""
ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that would end the process without unwinding it; Ctrl-C unwinds by itself."""


@dataclass
class Instants:
    """When what happened, in milliseconds since the epoch; 0 where it did not."""

    asked: int = 0
    gone: int = 0
    recovery_asked: int = 0
    ready: int = 0
    publishing: int = 0


class BrokerOutage:
    """An outage of the broker, as a context manager: on exit, the broker is back.

    Enter it in the main thread (it takes care of SIGTERM and SIGHUP); `inject` and `recover` may run in another.

    Args:
        kube: The cluster.
        longest: Seconds after which a watchdog ends the outage if nobody else has.
        names: The topics that must survive it.
        partitions: The number of partitions of each topic.
        written: Reads how many records each topic has taken. Given when there is load, so that `recover` waits until
            the engine publishes again.
        path: The journal's file.
    """

    def __init__(  # noqa: PLR0913 - all by name
        self,
        kube: Kube,
        *,
        longest: float,
        names: Sequence[str],
        partitions: int,
        written: Written | None = None,
        path: Path = JOURNAL,
    ) -> None:
        self.kube = kube
        self.longest = longest
        self.names = names
        self.partitions = partitions
        self.written = written
        self.path = path
        self.instants = Instants()
        self._before: Marks = None
        self._outage: Outage | None = None
        self._watchdog: watchdog.Watchdog | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._before = marks(self.written)
        for number in ENDINGS if threading.current_thread() is threading.main_thread() else ():
            if signal.getsignal(number) is signal.SIG_DFL:  # whoever set another unwinds, or wants it ignored
                self._handlers[number] = signal.signal(number, _unwind)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._undo()
        finally:
            for number in self._handlers:
                signal.signal(number, signal.SIG_DFL)

    def inject(self) -> None:
        """Take the broker away; returns when its last pod is gone.

        Raises:
            FaultError: It has no replicas to take away, another outage is under way, or its pods don't end.
        """
        with self._lock:
            if self._over.is_set():
                raise FaultError("the outage is over before it began: the run is being ended")
            self._take_away()
        wait_gone(self.kube, deadline=GONE, over=self._over)
        self.instants.gone = now_ms()

    def recover(self) -> None:
        """Bring the broker back and prove it: ready, its topics there and, if there is `written`, written again.

        Raises:
            FaultError: One of that isn't so; while the broker isn't ready, the journal stays for the next command.
                That an engine which published before the outage does no more is none: see `publishing_again`.
        """
        try:
            outage = self._bring_back()
            if outage is None:
                return
            insistently(lambda: topics.prove(self.kube, self.names, self.partitions))
            if self.written:
                self.instants.publishing = publishing_again(self.written, self.names, self._before)
        except LabError as error:
            raise not_recovered(error) from error
        self._close(outage)

    def _take_away(self) -> None:
        broker = _broker(self.kube)
        outage = self._planned(broker)
        journal.write(outage, path=self.path)
        try:
            self._watchdog = watchdog.start(outage, path=self.path)
        except FaultError:
            journal.clear(outage, path=self.path)
            raise
        self._outage, self.instants.asked = outage, now_ms()
        try:
            self.kube.patch("StatefulSet", BROKER, taking(broker, outage), namespace=self.kube.namespaces.workloads)
        except ApiError as error:
            raise FaultError(f"the broker can't be taken away: {error.summary}; run './invokew status'") from error

    def _planned(self, broker: Object) -> Outage:
        if under_way := marked(broker):
            raise FaultError(f"{under_way} is still under way; wait for its end, or run './invokew up' to undo it")
        replicas = broker["spec"]["replicas"]
        if replicas == 0:
            raise FaultError(f"{BROKER} has no replicas to take away; run './invokew up'")
        access = self.kube.access
        return Outage(
            namespace=self.kube.namespaces.workloads,
            name=BROKER,
            replicas=replicas,
            undo_by=now_ms() + round(self.longest * 1000),
            kubeconfig=str(access.kubeconfig),
            context=access.context,
        )

    def _bring_back(self) -> Outage | None:
        """Scale back and wait until ready; the outage that there was, or None."""
        with self._lock:
            self._over.set()
            outage = self._outage
            if outage is None:
                return None
            self.instants.recovery_asked = self.instants.recovery_asked or now_ms()
            restore(self.kube, outage)
        wait_ready(self.kube, [target(outage)], deadline=READY)
        self.instants.ready = self.instants.ready or now_ms()
        return outage

    def _undo(self) -> None:
        """What leaving must do, and no more: the topics are proved by the next command if a run is cut short."""
        with self._lock:
            self._over.set()
        if self._watchdog is None:
            return
        resume()
        try:
            outage = self._bring_back()
        except LabError as error:
            raise not_recovered(error) from error
        if outage:
            self._close(outage)

    def _close(self, outage: Outage) -> None:
        with self._lock:
            journal.clear(outage, path=self.path)
            if self._watchdog:
                self._watchdog.dismiss()
                self._watchdog = None


def outage_of(kube: Kube, wanted: TopicsSettings, *, longest: float) -> BrokerOutage:
    """The outage of a lab's broker under load: over when each topic is written again.

    Args:
        kube: The cluster.
        wanted: The topics.
        longest: Seconds after which a watchdog ends it.
    """
    return BrokerOutage(
        kube,
        longest=longest,
        names=wanted.names,
        partitions=wanted.partitions,
        written=lambda: topics.watermarks(kube, wanted.names),
    )


def heal(kube: Kube, *, path: Path = JOURNAL, gone: str = "") -> str | None:
    """Undo what a run that is gone left behind; what every command that uses the cluster calls first.

    Args:
        kube: The cluster.
        path: Where it is noted.
        gone: Another machine, of which it is known that nobody on it conducts a run any more.

    Returns:
        What was healed, in a line; None when there was nothing to heal, or the run is still at it.

    Raises:
        FaultError: The broker could not be brought back.
    """
    noted = journal.read(path=path)
    if noted and noted.context != kube.access.context:
        noted = None
    broker = find(kube)
    outage = (marked(broker) if broker else None) or noted
    if outage is None or not (outage.orphaned or (gone and outage.host == gone)):
        return None
    try:
        if broker:
            restore(kube, outage)
            wait_ready(kube, [target(outage)], deadline=READY)
    except LabError as error:
        raise not_recovered(error) from error
    journal.clear(outage, path=path)
    return f"{outage} was left behind; {BROKER} is back at {outage.replicas}" if broker else None


def _broker(kube: Kube) -> Object:
    broker = find(kube)
    if broker is None:
        raise FaultError(f"there is no {BROKER} to take away; run './invokew up'")
    return broker


def not_recovered(error: LabError) -> FaultError:
    """The error of an outage that could not be undone."""
    return FaultError(
        f"the broker outage is not recovered: {error.summary}; './invokew up' tries again", details=error.details
    )


def marks(written: Written | None) -> Marks:
    """How many records each topic has taken; None where nobody asks or it can't be told."""
    try:
        return written() if written else None
    except LabError:
        return None


def publishing_again(written: Written, names: Sequence[str], before: Marks) -> int:
    """Wait until each topic is written again, after the broker's return; when that was (epoch ms).

    0 where an engine published before the outage and does no more: the broker is back, and what is lost is the design's
    own and judged.

    Args:
        written: Reads how many records each topic has taken.
        names: The topics.
        before: How many each had taken before the load.

    Raises:
        FaultError: None is, nor was any before the outage: it can't be told what the outage did.
    """
    try:
        wait_written(written, names, deadline=PUBLISHES)
    except FaultError:
        now = written()
        if before is None or any(now[name] <= before[name] for name in names):
            raise
        return 0
    return now_ms()


def _unwind(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
