"""What a healthy lab says to the checks of `verify`, as plain values that a test changes in one place to plant a lie."""

from typing import Any

from lab.cluster.kube import Object
from lab.settings.loading import committed
from lab.verify.site import Site
from tests.lab.doubles import FakeKube, lab_of

SETTINGS = committed()
SINGLE = SETTINGS.topology("single")
MULTI = SETTINGS.topology("multi")


def site(topology: str = "single", kube: FakeKube | None = None) -> Site:
    return Site(lab=lab_of(SETTINGS, kube), topology=SETTINGS.topology(topology))


def node(role: str, number: int, *, ready: str = "True", cordoned: bool = False) -> Object:
    return {
        "metadata": {"name": f"k3d-{SETTINGS.name}-{role}-{number}"},
        "spec": {"unschedulable": True} if cordoned else {},
        "status": {
            "conditions": [{"type": "Ready", "status": ready, "message": "kubelet stopped posting node status"}]
        },
    }


def nodes() -> list[Object]:
    return [node("server", 0), *(node("agent", number) for number in range(3))]


def pod(
    name: str,
    *,
    labels: dict[str, str] | None = None,
    ready: bool = True,
    waiting: str = "",
    restarts: int = 0,
    image: str = "image:1",
    namespace: str = "matching-engine",
    **metadata: Any,
) -> Object:
    state: Object = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    status = {"name": "main", "image": image, "ready": ready and not waiting, "restartCount": restarts, "state": state}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}, **metadata},
        "spec": {"containers": [{"image": image, "resources": {"requests": {"cpu": "1", "memory": "512Mi"}}}]},
        "status": {"phase": "Pending" if waiting else "Running", "containerStatuses": [status]},
    }


def shard(id_: str = "a", **changes: Any) -> Object:
    return pod(f"me-shard-{id_}-1", labels={"app": "matching-engine", "shard": id_}, **changes)


def gateway(**changes: Any) -> Object:
    return pod("edge-gateway-1", labels={"app": "edge-gateway"}, **changes)


def control(**changes: Any) -> Object:
    return pod("control-1", labels={"app": "control"}, **changes)


def broker(**changes: Any) -> Object:
    return pod("redpanda-0", labels={"app": "redpanda"}, **changes)


def monitors(**changes: Any) -> list[Object]:
    return [
        pod(f"{name}-1", labels={"app.kubernetes.io/name": name}, namespace="monitoring", **changes)
        for name in ("prometheus", "grafana")
    ]


def target(of: Object, *, job: str = "matching-engine", health: str = "up", error: str = "") -> Object:
    return {
        "discoveredLabels": {"__meta_kubernetes_pod_name": of["metadata"]["name"]},
        "labels": {"app": of["metadata"]["labels"].get("app", ""), "job": job},
        "health": health,
        "lastError": error,
    }
