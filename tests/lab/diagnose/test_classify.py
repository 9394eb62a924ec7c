"""Evidence to class of cause, on objects as a cluster gave them; what the evidence does not show is `unknown`."""

from typing import Any

import pytest

from lab.cluster.kube import Object
from lab.core.paths import ROOT
from lab.diagnose import causes
from lab.diagnose.causes import CAUSES, Cause
from lab.diagnose.classify import classify
from lab.diagnose.clues import Clues
from tests.lab.cluster_objects import NAMESPACE, container, ended, pod, warning

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


WORDS = {
    "the Docker engine does not answer: no such file; start Docker, then try again": causes.DOCKER_AWAY,
    "port 8080 on 127.0.0.1 is taken by python (pid 7); free it, or set ports.entry": causes.PORT_TAKEN,
    "image rig/absent:9 is not in Docker's store and can't be pulled; correct `images`": causes.IMAGE_MISSING,
    "image engine is not on k3d-x-agent-0 though it was pulled; run './invokew up'": causes.IMAGE_MISSING,
    "k3d is not there; run './invokew doctor'": causes.TOOL_MISSING,
    "k6 can't be started: [Errno 13] Permission denied; run './invokew doctor'": causes.TOOL_MISSING,
    "k3d can't be had from github.com: timed out; try again": causes.DOWNLOAD_FAILED,
    "'docker build --tag matching-engine:v1 workloads' ended with 1": causes.BUILD_FAILED,
    "Gradle can't build /src (exit code 1); correct what it reports": causes.BUILD_FAILED,
    "'helm upgrade grafana chart.tgz --install' ended with 1": causes.RELEASE_FAILED,
    "helm can't tell the state of release grafana": causes.RELEASE_FAILED,
    "the cluster refuses single.k8s.yaml: denied; correct the settings": causes.REFUSED,
    "me-shard-a is not ready after 3 s: no pod can be made: violates PodSecurity": causes.REFUSED,
    "nodes are not ready after 120 s: 3 of 4 nodes are there; run './invokew doctor'": causes.NODE_NOT_READY,
    "can't list Pods: the cluster doesn't answer (Connection refused)": causes.CLUSTER_AWAY,
    "there is no cluster matching-engine-exp to check; run './invokew up'": causes.CLUSTER_AWAY,
    "the lab is up but http://127.0.0.1:8080/health does not answer after 60 s": causes.ENTRY_SILENT,
    "the lab is up but http://127.0.0.1:3000/api/health does not answer after 60 s": causes.MONITORING_SILENT,
    "prometheus at http://127.0.0.1:9090 does not answer: refused": causes.MONITORING_SILENT,
    "1 of 3 pods are not scraped yet; run './invokew status'": causes.MONITORING_SILENT,
    "topic 'orders' is not there, found trades; run './invokew up'": causes.BROKER_FAILING,
    "nothing was published to trades for 30 s; run './invokew logs'": causes.BROKER_FAILING,
    "the broker outage is not recovered: timed out; './invokew up' tries again": causes.OUTAGE_FAILED,
    "the book of me-shard-a-1 holds 40 orders (buy) after its restart: it replays its log": causes.BOOKS_NOT_CLEAN,
    "k6 ended with 107: the script threw an exception: ReferenceError: x; look at k6.log": causes.SCRIPT_ERROR,
    "k6 was killed by signal 9: it said nothing; look at k6.log": causes.LOAD_GENERATOR,
    "k6 did not end within 400 s and was stopped": causes.LOAD_GENERATOR,
    "'k3d cluster create --config x' took longer than 240 s": causes.TOOL_FAILED,
    "something nobody has seen before": causes.UNKNOWN,
    NOT_READY: causes.UNKNOWN,
}


@pytest.mark.parametrize("summary", WORDS)
def test_words_tell_the_cause_where_no_pod_does(summary: str) -> None:
    finding = classify(clues(summary))

    assert finding.cause is WORDS[summary]
    assert finding.why == (summary,)


@pytest.mark.parametrize(
    ("summary", "detail", "cause"),
    [
        ("image x is not in Docker's store and can't be pulled", "write: no space left on device", causes.DISK_FULL),
        ("'k3d cluster create --config x' ended with 1", "Bind for 127.0.0.1:9 failed: port is already allocated",
         causes.PORT_TAKEN),
        ("'kubectl apply' ended with 1", "The connection to the server 127.0.0.1:6443 was refused",
         causes.CLUSTER_AWAY),
        ("'docker push x' ended with 1", "Cannot connect to the Docker daemon at unix:///x", causes.DOCKER_AWAY),
    ],
)  # fmt: skip
def test_what_a_tool_says_of_its_failure_counts(summary: str, detail: str, cause: Cause) -> None:
    finding = classify(clues(summary, details=("Error:", detail)))

    assert finding.cause is cause
    assert finding.why == (detail,)


def test_a_containers_own_words_are_no_cause_of_the_hosts() -> None:
    """An engine that says 'address already in use' means its own."""
    finding = classify(clues(NOT_READY, details=("OSError: address already in use", "no space left on device")))

    assert finding.cause is causes.UNKNOWN


def test_the_pod_that_the_error_names_comes_before_a_graver_one() -> None:
    other = pod(looping(137, "OOMKilled"), of="redpanda", digest="0")
    named = pod(container(waiting="ImagePullBackOff"))

    finding = classify(clues(NOT_READY, other, named))

    assert finding.pod is named


def test_a_pod_in_trouble_explains_an_entry_that_does_not_answer() -> None:
    finding = classify(clues("the lab is up but http://127.0.0.1:8080/health does not answer", pod(looping())))

    assert finding.cause is causes.CRASH_LOOP


def test_a_pod_in_trouble_explains_nothing_outside_the_cluster() -> None:
    finding = classify(clues("port 8080 on 127.0.0.1 is taken by x (pid 7)", pod(looping())))

    assert finding.cause is causes.PORT_TAKEN


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
    assert classify(clues("KeyError: 'status'", pod(looping()), unexpected=True)).cause is causes.UNEXPECTED


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
