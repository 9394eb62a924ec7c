"""Every value of the spec's manifests is ours too, but for the deviations named here with their reasons."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SPEC = Path(__file__).parent / "spec"
"""The spec's manifests as it gives them; those of shards b and c name only what differs from a's."""

OBJECTS = {
    "namespace": "Namespace/matching-engine",
    "redpanda-service": "Service/redpanda",
    "redpanda-statefulset": "StatefulSet/redpanda",
    "shard-a-deployment": "Deployment/me-shard-a",
    "shard-a-service": "Service/me-shard-a",
    "shard-b-deployment": "Deployment/me-shard-b",
    "shard-b-service": "Service/me-shard-b",
    "shard-c-deployment": "Deployment/me-shard-c",
    "shard-c-service": "Service/me-shard-c",
    "edge-gateway-deployment": "Deployment/edge-gateway",
    "edge-gateway-service": "Service/edge-gateway",
}

POD = "spec.template.spec"
BROKER = f"{POD}.containers[redpanda]"
ABSENT = None
DELAY = "a startup probe of 1 s takes the place of a fixed delay"

DEVIATIONS = {
    # object and path (* for anything): what stands there instead, and why
    ("StatefulSet/redpanda", f"{BROKER}.image"): ("docker.redpanda.com/redpandadata/redpanda:v26.2.1", "pinned: `latest` is another image each time"),
    ("StatefulSet/redpanda", f"{BROKER}.readinessProbe.tcpSocket.port"): (ABSENT, "the port is open before the broker is ready: /v1/status/ready on 9644 instead"),
    ("StatefulSet/redpanda", f"{BROKER}.readinessProbe.initialDelaySeconds"): (ABSENT, DELAY),
    ("Deployment/*", f"{POD}.containers[*].readinessProbe.initialDelaySeconds"): (ABSENT, DELAY),
    ("Deployment/*", f"{POD}.containers[*].livenessProbe.initialDelaySeconds"): (ABSENT, DELAY),
}  # fmt: skip

ADDITIONS = {
    # object and path (* for anything): why it is there though the spec doesn't have it
    ("*", "metadata.labels.app.kubernetes.io/part-of"): "own only what we made",
    ("*", "metadata.labels.matching-engine-lab/name"): "own only what we made",
    ("*", "spec.template.metadata.labels.app.kubernetes.io/part-of"): "own only what we made",
    ("*", "spec.template.metadata.labels.matching-engine-lab/name"): "own only what we made",
    ("Namespace/*", "metadata.annotations.matching-engine-lab/topology"): "says which topology stands in it",
    ("Namespace/*", "metadata.labels.matching-engine-lab/switch"): "a switch of topologies applies it last",
    ("Namespace/*", "metadata.labels.pod-security.kubernetes.io/*"): "secure by default",
    ("*", f"{POD}.automountServiceAccountToken"): "secure by default",
    ("*", f"{POD}.securityContext.*"): "secure by default",
    ("*", f"{POD}.containers[*].securityContext.*"): "secure by default",
    ("*", f"{POD}.containers[*].resources.*.ephemeral-storage"): "a pod that fills its node's disk is evicted, and not its neighbours",
    ("*", f"{POD}.enableServiceLinks"): "no pod reads them, and each Service adds seven variables to every pod",
    ("*", f"{POD}.containers[*].startupProbe.*"): DELAY,
    ("*", f"{POD}.containers[*].volumeMounts[*"): "a read-only root file system; log and topics outlast the container",
    ("*", f"{POD}.volumes[*"): "a read-only root file system; the log outlasts the container",
    ("Deployment/me-shard-*", f"{POD}.affinity.*"): "each shard has an agent of its own",
    ("Deployment/edge-gateway", f"{POD}.affinity.*"): "the gateway prefers the server, where orders come in",
    ("StatefulSet/redpanda", f"{POD}.affinity.*"): "the broker is bound to the server, away from the shards",
    ("Deployment/me-shard-*", "spec.strategy.type"): "one engine owns its symbols: never two at once",
    ("StatefulSet/redpanda", "spec.volumeClaimTemplates[*"): "topics outlive a pause",
    ("StatefulSet/redpanda", "spec.persistentVolumeClaimRetentionPolicy.*"): "topics outlive a pause",
    ("StatefulSet/redpanda", "spec.podManagementPolicy"): "a mended template replaces a pod that never got ready",
    ("StatefulSet/redpanda", f"{POD}.terminationGracePeriodSeconds"): "Redpanda's own charts give it as long",
    ("StatefulSet/redpanda", f"{BROKER}.imagePullPolicy"): "pinned: `latest` is another image each time",
    ("StatefulSet/redpanda", f"{BROKER}.readinessProbe.httpGet.*"): "see the deviation",
    ("StatefulSet/redpanda", f"{BROKER}.args[*"): "no memory held back from the limit, fsync on, auto-create off: docs/constructs.md",
    ("Service/redpanda", "spec.publishNotReadyAddresses"): "its name resolves at any time",
    ("Service/redpanda", "spec.ports[*].targetPort"): "written out; the same number",
}  # fmt: skip


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each single value with its path; items of a list go by their name, or by themselves when they are words."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            name = item.get("name", item.get("mountPath")) if isinstance(item, dict) else item
            yield from _leaves(item, f"{path}[{name}]")
    else:
        yield path, value


def _spec() -> dict[str, dict[str, Any]]:
    return {name: dict(_leaves(yaml.safe_load((SPEC / f"{file}.yaml").read_text()))) for file, name in OBJECTS.items()}


def _ours(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{item['kind']}/{item['metadata']['name']}": dict(_leaves(item)) for item in objects}


def _named(table: dict[tuple[str, str], Any], name: str, path: str) -> Any:
    return next((row for (object_, way), row in table.items() if _fits(name, object_) and _fits(path, way)), None)


def _fits(text: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


VALUES = [
    pytest.param(name, path, value, id=f"{name} {path}")
    for name, values in _spec().items()
    for path, value in values.items()
]


def _of_list(path: str) -> str:
    """The path as it is when the object is no complete one: items of shards b's and c's lists have no name there."""
    return path.replace("containers[None]", "containers[matching-engine]")


@pytest.mark.parametrize(("name", "path", "value"), VALUES)
def test_value_of_the_spec_is_ours_or_a_named_deviation(
    multi: list[dict[str, Any]], name: str, path: str, value: Any
) -> None:
    ours = _ours(multi)[name].get(_of_list(path))

    deviation = _named(DEVIATIONS, name, path)
    assert ours == (deviation[0] if deviation else value)


def test_no_deviation_is_named_that_is_none(multi: list[dict[str, Any]]) -> None:
    spec, ours = _spec(), _ours(multi)
    differing = {
        (name, path) for name in spec for path in spec[name] if ours[name].get(_of_list(path)) != spec[name][path]
    }

    idle = [row for row in DEVIATIONS if not any(_named({row: True}, *place) for place in differing)]

    assert idle == []


def test_what_the_spec_lacks_is_a_named_addition(multi: list[dict[str, Any]]) -> None:
    spec, ours = _spec(), _ours(multi)
    whole = [name for name in spec if not name.endswith(("-b", "-c"))]
    added = {(name, path) for name in whole for path in ours[name] if path not in spec[name]}

    unnamed = sorted(place for place in added if not _named(ADDITIONS, *place))
    idle = [row for row in ADDITIONS if not any(_named({row: True}, *place) for place in added)]

    assert unnamed == []
    assert idle == []


def test_shards_b_and_c_differ_from_a_only_where_the_spec_says(multi: list[dict[str, Any]]) -> None:
    ours = _ours(multi)
    own = {
        "metadata.name",
        "metadata.labels.shard",
        "spec.selector.matchLabels.shard",
        "spec.template.metadata.labels.shard",
    }
    own |= {f"{POD}.containers[matching-engine].env[{name}].value" for name in ("SHARD_ID", "SHARD_SYMBOLS")}

    a = ours["Deployment/me-shard-a"]
    differing = {
        path
        for id_ in "bc"
        for path, value in ours[f"Deployment/me-shard-{id_}"].items()
        if a.get(path) != value and not path.startswith(f"{POD}.affinity")  # each has a seat of its own
    }

    assert differing == own


def test_the_brokers_arguments_begin_with_the_specs(multi: list[dict[str, Any]]) -> None:
    spec = yaml.safe_load((SPEC / "redpanda-statefulset.yaml").read_text())["spec"]["template"]["spec"]["containers"][0]
    ours = next(item for item in multi if item["kind"] == "StatefulSet")["spec"]["template"]["spec"]["containers"][0]

    assert ours["args"][: len(spec["args"])] == spec["args"]
