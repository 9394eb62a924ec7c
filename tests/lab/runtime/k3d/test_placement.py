from typing import Any

from lab.cluster.kube import Object
from lab.runtime.k3d.placement import Placement, placement, sentence

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
        pod("prometheus-server-1", "server-0", namespace="monitoring"),
    ]
    return placement(pods, [node("server-0"), node("agent-0"), node("agent-1")], cores=cores)


def test_every_pods_node_is_kept_by_name() -> None:
    kept = [(one.pod, one.workload, one.node) for one in of_three_shards().pods]

    assert kept == [
        ("me-shard-a-1-x", "me-shard-a", f"k3d-{CLUSTER}-agent-0"),
        ("me-shard-b-1-x", "me-shard-b", f"k3d-{CLUSTER}-agent-1"),
        ("redpanda-0", "redpanda", f"k3d-{CLUSTER}-server-0"),
        ("prometheus-server-1", "prometheus-server-1", f"k3d-{CLUSTER}-server-0"),
    ]


def test_the_sentence_names_the_workloads_and_says_that_all_nodes_are_one_machine() -> None:
    assert sentence(of_three_shards(), CLUSTER) == (
        "me-shard-a on agent-0, me-shard-b on agent-1, redpanda on server-0; "
        "the 3 nodes and k6 share this machine's 2 cores"
    )


def test_nodes_that_claim_no_more_than_there_is_share_nothing() -> None:
    assert sentence(of_three_shards(cores=8), CLUSTER).endswith("; the nodes claim 6 of this machine's 8 cores")


def test_cores_may_be_claimed_in_thousandths() -> None:
    assert placement([], [node("server-0", "1930m")], cores=4).nodes[0].cores == 1.93


def test_a_pod_without_a_node_is_told() -> None:
    placed = placement([pod("me-shard-a-1-x", None, shard="a")], [node("server-0")], cores=1)

    assert sentence(placed, CLUSTER).startswith("me-shard-a on no node;")


def test_of_a_thousand_shards_some_are_named() -> None:
    many = [pod(f"me-shard-{n}-1-x", "agent-0", shard=str(n)) for n in range(1000)]

    said = sentence(placement(many, [node("agent-0")], cores=2), CLUSTER)

    assert "and 988 more;" in said
    assert said.count(" on agent-0") == 12
