import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.kube import ApiError, Kube, change_of, exec_words, path, words
from lab.core import causes
from lab.core.access import Access
from lab.core.errors import ToolError
from tests.lab.caused import by

POD = {"metadata": {"name": "redpanda-0", "uid": "1", "resourceVersion": "7"}}
EVENTS = (
    {"type": "ADDED", "object": POD},
    {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}},
)


class Api(BaseHTTPRequestHandler):
    """An API server with one pod."""

    asked: list[tuple[str, str, str | None, Any]]

    def _answer(self, code: int, *bodies: Any) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write("\n".join(json.dumps(body) for body in bodies).encode())

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, self.headers["Content-Type"], None))
        if "watch=1" in self.path:
            self._answer(200, *EVENTS)
        elif self.path.endswith("/log?container=c&tailLines=2&previous=true"):
            self._answer(200, "boom")
        elif "/pods/" in self.path and "redpanda-0" not in self.path:
            self._answer(404, {"kind": "Status", "message": 'pods "x" not found'})
        elif self.path.endswith("redpanda-0"):
            self._answer(200, POD)
        else:
            self._answer(200, {"metadata": {"resourceVersion": "7"}, "items": [POD]})

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.command, self.path, self.headers["Content-Type"], body))
        self._answer(422, {"message": "the test did not hold"})

    do_DELETE = do_GET  # noqa: N815 - http.server's names

    def log_message(self, *_words: Any) -> None: ...


def kubeconfig(folder: Path, port: int, scheme: str = "http") -> Access:
    """A kubeconfig whose current context leads elsewhere."""
    file = folder / "kubeconfig"
    clusters = [{"name": "lab", "cluster": {"server": f"{scheme}://127.0.0.1:{port}"}}]
    contexts = [{"name": name, "context": {"cluster": name, "user": "u"}} for name in ("lab", "elsewhere")]
    config = {
        "current-context": "elsewhere",
        "clusters": clusters,
        "contexts": contexts,
        "users": [{"name": "u", "user": {}}],
    }
    file.write_text(json.dumps(config))
    return Access(kubeconfig=file, context="lab")


@pytest.fixture
def api() -> Iterator[ThreadingHTTPServer]:
    Api.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def kube(api: ThreadingHTTPServer, tmp_path: Path) -> Kube:
    return Kube(kubeconfig(tmp_path, api.server_port))


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        (path("Node"), "/api/v1/nodes"),
        (path("Pod", namespace="a", name="b", part="log", tailLines=5), "/api/v1/namespaces/a/pods/b/log?tailLines=5"),
        (path("StatefulSet", namespace="a", name="b"), "/apis/apps/v1/namespaces/a/statefulsets/b"),
        (path("Event", fieldSelector="type=Warning", labelSelector=""), "/api/v1/events?fieldSelector=type%3DWarning"),
        (path("Pod", namespace="a/b"), "/api/v1/namespaces/a%2Fb/pods"),
    ],
)
def test_each_kind_has_its_address(asked: str, address: str) -> None:
    assert asked == address


@pytest.mark.parametrize(
    ("body", "said"),
    [(b'{"message": "no"}', "no"), (b"404 page not found\n", "404 page not found"), (b"[]", "[]"), (b"", "")],
)
def test_a_refusal_is_told_in_the_servers_words(body: bytes, said: str) -> None:
    assert words(body) == said


def test_a_program_is_run_in_the_named_container() -> None:
    told = exec_words("redpanda-0", ("rpk", "topic", "list"), namespace="matching-engine", container="redpanda")

    assert told == (
        *("--namespace", "matching-engine", "exec", "redpanda-0", "--container", "redpanda"),
        *("--", "rpk", "topic", "list"),
    )


def test_an_error_event_carries_its_status() -> None:
    with pytest.raises(ApiError, match="too old resource version") as caught:
        change_of(EVENTS[1])

    assert caught.value.status == 410


def test_the_explicit_context_decides_not_the_current_one(kube: Kube) -> None:
    assert kube.items("Pod", namespace="a") == [POD]


def test_an_object_that_is_not_there_is_none_or_fails_in_the_clusters_words(kube: Kube) -> None:
    assert kube.find("Pod", "redpanda-0", namespace="a") == POD
    assert kube.find("Pod", "x", namespace="a") is None
    kube.delete("Pod", "x", namespace="a")  # it may be gone

    with pytest.raises(ApiError, match='can\'t read Pod x: pods "x" not found') as caught:
        kube.get("Pod", "x", namespace="a")

    assert caught.value.status == 404


def test_a_patch_is_sent_as_json_patch_and_its_refusal_has_the_status(kube: Kube) -> None:
    operations = [{"op": "test", "path": "/metadata/uid", "value": "2"}]

    with pytest.raises(ApiError, match="the test did not hold") as caught:
        kube.patch("Pod", "redpanda-0", operations, namespace="a")

    assert caught.value.status == 422
    assert Api.asked == [("PATCH", "/api/v1/namespaces/a/pods/redpanda-0", "application/json-patch+json", operations)]


def test_the_log_of_the_container_before_can_be_read(kube: Kube) -> None:
    assert kube.logs("redpanda-0", namespace="a", container="c", lines=2, previous=True) == ['"boom"']


def test_a_watch_tells_what_there_is_then_the_changes_then_that_it_must_begin_anew(kube: Kube) -> None:
    told = kube.watch("Pod", namespace="a")

    assert [next(told).type, next(told).type] == ["LISTED", "ADDED"]
    with pytest.raises(ApiError) as caught:
        next(told)
    assert caught.value.status == 410
    assert "resourceVersion=7" in Api.asked[-1][1]


def test_fails_with_status_0_when_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(
        ApiError, match=r"can't list Pods: the cluster doesn't answer \(.*refused\)", check=by(causes.CLUSTER_AWAY)
    ) as caught:
        Kube(kubeconfig(tmp_path, 1)).items("Pod")

    assert caught.value.status == 0


def test_a_server_that_breaks_the_tls_handshake_does_not_answer(api: ThreadingHTTPServer, tmp_path: Path) -> None:
    """As one that is just starting or ending does; the client has an error of its own for it."""
    with pytest.raises(
        ApiError, match=r"can't list Pods: the cluster doesn't answer \(.*WRONG_VERSION_NUMBER"
    ) as caught:
        Kube(kubeconfig(tmp_path, api.server_port, "https")).items("Pod")

    assert caught.value.status == 0
    assert "\n" not in caught.value.summary


@pytest.mark.parametrize("context", ["nowhere", "elsewhere"])
def test_fails_when_the_kubeconfig_leads_nowhere(tmp_path: Path, context: str) -> None:
    access = kubeconfig(tmp_path, 1)

    with pytest.raises(
        ToolError, match=r"no way to the cluster by .*; run '\./invokew up'", check=by(causes.CLUSTER_AWAY)
    ):
        Kube(Access(kubeconfig=access.kubeconfig, context=context)).items("Pod")
