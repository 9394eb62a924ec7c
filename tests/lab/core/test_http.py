"""What is on this machine is asked directly, whatever proxies the user has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.cluster.kube import Kube
from lab.core import http
from lab.core.access import Access
from lab.core.errors import ToolError

PROXIES = [name for one in ("http_proxy", "https_proxy", "all_proxy") for name in (one, one.upper())]
HOSTS = st.sampled_from(["", "*", "example.org", "10.0.0.0/8", "127.0.0.1", ".local", " spaced "])


@contextmanager
def server(answer: int, asked: list[str]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_CONNECT = do_POST = do_GET  # noqa: N815 - as http.server names them

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{made.server_address[1]}"
        made.shutdown()


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a proxy is asked that all variables name, and no NO_PROXY excepts."""
    asked: list[str] = []
    with server(503, asked) as proxy:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://{proxy}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield asked


def test_calls_to_this_machine_go_through_no_proxy(proxied: list[str]) -> None:
    asked: list[str] = []
    with server(200, asked) as here:
        port = here.partition(":")[2]
        assert http.get(f"http://{here}/health", timeout=5).status_code == 200
        assert http.request("POST", f"http://localhost:{port}/orders", json={}, timeout=5).status_code == 200

    assert (len(asked), proxied) == (2, [])


def test_calls_to_others_go_through_the_users_proxy(proxied: list[str]) -> None:
    assert http.get("http://host.invalid/tool.tgz", timeout=5).status_code == 503

    assert proxied == ["GET http://host.invalid/tool.tgz"]


@pytest.mark.parametrize(("host", "is_proxied"), [("127.0.0.1:1", False), ("host.invalid:1", True)])
def test_a_cluster_here_is_reached_directly_and_one_elsewhere_by_the_proxy(
    proxied: list[str], tmp_path: Path, host: str, is_proxied: bool
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}],"
        f" clusters: [{{name: x, cluster: {{server: 'https://{host}'}}}}], users: [{{name: x, user: {{token: t}}}}]}}"
    )

    with pytest.raises(ToolError):
        Kube(Access(kubeconfig=kubeconfig, context="x")).items("Node")

    assert bool(proxied) is is_proxied


def test_a_cluster_elsewhere_is_reached_as_its_kubeconfig_says_whatever_the_environment_does(
    proxied: list[str], tmp_path: Path
) -> None:
    asked: list[str] = []
    kubeconfig = tmp_path / "kubeconfig"
    with server(503, asked) as own:
        kubeconfig.write_text(
            "{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}],"
            f" clusters: [{{name: x, cluster: {{server: 'https://host.invalid:1', proxy-url: 'http://{own}'}}}}],"
            " users: [{name: x, user: {token: t}}]}"
        )
        with pytest.raises(ToolError):
            Kube(Access(kubeconfig=kubeconfig, context="x")).items("Node")

    assert (asked[0], proxied) == ("CONNECT host.invalid:1", [])


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.1.2.3", True),
        ("http://localhost:1", True),
        ("http://lab.localhost:1", True),
        ("http://[::1]:9090", True),
        ("http://128.0.0.1", False),
        ("https://localhost.example.org", False),
        ("https://127.0.0.1.nip.io", False),
        ("nonsense", False),
        ("http://[::1", False),  # no address of anything
    ],
)
def test_what_is_on_this_machine_is_told_by_its_address(url: str, here: bool) -> None:
    assert http.is_loopback(url) is here


@given(HOSTS, HOSTS)
def test_both_variables_have_what_both_had_and_this_machine(upper: str, lower: str) -> None:
    """Some programs read the one, some the other; `*` excepts all, but only alone."""
    found = http.unproxied({"NO_PROXY": upper, "no_proxy": lower})

    assert found["NO_PROXY"] == found["no_proxy"]
    if "*" in {upper, lower}:
        assert found["NO_PROXY"] == "*"
    else:
        hosts = found["NO_PROXY"].split(",")
        assert {"127.0.0.1", "localhost", *filter(None, (upper.strip(), lower.strip()))} <= set(hosts)
