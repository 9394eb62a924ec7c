"""What speaks against a part of the lab by its pods, and by how Prometheus scrapes them; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.cluster.kube import Object
from lab.cluster.rollout import Facts, has_labels, judge_pod
from lab.core.part_labels import ENGINE, GATEWAY
from lab.measure.metrics import ENGINE_JOB
from lab.settings.topology import Topology

Target = Mapping[str, Any]
"""A target as Prometheus describes it."""
Labels = Mapping[str, str]
POD = "__meta_kubernetes_pod_name"


def handlers(topology: Topology) -> dict[str, Labels]:
    """What handles orders, by name, with its pods' labels."""
    shards: dict[str, Labels] = {shard.name: {"app": ENGINE, "shard": shard.id} for shard in topology.shards}
    return shards | ({GATEWAY: {"app": GATEWAY}} if topology.has_gateway else {})


def of(pods: Iterable[Object], labels: Labels) -> list[Object]:
    """The pods that have these labels."""
    return [pod for pod in pods if has_labels(pod, labels)]


def names(pods: Iterable[Object]) -> list[str]:
    """The pods' names."""
    return [pod["metadata"]["name"] for pod in pods]


def trouble(pods: Sequence[Object], who: str) -> str:
    """Why a part has no pod, or one that does not run or is not ready; empty when all is well."""
    if not pods:
        return f"{who} has no pod"
    return next((f"{name}: {why}" for name, why in zip(names(pods), map(_unready, pods), strict=True) if why), "")


def _unready(pod: Object) -> str:
    statuses = pod["status"].get("containerStatuses") or ()
    if pod["status"].get("phase") == "Running" and statuses and all(status["ready"] for status in statuses):
        return ""
    return judge_pod(pod, Facts(workload=None)).reason


def scraping(targets: Iterable[Target], pod: str) -> str:
    """Why a pod is not scraped as it should be: once, by the one job, with an answer; empty when it is."""
    found = [target for target in targets if target["discoveredLabels"].get(POD) == pod]
    if len(found) != 1:
        jobs = ", ".join(target["labels"]["job"] for target in found)
        return f"{pod} must be scraped by exactly one target; got {len(found)}" + (f" ({jobs})" if jobs else "")
    (target,) = found
    if target["labels"]["job"] != ENGINE_JOB:
        return f"{pod} must be scraped by job {ENGINE_JOB}; got {target['labels']['job']}"
    if target["health"] != "up":
        return f"{pod} gives Prometheus no answer: {target.get('lastError') or target['health']}"
    return ""
