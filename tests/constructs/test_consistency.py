"""Names and ports: what refers to something refers to what is there."""

import copy
from typing import Any

from lab.manifests import phases
from lab.manifests.consistency import problems

Objects = list[dict[str, Any]]


def _of_kind(objects: Objects, *kinds: str) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item for item in objects if item["kind"] in kinds}


def _templates(objects: Objects) -> dict[str, dict[str, Any]]:
    return {name: item["spec"]["template"] for name, item in _of_kind(objects, "Deployment", "StatefulSet").items()}


def _selected(objects: Objects, selector: dict[str, str]) -> list[str]:
    return [name for name, pod in _templates(objects).items() if selector.items() <= pod["metadata"]["labels"].items()]


def _ports(template: dict[str, Any]) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}


def test_a_topology_s_objects_agree(manifests: Objects) -> None:
    assert problems(manifests, "matching-engine") == []


def test_the_broker_is_scraped_by_a_job_of_its_own(manifests: Objects) -> None:
    """Annotated, it would be scraped twice."""
    assert "annotations" not in _templates(manifests)["redpanda"]["metadata"]


def test_every_service_but_the_entry_has_its_workloads_name(manifests: Objects) -> None:
    for name, service in _of_kind(manifests, "Service").items():
        assert _selected(manifests, service["spec"]["selector"]) == [name] or name == "entry"


def test_every_workload_selects_its_own_pods_and_no_others(manifests: Objects) -> None:
    for name, workload in _of_kind(manifests, "Deployment", "StatefulSet").items():
        assert _selected(manifests, workload["spec"]["selector"]["matchLabels"]) == [name]


def test_probes_ask_ports_that_the_container_has(manifests: Objects) -> None:
    for name, template in _templates(manifests).items():
        container = template["spec"]["containers"][0]
        probes = [probe for key, probe in container.items() if key.endswith("Probe")]

        assert {probe["httpGet"]["port"] for probe in probes} <= set(_ports(template).values()), name


def test_the_ports_a_container_listens_on_are_those_it_declares(manifests: Objects) -> None:
    for name, template in _templates(manifests).items():
        if name == "redpanda":
            continue
        env = {item["name"]: item["value"] for item in template["spec"]["containers"][0]["env"]}
        told = {name: env.get(f"{name.upper()}_PORT") for name in ("http", "metrics")}

        assert {name: int(port) for name, port in told.items() if port} == _ports(template), name


def test_shards_reach_the_broker_by_its_pods_name_and_kafka_port(manifests: Objects) -> None:
    broker = _of_kind(manifests, "StatefulSet")["redpanda"]
    service = _of_kind(manifests, "Service")[broker["spec"]["serviceName"]]
    address = f"redpanda-0.{service['metadata']['name']}.{service['metadata']['namespace']}.svc.cluster.local:9092"
    shards = [template for name, template in _templates(manifests).items() if name.startswith("me-shard-")]

    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    for template in shards:
        assert {"name": "KAFKA_BOOTSTRAP", "value": address} in template["spec"]["containers"][0]["env"]


def test_the_entry_is_the_same_in_every_topology_but_for_who_is_behind_it(single: Objects, multi: Objects) -> None:
    entries = [copy.deepcopy(_of_kind(objects, "Service")["entry"]) for objects in (single, multi)]
    selectors = [entry["spec"].pop("selector") for entry in entries]

    assert entries[0] == entries[1]
    assert entries[0]["spec"]["ports"][0]["nodePort"] == 30080
    assert selectors == [{"app": "matching-engine", "shard": "a"}, {"app": "edge-gateway"}]


def test_the_control_is_reached_and_placed_as_what_takes_the_orders(single: Objects, multi: Objects) -> None:
    for objects, taker in ((single, "me-shard-a"), (multi, "edge-gateway")):
        entry, control = (_of_kind(objects, "Service")[name]["spec"] for name in ("entry", "control"))
        placed = [_templates(objects)[name]["spec"]["affinity"] for name in (taker, "control")]

        assert (control["type"], control["ports"]) == (entry["type"], [{**entry["ports"][0], "nodePort": 30081}])
        assert placed[0] == placed[1]


def test_the_control_stays_where_it_is_but_for_its_node_whatever_the_topology(single: Objects, multi: Objects) -> None:
    found = [copy.deepcopy(_of_kind(objects, "Deployment")["control"]) for objects in (single, multi)]
    for one in found:
        del one["spec"]["template"]["spec"]["affinity"]

    assert found[0] == found[1]
    assert _of_kind(single, "Service")["control"] == _of_kind(multi, "Service")["control"]


def test_a_shard_that_stands_in_both_topologies_is_the_same_in_both(single: Objects, multi: Objects) -> None:
    """So a switch doesn't restart it."""
    for kind in ("Deployment", "Service"):
        assert _of_kind(single, kind)["me-shard-a"] == _of_kind(multi, kind)["me-shard-a"]


def test_a_switch_changes_no_object_but_who_is_behind_the_entry_what_is_said_to_stand_and_the_controls_node(
    single: Objects, multi: Objects
) -> None:
    """What differs otherwise is added, and taken away at the end: rule by rule the policies allow both meanwhile."""
    places = [
        {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]): item for item in objects}
        for objects in (single, multi)
    ]
    changed = [place for place in places[0].keys() & places[1].keys() if places[0][place] != places[1][place]]

    assert sorted(changed, key=str) == [
        ("Deployment", "matching-engine", "control"),
        ("Namespace", None, "matching-engine"),
        ("Service", "matching-engine", "entry"),
    ]


def test_what_a_switch_keeps_for_its_end_is_labelled_in_every_topology(manifests: Objects) -> None:
    labelled = {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["labels"][phases.SWITCH]
        for item in manifests
        if phases.SWITCH in item["metadata"]["labels"]
    }

    assert labelled == {"Namespace/matching-engine": phases.TOPOLOGY, "Service/entry": phases.ENTRY}


def test_the_dashboards_have_the_name_that_grafana_mounts(manifests: Objects) -> None:
    dashboards = _of_kind(manifests, "ConfigMap")["grafana-dashboards"]

    assert dashboards["metadata"]["namespace"] == "monitoring"
    assert all(name.endswith(".json") for name in dashboards["data"])


def test_what_others_need_is_written_before_them(manifests: Objects) -> None:
    order = [f"{item['kind']}/{item['metadata']['name']}" for item in manifests]

    assert order[:2] == ["Namespace/matching-engine", "Namespace/monitoring"]
    assert order.index("Service/redpanda") < order.index("StatefulSet/redpanda")
    assert order.index("Service/entry") < len(order) - 1
    assert order[-1].startswith("Deployment/")
    for name in _of_kind(manifests, "Deployment"):
        assert order.index("StatefulSet/redpanda") < order.index(f"Service/{name}") < order.index(f"Deployment/{name}")
    assert max(
        index for index, item in enumerate(manifests) if item["kind"] in {"NetworkPolicy", "ConfigMap"}
    ) < order.index("Service/redpanda")


def test_no_two_objects_have_the_same_name(manifests: Objects) -> None:
    places = [(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in manifests]

    assert len(places) == len(set(places))
