"""A server in this process: it echoes at once, or when it is told to."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

import pytest
import uvloop

from serving.messages import Response
from serving.server import HttpServer
from tests.workloads.conftest import HANG, exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serving.messages import Answer, Request


class Echo:
    """Answers with the target and the body: at once, or at `/later` once `is_due` is set; `/broken` fails either way."""

    def __init__(self) -> None:
        self.port = 0
        self.is_due = asyncio.Event()
        self.served: list[bytes] = []
        """Targets of the requests that were handled."""
        self._is_there = threading.Event()
        self._thread = threading.Thread(target=uvloop.run, args=(self._serve(),))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_there.wait(HANG)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(HANG)

    def answer_later_ones(self) -> None:
        self._loop.call_soon_threadsafe(self.is_due.set)

    def exchange(self, data: bytes) -> bytes:
        return exchange(self.port, data)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = HttpServer(self._handle)
        self.port = await server.start("127.0.0.1", 0)
        self._is_there.set()
        await self._end.wait()
        await server.stop(0)

    def _handle(self, request: Request) -> Answer:
        self.served.append(request.target)
        if request.target == b"/later":
            return self._later(request)
        if request.target == b"/broken/later":
            return self._fail()
        if request.target == b"/broken":
            raise RuntimeError("a handler's mistake")
        return Response(200, request.target + b" " + request.body, b"text/plain")

    async def _later(self, request: Request) -> Response:
        await self.is_due.wait()
        return Response(200, b"later " + request.body)

    async def _fail(self) -> Response:
        await asyncio.sleep(0)
        raise RuntimeError("a handler's mistake")


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server for one test."""
    with Echo() as echo:
        yield echo
