"""The proxy of the hostile home: a test that went through it by mistake would show, and downloads get through."""

import http.client
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from tests.hostile_home import PROXIES, VARIABLES, Proxy


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in PROXIES:
        monkeypatch.delenv(name)
    with Proxy() as made:
        yield made
        made.shutdown()


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server on all of this machine's addresses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("0.0.0.0", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_on_this_machine_is_refused_and_noted(proxy: Proxy, port: int, host: str) -> None:
    answer = requests.get(f"http://{host}:{port}/x", proxies={"http": proxy.url}, timeout=5)

    assert (answer.status_code, proxy.refused) == (503, [f"GET http://{host}:{port}/x"])


def test_what_is_elsewhere_is_passed_on(proxy: Proxy, port: int) -> None:
    """By an address that is no loopback's, and leads here."""
    asked = requests.get(f"http://0.0.0.0:{port}/x", proxies={"http": proxy.url}, timeout=5)
    tunnel = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=5)
    tunnel.set_tunnel("0.0.0.0", port)
    tunnel.request("GET", "/x")

    assert (asked.status_code, tunnel.getresponse().status, proxy.refused) == (204, 204, [])


def test_all_tests_run_with_it() -> None:
    assert VARIABLES.items() <= os.environ.items()
    assert len({os.environ[name] for name in PROXIES}) == 1
