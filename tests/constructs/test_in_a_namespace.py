"""The manifests for one namespace of a cluster that others own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from lab.core.ownership import PART_OF, PART_OF_VALUE
from lab.manifests.consistency import problems
from lab.settings.layout import dump, load, of_namespace, of_own_cluster
from lab.settings.settings import KubernetesSettings, Settings, TolerationSettings

Objects = list[dict[str, Any]]

TEAM = KubernetesSettings(
    context="team",
    namespace="team-x",
    pull_secret="pull",
    storage_class="fast",
    node_selector={"pool": "load"},
    tolerations=(TolerationSettings(key="load", operator="Exists", effect="NoSchedule"),),
)


@pytest.fixture(scope="module", params=["single", "multi"])
def objects(request: pytest.FixtureRequest, settings: Settings, synthesize: Callable[..., Objects]) -> Objects:
    """Each topology in turn."""
    return synthesize(settings.topology(request.param), of_namespace(TEAM))


def _pods(objects: Objects) -> dict[str, dict[str, Any]]:
    kinds = {"Deployment", "StatefulSet"}
    return {one["metadata"]["name"]: one["spec"]["template"] for one in objects if one["kind"] in kinds}


def test_three_shards_stand_there_like_this(
    settings: Settings, synthesize: Callable[..., Objects], snapshot: SnapshotAssertion
) -> None:
    assert synthesize(settings.topology("multi"), of_namespace(TEAM)) == snapshot


def test_all_of_it_is_in_the_namespace_and_agrees(objects: Objects) -> None:
    """What belongs to a cluster (a Namespace, a Node, a ClusterRole) has no namespace."""
    assert {one["metadata"].get("namespace") for one in objects} == {"team-x"}
    assert problems(objects, "team-x") == []


def test_nothing_depends_on_what_only_a_cluster_of_the_labs_own_has(objects: Objects) -> None:
    text = json.dumps(objects)

    assert "nodePort" not in text
    assert "pod-security" not in text
    assert "matching-engine-lab/seat" not in text
    assert "nodeAffinity" not in text


def test_no_policy_takes_a_pod_of_others(objects: Objects) -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "NetworkPolicy"}
    ours = {name for name, pod in _pods(objects).items() if pod["metadata"]["labels"][PART_OF] == PART_OF_VALUE}

    assert policies["default-deny"]["podSelector"]["matchLabels"][PART_OF] == PART_OF_VALUE
    assert all(policy["podSelector"]["matchLabels"] for policy in policies.values())
    assert ours == set(_pods(objects))


def test_each_pod_is_pulled_placed_and_tolerated_as_the_settings_say(objects: Objects) -> None:
    for name, pod in _pods(objects).items():
        spec = pod["spec"]

        assert spec["imagePullSecrets"] == [{"name": "pull"}], name
        assert spec["nodeSelector"] == {"pool": "load"}, name
        assert spec["tolerations"] == [{"key": "load", "operator": "Exists", "effect": "NoSchedule"}], name


def test_shards_share_no_node_while_there_are_enough_and_the_control_has_that_of_the_orders(objects: Objects) -> None:
    pods = _pods(objects)
    taker = "edge-gateway" if "edge-gateway" in pods else "me-shard-a"
    (spread,) = pods["me-shard-a"]["spec"]["topologySpreadConstraints"]
    (beside,) = pods["control"]["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]

    assert (spread["maxSkew"], spread["whenUnsatisfiable"]) == (1, "DoNotSchedule")
    assert spread["labelSelector"]["matchLabels"].items() <= pods["me-shard-a"]["metadata"]["labels"].items()
    assert beside["labelSelector"]["matchLabels"].items() <= pods[taker]["metadata"]["labels"].items()


def test_prometheus_may_read_the_namespaces_pods_and_nothing_else(objects: Objects) -> None:
    rules = [rule for one in objects if one["kind"] == "Role" for rule in one["rules"]]

    assert rules == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    assert {one["kind"] for one in objects if "Cluster" in one["kind"]} == set()


@pytest.mark.parametrize("layout", [of_namespace(TEAM), of_namespace(KubernetesSettings(context="c", namespace="n"))])
def test_a_layout_is_the_same_after_it_went_through_json(layout: Any, settings: Settings) -> None:
    """The constructs run in a process of their own."""
    for one in (layout, of_own_cluster(settings)):
        assert load(json.loads(json.dumps(dump(one)))) == one
