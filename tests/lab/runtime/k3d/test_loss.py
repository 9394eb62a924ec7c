from typing import Any

import pytest

from lab.cluster.kube import Object
from lab.core.access import SPEC
from lab.core.errors import ToolError
from lab.run.outlook import Loss
from lab.runtime.k3d import loss
from tests.lab.doubles import FakeKube


def engine(*, state: Object, lived: int = 4, restarts: int = 2) -> Object:
    last = {"reason": "OOMKilled", "exitCode": 137, "startedAt": "2026-11-22T20:00:00Z"}
    last["finishedAt"] = f"2026-11-22T20:{lived // 60:02}:{lived % 60:02}Z"
    status = {"name": "engine", "restartCount": restarts, "state": state, "lastState": {"terminated": last}}
    return {
        "metadata": {"name": "me-shard-a-1-2", "namespace": SPEC.workloads},
        "status": {"containerStatuses": [status]},
    }


def node(pressure: str) -> Object:
    condition = {"type": "DiskPressure", "status": pressure, "message": "kubelet has disk pressure"}
    return {"metadata": {"name": "agent-0"}, "status": {"conditions": [condition]}}


WAITS: Object = {"waiting": {"reason": "CrashLoopBackOff"}}
RUNS: Object = {"running": {}}
GONE = Loss(what="pod me-shard-a-1-2 ends soon after each start (OOMKilled, exit code 137; 2 restarts)")


@pytest.mark.parametrize(
    ("pod", "found"),
    [
        (engine(state=WAITS), GONE),
        (engine(state=WAITS, restarts=1), None),
        (engine(state=WAITS, lived=300), None),
        (engine(state=RUNS), None),
        ({"metadata": {"name": "p", "namespace": SPEC.workloads}, "status": {}}, None),
    ],
    ids=["ends after each start", "ended once before", "lived long", "runs again", "not yet started"],
)
def test_an_engine_that_ends_after_each_start_is_lost_and_one_that_may_come_back_is_not(
    pod: Object, found: Loss | None
) -> None:
    kube: Any = FakeKube({"Pod": [pod], "Node": [node("False")]})

    assert loss.look(kube) == found


def test_a_node_under_disk_pressure_is_the_machines_and_told_before_what_follows_from_it() -> None:
    kube: Any = FakeKube({"Pod": [engine(state=WAITS)], "Node": [node("True")]})

    assert loss.look(kube) == Loss(what="node agent-0: DiskPressure: kubelet has disk pressure", of_machine=True)
    assert loss.of_pods(kube) == GONE


def test_of_a_cluster_that_does_not_answer_nothing_is_said() -> None:
    kube: Any = FakeKube(error=ToolError("the cluster doesn't answer"))

    with pytest.raises(ToolError):
        loss.look(kube)
