"""The reference engine behind another HTTP server, for benchmarks/engine.py --servers: python http_servers.py NAME.

Nothing of the engine is different but who speaks HTTP. The servers are no part of the project: they come from the
environment that runs this file, with what workloads/requirements.in names.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workloads"))

from engine import __main__ as engine
from engine.settings import Settings
from serving import process, server
from serving.messages import MAX_BODY_BYTES, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from serving.protocol import Handler


async def _answer(handler: Handler, method: str, target: str, body: bytes) -> Response:
    answer = handler(Request(method.encode(), target.encode(), b"", body, perf_counter(), keep_alive=True))
    return answer if isinstance(answer, Response) else await answer


def _asgi(handler: Handler) -> Any:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        event = await receive()
        body = event["body"]
        while event.get("more_body"):
            event = await receive()
            body += event["body"]
        answer = await _answer(handler, scope["method"], scope["path"], body)
        headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    return app


class Uvicorn:
    """uvicorn with httptools on the engine's own loop, without logs, extra headers or a lifespan."""

    def __init__(self, handler: Handler) -> None:
        import uvicorn  # noqa: PLC0415

        self._config = uvicorn.Config(
            _asgi(handler), loop="none", http="httptools", ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, date_header=False, backlog=server.BACKLOG,
        )  # fmt: skip
        self._server = uvicorn.Server(self._config)

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port taken."""
        self._config.host, self._config.port = host, port
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup()
        self._ticks = asyncio.create_task(self._server.main_loop())
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def stop(self, _grace: float) -> None:
        """End."""
        self._server.should_exit = True
        await self._ticks


class Aiohttp:
    """aiohttp's low-level server on the engine's own loop, without a router or an access log."""

    def __init__(self, handler: Handler) -> None:
        from aiohttp import web  # noqa: PLC0415

        async def handle(request: Any) -> Any:
            answer = await _answer(handler, request.method, request.path, await request.read())
            headers = {"Content-Type": answer.content_type.decode()}
            return web.Response(status=answer.status, body=answer.body, headers=headers)

        def request(*parts: Any) -> Any:
            # Its parts are aiohttp's business.
            return cast("Any", web.BaseRequest)(*parts, asyncio.get_running_loop(), client_max_size=MAX_BODY_BYTES)

        self._runner = web.ServerRunner(web.Server(handle, request_factory=request, access_log=None))
        self._site = web.TCPSite

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port taken."""
        await self._runner.setup()
        await self._site(self._runner, host, port, backlog=server.BACKLOG).start()
        return int(self._runner.addresses[0][1])

    async def stop(self, _grace: float) -> None:
        """End."""
        await self._runner.cleanup()


class Granian:
    """granian's embedded server: HTTP in threads of Rust, handlers on the engine's own loop."""

    def __init__(self, handler: Handler) -> None:
        async def app(scope: Any, protocol: Any) -> None:
            answer = await _answer(handler, scope.method, scope.path, await protocol())
            protocol.response_bytes(answer.status, [("content-type", answer.content_type.decode())], answer.body)

        self._app = app

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port taken."""
        import socket  # noqa: PLC0415

        from granian.constants import Interfaces  # noqa: PLC0415
        from granian.server.embed import Server  # noqa: PLC0415

        with socket.create_server((host, port)) as free:
            port = free.getsockname()[1]
        self._server = Server(
            self._app, address=host, port=port, interface=Interfaces.RSGI, backlog=server.BACKLOG, log_enabled=False
        )
        self._serving = asyncio.create_task(self._server.serve())
        while True:
            try:
                (await asyncio.open_connection(host, port))[1].close()
            except OSError:
                await asyncio.sleep(0.02)
            else:
                return int(port)

    async def stop(self, _grace: float) -> None:
        """End."""
        self._server.stop()
        await asyncio.wait([self._serving], timeout=2)


SERVERS: dict[str, Callable[[Handler], Any]] = {
    "own": server.HttpServer,
    "uvicorn": Uvicorn,
    "aiohttp": Aiohttp,
    "granian": Granian,
}


async def _serve(settings: Settings, stop: asyncio.Event) -> None:
    # The engine's first server is the orders'; its second one, the metrics', stays ours.
    made = iter((SERVERS[sys.argv[1]], server.HttpServer))

    def next_server(handler: Handler) -> Any:
        return next(made)(handler)

    vars(engine)["HttpServer"] = next_server
    await engine.serve(settings, stop)


if __name__ == "__main__":
    sys.exit(process.run(Settings.from_environment, _serve))
