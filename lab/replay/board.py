"""The dashboards as the manifests have them, and the metrics that they ask for."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from lab.bringup.monitoring import DASHBOARDS
from lab.core.errors import ToolError
from lab.measure.counters import Series

METRIC = re.compile(r"\b(?:me|gw|k6|container)_\w+(?=[{\[])")
"""A metric of engine, gateway, k6 or kubelet where an expression selects it."""
RARE = frozenset({"k6_dropped_iterations_total"})
"""What is written only once there is something to count."""


def dashboards(folder: Path) -> Mapping[str, str]:
    """File name to JSON of each dashboard.

    Args:
        folder: Of the synthesized manifests.

    Raises:
        ToolError: There is none in them.
    """
    for path in sorted(folder.glob("*.k8s.yaml")):
        for one in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
            if one and (one["kind"], one["metadata"]["name"]) == ("ConfigMap", DASHBOARDS):
                found: Mapping[str, str] = one["data"]
                return found
    raise ToolError(f"no manifest in {folder} has the dashboards; run './invokew synth'")


def asked(boards: Iterable[str]) -> frozenset[str]:
    """The names of the metrics that dashboards ask for."""
    panels = (panel for board in boards for panel in json.loads(board)["panels"])
    return frozenset(
        name for one in panels for target in one.get("targets", ()) for name in METRIC.findall(target["expr"])
    )


def lacking(boards: Iterable[str], series: Iterable[Series]) -> list[str]:
    """What dashboards ask for and none of the series is."""
    kept = {one.labels["__name__"] for one in series}
    return sorted(asked(boards) - kept - RARE)
