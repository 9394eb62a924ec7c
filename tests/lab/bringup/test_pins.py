"""What is pinned is what `up` has, or it says what is another."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.bringup import charts, pins
from lab.bringup.pins import ImagePin
from lab.core.errors import LabError, PreflightError, UsageError
from lab.process.shell import Command
from lab.settings.settings import Settings
from lab.tools import docker
from tests.lab.doubles import Recorder, Tools, silent

NAME = "docker.redpanda.com/redpandadata/redpanda:v26.2.1"
ID, OTHER = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
DIGEST, MOVED = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
PATH = NAME.removesuffix(":v26.2.1")
Store = dict[str, tuple[str, tuple[str, ...]]]


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "FILE", tmp_path / "experiment.pins.json")
    monkeypatch.setattr(charts, "COPIES", tmp_path / "charts")


@pytest.fixture
def tools() -> Tools:
    return Tools()


@pytest.fixture
def local(settings: Settings, tmp_path: Path) -> Settings:
    """Both charts are folders."""
    for name in ("prometheus", "grafana"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Chart.yaml").write_text(f"name: {name}\n")
    changed = {
        name: getattr(settings.charts, name).model_copy(update={"chart": str(tmp_path / name), "version": None})
        for name in ("prometheus", "grafana")
    }
    return settings.model_copy(update={"charts": settings.charts.model_copy(update=changed)})


class Docker:
    """A store of images: name to id and digests; a pull by digest brings `brings`, under that name alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
        self.store = dict(store)
        self.brings: Store = {}
        self.ran = Recorder()
        monkeypatch.setattr(pins, "run", self._run)
        monkeypatch.setattr(docker, "digests", self.store.get)
        monkeypatch.setattr(docker, "image", lambda name: (self.store[name][0], "") if name in self.store else None)

    def _run(self, command: Command) -> None:
        self.ran(command)
        if command.argv[1] == "pull":
            self.store |= {command.argv[-1]: self.brings[command.argv[-1]]}
        if command.argv[1] == "tag":
            self.store[command.argv[3]] = self.store[command.argv[2]]


def everything(settings: Settings) -> Store:
    return {name: (ID, (f"{name.rpartition(':')[0]}@{DIGEST}",)) for name in pins.in_force(settings).values()}


def test_what_is_in_force_is_what_is_not_built_here(settings: Settings) -> None:
    assert set(pins.in_force(settings)) == {
        "images.redpanda", "images.prometheus", "images.grafana", "cluster.image", "k3d's registry",
    }  # fmt: skip


def test_pins_are_read_as_they_were_written_and_hold_on_what_they_were_taken_of(
    local: Settings, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Docker(monkeypatch, everything(local))
    taken = pins.take(local, tools, silent)
    pins.write(taken)

    assert pins.read() == taken
    pins.hold(local, tools, taken, silent, offline=True)
    assert not machine.ran.commands
    assert {pin.digest for pin in taken.images.values()} == {DIGEST}


@pytest.mark.parametrize(
    ("there", "pinned", "offline", "brings", "said"),
    [
        ((ID, ()), (ID, None), False, None, None),
        ((ID, (f"{PATH}@{DIGEST}",)), (OTHER, DIGEST), False, None, None),  # another store's id, the same digest
        ((ID, ()), (ID, DIGEST), True, None, None),  # loaded from an archive
        ((OTHER, (f"{PATH}@{MOVED}",)), (ID, DIGEST), False, (ID, (f"{PATH}@{DIGEST}",)), None),  # the tag has moved
        (None, (ID, DIGEST), False, (ID, (f"{PATH}@{DIGEST}",)), None),
        (None, (ID, DIGEST), True, None, f"is not in Docker's store; {DIGEST} is pinned"),
        ((OTHER, (f"{PATH}@{MOVED}",)), (ID, DIGEST), True, None, f"is {MOVED}, {DIGEST} is pinned"),
        ((OTHER, ()), (ID, None), False, None, f"is {OTHER}, {ID} is pinned"),
        (
            (OTHER, (f"elsewhere.example/redpanda@{DIGEST}",)),
            (ID, DIGEST),
            True,
            None,
            f"is {OTHER}, {DIGEST} is pinned",
        ),
    ],
)
def test_an_image_is_the_pinned_one_or_is_fetched_by_its_digest_or_named(
    local: Settings,
    tools: Tools,
    monkeypatch: pytest.MonkeyPatch,
    *,
    there: tuple[str, tuple[str, ...]] | None,
    pinned: tuple[str, str | None],
    offline: bool,
    brings: tuple[str, tuple[str, ...]] | None,
    said: str | None,
) -> None:
    machine = Docker(monkeypatch, everything(local))
    taken = pins.take(local, tools, silent)
    held = taken.model_copy(
        update={"images": {**taken.images, "images.redpanda": ImagePin(name=NAME, id=pinned[0], digest=pinned[1])}}
    )
    machine.store.pop(NAME)
    machine.store |= {NAME: there} if there else {}
    machine.brings = {f"{PATH}@{DIGEST}": brings} if brings else {}

    if said:
        with pytest.raises(PreflightError, match=f"images.redpanda: {NAME} {said}; './invokew pin' takes what is in"):
            pins.hold(local, tools, held, silent, offline=offline)
    else:
        pins.hold(local, tools, held, silent, offline=offline)
        assert machine.store[NAME][0] == ID
    pulled = [str(one) for one in machine.ran.asked("pull")]
    assert pulled == ([f"docker pull --quiet {PATH}@{DIGEST}"] if brings else [])


def test_a_chart_that_was_edited_is_named_and_one_that_is_gone_is_its_copy(
    local: Settings, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    Docker(monkeypatch, everything(local))
    taken = pins.take(local, tools, silent)
    pins.write(taken)
    folder = Path(local.charts.grafana.chart)
    (folder / "Chart.yaml").write_text("name: another\n")

    with pytest.raises(PreflightError, match=r"charts\.grafana: .* has the sum .*, .* is pinned"):
        pins.hold(local, tools, taken, silent, offline=False)

    (folder / "Chart.yaml").unlink()
    pins.hold(local, tools, taken, silent, offline=True)
    assert pins.chart(local, "grafana") == str(charts.copy("grafana", taken.charts["grafana"].sha256))


def test_a_remote_chart_is_its_copy_and_without_one_it_is_refused_offline(
    settings: Settings, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    Docker(monkeypatch, everything(settings))
    monkeypatch.setattr(charts, "packed", lambda _settings, name, _helm: name.encode())
    taken = pins.take(settings, tools, silent)
    pins.write(taken)
    copy = charts.copy("prometheus", taken.charts["prometheus"].sha256)

    assert pins.chart(settings, "prometheus") == str(copy)
    copy.write_bytes(b"damaged")
    assert pins.chart(settings, "prometheus") is None
    with pytest.raises(PreflightError, match=r"charts\.prometheus: oci://.* is not here"):
        pins.hold(settings, tools, taken, silent, offline=True)
    pins.hold(settings, tools, taken, silent, offline=False)
    assert pins.chart(settings, "prometheus") == str(copy)


def test_pins_of_other_settings_are_refused(local: Settings, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    Docker(monkeypatch, everything(local))
    taken = pins.take(local, tools, silent)
    changed = local.model_copy(update={"cluster": local.cluster.model_copy(update={"image": "rancher/k3s:v9"})})

    with pytest.raises(UsageError, match=r"has rancher/k3s:.* for cluster\.image, the settings have rancher/k3s:v9"):
        pins.require_current(changed, taken)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"images": {}}', '{"images": {"x": {"name": 1}}, "charts": {}}'])
def test_a_damaged_file_is_one_line_with_the_next_command(text: str) -> None:
    pins.FILE.write_text(text)

    with pytest.raises(
        LabError, match=r"experiment\.pins\.json is damaged: .*; './invokew pin' takes what is in force"
    ):
        pins.read()


def test_without_pins_nothing_is_held(settings: Settings) -> None:
    assert pins.read() is None
    assert pins.chart(settings, "prometheus") is None


def test_a_packed_folder_is_the_same_bytes_whenever_it_was_written(local: Settings, tmp_path: Path) -> None:
    first = charts.packed(local, "grafana", "helm")
    (tmp_path / "grafana" / "Chart.yaml").touch()

    assert charts.packed(local, "grafana", "helm") == first
