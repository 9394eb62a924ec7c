"""Objects as a Kubernetes 1.33 API server gave them, cut down to what is judged."""

from typing import Any

from lab.cluster.kube import Object
from lab.cluster.rollout import Facts, State, Target, judge

NAMESPACE = "matching-engine"
SHARD = Target(kind="Deployment", namespace=NAMESPACE, name="me-shard-a")
BROKER = Target(kind="StatefulSet", namespace=NAMESPACE, name="redpanda")
IMAGE = "matching-engine:experiment-v1"


def deployment(
    name: str = SHARD.name, *, generation: int = 1, conditions: list[Object] | None = None, **status: Any
) -> Object:
    found = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "conditions": conditions or []}
    return {
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"uid-{name}",
            "generation": generation,
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}},
        "status": {**found, **status},
    }


def stateful_set(name: str = BROKER.name, **status: Any) -> Object:
    made = deployment(name, **status)
    made["status"] |= {"currentRevision": "redpanda-1", "updateRevision": status.get("updateRevision", "redpanda-1")}
    return made


def replica_set(revision: str, digest: str, *, of: str = SHARD.name) -> Object:
    return {
        "metadata": {
            "name": f"{of}-{digest}",
            "namespace": NAMESPACE,
            "uid": f"uid-{of}-{digest}",
            "labels": {"pod-template-hash": digest},
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"kind": "Deployment", "name": of, "uid": f"uid-{of}"}],
        }
    }


def pod(
    container: Object | None = None,
    *,
    of: str = SHARD.name,
    digest: str = "new",
    uid: str = "",
    conditions: list[Object] | None = None,
    **metadata: Any,
) -> Object:
    name = f"{of}-{digest}"
    labels = {"app": of, "pod-template-hash": digest}
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": uid or f"uid-{name}", "labels": labels, **metadata},
        "spec": {} if conditions else {"nodeName": "k3d-server-0"},
        "status": {
            "phase": "Pending",
            "conditions": conditions or [],
            "containerStatuses": [container] if container else [],
        },
    }


def container(*, waiting: str = "", message: str = "", restarts: int = 0, **fields: Any) -> Object:
    made = {"name": "matching-engine", "image": IMAGE, "ready": False, "restartCount": restarts, "state": {}, **fields}
    if waiting:
        made["state"] = {"waiting": {"reason": waiting, "message": message}}
    return made


def ended(code: int, reason: str = "Error") -> Object:
    return {"terminated": {"exitCode": code, "reason": reason}}


def warning(reason: str, message: str, *, on: Object, at: str = "2026-11-22T17:47:12Z") -> Object:
    about = {"name": on["metadata"]["name"], "uid": on["metadata"]["uid"]}
    uid = f"uid-{reason}-{at}"
    metadata = {"name": uid, "uid": uid, "namespace": NAMESPACE}
    return {"metadata": metadata, "involvedObject": about, "reason": reason, "message": message, "lastTimestamp": at}


def judged(
    *pods: Object, warnings: tuple[Object, ...] = (), leaving: bool = False, workload: Object | None = None
) -> State:
    return judge(Facts(workload=workload or deployment(), pods=pods, warnings=warnings, leaving=leaving))
