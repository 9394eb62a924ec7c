import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lab.core.access import Access
from lab.core.errors import ToolError, UsageError
from lab.process import forward, ledger
from lab.process.forward import Forward, Route, argv_of, parse
from tests.lab.doubles import keep_ledger_in

ACCESS = Access(kubeconfig=Path("/lab/kubeconfig"), context="k3d-lab")
ROUTE = Route(namespace="matching-engine", service="redpanda", remote=9644)

LISTENING = 'echo "Forwarding from 127.0.0.1:1 -> 9644"\n'
STAYS = LISTENING + "exec sleep 60\n"


@pytest.fixture(autouse=True)
def _brisk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "BACKOFF", (0.001,))
    keep_ledger_in(tmp_path / "processes", monkeypatch)


def kubectl(folder: Path, script: str) -> str:
    program = folder / "kubectl"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("target", "local", "route"),
    [
        ("redpanda:9644", "auto", ROUTE),
        ("me-shard-a:9091", "9091", Route(namespace="matching-engine", service="me-shard-a", remote=9091, local=9091)),
        ("monitoring/grafana:80", "auto", Route(namespace="monitoring", service="grafana", remote=80)),
    ],
)
def test_a_target_names_a_service_and_its_port(target: str, local: str, route: Route) -> None:
    assert parse(target, local, namespace="matching-engine") == route


@pytest.mark.parametrize(
    "target", ["redpanda", "redpanda:", ":1", "Red:1", "a/b/c:1", "a:123456", "a:1 --kubeconfig=x"]
)
def test_fails_on_a_target_of_another_form(target: str) -> None:
    with pytest.raises(UsageError, match="target must be SERVICE:PORT or NAMESPACE/SERVICE:PORT"):
        parse(target, "auto", namespace="x")


@pytest.mark.parametrize("local", ["", "0", "65536", "-1", "any", "²"])
def test_fails_on_a_local_port_that_is_none(local: str) -> None:
    with pytest.raises(UsageError, match=f"local port must be auto or 1 to 65535; got '{local}'"):
        parse("redpanda:9644", local, namespace="x")


def test_kubectl_listens_on_loopback_only_and_is_told_the_cluster() -> None:
    assert argv_of(ACCESS, Route(**{**vars(ROUTE), "local": 7000}), kubectl="kubectl") == (
        *("kubectl", "--kubeconfig", "/lab/kubeconfig", "--context", "k3d-lab", "port-forward"),
        *("--namespace", "matching-engine", "--address", "127.0.0.1", "service/redpanda", "7000:9644"),
    )


def test_it_owns_its_process_from_listening_to_leaving(tmp_path: Path) -> None:
    pages = tmp_path / "processes"
    with Forward(ACCESS, ROUTE, kubectl=kubectl(tmp_path, STAYS), say=lambda _: None) as running:
        entries = ledger.alive(folder=pages)
        assert running.route.local > 0
        assert running.address == f"127.0.0.1:{running.route.local}"

    assert [entry.purpose for entry in entries] == ["port-forward to redpanda:9644"]
    assert not entries[0].identity.alive
    assert ledger.alive(folder=pages) == ()


@pytest.mark.parametrize(
    "drop",
    [
        "exit 1",
        'echo "an error occurred forwarding 1 -> 9644: no such pod"; exec sleep 60',
        'echo "error: lost connection to pod" >&2; exec sleep 60',
    ],
    ids=["kubectl ends", "its pod is gone", "the connection is lost"],
)
def test_a_forward_that_drops_is_taken_up_again(tmp_path: Path, drop: str) -> None:
    once = f"if [ ! -e {tmp_path}/again ]; then touch {tmp_path}/again; {LISTENING} {drop}; fi\n"
    said: list[str] = []
    back = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if "is back" in line:
            back.set()

    with Forward(ACCESS, ROUTE, kubectl=kubectl(tmp_path, once + STAYS), say=say) as running:
        assert back.wait(30)

    assert [line.split(":")[0] for line in said[:1]] == ["redpanda"]
    assert "dropped: " in said[0]
    assert said[1] == f"redpanda:9644 is back on {running.address}"


def test_a_service_that_is_not_there_is_told_at_once_in_kubectls_words(tmp_path: Path) -> None:
    missing = kubectl(tmp_path, "echo 'services \"redpanda\" not found' >&2; exit 1\n")

    with pytest.raises(ToolError, match='redpanda:9644 can\'t be forwarded: services "redpanda" not found'):
        Forward(ACCESS, ROUTE, kubectl=missing, say=lambda _: None).__enter__()


def test_a_taken_port_is_named_with_its_holder(tmp_path: Path, taken: int) -> None:
    route = Route(**{**vars(ROUTE), "local": taken})

    with pytest.raises(
        UsageError, match=rf"port {taken} on 127.0.0.1 is taken by .*\(pid \d+\); free it, or give --local=auto"
    ):
        Forward(ACCESS, route, kubectl=kubectl(tmp_path, STAYS), say=lambda _: None).__enter__()
