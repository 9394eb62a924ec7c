"""Whose the cluster is that stands, whether it was made whole, and where it is not as the settings have it."""

from typing import Any

import pytest

from lab.bringup import standing
from lab.bringup.standing import Mark, Standing, drift, require_own, take_over
from lab.core import causes
from lab.core.errors import PreflightError, ToolError
from lab.core.paths import ROOT
from lab.settings.settings import Settings
from lab.tools.k3d import ClusterState
from tests.lab.caused import by
from tests.lab.doubles import Recorder, with_images
from tests.lab.k3d_lists import MINE, NAME, made, server

PORTS = frozenset({3000, 8080, 8081, 9090})
STATE = ClusterState(servers=1, agents=3, running=4, ports=PORTS)
AWAY = "Error response from daemon: No such container: k3d-x-server-0"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder().instead_of_run(monkeypatch, standing)


@pytest.mark.parametrize("found", [made(), made(mark=None), made(maker=""), made(nodes=0, maker="/a b=c/ü")])
def test_what_stands_is_read_from_the_server_s_container(run: Recorder, found: Standing) -> None:
    server(run, found)

    assert standing.standing(NAME) == found


def test_without_a_server_nothing_stands(run: Recorder) -> None:
    run.on("inspect", code=1, stderr=AWAY)

    assert standing.standing(NAME) is None


@pytest.mark.parametrize("words", [("inspect",), ("cp",)])
def test_what_docker_does_not_tell_is_an_error_and_no_reason_to_take_a_cluster_away(
    run: Recorder, words: tuple[str, ...]
) -> None:
    server(run, made())
    run.on(*words, code=1, stderr="Cannot connect to the Docker daemon")

    with pytest.raises(ToolError, match="Docker can't say whether k3d-"):
        standing.standing(NAME)


def test_a_mark_is_read_as_it_was_written(run: Recorder) -> None:
    mark = Mark(checkout="/wörk", addresses={"k3d-x-server-0": "172.18.0.3"}, registry=True, topology="multi")
    standing.write(NAME, mark)
    (written,) = run.commands
    server(run, made())
    run.on("cp", f"k3d-{NAME}-server-0:{standing.MARK}", stdout=written.stdin or "")

    found = standing.standing(NAME)

    assert found is not None
    assert found.mark == mark


WHOLE = [(made(), 4, True), (made(), 5, True), (made(), 3, False), (made(nodes=0), 4, False), (made(mark=None), 4, False)]  # fmt: skip


@pytest.mark.parametrize(("found", "nodes", "whole"), WHOLE)
def test_a_cluster_is_whole_while_it_has_all_nodes_with_which_it_was_marked(
    found: Standing, nodes: int, whole: bool
) -> None:
    assert found.is_whole(ClusterState(servers=1, agents=nodes - 1, running=0)) is whole


OTHERS = [
    (made(maker="/other"), "belongs to the checkout /other, not to"),
    (made(maker="/other", mark=None), "belongs to the checkout /other, not to"),
    (made(maker="", mark=None), "belongs to no checkout of the lab, not to"),
]


@pytest.mark.parametrize(("found", "says"), OTHERS)
def test_a_cluster_of_others_is_told_with_whose_it_is_and_the_way_to_take_it_over(found: Standing, says: str) -> None:
    with pytest.raises(PreflightError, match=says, check=by(causes.CLUSTER_FOREIGN)) as caught:
        require_own(NAME, found, "up")

    assert caught.value.summary.endswith("'./invokew up --take-over'")


@pytest.mark.parametrize("found", [None, made(), made(mark=None)])
def test_a_cluster_of_this_checkout_or_none_is_no_reason_to_stop(found: Standing | None) -> None:
    require_own(NAME, found, "up")


TAKEN = [
    (made(maker="/other"), {"checkout": str(ROOT), "addresses": MINE.addresses}),
    (made(maker="", mark=None), {"checkout": str(ROOT), "addresses": {}}),
    (made(), None),
    (None, None),
]


@pytest.mark.parametrize(("found", "written"), TAKEN)
def test_taking_over_changes_whose_it_is_and_not_whether_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, found: Standing | None, written: dict[str, Any] | None
) -> None:
    marks: list[Mark] = []
    monkeypatch.setattr(standing, "standing", lambda _: found)
    monkeypatch.setattr(standing, "write", lambda _, mark: marks.append(mark))

    said = take_over(NAME)

    assert [{"checkout": mark.checkout, "addresses": mark.addresses} for mark in marks] == [written] * (
        written is not None
    )
    assert said.startswith(f"cluster {NAME} is taken over" if written else f"no cluster {NAME} of another checkout")


DRIFTS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {}, []),
    ({"image": "docker.io/rancher/k3s:v1.35.5-k3s1"}, {}, []),
    ({"image": "i:2"}, {}, ["cluster.image is i:2 there, rancher/k3s:v1.35.5-k3s1 in the settings"]),
    ({}, {"agents": 1}, ["cluster.agents is 1 there, 3 in the settings"]),
    ({}, {"ports": PORTS | {1}}, []),
    ({}, {"ports": frozenset({8080})}, ["ports is 8080 there, 3000, 8080, 8081, 9090 in the settings"]),
    ({}, {"ports": frozenset()}, ["ports is none there, 3000, 8080, 8081, 9090 in the settings"]),
]


@pytest.mark.parametrize(("made_with", "state", "lines"), DRIFTS)
def test_each_difference_from_the_settings_is_a_line(
    settings: Settings, made_with: dict[str, Any], state: dict[str, Any], lines: list[str]
) -> None:
    assert drift(made(**made_with), ClusterState(**{**vars(STATE), **state}), settings) == lines


DISABLED = [
    (("traefik",), "metrics-server, servicelb, traefik there, traefik in the settings"),
    ((), "metrics-server, servicelb, traefik there, none in the settings"),
    (("metrics-server", "traefik", "servicelb"), ""),
]


@pytest.mark.parametrize(("wanted", "line"), DISABLED)
def test_add_ons_are_compared_whatever_their_order(settings: Settings, wanted: tuple[str, ...], line: str) -> None:
    other = settings.model_copy(update={"cluster": settings.cluster.model_copy(update={"disable": wanted})})

    assert drift(made(), STATE, other) == ([f"cluster.disable is {line}"] if line else [])


@pytest.mark.parametrize(
    ("known", "wanted", "lines"), [(False, "registry", 1), (True, "import", 0), (False, "import", 0)]
)
def test_nodes_that_know_no_registry_serve_imports_only(
    settings: Settings, known: bool, wanted: str, lines: int
) -> None:
    found = made(mark=Mark(checkout=str(ROOT), addresses=MINE.addresses, registry=known))

    assert len(drift(found, STATE, with_images(settings, delivery=wanted))) == lines
