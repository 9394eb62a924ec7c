"""What commands, suites and searches get of a lab on k3d."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import entry, releases, standing
from lab.bringup.standing import Mark, Standing
from lab.cluster import fault, topics
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.measure.prometheus import Prometheus
from lab.process import ledger
from lab.run.fault_schedule import OVERTIME
from lab.runtime.k3d import restart
from lab.runtime.k3d import runtime as runtime_
from lab.runtime.k3d.runtime import K3dRuntime
from lab.runtime.runtime import Runtime
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from tests.lab.doubles import FakeKube, lab_of, silent
from tests.lab.k3d_lists import made


@pytest.fixture
def runtime(lab: Lab) -> Runtime:
    """As all that use one know it."""
    return K3dRuntime(lab=lab)


@pytest.fixture
def scraped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topologies of which a scrape was waited for."""
    names: list[str] = []
    monkeypatch.setattr(entry, "await_scraped", lambda _, topology: names.append(topology.name))
    monkeypatch.setattr(releases, "password", lambda _: "x")
    return names


def test_a_load_context_is_of_the_addresses_on_this_machine(
    runtime: Runtime, settings: Settings, kube: FakeKube, scraped: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Books are emptied by restarting the topology's pods, and the broker is looked for where its Service leads."""
    restarted: list[tuple[object, str, float]] = []

    def stuck(kube: object, topology: Topology, *, deadline: float) -> None:
        restarted.append((kube, topology.name, deadline))
        raise ToolError("pod me-shard-a-1 has not ended")

    monkeypatch.setattr(restart, "restart", stuck)
    kube.objects["Pod"] = [{"metadata": {"name": "redpanda-0", "namespace": "matching-engine"}}]
    told: list[str] = []

    with runtime.load_context(settings.topology("multi"), silent, told.append) as context:
        context.say("x")
        assert context.broker_pods() == ("redpanda-0",)
        with pytest.raises(ToolError, match="has not ended"):
            context.empty_books()

    assert scraped == ["multi"]
    assert restarted == [(kube, "multi", 180)]
    assert context.control == "http://127.0.0.1:8081"
    assert isinstance(context.metrics, Prometheus)
    assert context.remote_write == "http://127.0.0.1:9090"
    assert context.grafana is not None
    assert told == ["x"]


def test_nothing_is_measured_before_each_workload_is_scraped(
    runtime: Runtime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unscraped(*_: object) -> None:
        raise ToolError("me-shard-a is not scraped")

    monkeypatch.setattr(entry, "await_scraped", unscraped)

    with ExitStack() as stack, pytest.raises(ToolError, match="not scraped"):
        stack.enter_context(runtime.load_context(settings.topology("single"), silent, silent))


@pytest.mark.usefixtures("scraped")
def test_an_outage_is_ended_by_its_watchdog_a_while_after_the_longest_of_any_case(
    runtime: Runtime, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(fault, "BrokerOutage", lambda _kube, **how: made.append(how))
    monkeypatch.setattr(topics, "watermarks", lambda _kube, names: dict.fromkeys(names, 7))

    with runtime.load_context(settings.topology("single"), silent, silent) as context:
        context.make_fault()

    (how,) = made
    assert how["longest"] == OVERTIME + max(case.fault.for_ for case in settings.cases.values() if case.fault)
    assert (how["names"], how["partitions"]) == (settings.topics.names, settings.topics.partitions)
    assert how["written"]() == dict.fromkeys(settings.topics.names, 7)


def test_a_cluster_stays_after_a_suite_and_needs_nothing_to_stand(runtime: Runtime, kube: FakeKube) -> None:
    kube.error = ToolError("it was asked")

    runtime.begin(silent)
    with runtime.stay():
        pass
    runtime.keep()


@pytest.mark.parametrize(
    ("annotated", "name"), [("multi", "multi"), ("switching to multi", "multi"), ("", None), (None, None)]
)
def test_the_topology_that_is_up_is_asked_by_a_lab_of_its_own(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, annotated: str | None, name: str | None
) -> None:
    """Its client keeps the way to this cluster, and `up` may make another one."""
    (tmp_path / "kubeconfig").touch()
    other = lab_of(settings)
    monkeypatch.setattr(runtime_, "of", lambda *_, **__: other)
    monkeypatch.setattr(Lab, "standing_topology", lambda lab: annotated if lab is other else pytest.fail("this one"))

    assert K3dRuntime(lab=lab_of(settings, kubeconfig=tmp_path / "kubeconfig")).topology_up() == name


def test_only_without_a_kubeconfig_is_no_topology_up_unasked(
    runtime: Runtime, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster that doesn't answer doesn't say that none is."""

    def broken(_: object) -> None:
        raise ToolError("the cluster doesn't answer")

    (tmp_path / "kubeconfig").touch()
    monkeypatch.setattr(Lab, "standing_topology", broken)
    monkeypatch.setattr(standing, "standing", lambda _: None)

    assert runtime.topology_up() is None
    with pytest.raises(ToolError):
        K3dRuntime(lab=lab_of(settings, kubeconfig=tmp_path / "kubeconfig")).topology_up()


def test_the_engines_are_those_that_run_by_their_images(runtime: Runtime, kube: FakeKube) -> None:
    kube.objects["Pod"] = [
        {"metadata": {"name": name, "namespace": "matching-engine"}, "spec": {"containers": [{"image": image}]}}
        for name, image in (("a", "engine:2"), ("b", "engine:1"), ("c", "engine:2"))
    ]

    assert runtime.engines() == ["engine:1", "engine:2"]


MARKED = Mark(checkout="/x", topology="multi")
STOPPED = [
    (made(), "multi"),
    (made(), None),
    (None, None),
]


@pytest.mark.parametrize(("found", "topology"), STOPPED)
def test_a_stopped_cluster_has_the_topology_that_it_was_stopped_with(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Standing | None, topology: str | None
) -> None:
    def silent_cluster(_lab: Lab) -> str:
        raise ToolError("the cluster does not answer")

    (tmp_path / "kubeconfig").touch()
    monkeypatch.setattr(Lab, "standing_topology", silent_cluster)
    stopped = replace(found, mark=MARKED) if found and topology else found
    monkeypatch.setattr(standing, "standing", lambda _: stopped)
    runtime = K3dRuntime(lab=lab_of(settings, kubeconfig=tmp_path / "kubeconfig"))

    if topology is None:
        with pytest.raises(ToolError, match="does not answer"):
            runtime.topology_up()
    else:
        assert runtime.topology_up() == topology


def test_what_a_killed_command_left_running_is_ended_and_said(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "end_commands", lambda: ["'k3d cluster create x' was ended"])
    said: list[str] = []

    runtime.begin(said.append)

    assert said == ["'k3d cluster create x' was ended"]
