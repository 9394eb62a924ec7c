"""The parts of a lab in a cluster, by the labels of their pods: as `logs` names them, and as the settings do."""

from collections.abc import Mapping

from lab.core.access import MONITORING, NAMESPACE

SHARDS = (NAMESPACE, "app=matching-engine")
"""The namespace and selector of every shard's pods."""
SELECTORS = {
    "gateway": (NAMESPACE, "app=edge-gateway"),
    "control": (NAMESPACE, "app=control"),
    "redpanda": (NAMESPACE, "app=redpanda"),
    "prometheus": (MONITORING, "app.kubernetes.io/name=prometheus"),
    "grafana": (MONITORING, "app.kubernetes.io/name=grafana"),
}
"""Every other part to the namespace and selector of its pods."""


def part_of(labels: Mapping[str, str]) -> str:
    """The name by which `./invokew logs` finds a pod's part; empty when it has none."""
    for name, (_, selector) in SELECTORS.items():
        key, _, value = selector.partition("=")
        if labels.get(key) == value:
            return name
    return labels.get("shard", "")


def resources_of(labels: Mapping[str, str]) -> str:
    """The part's name under `resources` in the settings."""
    return "engine" if "shard" in labels else part_of(labels) or "*"
