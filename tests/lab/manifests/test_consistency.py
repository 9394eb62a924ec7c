"""Objects that disagree are told apart from those that agree, whatever part of them was changed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from lab.core.access import SPEC
from lab.core.paths import DIST
from lab.manifests.consistency import problems

Object = dict[str, Any]
Tamper = Callable[[list[Object]], None]


def dist(topology: str) -> list[Object]:
    text = (DIST / f"{topology}.k8s.yaml").read_text("utf-8")
    return list(filter(None, yaml.load_all(text, Loader=yaml.CSafeLoader)))


@pytest.fixture(scope="module", params=["single", "multi"])
def committed(request: pytest.FixtureRequest) -> list[Object]:
    return dist(request.param)


@pytest.fixture(scope="module")
def multi() -> list[Object]:
    return dist("multi")


def find(objects: list[Object], kind: str, name: str) -> Object:
    return next(item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name))


def variable(workload: str, name: str, old: str, new: str) -> Tamper:
    def tamper(objects: list[Object]) -> None:
        (container,) = find(objects, "Deployment", workload)["spec"]["template"]["spec"]["containers"]
        item = next(item for item in container["env"] if item["name"] == name)
        assert old in item["value"]
        item["value"] = item["value"].replace(old, new)

    return tamper


def service(name: str, **changes: Any) -> Tamper:
    return lambda objects: find(objects, "Service", name)["spec"].update(changes)


def annotation(workload: str, key: str, value: str) -> Tamper:
    def tamper(objects: list[Object]) -> None:
        find(objects, "Deployment", workload)["spec"]["template"]["metadata"]["annotations"][key] = value

    return tamper


def without(name: str, *kinds: str) -> Tamper:
    def tamper(objects: list[Object]) -> None:
        for kind in kinds:
            objects.remove(find(objects, kind, name))

    return tamper


HTTP = {"name": "http", "port": 8080, "targetPort": 8080}
METRICS = {"name": "metrics", "port": 9091, "targetPort": 9091}
E_TO_H = "TEST-ASSET-E, TEST-ASSET-F, TEST-ASSET-G, TEST-ASSET-H"
I_TO_L = "TEST-ASSET-I, TEST-ASSET-J, TEST-ASSET-K, TEST-ASSET-L"
TAMPERED: dict[str, tuple[Tamper, list[str]]] = {
    "a symbol is missing in the gateway's map": (
        variable("edge-gateway", "SHARD_SYMBOLS_MAP", ":TEST-ASSET-F", ""),
        [f"SHARD_SYMBOLS_MAP: symbols of shard b must be {E_TO_H}; lacking TEST-ASSET-F"],
    ),
    "the gateway sends a symbol to another shard": (
        variable("edge-gateway", "SHARD_SYMBOLS_MAP", "c=", "c=TEST-ASSET-F:"),
        [f"SHARD_SYMBOLS_MAP: symbols of shard c must be {I_TO_L}; unknown TEST-ASSET-F"],
    ),
    "a shard is missing in the gateway's map": (
        variable("edge-gateway", "ME_SHARD_MAP", ",b=http://me-shard-b:8080", ""),
        ["ME_SHARD_MAP: shards must be a, b, c; lacking b"],
    ),
    "the gateway knows a shard that doesn't stand": (variable("edge-gateway", "ME_SHARD_MAP", "c=", "d="), ["ME_SHARD_MAP: shards must be a, b, c; lacking c, unknown d"]),
    "a URL's port is none of the Service's": (
        variable("edge-gateway", "ME_SHARD_MAP", "me-shard-c:8080", "me-shard-c:80"),
        ["ME_SHARD_MAP: shard c: Service me-shard-c has ports 8080, 9091; got 80"],
    ),
    "a URL names no Service": (variable("edge-gateway", "ME_SHARD_MAP", "me-shard-c:", "me-shard-d:"), ["ME_SHARD_MAP: shard c: 'me-shard-d' names no Service"]),
    "a URL leads to another shard": (
        variable("edge-gateway", "ME_SHARD_MAP", "me-shard-c:", "me-shard-b:"),
        ["ME_SHARD_MAP: shard c: Service me-shard-b does not lead to me-shard-c"],
    ),
    "a URL isn't one": (variable("edge-gateway", "ME_SHARD_MAP", "http://me-shard-c:8080", "me-shard-c:8080"), ["ME_SHARD_MAP: shard c: 'me-shard-c:8080' is not an http:// URL"]),
    "a port isn't one": (variable("edge-gateway", "ME_SHARD_MAP", "me-shard-c:8080", "me-shard-c:http"), ["ME_SHARD_MAP: shard c: 'me-shard-c:http' is not a host and port"]),
    "a shard takes another's symbol": (
        variable("me-shard-b", "SHARD_SYMBOLS", "TEST-ASSET-E", "TEST-ASSET-E,TEST-ASSET-A"),
        [
            "symbol 'TEST-ASSET-A' belongs to me-shard-a and me-shard-b; give it to one",
            f"SHARD_SYMBOLS_MAP: symbols of shard b must be TEST-ASSET-A, {E_TO_H}; lacking TEST-ASSET-A",
        ],
    ),
    "a shard isn't who its label says": (
        variable("me-shard-b", "SHARD_ID", "b", "c"),
        [
            "me-shard-b: SHARD_ID must be its label shard=b; got c",
            "ME_SHARD_MAP: shards must be a, c; unknown b",
            "SHARD_SYMBOLS_MAP: shards must be a, c; unknown b",
        ],
    ),
    "the broker's name leads nowhere": (
        variable("me-shard-b", "KAFKA_BOOTSTRAP", ".redpanda.", ".kafka."),
        ["me-shard-b: KAFKA_BOOTSTRAP: 'redpanda-0.kafka.matching-engine.svc.cluster.local' names no Service"],
    ),
    "the broker's port is another": (
        variable("me-shard-b", "KAFKA_BOOTSTRAP", "9092", "9093"),
        ["me-shard-b: KAFKA_BOOTSTRAP: Service redpanda has ports 9092, 9644; got 9093"],
    ),
    "a Service selects no pod": (
        service("me-shard-b", selector={"app": "matching-engine", "shard": "x"}),
        [
            "service me-shard-b must select the pods of exactly one workload; got none",
            "ME_SHARD_MAP: shard b: Service me-shard-b does not lead to me-shard-b",
        ],
    ),
    "a Service selects every shard's": (
        service("me-shard-c", selector={"app": "matching-engine"}),
        ["service me-shard-c must select the pods of exactly one workload; got me-shard-a, me-shard-b, me-shard-c"],
    ),
    "a Service leads to a port that the container hasn't": (
        service("me-shard-c", ports=[{**HTTP, "targetPort": 80}, METRICS]),
        ["service me-shard-c: port http leads to 80; me-shard-c has http 8080, metrics 9091"],
    ),
    "a Service's ports are crossed": (
        service("me-shard-c", ports=[{**HTTP, "targetPort": 9091}, METRICS]),
        ["service me-shard-c: port http leads to 9091; me-shard-c has http 8080, metrics 9091"],
    ),
    "pods are scraped at another port": (annotation("me-shard-c", "prometheus.io/port", "8080"), ["me-shard-c: prometheus.io/port must be its metrics port 9091; got 8080"]),
    "pods are not scraped": (
        annotation("edge-gateway", "prometheus.io/scrape", "false"),
        ["edge-gateway has a metrics port and is not scraped; annotate its pods prometheus.io/scrape=true"],
    ),
    "the entry passes the gateway by": (
        service("entry", selector={"app": "matching-engine", "shard": "a"}),
        ["service entry must lead to edge-gateway; it leads to me-shard-a"],
    ),
    "there is no entry": (without("entry", "Service"), ["service entry is missing; it must lead to edge-gateway"]),
    "the control has no Service": (without("control", "Service"), ["service control is missing; it must lead to control"]),
    "the control's Service leads to the gateway": (
        service("control", selector={"app": "edge-gateway"}),
        ["service control must lead to control"],
    ),
    "shards stand without a gateway": (
        without("edge-gateway", "Deployment", "Service"),
        [
            "service entry must select the pods of exactly one workload; got none",
            "3 shards have no gateway; orders reach only one of them",
        ],
    ),
}  # fmt: skip


def test_what_is_committed_agrees(committed: list[Object]) -> None:
    assert problems(committed, SPEC.workloads) == []


@pytest.mark.parametrize("name", TAMPERED)
def test_what_disagrees_is_named(multi: list[Object], name: str) -> None:
    tamper, expected = TAMPERED[name]
    objects = copy.deepcopy(multi)
    tamper(objects)

    assert problems(objects, SPEC.workloads) == expected


def test_a_port_may_be_led_to_by_its_name(multi: list[Object]) -> None:
    """The API takes both, and what people apply by hand may have either."""
    objects = copy.deepcopy(multi)
    service("me-shard-c", ports=[{**HTTP, "targetPort": "http"}, {"name": "metrics", "port": 9091}])(objects)

    assert problems(objects, SPEC.workloads) == []


def test_other_namespaces_and_services_without_pods_are_passed_over(multi: list[Object]) -> None:
    stray = {"kind": "Service", "metadata": {"name": "x", "namespace": "team-x"}, "spec": {"selector": {"a": "b"}}}
    outside = {
        "kind": "Service",
        "metadata": {"name": "far", "namespace": SPEC.workloads},
        "spec": {"ports": [{"port": 1}]},
    }

    assert problems([*multi, stray, outside], SPEC.workloads) == []


def test_many_names_are_cut_to_a_line() -> None:
    """A topology may have a thousand shards."""
    objects = dist("single")
    shard = find(objects, "Deployment", "me-shard-a")
    posing = [{**shard, "metadata": {**shard["metadata"], "name": f"me-shard-{number:02}"}} for number in range(20)]

    line = next(line for line in problems([*objects, *posing], SPEC.workloads) if line.startswith("service entry"))

    assert line.endswith("me-shard-10, me-shard-11 and 9 more")
