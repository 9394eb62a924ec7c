"""The manifests for one namespace of a cluster that others own."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from com.coreos import monitoring
from syrupy.assertion import SnapshotAssertion

from lab.core.ownership import PART_OF, PART_OF_VALUE
from lab.core.paths import ROOT
from lab.manifests.consistency import problems
from lab.settings.layout import dump, load, of_namespace, of_own_cluster
from lab.settings.settings import KubernetesSettings, PrometheusSettings, Settings, TolerationSettings

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


OTHERS = TEAM.model_copy(
    update={"prometheus": PrometheusSettings(url="https://prometheus.example", pod_monitor={"release": "monitoring"})}
)
BY_ANNOTATION = TEAM.model_copy(update={"prometheus": PrometheusSettings(url="https://prometheus.example")})


@pytest.fixture(scope="module", params=["single", "multi"])
def watched_by_others(
    request: pytest.FixtureRequest, settings: Settings, synthesize: Callable[..., Objects]
) -> tuple[Objects, Objects]:
    """Each topology in turn, with the lab's Prometheus and with the cluster's."""
    topology = settings.topology(request.param)
    return synthesize(topology, of_namespace(TEAM)), synthesize(topology, of_namespace(OTHERS))


def _names(objects: Objects) -> set[str]:
    return {f"{one['kind']}/{one['metadata']['name']}" for one in objects}


def test_where_the_cluster_has_a_prometheus_nothing_of_the_labs_own_is_there_but_a_pod_monitor(
    watched_by_others: tuple[Objects, Objects],
) -> None:
    own, others = watched_by_others
    kinds = ("ConfigMap", "Deployment", "NetworkPolicy", "Role", "RoleBinding", "Service", "ServiceAccount")

    gone = _names(own) - _names(others) - {"NetworkPolicy/edge-gateway-from-prometheus"}
    assert gone >= {f"{kind}/prometheus" for kind in kinds}
    assert all("prometheus" in name for name in gone)
    assert {name for name in _names(others) - _names(own) if "NetworkPolicy" not in name} == {
        "PodMonitor/matching-engine"
    }


def test_the_pod_monitor_is_chosen_by_its_labels_and_takes_what_handles_orders_every_five_seconds(
    watched_by_others: tuple[Objects, Objects],
) -> None:
    _, others = watched_by_others
    (monitor,) = (one for one in others if one["kind"] == "PodMonitor")
    (expression,) = monitor["spec"]["selector"]["matchExpressions"]
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    taken = {name for name, pod in _pods(others).items() if pod["metadata"]["labels"]["app"] in expression["values"]}
    scraped = {name for name, pod in _pods(others).items() if "annotations" in pod["metadata"]}

    assert monitor["metadata"]["namespace"] == "team-x"
    assert monitor["metadata"]["labels"].items() >= {"release": "monitoring", PART_OF: PART_OF_VALUE}.items()
    assert (expression["key"], expression["operator"], taken) == ("app", "In", scraped)
    assert endpoint == {"port": "metrics", "path": "/metrics", "interval": "5s", "scrapeTimeout": "4s"}


def test_a_prometheus_from_anywhere_reaches_the_metrics_and_nothing_else(
    watched_by_others: tuple[Objects, Objects],
) -> None:
    """Where it runs is not known: in another namespace, on nodes or beyond the cluster."""
    _, others = watched_by_others
    open_to_all = [
        (one["spec"]["podSelector"]["matchLabels"]["app"], [port["port"] for port in rule["ports"]])
        for one in others
        if one["kind"] == "NetworkPolicy"
        for rule in one["spec"].get("ingress", ())
        if "from" not in rule
    ]
    handlers = {pod["metadata"]["labels"]["app"] for pod in _pods(others).values() if "annotations" in pod["metadata"]}

    assert sorted(open_to_all) == [(app, [9091]) for app in sorted(handlers)]
    assert not [
        rule
        for one in others
        if one["kind"] == "NetworkPolicy"
        for rule in one["spec"].get("egress", ())
        if "to" not in rule
    ]


def test_without_an_operator_the_pods_annotations_are_all_that_tells_of_them(
    settings: Settings, synthesize: Callable[..., Objects]
) -> None:
    objects = synthesize(settings.topology("single"), of_namespace(BY_ANNOTATION))

    assert not [one for one in objects if one["kind"] == "PodMonitor"]
    assert _pods(objects)["me-shard-a"]["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
    assert problems(objects, "team-x") == []


def test_the_pod_monitors_classes_have_the_fields_of_their_definition() -> None:
    """imports/ is generated: `npx cdk8s import` was run since the definition was changed."""
    definition = yaml.safe_load((ROOT / "imports/definitions/pod_monitor.yaml").read_text(encoding="utf-8"))
    (version,) = definition["spec"]["versions"]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    endpoint = spec["podMetricsEndpoints"]["items"]["properties"]

    def snake(name: str) -> str:
        return re.sub("(?=[A-Z])", "_", name).lower()

    def fields(made: type) -> set[str]:
        return {name for name, value in vars(made).items() if isinstance(value, property)}

    assert fields(monitoring.PodMonitorSpec) == {snake(name) for name in spec}
    assert fields(monitoring.PodMonitorSpecPodMetricsEndpoints) == {snake(name) for name in endpoint}
