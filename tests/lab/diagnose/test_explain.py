"""An error gets its page and its bundle, stays what it is, and is hidden by nothing that fails meanwhile."""

import errno
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.kube import ApiError, Object
from lab.cluster.lab import Lab
from lab.conduct import provenance
from lab.core import causes
from lab.core.errors import FaultError, InvalidRunError, LabError, PreflightError, SloMissedError, ToolError, UsageError
from lab.core.paths import RUNS
from lab.diagnose import bundle, explain, machine_state
from lab.diagnose.broken_case import explain_in
from lab.diagnose.explain import explained
from lab.process import shell
from lab.process.shell import InterruptedLabError
from lab.runtime.k3d import collect
from lab.runtime.k3d.runtime import K3dRuntime
from lab.settings.settings import Settings
from lab.store import inventory
from tests.lab.cluster_objects import container, ended, pod, warning
from tests.lab.doubles import FakeKube, Recorder, lab_of

SECRET = "hunter2hunter2"
CRASH = "me-shard-a is not ready after 12 s: CrashLoopBackOff of container matching-engine; run './invokew logs'"


@dataclass
class Cluster(FakeKube):
    """A cluster that also has logs, and remembers what was asked of it."""

    asked: list[str] = field(default_factory=list)

    def items(self, kind: str, *, namespace: str | None = None, **more: Any) -> list[dict[str, Any]]:
        self.asked.append(kind)
        return super().items(kind, namespace=namespace, **more)

    def logs(self, pod: str, *, container: str, previous: bool, **_: Any) -> list[str]:
        return [f"{pod} {container} {'before' if previous else 'now'}", f"password={SECRET}"]


def crashing(namespace: str = "matching-engine") -> Object:
    found = pod(container(waiting="CrashLoopBackOff", restarts=3, lastState=ended(3)), namespace=namespace)
    found["spec"]["containers"] = [{"name": "matching-engine", "env": [{"name": "X_PASSWORD", "value": SECRET}]}]
    return found


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    """What programs say; bundles and the timeline are in a folder of their own."""
    recorder = Recorder()
    monkeypatch.setattr(collect, "run", recorder)
    monkeypatch.setattr(provenance, "run", recorder)
    monkeypatch.setattr(bundle, "FAILURES", tmp_path / "failures")
    monkeypatch.setattr(explain, "TIMELINE", tmp_path / "timeline.json")
    (tmp_path / "timeline.json").write_text('{"seconds": 12.0}')
    (tmp_path / "kubeconfig").touch()
    return recorder


def cluster(*pods: Object) -> Cluster:
    events = [warning("BackOff", "Back-off restarting failed container", on=one) for one in pods]
    return Cluster(objects={"Pod": list(pods), "Event": events, "Secret": [{"data": {"x": SECRET}}]})


@pytest.fixture
def lab(settings: Settings, tmp_path: Path, said: Recorder) -> Lab:
    assert said
    return lab_of(settings, cluster(crashing()), kubeconfig=tmp_path / "kubeconfig")


def break_by(lab: Lab, error: BaseException) -> LabError:
    with pytest.raises(LabError) as caught, explained(K3dRuntime(lab=lab), "up"):
        raise error
    return caught.value


def the_bundle(tmp_path: Path) -> Path:
    (made,) = (tmp_path / "failures").iterdir()
    return made


def files(path: Path) -> list[str]:
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())


def test_an_error_keeps_its_line_its_class_and_its_exit_code_and_gets_a_page(lab: Lab, tmp_path: Path) -> None:
    error = ToolError(CRASH, details=("as it was",))

    caught = break_by(lab, error)

    assert caught is error
    assert caught.code == 4
    assert caught.summary == CRASH
    assert str(caught.message).splitlines()[:2] == [
        f"error: {CRASH}",
        "  crash loop: pod matching-engine/me-shard-a-new, container matching-engine",
    ]
    assert "me-shard-a-new matching-engine before" in str(caught.message)
    assert caught.details[-1] == f"bundle: {the_bundle(tmp_path)}"


def test_what_an_error_carries_stays(lab: Lab) -> None:
    caught = break_by(lab, ApiError("can't list Pods: the cluster doesn't answer (x)", code=503))

    assert isinstance(caught, ApiError)
    assert caught.status == 503


def test_the_bundle_has_all_there_was_to_see(lab: Lab, tmp_path: Path) -> None:
    break_by(lab, ToolError(CRASH, details=("as it was",)))

    made = the_bundle(tmp_path)
    assert made.name.endswith("Z-up")
    assert files(made) == [
        "deployments.json",
        "details.txt",
        "docker.txt",
        "error.txt",
        "events.json",
        "host.json",
        "k3d.txt",
        "logs/matching-engine.me-shard-a-new.matching-engine.previous.log",
        "nodes.json",
        "pods.json",
        "releases.json",
        "services.json",
        "settings.json",
        "statefulsets.json",
        "timeline.json",
        "versions.json",
        "volumes.txt",
    ]
    assert (made / "error.txt").read_text().startswith(f"error: {CRASH}\n  crash loop: ")
    assert json.loads((made / "timeline.json").read_text()) == {"seconds": 12.0}
    assert json.loads((made / "host.json").read_text())["disk"]["free"] > 0
    assert json.loads((made / "versions.json").read_text()).keys() == {
        "settings_sha256", "project", "python", "tools", "charts", "cluster_image",
    }  # fmt: skip


def test_no_secret_gets_into_the_bundle_or_on_the_screen(lab: Lab, said: Recorder, tmp_path: Path) -> None:
    manifest = f"kind: Secret\ndata: {SECRET}"
    info = {"status": "failed", "description": "x"}
    status = {"info": info, "config": {"adminPassword": SECRET}, "manifest": manifest}
    said.on("helm", "status", stdout=json.dumps(status))
    said.on("docker", stdout=f"postgres://me:{SECRET}@x")

    caught = break_by(lab, ToolError(f"{CRASH} token={SECRET}", details=(f"password: {SECRET}",)))

    made = the_bundle(tmp_path)
    assert "failed" in (made / "releases.json").read_text()
    assert not [name for name in files(made) if SECRET in (made / name).read_text()]
    assert not any(SECRET in line for line in caught.details)


def test_secrets_and_config_maps_are_never_asked_for(lab: Lab, said: Recorder) -> None:
    break_by(lab, ToolError(CRASH))

    assert set(lab.kube.asked) == {"Node", *collect.KINDS.values()}  # type: ignore[attr-defined]
    kinds = {word for one in said.commands for argv in [one.argv] if "get" in argv for word in argv[-2].split(",")}
    assert kinds == {"pvc", "pv", "storageclass"}
    assert not said.asked("k3d", "json"), "k3d's JSON has the cluster's token"


@pytest.mark.parametrize(
    "error",
    [
        UsageError("topology must be one of single; got 'x'"),
        SloMissedError("asr1 is FAIL"),
        InvalidRunError("asr1 is INVALID"),
        InterruptedLabError("interrupted"),
    ],
)
def test_wrong_use_results_and_interruptions_get_neither_page_nor_bundle(
    lab: Lab, tmp_path: Path, error: LabError
) -> None:
    assert break_by(lab, error).details == ()
    assert not (tmp_path / "failures").exists()


def test_an_interrupt_gets_neither_page_nor_bundle(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), explained(K3dRuntime(lab=lab), "up"):
        raise KeyboardInterrupt

    assert not (tmp_path / "failures").exists()


@pytest.mark.parametrize("error", [PreflightError("the machine lacks x"), FaultError("the outage x")])
def test_a_missing_machine_and_a_fault_get_one(lab: Lab, tmp_path: Path, error: LabError) -> None:
    assert break_by(lab, error).code == error.exit_code
    assert the_bundle(tmp_path).exists()


@pytest.mark.parametrize(
    ("error", "summary", "cause"),
    [
        (OSError(errno.ENOSPC, "No space left"), "a file can't be written: No space left; free some, then try again", "disk full"),
        (OSError(errno.ENOSPC, "No space left", str(RUNS / "x")), "runs/x can't be written: No space left; free some, then try again", "disk full"),
        (OSError(errno.EROFS, "Read-only", str(RUNS)), "runs can't be written: Read-only; let this user write there, then try again", "not writable"),
        (OSError(errno.EACCES, "Permission denied", str(RUNS)), "runs can't be written: Permission denied; let this user write there, then try again", "not writable"),
        (OSError(errno.ENOTDIR, "Not a directory", str(RUNS / "x")), "runs/x can't be written: Not a directory; let this user write there, then try again", "not writable"),
    ],
)  # fmt: skip
def test_a_disk_that_takes_nothing_is_what_the_machine_lacks_and_nothing_to_report(
    lab: Lab, tmp_path: Path, error: OSError, summary: str, cause: str
) -> None:
    caught = break_by(lab, error)

    assert (caught.code, caught.summary, caught.details[0]) == (3, summary, cause)
    assert type(error).__name__ in (the_bundle(tmp_path) / "traceback.txt").read_text()


def test_a_file_elsewhere_that_may_not_be_read_is_nothing_that_the_lab_knows(lab: Lab) -> None:
    caught = break_by(lab, PermissionError(errno.EACCES, "Permission denied", "/elsewhere"))

    assert caught.summary == "unexpected PermissionError: [Errno 13] Permission denied: '/elsewhere'"


def test_an_error_that_the_lab_does_not_know_is_told_in_a_line_and_leaves_its_traceback(
    lab: Lab, tmp_path: Path
) -> None:
    caught = break_by(lab, KeyError("status"))

    assert caught.code == 1
    assert caught.summary == "unexpected KeyError: 'status'"
    assert caught.details[0] == "unexpected"
    assert "  Traceback (most recent call last):" in caught.details
    assert "KeyError: 'status'" in (the_bundle(tmp_path) / "traceback.txt").read_text()


def test_a_cluster_that_is_not_there_leaves_what_the_host_can_say(
    settings: Settings, tmp_path: Path, said: Recorder
) -> None:
    said.on("docker", code=1, stderr="Cannot connect to the Docker daemon")
    bare = lab_of(settings, Cluster(), kubeconfig=tmp_path / "absent")

    caught = break_by(bare, PreflightError("no answer", cause=causes.DOCKER_AWAY))

    made = the_bundle(tmp_path)
    assert caught.details[0] == "Docker away"
    assert {"host.json", "docker.txt", "versions.json", "settings.json"} <= set(files(made))
    assert (made / "skipped.txt").read_text() == "nodes.json: there is no absent: no cluster was made yet\n"
    assert not bare.kube.asked  # type: ignore[attr-defined]


def test_a_cluster_that_does_not_answer_is_asked_once(settings: Settings, tmp_path: Path, said: Recorder) -> None:
    assert said
    silent = Cluster(error=ToolError("the cluster doesn't answer"))

    break_by(lab_of(settings, silent, kubeconfig=tmp_path / "kubeconfig"), ToolError("x"))

    assert silent.asked == ["Node"]
    assert "nodes.json: the cluster doesn't answer" in (the_bundle(tmp_path) / "skipped.txt").read_text()


def test_a_look_that_hangs_is_noted_and_left_out(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(collect, "DEADLINE", 1.0)
    monkeypatch.setattr(machine_state, "read", never.wait)

    caught = break_by(lab, ToolError(CRASH))
    never.set()

    assert caught.details[0].startswith("crash loop")
    assert (the_bundle(tmp_path) / "skipped.txt").read_text() == "host.json: did not answer within 1 s\n"


def breaks(*_: Any, **__: Any) -> Any:
    raise RuntimeError("the page itself broke")


@pytest.mark.parametrize(
    ("where", "what"), [(collect, "collect"), (explain, "classify"), (explain, "page"), (explain, "clues_of")]
)
def test_an_explanation_that_fails_does_not_hide_the_error(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, where: Any, what: str
) -> None:
    monkeypatch.setattr(where, what, breaks)

    caught = break_by(lab, ToolError(CRASH, details=("as it was",)))

    assert caught.summary == CRASH
    assert caught.details == ("as it was", "no failure page: RuntimeError: the page itself broke")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), TypeError("x")])
def test_a_bundle_that_cant_be_written_costs_only_itself(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(bundle, "write", refuse)

    caught = break_by(lab, ToolError(CRASH))

    assert caught.details[0].startswith("crash loop")
    assert caught.details[-1].endswith(f"incomplete: {type(error).__name__}: {error}")


def test_a_folder_that_cant_be_made_costs_only_the_bundle(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(bundle, "FAILURES", tmp_path / "file")

    assert break_by(lab, ToolError(CRASH)).details[-1].startswith("no bundle: ")


def test_ctrl_c_while_it_looks_gives_the_error_as_it_was(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shell, "stop_all", lambda: stopped.append(True))
    monkeypatch.setattr(collect, "collect", interrupted)

    assert break_by(lab, ToolError(CRASH, details=("as it was",))).details == ("as it was",)
    assert stopped


def logs_of(lab: Lab, tmp_path: Path) -> list[str]:
    break_by(lab, ToolError(CRASH))
    return [Path(name).name for name in files(the_bundle(tmp_path)) if name.startswith("logs/")]


def test_logs_are_of_ours_and_of_others_that_are_not_ready(settings: Settings, tmp_path: Path, said: Recorder) -> None:
    assert said
    well = container(ready=True, state={"running": {}})
    ill = container(restarts=1, state={"running": {}})
    pods = (
        pod(well, of="edge-gateway"),
        pod(ill, of="grafana", namespace="monitoring"),
        pod(well, of="coredns", namespace="kube-system"),
        pod(ill, of="local-path", namespace="kube-system"),
        pod(container(waiting="ErrImagePull"), of="me-shard-b"),
    )

    assert logs_of(lab_of(settings, cluster(*pods), kubeconfig=tmp_path / "kubeconfig"), tmp_path) == [
        "kube-system.local-path-new.matching-engine.log",
        "kube-system.local-path-new.matching-engine.previous.log",
        "matching-engine.edge-gateway-new.matching-engine.log",
        "monitoring.grafana-new.matching-engine.log",
        "monitoring.grafana-new.matching-engine.previous.log",
    ]


@pytest.fixture
def case(lab: Lab, tmp_path: Path) -> tuple[Callable[[str, Exception], None], list[str], Path]:
    """Breaks a case of a run; what is said of it; the run's folder."""
    lines: list[str] = []
    run = tmp_path / "run"
    (run / "a2").mkdir(parents=True)
    (run / "a2" / "k6.log").write_text("one\nReferenceError: x is not defined\n")
    tell = explain_in(K3dRuntime(lab=lab), run, lines.append)
    return lambda name, error: tell(name, datetime.now(UTC), error), lines, run


def test_a_case_that_breaks_is_told_at_once_and_its_bundle_is_with_the_run(
    case: tuple[Callable[[str, Exception], None], list[str], Path], tmp_path: Path
) -> None:
    tell, lines, run = case

    tell("a2", ToolError("k6 ended with 104: its options are wrong"))

    assert lines[0] == "a2 broke: k6 ended with 104: its options are wrong"
    assert lines[1].startswith("  crash loop: ")
    assert "ReferenceError: x is not defined" in (run / "failure" / "a2" / "details.txt").read_text()
    assert lines[-1] == f"  bundle: {run / 'failure' / 'a2'}"
    assert not (tmp_path / "failures").exists()


def test_the_next_case_that_breaks_alike_is_told_in_short(
    case: tuple[Callable[[str, Exception], None], list[str], Path],
) -> None:
    tell, lines, run = case
    tell("a2", ToolError("k6 ended with 104: x"))
    lines.clear()

    tell("a4", ToolError("k6 ended with 104: x"))

    assert [line.split(":")[0] for line in lines] == ["a4 broke", "  crash loop", "  bundle"]
    assert (run / "failure" / "a4" / "pods.json").exists()


def test_the_seal_of_a_runs_evidence_takes_the_bundle_in(
    case: tuple[Callable[[str, Exception], None], list[str], Path],
) -> None:
    tell, _, run = case
    tell("a2", KeyError("status"))

    inventory.write(run)

    sealed = json.loads((run / inventory.SEAL).read_text())["sha256"]
    assert {"failure/a2/error.txt", "failure/a2/traceback.txt", "failure/a2/pods.json"} <= sealed.keys()


def test_an_event_that_says_nothing_costs_nothing(settings: Settings, tmp_path: Path, said: Recorder) -> None:
    """The API leaves out what is empty."""
    assert said
    bare = {"metadata": {"name": "x"}, "involvedObject": {"name": "me-shard-a-new"}, "lastTimestamp": None}
    kube = cluster(crashing())
    kube.objects["Event"].append(bare)

    caught = break_by(lab_of(settings, kube, kubeconfig=tmp_path / "kubeconfig"), ToolError(CRASH))

    assert caught.details[0].startswith("crash loop")
