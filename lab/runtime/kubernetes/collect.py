"""Collects what may explain a failure in a namespace: its objects and logs, and this machine."""

from typing import Any

from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.diagnose import machine_state
from lab.diagnose.clues import PODS
from lab.diagnose.gather import Gathered, Jobs, gather
from lab.runtime.k3d.collect import DEADLINE, KINDS, logs

OF_NAMESPACE = {**KINDS, "quotas.json": "ResourceQuota"}


def collect(lab: Lab, more: Jobs) -> Gathered:
    """All that can be seen of a lab with its namespace's rights, by the name of the file that it goes to.

    Args:
        lab: The lab.
        more: Further looks.
    """
    space = lab.access.namespaces.workloads

    def items(kind: str) -> Any:
        return lambda: lab.kube.items(kind, namespace=space)

    def then(name: str, found: list[Object]) -> Jobs:
        return logs(lab, found) if name == PODS else {}

    looks = {name: items(kind) for name, kind in OF_NAMESPACE.items()}
    return gather({"host.json": machine_state.read, **more, **looks}, deadline=DEADLINE, then=then)
