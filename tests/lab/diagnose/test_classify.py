"""Evidence to class of cause, on objects as a cluster gave them; what the evidence does not show is `unknown`."""

from typing import Any

import pytest

from lab.cluster.kube import Object
from lab.cluster.rollout import Ready
from lab.core import causes
from lab.core.causes import CAUSES, Cause
from lab.core.paths import ROOT
from lab.diagnose.classify import classify
from lab.diagnose.clues import Clues
from tests.lab.cluster_objects import NAMESPACE, container, ended, judged, pod, warning

NOT_READY = "me-shard-a is not ready after 12 s: 0 of 1 replicas are updated, 0 available; run './invokew status'"


def clues(summary: str = NOT_READY, *pods: Object, **more: Any) -> Clues:
    return Clues(command="up", summary=summary, pods=pods, **more)


def looping(code: int = 3, reason: str = "Error", **fields: Any) -> Object:
    return container(
        waiting="CrashLoopBackOff",
        message="back-off 40s restarting failed container",
        restarts=3,
        lastState=ended(code, reason),
        **fields,
    )


def unscheduled(message: str) -> Object:
    return pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}])


NO_ROOM = "0/4 nodes are available: 4 Insufficient memory."
UNBOUND = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims."
STARTING = pod(container(waiting="ContainerCreating"))
SLOW = pod(container(state={"running": {}}))
PODS: dict[str, tuple[Cause, Object, tuple[Object, ...]]] = {
    "a container that ends again and again": (causes.CRASH_LOOP, pod(looping()), ()),
    "a container that has just ended again": (causes.CRASH_LOOP, pod(container(restarts=2, state=ended(1))), ()),
    "a container at its memory limit": (causes.OUT_OF_MEMORY, pod(looping(137, "OOMKilled")), ()),
    "an image that no registry has": (causes.IMAGE_MISSING, pod(container(waiting="ImagePullBackOff")), ()),
    "an image that must be there and isn't": (causes.IMAGE_MISSING, pod(container(waiting="ErrImageNeverPull")), ()),
    "a pod for which there is no room": (causes.UNSCHEDULABLE, unscheduled(NO_ROOM), ()),
    "a claim without a volume": (causes.VOLUME_NOT_BOUND, unscheduled(UNBOUND), ()),
    "a volume that can't be made": (
        causes.VOLUME_NOT_BOUND,
        STARTING,
        (warning("FailedAttachVolume", "no volume", on=STARTING),),
    ),
    "a ConfigMap that is not there": (
        causes.VOLUME_NOT_MOUNTED,
        STARTING,
        (warning("FailedMount", 'configmap "dashboards" not found', on=STARTING),),
    ),
    "a variable from nowhere": (
        causes.CONTAINER_NOT_STARTED,
        pod(container(waiting="CreateContainerConfigError", message='secret "x" not found')),
        (),
    ),
    "a probe that fails": (
        causes.PROBE_FAILING,
        SLOW,
        (warning("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", on=SLOW),),
    ),
}


@pytest.mark.parametrize("case", PODS)
def test_a_pod_in_trouble_tells_the_cause(case: str) -> None:
    cause, found, events = PODS[case]

    finding = classify(clues(NOT_READY, found, events=events))

    assert finding.cause is cause
    assert finding.about.startswith(f"pod {NAMESPACE}/me-shard-a-new")
    assert finding.pod is found


@pytest.mark.parametrize("case", [case for case in PODS if case != "a volume that can't be made"])
def test_a_wait_that_ends_by_a_pod_carries_the_same_cause(case: str) -> None:
    cause, found, events = PODS[case]
    state = judged(found, warnings=events)

    assert not isinstance(state, Ready)
    assert state.cause is cause


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_the_cause_that_an_error_carries_counts_where_no_pod_is_in_trouble(cause: Cause) -> None:
    finding = classify(clues("strange", cause=cause, details=("one thing",)))

    assert finding.cause is cause
    assert finding.why == ("strange",)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_a_pod_in_trouble_explains_what_may_come_of_it_and_nothing_outside_the_cluster(cause: Cause) -> None:
    finding = classify(clues("strange", pod(looping()), cause=cause))

    is_beyond_pods = cause.outside or cause is causes.UNEXPECTED
    assert finding.cause is (cause if is_beyond_pods else causes.CRASH_LOOP)


def test_what_may_come_of_a_pod_in_trouble_is_inside_the_cluster() -> None:
    assert [one.name for one in CAUSES if one.outside] == [
        "image missing",
        "refused by the cluster",
        "another's cluster",
        "cluster differs",
        "port taken",
        "Docker away",
        "not writable",
        "disk full",
        "tool missing",
        "download failed",
        "build failed",
        "Helm release failed",
    ]


def test_a_workload_that_is_not_ready_is_explained_by_its_pod() -> None:
    """Its image may be missing on a node alone: the pod tells which."""
    found = pod(container(waiting="ErrImageNeverPull"))

    finding = classify(clues(NOT_READY, found, cause=causes.IMAGE_MISSING, is_workloads=True))

    assert finding.pod is found


@pytest.mark.parametrize(
    ("detail", "cause"),
    [
        ("write: no space left on device", causes.DISK_FULL),
        ("Bind for 127.0.0.1:9 failed: port is already allocated", causes.PORT_TAKEN),
        ("The connection to the server 127.0.0.1:6443 was refused", causes.CLUSTER_AWAY),
        ("Error: Kubernetes cluster unreachable: dial tcp", causes.CLUSTER_AWAY),
        ("Cannot connect to the Docker daemon at unix:///x", causes.DOCKER_AWAY),
    ],
)
@pytest.mark.parametrize("carried", [causes.TOOL_FAILED, causes.BUILD_FAILED, causes.UNKNOWN])
def test_what_another_program_says_of_this_machine_comes_before_what_the_error_carries(
    detail: str, cause: Cause, carried: Cause
) -> None:
    finding = classify(clues("'x' ended with 1", pod(looping()), details=("Error:", detail), cause=carried))

    assert finding.cause is cause
    assert finding.why == (detail,)


def test_a_containers_own_words_are_no_cause_of_the_hosts() -> None:
    """An engine that says 'address already in use' means its own."""
    details = ("OSError: address already in use", "no space left on device")

    assert classify(clues(NOT_READY, details=details, is_workloads=True)).cause is causes.UNKNOWN


def test_the_pod_that_the_error_names_comes_before_a_graver_one() -> None:
    other = pod(looping(137, "OOMKilled"), of="redpanda", digest="0")
    named = pod(container(waiting="ImagePullBackOff"))

    finding = classify(clues(NOT_READY, other, named))

    assert finding.pod is named


def test_a_pod_of_someone_elses_is_not_the_cause() -> None:
    assert classify(clues("strange", pod(looping(), namespace="kube-system"))).cause is causes.UNKNOWN


@pytest.mark.parametrize(
    ("finished", "reason", "cause"),
    [
        ("2026-11-22T17:47:12Z", "Error", causes.CONTAINER_ENDED),
        ("2026-11-22T17:47:12Z", "OOMKilled", causes.OUT_OF_MEMORY),
        ("2026-11-22T17:00:00Z", "OOMKilled", causes.UNKNOWN),
    ],
)
def test_an_engine_that_ended_during_a_case_is_told_one_that_ended_before_is_not(
    finished: str, reason: str, cause: Cause
) -> None:
    before = ended(137, reason)
    before["terminated"]["finishedAt"] = finished
    running = container(restarts=1, state={"running": {}}, ready=True, lastState=before)

    finding = classify(clues("some orders failed", pod(running), began="2026-11-22T17:40:00Z"))

    assert finding.cause is cause


def test_a_node_under_disk_pressure_is_a_full_disk() -> None:
    pressed = [{"type": "DiskPressure", "status": "True", "message": "kubelet has disk pressure"}]
    node = {"metadata": {"name": "k3d-x-agent-0"}, "status": {"conditions": pressed}}

    assert classify(clues(NOT_READY, nodes=(node,))).cause is causes.DISK_FULL


def test_an_error_of_the_labs_own_is_none_of_the_clusters() -> None:
    assert (
        classify(
            clues("KeyError: 'status'", pod(looping()), details=("no space left on device",), cause=causes.UNEXPECTED)
        ).cause
        is causes.UNEXPECTED
    )


def test_the_next_command_names_the_part() -> None:
    shard = pod(looping())
    shard["metadata"]["labels"] |= {"app": "matching-engine", "shard": "a"}
    starved = pod(looping(137, "OOMKilled"))
    starved["metadata"]["labels"] = {"app": "redpanda"}

    assert classify(clues(NOT_READY, shard)).next == "./invokew logs --name=a --previous"
    assert classify(clues(NOT_READY, starved)).next.startswith("set resources.redpanda.limits.memory higher")


def test_every_cause_has_a_name_of_its_own_a_meaning_and_a_next_command() -> None:
    assert len({one.name for one in CAUSES}) == len(CAUSES)
    assert all(one.meaning and one.next.format(part="", resources="x", command="up") for one in CAUSES)


def test_the_docs_list_every_cause_with_its_meaning() -> None:
    page = (ROOT / "docs" / "failure.md").read_text()

    assert [one.name for one in CAUSES if f"| {one.name} | {one.meaning} |" not in page] == []
