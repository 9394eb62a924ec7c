import pytest

from lab.cluster.kube import Object
from lab.cluster.rollout import PATIENCE, REFUSED, Facts, Failed, Ready, Waiting, judge, stuck
from lab.core import causes
from tests.lab.cluster_objects import IMAGE, container, deployment, ended, judged, pod, stateful_set, warning

FORBIDDEN = (
    'pods "me-shard-a-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'
)
MISSING = 'MountVolume.SetUp failed for volume "d" : configmap "grafana-dashboards" not found'
UNSCHEDULED = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."}
TAINTED = {**UNSCHEDULED, "message": "0/1 nodes are available: 1 node(s) had untolerated taint {not-ready}."}


@pytest.mark.parametrize(
    ("workload", "why"),
    [
        (deployment(availableReplicas=1), "all replicas are new and available"),
        (stateful_set(availableReplicas=1), "its revisions are the same"),
        (deployment(availableReplicas=0, replicas=0, updatedReplicas=0) | {"spec": {"replicas": 0}}, "none is wanted"),
    ],
)
def test_a_workload_is_ready_when_it_is_rolled_out(workload: Object, why: str) -> None:
    assert judge(Facts(workload=workload)) == Ready(), why


@pytest.mark.parametrize(
    ("workload", "reason"),
    [
        (None, "it does not exist yet"),
        (deployment(generation=2, availableReplicas=1), "the cluster has not processed its newest version yet"),
        (deployment(replicas=2, availableReplicas=2), "1 of 1 replicas are updated, 2 available"),
        (deployment(), "1 of 1 replicas are updated, 0 available"),
        (deployment(updatedReplicas=0, availableReplicas=1), "0 of 1 replicas are updated, 1 available"),
        (stateful_set(availableReplicas=1, updateRevision="redpanda-2"), "1 of 1 replicas are updated, 1 available"),
    ],
)
def test_a_rollout_under_way_is_waited_for_without_limit_but_the_deadline(workload: Object | None, reason: str) -> None:
    assert judge(Facts(workload=workload)) == Waiting(reason=reason)


@pytest.mark.parametrize(
    ("status", "reason", "remedy"),
    [
        (container(waiting="ErrImageNeverPull", message="is not present"), f"ErrImageNeverPull for '{IMAGE}'", "run './invokew images'"),
        (container(waiting="InvalidImageName"), f"InvalidImageName for '{IMAGE}'", "run './invokew images'"),
        (container(waiting="ErrImagePull", message="no such host"), f"ErrImagePull for '{IMAGE}': no such host", "run './invokew images'"),
        (container(waiting="ImagePullBackOff", message="Back-off: not found"), f"ImagePullBackOff for '{IMAGE}': Back-off: not found", "run './invokew images'"),
        (container(waiting="CrashLoopBackOff", restarts=9, lastState=ended(3)), "CrashLoopBackOff of container matching-engine (exit code 3)", "run './invokew logs'"),
        (
            container(waiting="CrashLoopBackOff", restarts=1, lastState=ended(137, "OOMKilled")),
            "CrashLoopBackOff of container matching-engine (exit code 137, out of memory)",
            "run './invokew logs'",
        ),
        (container(restarts=1, state=ended(1)), "CrashLoopBackOff of container matching-engine (exit code 1)", "run './invokew logs'"),
    ],
)  # fmt: skip
def test_what_cannot_heal_fails_at_once_in_the_clusters_words(status: Object, reason: str, remedy: str) -> None:
    state = judged(pod(status))

    assert isinstance(state, Failed)
    assert (state.reason, state.remedy) == (reason, remedy)


def test_a_crash_loop_is_told_by_the_container_before_unless_the_present_one_has_just_ended() -> None:
    backing_off = judged(pod(container(waiting="CrashLoopBackOff", restarts=2, lastState=ended(3))))
    just_ended = judged(pod(container(restarts=1, state=ended(3))))

    assert [isinstance(s, Failed) and s.previous for s in (backing_off, just_ended)] == [True, False]


@pytest.mark.parametrize(
    "status",
    [
        container(restarts=0, state=ended(1)),
        container(restarts=4, state=ended(0)),
        container(restarts=3, state={"running": {}}),
    ],
    ids=["its first error", "it ended well", "it runs again"],
)
def test_a_container_that_ended_is_given_another_chance_unless_it_failed_twice(status: Object) -> None:
    assert isinstance(judged(pod(status)), Waiting)


CREATING = pod(container(waiting="ContainerCreating"))
UNCONFIGURED = pod(container(waiting="CreateContainerConfigError", message='configmap "absent" not found'))
REPLICA_FAILURE = {"type": "ReplicaFailure", "status": "True", "message": FORBIDDEN}
NO_BROKER = stateful_set(replicas=0, updatedReplicas=0)
UNHEALTHY = "Readiness probe failed: statuscode: 503"
HEALING: list[tuple[list[Object], list[Object], Object | None, float | None, str]] = [
    ([pod(conditions=[UNSCHEDULED])], [], None, PATIENCE, "finds no node: 0/1 nodes are available: 1 Insufficient cpu."),
    ([pod(conditions=[TAINTED])], [], None, None, "had untolerated taint"),
    ([CREATING], [warning("FailedMount", MISSING, on=pod())], None, PATIENCE, f"FailedMount: {MISSING}"),
    ([CREATING], [warning("FailedMount", "timed out waiting for the volume", on=pod())], None, None, "FailedMount: timed out"),
    ([CREATING], [], None, None, "ContainerCreating of container matching-engine"),
    ([UNCONFIGURED], [], None, REFUSED, 'CreateContainerConfigError of container matching-engine: configmap "absent" not found'),
    ([], [], deployment(replicas=0, updatedReplicas=0, conditions=[REPLICA_FAILURE]), REFUSED, f"no pod can be made: {FORBIDDEN}"),
    ([], [warning("FailedCreate", f"create Pod redpanda-0 failed: {FORBIDDEN}", on=stateful_set())], NO_BROKER, REFUSED, "no pod can be made: create Pod redpanda-0 failed"),
    ([], [warning("FailedCreate", 'serviceaccount "default" not found', on=stateful_set())], NO_BROKER, PATIENCE, "no pod can be made: serviceaccount"),
    ([pod(container(state={"running": {}}))], [warning("Unhealthy", UNHEALTHY, on=pod())], None, None, f"container matching-engine runs but is not ready: {UNHEALTHY}"),
    ([pod()], [], None, None, "pod me-shard-a-new is Pending"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("pods", "warnings", "workload", "patience", "words"), HEALING, ids=[row[4][:40] for row in HEALING]
)
def test_what_heals_at_times_is_waited_for_with_its_own_patience(
    pods: list[Object], warnings: list[Object], workload: Object | None, patience: float | None, words: str
) -> None:
    """10 s for what another pod's end or a late apply can mend, 3 s for a refusal; no limit for what settles by itself."""
    state = judged(*pods, warnings=tuple(warnings), workload=workload)

    assert isinstance(state, Waiting)
    assert state.patience == patience
    assert words in state.reason
    assert (state.cause is causes.REFUSED) == words.startswith("no pod can be made")


def test_too_little_cpu_is_no_failure_while_a_pod_is_leaving() -> None:
    """The shards of another topology free their room as they end."""
    state = judged(pod(conditions=[UNSCHEDULED]), leaving=True)

    assert isinstance(state, Waiting)
    assert state.patience is None


def test_the_gravest_pod_counts() -> None:
    waits, fails = pod(container(waiting="ContainerCreating")), pod(container(waiting="ErrImageNeverPull"), digest="b")

    assert isinstance(judged(waits, fails), Failed)
    assert isinstance(judged(fails, waits), Failed)


def test_an_init_container_is_judged_like_any_other() -> None:
    made = pod(container(waiting="PodInitializing"))
    made["status"]["initContainerStatuses"] = [container(waiting="ErrImageNeverPull")]

    assert isinstance(judged(made), Failed)


def test_the_newest_warning_of_a_kind_is_quoted() -> None:
    older, newer = (warning("FailedMount", f"{which} not found", on=pod()) for which in ("older", "newer"))

    assert "newer not found" in judged(pod(container(waiting="ContainerCreating")), warnings=(older, newer)).reason


def test_stuck_are_the_pods_in_trouble_that_have_a_node() -> None:
    """A new pod in the place of one that finds no node would find none either."""
    broken = pod(container(waiting="ImagePullBackOff"), digest="broken")
    starting, homeless = pod(container(waiting="ContainerCreating")), pod(conditions=[UNSCHEDULED])

    assert stuck(Facts(workload=deployment(), pods=(broken, starting, homeless))) == (broken,)
