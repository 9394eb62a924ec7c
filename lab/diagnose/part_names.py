"""Which part of the lab a pod belongs to, by its labels: as `logs` calls it, and as the settings do."""

from collections.abc import Mapping

from lab.runtime.k3d.passthrough import SELECTORS


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
