"""How the lab's registry comes about, and when it has an image."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.bringup import images, k3d_cluster
from lab.bringup.images import Delivery
from lab.bringup.k3d_cluster import registry as registry_step
from lab.cluster.lab import Lab
from lab.tools import k3d
from tests.lab.doubles import Recorder, is_done, silent

NAME = "matching-engine-exp"
ID = "sha256:0123456789abcdef" + "0" * 48
SHORT = "0123456789ab"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    for module in (k3d_cluster, k3d):
        monkeypatch.setattr(module, "run", recorder)
    return recorder


REGISTRIES = [
    ("absent", None, [("k3d", "registry", "create")]),
    ("stopped", (False, "5111"), [("docker", "start", f"k3d-{NAME}-registry")]),
    ("on another port", (True, "5000"), [("k3d", "registry", "delete"), ("k3d", "registry", "create")]),
]


def registries(found: tuple[bool, str] | None) -> str:
    if found is None:
        return "[]"
    ports = {"5000/tcp": [{"HostPort": found[1]}]}
    return json.dumps([{"name": f"k3d-{NAME}-registry", "State": {"Running": found[0]}, "portMappings": ports}])


@pytest.mark.parametrize(("found", "commands"), [row[1:] for row in REGISTRIES], ids=[row[0] for row in REGISTRIES])
def test_a_registry_comes_about_from_what_stands(
    lab: Lab, run: Recorder, found: tuple[bool, str] | None, commands: list[tuple[str, ...]]
) -> None:
    run.on("registry", "list", stdout=registries(found))
    step = registry_step(lab, ())
    assert is_done(step) is None

    step.run(silent)

    assert [command.argv[:3] for command in run.commands if "list" not in command.argv] == commands


def test_a_registry_that_listens_is_left_alone(lab: Lab, run: Recorder) -> None:
    run.on("registry", "list", stdout=registries((True, "5111")))
    step = registry_step(lab, ())

    assert is_done(step) == "listens on 127.0.0.1:5111"


Reply = tuple[int, dict[str, str], bytes]


class Registry(ThreadingHTTPServer):
    """A registry with one thing to say."""

    reply: Reply = (404, {}, b"{}")
    asked: tuple[str, str | None] = ("", None)


class Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.asked = (self.path, self.headers["Accept"])
        code, headers, body = self.server.reply
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


Ask = Callable[[Reply], bool]


@pytest.fixture
def ask(registry: Registry) -> Ask:
    def asked(reply: Reply) -> bool:
        registry.reply = reply
        pushed = f"127.0.0.1:{registry.server_address[1]}/rig/grafana:1-{SHORT}"
        return images.in_registry(Delivery(role="grafana", source="s", id=ID, reference="r", pushed=pushed))

    return asked


def manifest(config: str) -> bytes:
    return json.dumps({"config": {"digest": config}}).encode()


REPLIES: list[tuple[str, Reply, bool]] = [
    ("Docker's own store: the configuration's digest", (200, {"Docker-Content-Digest": "sha256:m"}, manifest(ID)), True),
    ("containerd's store: the manifest's digest", (200, {"Docker-Content-Digest": ID}, manifest("sha256:c")), True),
    ("an index has no configuration", (200, {"Docker-Content-Digest": ID}, b'{"manifests": []}'), True),
    ("another image under the tag", (200, {"Docker-Content-Digest": "sha256:m"}, manifest("sha256:c")), False),
    ("no such tag", (404, {"Docker-Content-Digest": ID}, b'{"errors": []}'), False),
    ("a registry that fails", (500, {}, b""), False),
    ("something else that listens there", (200, {}, b"<html>hello</html>"), False),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "there"), [row[1:] for row in REPLIES], ids=[row[0] for row in REPLIES])
def test_the_registry_has_an_image_when_it_has_this_very_content(ask: Ask, reply: Reply, there: bool) -> None:
    assert ask(reply) is there


def test_the_registry_is_asked_for_every_kind_of_manifest(ask: Ask, registry: Registry) -> None:
    ask((404, {}, b"{}"))

    path, accept = registry.asked
    assert path == f"/v2/rig/grafana/manifests/1-{SHORT}"
    assert all(
        f"application/vnd.{kind}" in str(accept)
        for kind in ("oci.image.index.v1+json", "docker.distribution.manifest.v2+json")
    )


def test_a_registry_that_does_not_answer_has_nothing() -> None:
    nobody = Delivery(role="grafana", source="s", id=ID, reference="r", pushed="127.0.0.1:1/a:1")

    assert images.in_registry(nobody) is False
