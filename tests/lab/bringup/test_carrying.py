"""A bundle is taken whole, or refused with a line and nothing is taken."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.bringup import carrying, charts, images, pins
from lab.bringup.carrying import Content
from lab.bringup.pins import ChartPin, ImagePin, Pins
from lab.cluster.lab import Lab
from lab.core.errors import LabError, PreflightError, UsageError
from lab.process.shell import Command, Result
from lab.tools import docker, k3d, origin, tools
from lab.tools.download import digest
from lab.tools.publishers import this_platform
from lab.tools.tools import Tool
from tests.lab.doubles import Recorder, Tools, silent

K3D_TOOLS = k3d.tools_image("1.2.3")
ID = f"sha256:{'1' * 64}"
K6 = b"#!/bin/sh\necho 'k6 v1.8.1 (go1.24, linux/amd64)'\n"


def content_of(lab: Lab, parts: Path) -> Content:
    names = pins.in_force(lab.settings)
    kept = {name: getattr(lab.settings.charts, name) for name in ("prometheus", "grafana")}
    return Content(
        platform=this_platform() or "",
        pins=Pins(
            images={use: ImagePin(name=name, id=ID) for use, name in names.items()},
            charts={
                name: ChartPin(chart=one.chart, version=one.version, sha256="0" * 64) for name, one in kept.items()
            },
        ),
        images=dict.fromkeys(names.values(), ID),
        tools={"k6": "1.8.1"},
        files={path.relative_to(parts).as_posix(): digest(path) for path in sorted(parts.rglob("*")) if path.is_file()},
    )


def written(lab: Lab, folder: Path, **changed: object) -> Path:
    parts = folder / "parts"
    for name in ("images.tar", "node.tar", "charts/prometheus", "charts/grafana", "tools/k6"):
        (parts / name).parent.mkdir(parents=True, exist_ok=True)
        (parts / name).write_bytes(K6 if name == "tools/k6" else name.encode() * 3)
    content = content_of(lab, parts).model_copy(update=changed)
    carrying._write(folder / "a.bundle", content, parts)
    return folder / "a.bundle"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A machine that has nothing; `docker load` brings all images."""
    for module in (carrying, tools):
        monkeypatch.setattr(module, "TOOLS", tmp_path / ".tools")
    monkeypatch.setattr(charts, "COPIES", tmp_path / ".tools" / "charts")
    monkeypatch.setattr(pins, "FILE", tmp_path / "experiment.pins.json")
    ran = Recorder()
    monkeypatch.setattr(carrying, "run", ran)
    monkeypatch.setattr(docker, "image", lambda _name: (ID, "") if ran.asked("load") else None)
    return ran


def test_a_bundle_brings_images_tools_charts_and_pins(
    lab: Lab, there: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere:/usr/bin:/bin")
    carrying.take(lab, written(lab, tmp_path), silent)

    assert [command.argv[1] for command in there.commands] == ["load"]
    found = tools._pinned("k6", lab.settings.tools.k6, "k6 is not on PATH")
    assert isinstance(found, tools.Tool)
    assert (found.version, found.origin) == ("1.8.1", "bundle")
    assert origin.read(found.path.parent) == origin.Origin(way="bundle")
    kept = pins.read()
    assert kept is not None
    assert set(kept.charts) == {"prometheus", "grafana"}
    assert len(list((tmp_path / ".tools" / "charts").glob("*.tgz"))) == 2
    node = carrying.node_images(lab.settings)
    assert node is not None
    assert node.read_bytes() == b"node.tar" * 3
    assert not list((tmp_path / ".tools").glob("bundle-*"))


class Stands:
    """Docker with a cluster and every image: what it saves and copies are files with the words that it was given."""

    def __init__(self) -> None:
        self.ran: list[Command] = []

    def __call__(self, command: Command) -> Result:
        self.ran.append(command)
        if command.argv[1] == "save":
            Path(command.argv[3]).write_text(" ".join(command.argv[4:]))
        if command.argv[1] == "cp":
            Path(command.argv[3]).write_text(" ".join(self.ran[-2].argv[7:]))
        own = "k3d-matching-engine-exp-registry:5000/matching-engine:v1-1\nsha256:12\ndocker.io/rancher/pause:3\n"
        return Result(command=command, code=0, stdout=own, stderr="", seconds=0.0)


@pytest.fixture
def up(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab that is up, with tools that are programs and charts that are packed."""
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF and more")
    toolbox = Tools()
    toolbox.specs = {name: getattr(lab.settings.tools, name) for name in type(lab.settings.tools).model_fields}
    monkeypatch.setattr(
        toolbox, "tool", lambda name: Tool(name=name, path=program, version="1.2.3", origin="PATH", reason="")
    )
    monkeypatch.setattr(carrying, "try_out", lambda *_, **__: None)
    monkeypatch.setattr(docker, "cluster_nodes", lambda name: [f"k3d-{name}-server-0"])
    monkeypatch.setattr(docker, "image", lambda _name: (ID, ""))
    monkeypatch.setattr(docker, "digests", lambda _name: (ID, ()))
    monkeypatch.setattr(charts, "packed", lambda _settings, name, _helm: name.encode())
    monkeypatch.setattr(images, "why_in_store", lambda *_: "is there")
    return replace(lab, tools=toolbox)


def test_what_a_lab_is_made_of_is_bundled_and_taken_back(
    up: Lab, there: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "run", Stands())
    monkeypatch.setattr(docker, "image", lambda _name: (ID, ""))
    file = tmp_path / "lab.tar"

    carrying.make(up, file, silent)

    with tarfile.open(file) as tar:
        kept = {member.name: tar.extractfile(member) for member in tar}
        told = {name: data.read().decode() for name, data in kept.items() if data}
    assert set(told) - {next(iter(told))} == {
        "images.tar", "node.tar", "charts/prometheus", "charts/grafana", *(f"tools/{name}" for name in up.tools.specs),
    }  # fmt: skip
    assert {"matching-engine:experiment-v1", "edge-gateway:experiment-v1", K3D_TOOLS} <= set(told["images.tar"].split())
    assert told["node.tar"] == "docker.io/rancher/pause:3"
    assert not list(tmp_path.glob(".lab.tar*"))
    for copy in charts.COPIES.glob("*"):
        copy.unlink()
    carrying.take(up, file, silent)
    assert pins.read() is not None
    assert len(list(charts.COPIES.glob("*.tgz"))) == 2


def test_a_script_that_starts_a_tool_from_elsewhere_is_not_carried(up: Lab, there: Recorder, tmp_path: Path) -> None:
    (tmp_path / "program").write_text("#!/bin/sh\nexec /opt/asdf/k3d\n")

    with pytest.raises(PreflightError, match="is a script that starts k3d from elsewhere"):
        carrying.make(up, tmp_path / "lab.tar", silent)

    assert not (tmp_path / "lab.tar").exists()


def test_taken_again_it_loads_nothing_anew(lab: Lab, there: Recorder, tmp_path: Path) -> None:
    for _ in range(2):
        carrying.take(lab, written(lab, tmp_path), silent)

    assert len(there.asked("load")) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_one_that_is_cut_or_altered_anywhere_is_refused_or_says_the_same(
    lab: Lab, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """What no sum covers is the padding between members and after the last."""
    folder = tmp_path_factory.mktemp("bundle")
    file = written(lab, folder)
    whole = file.read_bytes()
    last = len(whole.rstrip(b"\0"))
    place = data.draw(st.integers(0, last - 1))
    cut = data.draw(st.booleans())
    file.write_bytes(
        whole[:place]
        if cut
        else whole[:place] + bytes([whole[place] ^ 1 << data.draw(st.integers(0, 7))]) + whole[place + 1 :]
    )
    (folder / "to").mkdir()

    try:
        carrying._read(file, folder / "to")
    except (PreflightError, UsageError) as error:
        said = error.summary
    else:
        said = ""
    if said:
        assert "cut or altered" in said or "is no bundle" in said
    else:
        assert not cut
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
            for member in tar.getmembers()[1:]:
                kept = tar.extractfile(member)
                assert kept is not None
                assert (folder / "to" / member.name).read_bytes() == kept.read()


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"platform": "plan9-mips"}, UsageError, "is for plan9-mips, this machine is"),
        ({"files": {"images.tar": "0" * 64}}, PreflightError, "cut or altered: images.tar is not what was bundled"),
        ({"files": {"../../etc/passwd": "0" * 64}}, PreflightError, "is not what was bundled"),
        ({"tools": {"k6": "9.9.9"}}, PreflightError, "the carried k6 9.9.9 does not work here"),
    ],
)
def test_one_that_does_not_fit_is_refused(
    lab: Lab, there: Recorder, tmp_path: Path, *, changed: dict[str, object], error: type[LabError], said: str
) -> None:
    file = tmp_path / "a.bundle"
    parts = tmp_path / "parts"
    written(lab, tmp_path)
    content = content_of(lab, parts).model_copy(update=changed)
    if "files" not in changed:
        file = written(lab, tmp_path, **changed)
    else:
        for name in ("images.tar", "node.tar"):
            (parts / name).write_bytes(b"x")
        with tarfile.open(file, "w") as tar:
            text = content.model_dump_json().encode()
            first = tarfile.TarInfo(f"bundle-{hashlib.sha256(text).hexdigest()}.json")
            first.size = len(text)
            tar.addfile(first, io.BytesIO(text))
            for name in changed["files"]:  # type: ignore[attr-defined] # a mapping in these rows
                tar.add(parts / "images.tar", arcname=name)

    with pytest.raises(error, match=said):
        carrying.take(lab, file, silent)

    assert pins.read() is None


def test_another_versions_and_no_bundles_are_told(lab: Lab, there: Recorder, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no bundle")
    for path, said in (("text", "is no bundle"), ("gone", "can't be read: No such file"), (".", "can't be read")):
        with pytest.raises(UsageError, match=said):
            carrying.take(lab, tmp_path / path, silent)

    assert not there.commands


def test_digests_of_the_users_own_are_not_overwritten(lab: Lab, there: Recorder, tmp_path: Path) -> None:
    file = written(lab, tmp_path)
    pins.write(Pins(images={}, charts={}))

    with pytest.raises(UsageError, match=r"has other digests than experiment\.pins\.json; delete that file"):
        carrying.take(lab, file, silent)

    assert not there.commands


def test_a_bundle_needs_a_cluster_that_is_up(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker, "cluster_nodes", lambda _name: [])

    with pytest.raises(UsageError, match="is made of a lab that is up; run"):
        carrying.make(lab, tmp_path / "a", silent)

    assert list(tmp_path.iterdir()) == []
