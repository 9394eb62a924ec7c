"""From a stray pod nothing answers but what is meant to; the engine reaches the broker and DNS and nothing else."""

import json
from collections.abc import Iterator

import pytest

from lab.cluster.lab import Lab
from tests.cluster.cluster_tools import kubectl

SPACE = "stray"
PROBE = """
import socket, sys
for place in sys.argv[1:]:
    host, port = place.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        print(place, "open")
    except OSError as error:
        print(place, "closed")
"""
SERVICES = (
    "me-shard-a.matching-engine:8080",
    "me-shard-a.matching-engine:9091",
    "entry.matching-engine:8080",
    "control.matching-engine:8080",
    "redpanda-0.redpanda.matching-engine:9092",
    "redpanda-0.redpanda.matching-engine:9644",
    "prometheus-server.monitoring:80",
    "grafana.monitoring:80",
)


def answers(text: str) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in text.splitlines())


@pytest.fixture(scope="module")
def stray(lab: Lab) -> Iterator[str]:
    """A pod in a namespace of its own, with the engine's image, as it has a Python."""
    items = json.loads(kubectl(lab, "get", "deployment", "me-shard-a", "-n", "matching-engine", "-o", "json"))
    image = items["spec"]["template"]["spec"]["containers"][0]["image"]
    kubectl(lab, "create", "namespace", SPACE)
    try:
        kubectl(lab, "run", "stray", "-n", SPACE, f"--image={image}", "--command", "--", "sleep", "600")
        kubectl(lab, "wait", "pod/stray", "-n", SPACE, "--for=condition=Ready", "--timeout=90s", deadline=100)
        yield "stray"
    finally:
        kubectl(lab, "delete", "namespace", SPACE, "--wait=false")


def test_a_stray_pod_reaches_nothing_of_the_lab(lab: Lab, stray: str) -> None:
    kubectl(
        lab,
        "exec",
        stray,
        "-n",
        SPACE,
        "--",
        "python",
        "-c",
        "import socket; socket.getaddrinfo('kubernetes.default', 443)",
    )
    found = answers(kubectl(lab, "exec", stray, "-n", SPACE, "--", "python", "-c", PROBE, *SERVICES, deadline=90))
    assert found == dict.fromkeys(SERVICES, "closed")


def test_the_engine_reaches_the_broker_and_nothing_else(lab: Lab, stray: str) -> None:
    ip = kubectl(lab, "get", "pod", stray, "-n", SPACE, "-o", "jsonpath={.status.podIP}")
    places = (
        "redpanda-0.redpanda.matching-engine:9092",
        "redpanda-0.redpanda.matching-engine:9644",
        "prometheus-server.monitoring:80",
        "grafana.monitoring:80",
        "kubernetes.default:443",
        f"{ip}:8080",
    )
    words = ("exec", "deployment/me-shard-a", "-n", "matching-engine", "--", "python", "-c", PROBE, *places)
    found = answers(kubectl(lab, *words, deadline=90))
    assert found == {place: "open" if place.endswith(":9092") else "closed" for place in places}


def test_a_pod_that_breaks_the_security_level_is_refused(lab: Lab) -> None:
    with pytest.raises(AssertionError, match="violates PodSecurity"):
        kubectl(lab, "run", "root", "-n", "matching-engine", "--image=rig/busybox:1", "--privileged")
