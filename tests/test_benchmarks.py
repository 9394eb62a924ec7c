"""Each benchmark runs, in its shortest form: what it calls may have changed since somebody measured with it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import compare, spec_way, verdicts
from lab.core.paths import DIST, ROOT
from lab.settings.loading import committed, load
from lab.tools import docker, k3d
from tests.lab.doubles import Recorder, lab_of

SHORTEST = {
    "engine.py": ("--rates=200", "--seconds=0.3", "--servers=own"),
    "gateway.py": ("--rate=200", "--seconds=0.3", "--pairs=1"),
    "rows.py": ("--rows=3000", "--runners=2"),
    "searches.py": ("1",),
    "synth.py": ("--shards=1", "--runs=1"),
    "verdicts.py": ("--draws=1", "--only=repeat"),
}
ELSEWHERE = {
    "compare.py": "three runs on a lab: its parts below",
    "http_servers.py": "runs servers that are no part of the project",
    "spec_way.py": "a part of up.py",
    "up.py": "takes the lab that is up: tests/cluster/test_benchmarks.py",
}


def test_no_benchmark_is_without_a_short_run() -> None:
    assert {path.name for path in (ROOT / "benchmarks").glob("*.py")} == {*SHORTEST, *ELSEWHERE}


@pytest.mark.parametrize("name", SHORTEST)
def test_a_benchmark_runs_to_its_end(name: str) -> None:
    ended = subprocess.run(
        (sys.executable, f"benchmarks/{name}", *SHORTEST[name]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


@pytest.mark.parametrize("name", verdicts.QUESTIONS)
def test_each_question_of_how_often_verdicts_err_can_be_drawn(name: str) -> None:
    """All of them, each 2,000 times, take half an hour: one that looks at too little would end it before its table."""
    draw, cells, _ = verdicts.QUESTIONS[name]

    assert draw(random.Random(1), cells[0])  # noqa: S311 - a simulation


def test_the_engine_that_compare_is_to_tell_apart_can_be_made_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(compare.SETTINGS, raising=False)
    sources = compare.slow_engine(tmp_path)
    monkeypatch.setenv(compare.SETTINGS, str(compare.settings(tmp_path, 20, sources)))

    settings = load()

    assert settings.sources.engine is not None
    assert settings.sources.engine.folder == str(sources)
    assert settings.cases["a2"].at("smoke").duration == 20
    assert compare.SLOWED in (sources / "engine" / "pipeline.py").read_text()


@pytest.fixture
def spec_s_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    """What the spec's way runs for the committed manifest."""
    recorder = Recorder().on("inspect", stdout="sha256:0123456789abcdef null").on("kubeconfig", stdout="server: x")
    recorder.instead_of_run(monkeypatch, spec_way, docker)
    (tmp_path / "single.k8s.yaml").write_text((DIST / "single.k8s.yaml").read_text())
    lab = lab_of(committed(), kubeconfig=tmp_path / "lab" / "kubeconfig")
    spec_way.bring_up(lab, lab.settings.topology("single"), tmp_path)
    return recorder


def test_the_spec_s_way_goes_through_its_commands_one_after_the_other(spec_s_way: Recorder) -> None:
    (synthesis,) = [at for at, one in enumerate(spec_s_way.commands) if "matching_engine" in one.argv]
    said = [" ".join(one.argv) for one in spec_s_way.commands]

    assert "cluster create" in said[0]
    assert all("image import" not in line for line in said[synthesis:])
    order = [
        "apply",
        "helm upgrade prometheus",
        "helm upgrade grafana",
        "apply",
        "rollout",
        "rpk topic",
        "apply",
        "rollout",
    ]
    left = iter(said[synthesis:])
    assert all(any(word in line for line in left) for word in order)


@pytest.mark.parametrize(
    ("flag", "part", "labels"), [("k3s-node", "k3s", "nodeLabels"), ("runtime", "runtime", "labels")]
)
def test_its_cluster_has_the_labels_of_the_lab_s(spec_s_way: Recorder, flag: str, part: str, labels: str) -> None:
    """Without those of nodes a pod that is bound to one waits for good; without the others `down` leaves it alone."""
    create = spec_s_way.commands[0].argv
    given = {create[at + 1] for at, word in enumerate(create) if word == f"--{flag}-label"}

    wanted = k3d.config(committed())["options"][part][labels]
    assert given == {f"{one['label']}@{';'.join(one['nodeFilters'])}" for one in wanted}
    assert given
