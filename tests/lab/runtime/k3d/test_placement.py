from typing import Any

import pytest

from lab.cluster.kube import Object
from lab.runtime.k3d.placement import placement, sentence
from lab.store.made_with import Placement

CLUSTER = "matching-engine-exp"


def node(name: str, cores: str = "2") -> Object:
    return {"metadata": {"name": f"k3d-{CLUSTER}-{name}"}, "status": {"capacity": {"cpu": cores}}}


def pod(name: str, on: str | None, namespace: str = "matching-engine", **labels: str) -> Object:
    spec: dict[str, Any] = {} if on is None else {"nodeName": f"k3d-{CLUSTER}-{on}"}
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec}


def of_three_shards(cores: float = 2) -> Placement:
    pods = [
        pod("redpanda-0", "server-0", app="redpanda"),
        pod("me-shard-b-1-x", "agent-1", app="matching-engine", shard="b"),
        pod("me-shard-a-1-x", "agent-0", app="matching-engine", shard="a"),
        pod("prometheus-server-1", "server-0", namespace="monitoring", **{"app.kubernetes.io/name": "prometheus"}),
        pod("stranger-1", "server-0", namespace="monitoring"),
    ]
    return placement(pods, [node("server-0"), node("agent-0"), node("agent-1")], cores=cores)


def test_every_pods_node_is_kept_by_name() -> None:
    kept = [(one.pod, one.workload, one.node) for one in of_three_shards().pods]

    assert kept == [
        ("me-shard-a-1-x", "me-shard-a", f"k3d-{CLUSTER}-agent-0"),
        ("me-shard-b-1-x", "me-shard-b", f"k3d-{CLUSTER}-agent-1"),
        ("redpanda-0", "redpanda", f"k3d-{CLUSTER}-server-0"),
        ("prometheus-server-1", "prometheus", f"k3d-{CLUSTER}-server-0"),
        ("stranger-1", "stranger-1", f"k3d-{CLUSTER}-server-0"),
    ]


@pytest.mark.parametrize(
    ("placed", "says"),
    [
        (
            of_three_shards(),
            (
                "me-shard-a on agent-0, me-shard-b on agent-1, redpanda on server-0; "
                "the 3 nodes and k6 share this machine's 2 cores"
            ),
        ),
        (
            placement([], [node("server-0", "1930m"), node("agent-0")], cores=8),
            "; the nodes claim 3.93 of this machine's 8 cores",
        ),
        (
            placement([pod("me-shard-a-1-x", None, shard="a")], [node("server-0")], cores=1),
            "me-shard-a on no node; the 1 nodes and k6 share this machine's 1 cores",
        ),
    ],
    ids=["on one machine", "that claim no more than there is, in thousandths", "a pod without a node"],
)
def test_the_sentence_names_the_workloads_and_the_cores_behind_their_nodes(placed: Placement, says: str) -> None:
    assert sentence(placed, CLUSTER, "matching-engine") == says


def test_of_a_thousand_shards_some_are_named() -> None:
    many = [pod(f"me-shard-{n}-1-x", "agent-0", shard=str(n)) for n in range(1000)]

    said = sentence(placement(many, [node("agent-0")], cores=2), CLUSTER, "matching-engine")

    assert "and 988 more;" in said
    assert said.count(" on agent-0") == 12
