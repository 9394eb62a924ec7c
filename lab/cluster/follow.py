"""Watches several kinds of objects side by side and keeps what is known of them."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from queue import Empty, SimpleQueue
from typing import Any

from lab.cluster.kube import ApiError, Change, Kube, Object
from lab.core.errors import ToolError
from lab.process import shell

TICK = 1.0
"""Seconds after which what is known is looked at again though nothing has changed: some states fail by lasting."""
PAUSE = 0.3
"""Seconds before a watch that ended begins anew."""
FINAL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""What no waiting heals."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What one watch follows: a kind, in a namespace or everywhere, by a field selector."""

    kind: str
    namespace: str = ""
    fields: str = ""


@dataclass
class World:
    """What is known of the followed objects.

    Args:
        known: The objects of each stream, by uid.
        trouble: Why the cluster can't be watched at present; empty when it can.
    """

    known: dict[Stream, dict[str, Object]] = field(default_factory=dict)
    trouble: str = ""

    def objects(self, kind: str, namespace: str = "") -> tuple[Object, ...]:
        """The objects of a kind in a namespace, or everywhere."""
        return tuple(
            found
            for stream, objects in self.known.items()
            for found in objects.values()
            if stream.kind == kind and namespace in {"", found["metadata"].get("namespace")}
        )

    def learn(self, stream: Stream, change: Change) -> None:
        """Take in what a watch told."""
        self.trouble = ""
        if change.type == "LISTED":
            self.known[stream] = {}
        for found in change.objects:
            if change.type == "DELETED":
                self.known[stream].pop(found["metadata"]["uid"], None)
            else:
                self.known[stream][found["metadata"]["uid"]] = found


def follow(kube: Kube, streams: tuple[Stream, ...], *, deadline: float) -> Generator[World]:
    """Tell what is known after each change and each tick, from when every stream has been listed to the deadline.

    A watch that breaks, or whose version the server has forgotten (410), lists and watches anew. A server that hangs
    delays nothing: the deadline is kept here. Close the iterator (`contextlib.closing`) to end the watches.

    Args:
        kube: The cluster.
        streams: What to follow.
        deadline: Seconds.

    Raises:
        ToolError: There is no way to the cluster, or it refuses to be watched.
        InterruptedLabError: The lab is being stopped.
    """
    ends = time.monotonic() + deadline
    world, feed = World(), _Feed(kube)
    feed.start(streams)
    try:
        while (left := ends - time.monotonic()) > 0:
            shell.require_going()
            for stream, told in feed.take(min(TICK, left)):
                _take_in(world, stream, told)
            if len(world.known) == len(streams) or world.trouble:
                yield world
    finally:
        feed.stop()


def _take_in(world: World, stream: Stream, told: Change | ToolError) -> None:
    if isinstance(told, Change):
        world.learn(stream, told)
    elif isinstance(told, ApiError) and told.status not in FINAL:
        world.trouble = told.summary
    else:
        raise told


class _Feed:
    """A thread a stream; all put what they are told into one queue."""

    def __init__(self, kube: Kube) -> None:
        self.kube = kube
        self.queue: SimpleQueue[tuple[Stream, Change | ToolError]] = SimpleQueue()
        self.stopped = threading.Event()
        self.responses: dict[Stream, Any] = {}

    def start(self, streams: tuple[Stream, ...]) -> None:
        for stream in streams:
            threading.Thread(target=self._run, args=(stream,), daemon=True, name=f"watch {stream.kind}").start()

    def take(self, patience: float) -> Iterator[tuple[Stream, Change | ToolError]]:
        """All that is in the queue; waits this many seconds for the first."""
        with suppress(Empty):
            yield self.queue.get(timeout=patience)
            while True:
                yield self.queue.get_nowait()

    def stop(self) -> None:
        self.stopped.set()
        for response in list(self.responses.values()):
            _end(response)

    def _run(self, stream: Stream) -> None:
        while not self.stopped.is_set():
            try:
                for change in self._changes(stream):
                    self.queue.put((stream, change))
            except ToolError as error:
                # One that can't go on from where it was (410): all is listed anew.
                if getattr(error, "status", 0) != HTTPStatus.GONE:
                    self.queue.put((stream, error))
            self.stopped.wait(PAUSE)

    def _changes(self, stream: Stream) -> Iterator[Change]:
        def opened(response: Any) -> None:
            self.responses[stream] = response
            if self.stopped.is_set():  # while it was being opened
                _end(response)

        return self.kube.watch(stream.kind, namespace=stream.namespace, fields=stream.fields, opened=opened)


def _end(response: Any) -> None:
    """Wake the thread that reads this response."""
    with suppress(Exception):  # it may be closed already, and there is nothing left to do with it
        response.shutdown()


def named(objects: tuple[Object, ...], name: str) -> Object | None:
    """The object of this name, or None."""
    return next((found for found in objects if found["metadata"]["name"] == name), None)
