"""Results of a pod's k6 are here as they are there, or it is said that they are not."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.cluster.kube import Kube
from lab.core.access import of_cluster
from lab.core.errors import ToolError
from lab.process.shell import Command, Result
from lab.run import runner_pod
from lab.run.runner_pod import RunnerPod
from lab.tools import k6

THERE = {k6.SAMPLES: b"all points", k6.LOG: b"log", "pid": b"7", "exit": b"0"}


class Cluster(Kube):
    """A cluster with a pod whose k6 left these files."""

    def __init__(self) -> None:
        super().__init__(of_cluster("x"))
        self.asked: list[tuple[str, ...]] = []

    def exec(self, pod: str, argv: tuple[str, ...], *, namespace: str, container: str, deadline: float = 60) -> Result:
        self.asked.append(argv)
        assert (pod, namespace, container, deadline) == ("load-1-0", "matching-engine", "k6", 60)
        told = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in THERE.items())
        return Result(command=Command(argv=argv), code=0, stdout=told, stderr="", seconds=0.0)


@pytest.fixture
def pod(tmp_path: Path) -> RunnerPod:
    made = RunnerPod(Cluster(), "load-1-0", folder=tmp_path, deadline=10)
    made._looks.take("exit 0", now=0.0)
    return made


def copies(monkeypatch: pytest.MonkeyPatch, folder: Path, points: Sequence[bytes]) -> list[Command]:
    """Each copy brings these points and all else as it is."""
    done: list[Command] = []

    def copy(command: Command) -> None:
        for name, content in {**THERE, k6.SAMPLES: points[len(done)]}.items():
            (folder / name).write_bytes(content)
        done.append(command)

    monkeypatch.setattr(runner_pod, "run", copy)
    return done


@pytest.mark.parametrize("cut_off", range(runner_pod.TRIES))
def test_a_copy_that_is_cut_off_is_made_again(
    pod: RunnerPod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_off: int
) -> None:
    done = copies(monkeypatch, tmp_path, [*[b"all"] * cut_off, THERE[k6.SAMPLES]])

    pod._fetch()

    assert len(done) == cut_off + 1
    assert {path.name for path in tmp_path.iterdir()} == {k6.SAMPLES, k6.LOG}
    assert pod.trouble is None


def test_results_that_never_arrive_whole_are_a_trouble(
    pod: RunnerPod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(monkeypatch, tmp_path, [b"all"] * runner_pod.TRIES)

    pod._fetch()

    assert pod.trouble == "its results in pod load-1-0 arrived cut off 3 times"


def test_results_that_can_not_be_copied_are_a_trouble(pod: RunnerPod, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(command: Command) -> None:
        raise ToolError(f"{command.argv[0]} ended with 1")

    monkeypatch.setattr(runner_pod, "run", refuses)

    pod._fetch()

    assert pod.trouble == "its results in pod load-1-0 could not be copied: kubectl ended with 1"


def test_of_a_pod_that_is_gone_its_log_says_so(pod: RunnerPod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = copies(monkeypatch, tmp_path, [])
    pod._looks.gone = "was deleted"

    pod._fetch()

    assert done == []
    assert (tmp_path / k6.LOG).read_text() == "its pod load-1-0 was deleted\n"


def test_one_whose_cpu_nobody_could_read_is_not_taken_for_idle(pod: RunnerPod) -> None:
    pod.load_began = 1.0

    assert pod.trouble == "the CPU that it used can't be read in its pod load-1-0"


def test_one_that_runs_is_asked_to_end_and_one_that_has_ended_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_pod, "GRACE", 0.01)
    cluster = Cluster()
    running = RunnerPod(cluster, "load-1-0", folder=tmp_path, deadline=10)

    running._end()
    told = [argv[-1].split("|| ")[1] for argv in cluster.asked]
    running._looks.take("exit 105", now=0.0)
    running._end()

    assert told == [f"kill -{name} $(cat /lab/results/pid)" for name in ("TERM", "KILL")]
    assert len(cluster.asked) == 2
