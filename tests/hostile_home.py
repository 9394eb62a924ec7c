"""The machine of somebody who uses the lab's tools for other things too: none of it may change a test's outcome.

Planted for all tests: settings of k6, kubectl, Helm, pip and git in a home, the variables that go before them, and a
proxy for everything. Through that proxy downloads get where they want to, as the user's own proxies have it; what
wants to this machine is noted, and refused.
"""

import os
import select
import socket
import threading
from contextlib import suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import SplitResult, urlsplit

from lab.core.http import is_loopback
from lab.core.paths import cache

NOWHERE = "/nowhere"
ELSEWHERE = "https://127.0.0.1:1"
FILES = {
    ".config/k6/config.json": '{"rps": 5, "features": ["native-histograms"], "vus": 1, "iterations": 1}',
    ".config/loadimpact/k6/config.json": '{"rps": 5}',
    ".kube/config": (
        "{apiVersion: v1, kind: Config, current-context: production, contexts: [{name: production, context: "
        "{cluster: production, user: me, namespace: payments}}], clusters: [{name: production, cluster: "
        f"{{server: '{ELSEWHERE}'}}}}], users: [{{name: me, user: {{token: t}}}}]}}"
    ),
    ".kube/kuberc": (
        "{apiVersion: kubectl.config.k8s.io/v1beta1, kind: Preference, defaults: ["
        "{command: delete, options: [{name: interactive, default: 'true'}]}, "
        "{command: apply, options: [{name: dry-run, default: server}]}]}"
    ),
    ".config/helm/repositories.yaml": "{apiVersion: '', repositories: [{name: prometheus-community, url: 'https://127.0.0.1:1'}]}",
    ".config/pip/pip.conf": f"[global]\nuser = true\n[install]\ntarget = {NOWHERE}\nprefix = {NOWHERE}\nroot = {NOWHERE}\n",
    ".gitconfig": (
        "[core]\nautocrlf = true\nfileMode = false\nquotePath = true\nhooksPath = ~/hooks\n"
        "abbrev = 5\n[status]\nshowUntrackedFiles = no\nshort = true\nbranch = true\n[color]\nui = always\n"
        "[log]\nshowSignature = true\n[commit]\ngpgSign = true\n"
    ),
}
VARIABLES = {
    "K6_RPS": "5",
    "K6_NO_SETUP": "true",
    "KUBECTL_KUBERC": "true",
    "HELM_DRIVER": "configmap",
    "HELM_KUBEAPISERVER": ELSEWHERE,
    "HELM_NAMESPACE": "payments",
    "PIP_TARGET": NOWHERE,
    "PIP_USER": "1",
    "GIT_DIR": NOWHERE,
    "GIT_WORK_TREE": NOWHERE,
    "GIT_INDEX_FILE": NOWHERE,
}
PROXIES = [name for one in ("http_proxy", "https_proxy", "all_proxy") for name in (one, one.upper())]


def plant(home: Path, proxy: str) -> None:
    """Make this process, and all that it starts, one of that user's.

    Args:
        home: An empty folder.
        proxy: The address of the proxy.
    """
    for name, content in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    # What was made for other checkouts is used, and Docker's contexts lead to a server: both stay the user's own.
    kept = {"LAB_CACHE": str(cache()), "DOCKER_CONFIG": str(Path.home() / ".docker")}
    for name in ("NO_PROXY", "no_proxy", "XDG_CONFIG_HOME"):
        os.environ.pop(name, None)
    os.environ |= kept | {name: os.environ[name] for name in kept if os.environ.get(name)}
    os.environ |= VARIABLES | {"HOME": str(home), "KUBECONFIG": str(home / ".kube" / "config")}
    os.environ |= dict.fromkeys(PROXIES, proxy)


class Proxy(ThreadingTCPServer):
    """A proxy that serves until this process ends.

    Attributes:
        refused: What it was asked for on this machine.
        further: The user's own proxy, which downloads go through; None if there is none.
        url: Where it listens.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        users = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
        self.refused: list[str] = []
        self.further = urlsplit(users) if users else None
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Connection(StreamRequestHandler):
    """One connection to the proxy: its first request says where it leads."""

    server: Proxy
    rbufsize = 0

    def handle(self) -> None:
        line = self.rfile.readline()
        method, asked = line.decode("latin-1").split()[:2]
        url = urlsplit(asked if "://" in asked else f"//{asked}", scheme="http")
        if is_loopback(url.geturl()):
            self.server.refused.append(f"{method} {asked}")
            self.wfile.write(b"HTTP/1.1 503 This machine is not behind a proxy\r\nContent-Length: 0\r\n\r\n")
            return
        further = self.server.further
        with suppress(OSError), socket.create_connection(_address(further or url), timeout=30) as there:
            if further or method != "CONNECT":
                there.sendall(line)
            else:
                while self.rfile.readline().strip():
                    """What is said to the proxy alone."""
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            _relay(self.connection, there)


def _address(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or 80


def _relay(here: socket.socket, there: socket.socket) -> None:
    """Pass on what comes from either, until one has ended."""
    other = {here: there, there: here}
    while True:
        for one in select.select([here, there], [], [])[0]:
            data = one.recv(65536)
            if not data:
                return
            other[one].sendall(data)
