"""What `doctor` says of a machine; it downloads and changes nothing."""

import json
from dataclasses import replace
from pathlib import Path

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

NAME = "matching-engine-exp"
SPEC = ToolSettings(supported=">=5.6,<6", pinned="5.9.0")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A machine that has all that is needed, and nothing of the lab."""
    recorder = Recorder()
    for module in (doctor, k3d):
        monkeypatch.setattr(module, "run", recorder)
    engine = Engine(version="27.1", cpus=12, memory=2**34, cgroup="2", storage="overlay2")
    monkeypatch.setattr(docker, "engine", lambda: engine)
    monkeypatch.setattr(docker, "absence", lambda: None)
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
    assert Row(thing="Docker", state="27.1", note="12 cores, 16.0 GiB, cgroup v2, overlay2") in found
    assert Row(thing="node (for synth)", state="/node") in found


def test_the_settings_files_in_force_are_named_in_order(lab: Lab, run: Recorder, tmp_path: Path) -> None:
    del run
    found = [row for row in rows(lab, {"LAB_SETTINGS": str(tmp_path / "rig.yaml")}) if row.thing == "settings"]

    assert found[0].state.endswith("/experiment.yaml")
    assert found[0].note == ""
    assert (found[-1].state, found[-1].note) == (str(tmp_path / "rig.yaml"), "laid over the ones above")


def test_a_machine_without_docker_lacks_nothing_that_a_verdict_needs(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab of processes does without; who asked for a cluster is told that it is missing."""
    del run
    monkeypatch.setattr(docker, "absence", lambda: "there is no docker command on PATH")

    (row,) = (row for row in rows(lab) if row.thing == "Docker")
    assert (row.state, row.ok) == ("absent", None)
    assert row.note.startswith("there is no docker command on PATH: the lab stands on processes")

    asked = replace(lab, settings=lab.settings.model_copy(update={"runtime": "k3d"}))
    (row,) = (row for row in rows(asked) if row.thing == "Docker")
    assert row.state == "27.1"


def test_a_docker_that_is_broken_is_missing_and_the_rest_is_still_said(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> Engine:
        raise PreflightError("the Docker engine does not answer")

    run.on("list", error=ToolError("'k3d cluster list' ended with 1"))
    monkeypatch.setattr(docker, "engine", stopped)
    monkeypatch.setattr(preflight, "taken_ports", lambda _: {"entry": 8080})

    found = rows(lab)

    assert Row(thing="Docker", state="missing", note="the Docker engine does not answer", ok=False) in found
    assert found[-1] == Row(thing="port 8080", state="taken", note="entry, by program on 8080", ok=None)


def test_what_may_spoil_a_run_is_a_warning_and_forbids_nothing(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run
    monkeypatch.setattr(preflight, "open_files", lambda: 256)

    warning = next(row for row in rows(lab) if row.thing == "warning")

    assert (warning.state, warning.ok) == ("only 256 files may be open at once; run 'ulimit -n 1024'", None)


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


def test_without_a_node_there_is_no_synthesis(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise PreflightError("there is no Node 22 or 24")

    del run
    monkeypatch.setattr(doctor, "node_path", none)

    assert Row(thing="node (for synth)", state="missing", note="there is no Node 22 or 24", ok=False) in rows(lab)


CLUSTER = json.dumps([{"name": NAME, "nodes": [{"role": "server", "image": "i", "State": {"Running": True}}]}])
REGISTRY = json.dumps([{"name": f"k3d-{NAME}-registry", "State": {"Running": True}, "portMappings": None}])
PORTS = [
    ("[]", "[]", "entry, by program on 8080", "registry, by program on 5111"),
    (CLUSTER, REGISTRY, "entry, by the lab itself", "registry, by the lab itself"),
    ("[]", REGISTRY, "entry, by program on 8080", "registry, by the lab itself"),
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
