"""The parts of a lab in a cluster, by the labels of their pods: as `logs` names them, and as the settings do."""

from collections.abc import Mapping

from lab.core.access import Namespaces

ENGINE, GATEWAY, BROKER = "matching-engine", "edge-gateway", "redpanda"
"""The label `app` of a shard's pods, the gateway's and the broker's; the latter two's workloads are called so too."""
APPS = (ENGINE, GATEWAY)
"""The label `app` of what handles orders."""
SHARDS = f"app={ENGINE}"
"""The selector of every shard's pods."""
HANDLERS = f"app in ({','.join(APPS)})"
"""The selector of the pods that handle orders."""
RUNNERS = "app=load-runner"
"""The selector of the pods that send a load."""
MONITORS = {
    "prometheus": "app.kubernetes.io/name=prometheus",
    "grafana": "app.kubernetes.io/name=grafana",
}
"""What watches the lab to the selector of its pods."""
SELECTORS = {
    "gateway": f"app={GATEWAY}",
    "control": "app=control",
    "redpanda": f"app={BROKER}",
    "runner": RUNNERS,
    **MONITORS,
}
"""Every part but the shards to the selector of its pods."""


def namespace_of(part: str, namespaces: Namespaces) -> str:
    """Where the pods of a part are."""
    return namespaces.monitoring if part in MONITORS else namespaces.workloads


def part_of(labels: Mapping[str, str]) -> str:
    """The name by which `./invokew logs` finds a pod's part; empty when it has none."""
    for name, selector in SELECTORS.items():
        key, _, value = selector.partition("=")
        if labels.get(key) == value:
            return name
    return labels.get("shard", "")


def resources_of(labels: Mapping[str, str]) -> str:
    """The part's name under `resources` in the settings."""
    return "engine" if "shard" in labels else part_of(labels) or "*"
