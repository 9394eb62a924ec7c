"""What `doctor` says of a machine; it downloads and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.cluster.lab import Lab
from lab.commands import doctor
from lab.core.errors import PreflightError, ToolError
from lab.present.table import Row
from lab.process import ports
from lab.settings.settings import ToolSettings
from lab.tools import docker, k3d, preflight, tools
from lab.tools.docker import Engine
from lab.tools.tools import Missing, Tool
from tests.lab.doubles import Recorder
from tests.lab.k3d_lists import NONE, clusters, registries

SPEC = ToolSettings(supported=">=5.6,<6", pinned="5.9.0")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A machine that has all that is needed, and nothing of the lab."""
    recorder = Recorder().instead_of_run(monkeypatch, k3d)
    engine = Engine(version="27.1", cpus=12, memory=2**34, cgroup="2", storage="overlay2")
    monkeypatch.setattr(docker, "engine", lambda: engine)
    monkeypatch.setattr(docker, "absence", lambda: None)
    monkeypatch.setattr(docker, "elsewhere", lambda: None)
    monkeypatch.setattr(preflight, "open_files", lambda: 4096)
    monkeypatch.setattr(preflight, "taken_ports", lambda _: {})
    monkeypatch.setattr(ports, "holder", lambda port: f"program on {port}")
    monkeypatch.setattr(doctor, "node_path", lambda: "/node")
    return recorder


def rows(lab: Lab, environment: dict[str, str] | None = None) -> list[Row]:
    return doctor.rows(lab, lab.settings.topology("single"), environment or {})


def test_a_machine_that_has_all_is_all_well(lab: Lab, run: Recorder) -> None:
    del run
    found = rows(lab)

    assert all(row.ok for row in found)
    assert Row(thing="Docker", state="27.1", note="12 cores, 16 GiB, cgroup v2, overlay2") in found
    assert Row(thing="node (for synth)", state="/node") in found


def test_the_settings_files_in_force_are_named_in_order(lab: Lab, run: Recorder, tmp_path: Path) -> None:
    del run
    found = [row for row in rows(lab, {"LAB_SETTINGS": str(tmp_path / "rig.yaml")}) if row.thing == "settings"]

    assert found[0].state.endswith("/experiment.yaml")
    assert found[0].note == ""
    assert (found[-1].state, found[-1].note) == (str(tmp_path / "rig.yaml"), "laid over the ones above")


def test_a_lab_that_is_to_stand_on_k3d_is_told_of_docker_itself(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    monkeypatch.setattr(docker, "absence", lambda: "there is no docker command on PATH")

    found = rows(replace(lab, settings=lab.settings.model_copy(update={"runtime": "k3d"})))

    assert [row.state for row in found if row.thing == "Docker"] == ["27.1"]


@pytest.mark.parametrize(
    ("runtime", "absence", "ok"),
    [("auto", None, False), ("k3d", None, False), ("auto", "no Docker engine runs", None), ("process", None, True)],
)
def test_a_chart_that_is_not_there_is_told_where_the_lab_would_use_it(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch, *, runtime: str, absence: str | None, ok: bool | None
) -> None:
    del run
    monkeypatch.setattr(docker, "absence", lambda: absence)
    charts = lab.settings.charts.model_copy(
        update={"grafana": lab.settings.charts.grafana.model_copy(update={"chart": "./nowhere"})}
    )

    found = rows(replace(lab, settings=lab.settings.model_copy(update={"runtime": runtime, "charts": charts})))

    told = [row for row in found if "chart" in row.thing]
    assert [row.ok for row in told] == ([] if ok else [ok])
    assert all("charts.grafana.chart: there is no chart /" in row.note for row in told)


def test_without_docker_images_of_another_cluster_are_named_by_digest(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    monkeypatch.setattr(docker, "absence", lambda: "no Docker engine runs")

    found = rows(replace(lab, settings=lab.settings.model_copy(update={"runtime": "kubernetes"})))

    note = "no Docker engine runs: images are not built here; name each by its digest under images"
    assert Row(thing="Docker", state="absent", note=note, ok=None) in found


def test_tools_are_named_with_why_each_is_used(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    del run
    known = {
        "k3d": Tool(
            name="k3d", path=Path("/bin/k3d"), version="5.8.3", origin="PATH", reason="5.8.3 on PATH is within"
        ),
        "helm": Missing(name="helm", pinned="4.3.0", reason="helm is not on PATH"),
        "k6": Missing(name="k6", pinned="2.2.0", reason="k6 is not on PATH", otherwise="1.8.1 is built"),
    }
    lab.tools.specs = dict.fromkeys(known, SPEC)
    monkeypatch.setattr(tools, "find", lambda name, _: known[name])

    found = rows(lab)

    assert Row(thing="k3d", state="5.8.3", note="/bin/k3d: 5.8.3 on PATH is within") in found
    note = "helm is not on PATH; the next command that needs it downloads 4.3.0"
    assert Row(thing="helm", state="missing", note=note, ok=None) in found
    note = "k6 is not on PATH; the next command that needs it downloads 2.2.0; if that can't be had, 1.8.1 is built"
    assert Row(thing="k6", state="missing", note=note, ok=None) in found


def refuse(words: str) -> Callable[[], str]:
    def refused() -> str:
        raise PreflightError(words)

    return refused


FOUND: list[tuple[Any, str, Callable[[], Any], Row]] = [
    (docker, "engine", refuse("the Docker engine does not answer"), Row(thing="Docker", state="missing", note="the Docker engine does not answer", ok=False)),
    # A lab of processes does without Docker; who asked for a cluster is told that it is missing.
    (docker, "absence", lambda: "there is none", Row(thing="Docker", state="absent", note="there is none: the lab runs as processes (--runtime=process); a cluster needs Docker", ok=None)),
    # What may spoil a run forbids nothing.
    (preflight, "open_files", lambda: 256, Row(thing="warning", state="only 256 files may be open at once; run 'ulimit -n 1024'", ok=None)),
    (doctor, "node_path", refuse("there is no Node 22 or 24"), Row(thing="node (for synth)", state="missing", note="there is no Node 22 or 24", ok=False)),
]  # fmt: skip


@pytest.mark.parametrize(("module", "what", "answer", "row"), FOUND, ids=[row.state for *_, row in FOUND])
def test_what_a_machine_lacks_is_a_row_and_the_rest_is_still_said(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch, *, module: Any, what: str, answer: Callable[[], Any], row: Row
) -> None:  # fmt: skip
    run.on("list", error=ToolError("'k3d cluster list' ended with 1"))
    monkeypatch.setattr(module, what, answer)
    monkeypatch.setattr(preflight, "taken_ports", lambda _: {"entry": 8080})

    found = rows(lab)

    assert row in found
    assert found[-1] == Row(thing="port 8080", state="taken", note="entry, by program on 8080", ok=None)


PORTS = [
    ("[]", "[]", "entry, by program on 8080", "registry, by program on 5111"),
    (clusters(), registries(), "entry, by the lab itself", "registry, by the lab itself"),
    (NONE, registries(), "entry, by program on 8080", "registry, by the lab itself"),
]


@pytest.mark.parametrize("row", PORTS)
def test_a_taken_port_is_the_lab_s_own_or_another_s(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch, row: tuple[str, str, str, str]
) -> None:
    """After `down` the kept registry still holds its port."""
    clusters, registries, *notes = row
    run.on("cluster", "list", stdout=clusters).on("registry", "list", stdout=registries)
    monkeypatch.setattr(preflight, "taken_ports", lambda _: {"entry": 8080, "registry": 5111})

    assert [found.note for found in rows(lab) if found.thing.startswith("port ")] == notes
