"""From one shard to three and back: what is added is there before the entry turns to it, and nothing is left over."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.bringup.entry import urls
from lab.cluster.lab import Lab
from lab.core import http
from tests.cluster.cluster_tools import Ended, Invokew, kubectl
from tests.cluster.prober import Prober

KINDS = "deployments,statefulsets,services,configmaps,networkpolicies,persistentvolumeclaims,secrets,serviceaccounts"
SWITCH = 15.0
"""Seconds from one topology to the next when the images are there: the requirement's number."""
GAP = 5.0
"""Seconds for which no order may be answered during a switch: less than a pod takes to start."""


def objects(lab: Lab) -> dict[str, dict[str, Any]]:
    items = json.loads(kubectl(lab, "get", KINDS, "--all-namespaces", "--output", "json"))["items"]
    ours = [one for one in items if one["metadata"]["namespace"] in {"matching-engine", "monitoring"}]
    return {f"{one['kind']}/{one['metadata']['namespace']}/{one['metadata']['name']}": one for one in ours}


def pods(lab: Lab) -> dict[str, str]:
    items = json.loads(kubectl(lab, "get", "pods", "--all-namespaces", "--output", "json"))["items"]
    ours = [one for one in items if one["metadata"]["namespace"] in {"matching-engine", "monitoring"}]
    return {one["metadata"]["name"]: one["metadata"]["uid"] for one in ours}


def spec(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What was asked for; a Service's cluster addresses are the cluster's own choice."""
    return {name: one.get("spec", one.get("data")) for name, one in found.items()}


@pytest.fixture(scope="module")
def single(lab: Lab) -> dict[str, dict[str, Any]]:
    """The objects of a fresh single."""
    return objects(lab)


@pytest.fixture(scope="module")
def kept(lab: Lab, single: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The pods of it that stay: the control goes where the orders come in."""
    return {name: uid for name, uid in pods(lab).items() if not name.startswith("control-")}


@pytest.fixture(scope="module")
def switched(lab: Lab, invokew: Invokew, kept: dict[str, str]) -> Iterator[tuple[Ended, Prober]]:
    """The way to three shards, seen from the entry port; the images have been there before."""
    assert invokew("up", "--topology=multi").code == 0  # brings the images to the nodes
    assert invokew("up", "--topology=single").code == 0
    with Prober(urls(lab)["orders"]) as prober:
        ended = invokew("up", "--topology=multi")
    yield ended, prober
    assert invokew("up", "--topology=single").code == 0


def test_three_shards_and_their_gateway_stand_within_seconds(lab: Lab, switched: tuple[Ended, Prober]) -> None:
    ended, _ = switched
    print(f"single to multi: {ended.seconds:.1f} s")  # noqa: T201 - a measurement for who reads the log
    assert ended.code == 0, ended.output
    assert {"Deployment/matching-engine/me-shard-c", "Deployment/matching-engine/edge-gateway"} <= objects(lab).keys()


def test_no_order_is_lost_for_longer_than_the_rollout_takes(switched: tuple[Ended, Prober]) -> None:
    _, prober = switched
    print(f"longest gap {prober.longest_gap:.2f} s; {prober.refused} of {prober.answered} refused")  # noqa: T201
    assert prober.answered > 50
    assert prober.longest_gap < GAP, prober.last_refusal


def test_what_both_topologies_have_stays_as_it_is(lab: Lab, kept: dict[str, str], switched: object) -> None:
    """Shard a, the broker and the monitoring are the very pods that were there before."""
    after = pods(lab)
    assert kept.items() <= after.items()


def test_the_gateway_sends_each_order_to_its_shard(lab: Lab, switched: object) -> None:
    for symbol, shard in (("TEST-ASSET-A", "a"), ("TEST-ASSET-H", "b"), ("TEST-ASSET-I", "c")):
        order = {"orderId": f"to-{shard}", "symbol": symbol, "side": "BUY", "price": 1, "quantity": 1}
        answer = http.request("POST", f"{urls(lab)['orders']}/orders", json=order, timeout=5)
        assert answer.json()["shardId"] == shard


def test_back_on_one_shard_there_are_exactly_the_objects_of_a_fresh_one(
    lab: Lab, invokew: Invokew, single: dict[str, dict[str, Any]], kept: dict[str, str], switched: object
) -> None:
    with Prober(urls(lab)["orders"]) as prober:
        ended = invokew("up", "--topology=single")
    after = objects(lab)

    assert ended.code == 0, ended.output
    assert after.keys() == single.keys()
    assert spec(after) == spec(single)
    assert prober.longest_gap < GAP, prober.last_refusal
    assert {name for name in pods(lab) if name in kept} == set(kept)


def test_status_says_which_topology_stands(lab: Lab, invokew: Invokew, switched: object) -> None:
    assert "single" in invokew("status").output
