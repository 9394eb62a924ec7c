"""The page by its exact text: one screen of 80 columns, whatever there is to show."""

from typing import Any

from lab.cluster.kube import Object
from lab.core import causes
from lab.diagnose.classify import classify
from lab.diagnose.clues import Clues
from lab.diagnose.failure_page import COLUMNS, LONGEST, ROWS, cut, page, rows
from tests.lab.cluster_objects import container, ended, pod, warning

KEPT = "bundle: .lab/failures/20261122T174712Z-up"
NAME = "me-shard-a-new"
SUMMARY = "me-shard-a is not ready after 12 s: CrashLoopBackOff of container matching-engine; run './invokew logs'"


def crashing() -> Object:
    found = pod(container(waiting="CrashLoopBackOff", message="back-off", restarts=3, lastState=ended(3)))
    found["metadata"]["labels"] |= {"app": "matching-engine", "shard": "a"}
    found["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "me-shard-a-7d9c"}]
    amounts = {"requests": {"memory": "256Mi", "cpu": "250m"}, "limits": {"cpu": "1", "memory": "512Mi"}}
    found["spec"]["containers"] = [{"name": "matching-engine", "resources": amounts}]
    return found


def event(kind: str, reason: str, message: str, *, at: str, on: Object, count: int = 1) -> Object:
    return warning(reason, message, on=on, at=f"2026-11-22T{at}Z") | {"type": kind, "count": count}


def shown(*pods: Object, summary: str = SUMMARY, **more: Any) -> list[str]:
    clues = Clues(command="up", summary=summary, pods=pods, **more)
    return page(classify(clues), clues, KEPT)


def test_a_crash_loop_is_told_with_events_last_lines_and_description() -> None:
    found = crashing()
    maker = {"metadata": {"name": "me-shard-a-7d9c", "uid": "r"}}
    stranger = {"metadata": {"name": "redpanda-0", "uid": "s"}}
    events = (
        event("Normal", "SuccessfulCreate", f"Created pod: {NAME}", at="17:46:50", on=maker),
        event("Normal", "Pulled", "Container image is on the machine", at="17:47:05", on=found),
        event("Warning", "Unhealthy", "Readiness probe failed", at="17:46:58", on=found),
        event("Warning", "BackOff", "Back-off restarting\n failed container", at="17:47:12", on=found, count=5),
        event("Warning", "FailedMount", "not ours", at="17:47:13", on=stranger),
    )
    logs = {(NAME, "matching-engine", True): ["starting", "", "KeyError: 'ME_SHARD_ID'"], (NAME, "x", False): ["no"]}

    assert shown(found, events=events, logs=logs) == [
        f"crash loop: pod matching-engine/{NAME}, container matching-engine",
        "  the container ends soon after each start",
        "  ended with 3 (Error), 3 restarts",
        "events:",
        "  17:46:58 Warning Unhealthy: Readiness probe failed",
        "  17:47:12 Warning BackOff (x5): Back-off restarting failed container",
        "  17:46:50 Normal SuccessfulCreate: Created pod: me-shard-a-new",
        "  17:47:05 Normal Pulled: Container image is on the machine",
        "last lines of the previous container:",
        "  starting",
        "  KeyError: 'ME_SHARD_ID'",
        "describe:",
        "  waiting (CrashLoopBackOff); before that it ended with 3 (Error); 3 restarts",
        "  image matching-engine:experiment-v1",
        "  node k3d-server-0",
        "  requests cpu 250m, memory 256Mi; limits cpu 1, memory 512Mi",
        "next: ./invokew logs --name=a --previous",
        KEPT,
    ]


def test_what_a_tool_said_stands_where_no_pod_is_the_cause() -> None:
    summary = "'helm upgrade grafana chart.tgz --install' ended with 1"
    details = ("Error: UPGRADE FAILED", "timed out waiting for the condition")

    assert shown(summary=summary, details=details, cause=causes.RELEASE_FAILED) == [
        "Helm release failed",
        "  Helm did not install or upgrade a release",
        "it said:",
        "  Error: UPGRADE FAILED",
        "  timed out waiting for the condition",
        "next: correct charts.* in experiment.local.yaml, then ./invokew up",
        KEPT,
    ]


def test_an_unknown_cause_shows_what_there_is() -> None:
    assert shown(summary="strange", details=("one thing",), said=("k6's last line",)) == [
        "unknown",
        "  no class of cause fits the evidence",
        "last lines:",
        "  k6's last line",
        "next: ./invokew status",
        KEPT,
    ]


def test_a_pod_without_a_node_is_described_by_its_phase() -> None:
    message = "0/4 nodes are available: 4 Insufficient memory."
    waiting = pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "x", "message": message}])

    lines = shown(waiting, summary="me-shard-a is not ready after 9 s: …")

    assert lines[0] == f"unschedulable: pod matching-engine/{NAME}"
    assert lines[lines.index("describe:") + 1 :][:2] == ["  phase Pending", "  on no node"]


def test_a_flood_fits_one_screen_and_keeps_the_newest() -> None:
    found = crashing()
    events = tuple(
        event("Warning", "BackOff", "again and again, " * 8, at=f"17:47:{second:02}", on=found) for second in range(60)
    )
    logs = {(NAME, "matching-engine", True): [f"line {number} " + "y" * 200 for number in range(2000)]}

    lines = shown(found, events=events, logs=logs)

    assert rows(lines) <= ROWS
    assert any(line.startswith("  17:47:59") for line in lines)
    assert any(line.startswith("  line 1999") for line in lines)
    assert lines[-2:] == ["next: ./invokew logs --name=a --previous", KEPT]


def test_a_line_is_never_broken_and_a_long_one_keeps_its_end() -> None:
    """Prometheus' error is at the end of a line of 400 characters."""
    line = "level=ERROR " + "x" * 600 + " scrape timeout greater than scrape interval"

    assert cut("short  ") == "short"
    assert len(cut(line)) <= LONGEST + 3
    assert cut(line).startswith("level=ERROR xxx")
    assert cut(line).endswith("scrape timeout greater than scrape interval")
    assert rows([cut(line)]) == rows(["z" * COLUMNS * 4])


def test_a_cluster_that_was_not_seen_is_said_so() -> None:
    lines = shown(summary="strange", cause=causes.ENTRY_SILENT, unseen="did not answer within 8.5 s")

    assert lines[:3] == [
        "entry not answering",
        "  orders from this machine do not reach the lab",
        "  the cluster was not examined: did not answer within 8.5 s",
    ]


def test_the_last_error_of_a_log_is_shown_though_much_came_after_it() -> None:
    log = ["level=ERROR old", "level=ERROR parsing the file", *(f"closing {number}" for number in range(50))]

    lines = shown(crashing(), logs={(NAME, "matching-engine", True): log})

    first = lines.index("last lines of the previous container:") + 1
    assert lines[first : first + 2] == ["  level=ERROR parsing the file", "  closing 43"]
    assert rows(lines) <= ROWS


def test_warnings_keep_their_room_from_ordinary_events() -> None:
    found = crashing()
    events = (
        event("Warning", "BackOff", "w" * 150, at="17:40:00", on=found),
        *(event("Normal", "Pulled", "n" * 100, at=f"17:47:{second}", on=found) for second in (10, 20, 30)),
    )

    lines = shown(found, events=events)

    first = lines.index("events:") + 1
    assert [line[:18] for line in lines[first : first + 2]] == ["  17:40:00 Warning", "  17:47:30 Normal "]
