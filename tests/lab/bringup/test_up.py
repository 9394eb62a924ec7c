"""The graph of `up`: what needs what, what may go side by side, and what its plan shows."""

import pytest

from lab.bringup import images, k3d_cluster, releases, standing, switch, up
from lab.cluster.lab import Lab
from lab.core import causes
from lab.core.errors import PreflightError
from lab.core.paths import STATE
from lab.manifests import manifest, node_ranges, synthesis
from lab.process import ports
from lab.process.steps import Graph, Step
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools import docker, k3d, preflight
from lab.tools.docker import Engine
from tests.lab.caused import by
from tests.lab.doubles import ONE, TWO, FakeKube, Recorder, lab_of, with_images
from tests.lab.k3d_lists import NAME, clusters, registries


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Programs of a machine that has nothing of the lab."""
    recorder = Recorder().on("inspect", code=1, stderr="No such container: x")
    return recorder.instead_of_run(
        monkeypatch, k3d_cluster, docker, images, k3d, releases, manifest, node_ranges, standing, switch
    )


@pytest.fixture(params=["registry", "import"])
def either(request: pytest.FixtureRequest, settings: Settings, kube: FakeKube) -> Lab:
    """A lab by either way of delivery."""
    return lab_of(with_images(settings, delivery=request.param), kube)


@pytest.fixture
def imports(settings: Settings, kube: FakeKube) -> Lab:
    return lab_of(with_images(settings, delivery="import"), kube)


def before(steps: list[Step]) -> dict[str, set[str]]:
    """Step to all that has to end before it begins."""
    graph, found = Graph(steps), dict[str, set[str]]()
    for name in graph.order:
        needs = graph.steps[name].needs
        found[name] = set(needs).union(*(found[need] for need in needs))
    return found


def side_by_side(steps: list[Step], one: str, other: str) -> bool:
    found = before(steps)
    return one not in found[other] and other not in found[one]


@pytest.mark.parametrize("topology", [ONE, TWO])
def test_preflight_comes_before_all_and_ready_after_all(either: Lab, topology: Topology) -> None:
    found = before(up.steps(either, topology))

    assert all("preflight" in needs for name, needs in found.items() if name != "preflight")
    assert found["ready"] == found.keys() - {"ready"}


ORDER = [
    (later, earlier)
    for later, needs in {
        "synth": ["image engine"],
        "cluster": ["remains"],
        "apply": ["cluster", "synth", "deliver redpanda"],
        "heal": ["cluster"],
        "nodes": ["cluster"],
        "topics": ["apply"],
        "shards": ["topics", "deliver engine"],
        "switch": ["shards"],
        "ready": ["switch"],
        "prometheus": ["apply", "deliver prometheus"],
        "grafana": ["apply", "deliver grafana"],
        "deliver grafana": ["image grafana"],
    }.items()
    for earlier in needs
]


@pytest.mark.parametrize(("later", "earlier"), ORDER)
def test_what_has_to_be_there_first_is(either: Lab, later: str, earlier: str) -> None:
    """Among them topics before shards, and the dashboards' ConfigMap before Grafana."""
    assert earlier in before(up.steps(either, ONE))[later]


def test_an_image_is_placed_where_its_pods_will_be_while_they_can_t_start_yet(lab: Lab, imports: Lab) -> None:
    found = before(up.steps(lab, ONE))

    assert {"deliver engine", "cluster"} <= found["place engine"]
    assert "place engine" in found["shards"]
    assert "topics" not in found["place engine"]
    assert "remains" in found["place redpanda"]  # else it may go into a node that is about to be taken away
    assert "place gateway" not in found
    assert "place gateway" in before(up.steps(lab, TWO))["shards"]
    assert {"deliver control", "place engine"} <= found["place control"]
    assert {"deliver control", "place gateway"} <= before(up.steps(lab, TWO))["place control"]
    assert "place control" in found["shards"]
    assert "place control" not in found["prometheus"]
    assert not [name for name in before(up.steps(imports, TWO)) if name.startswith("place")]


ANY_WAY = [
    ("image engine", "cluster"),
    ("image redpanda", "cluster"),
    ("image engine", "image redpanda"),
    ("prometheus", "grafana"),
    ("prometheus", "topics"),
    ("grafana", "shards"),
    ("synth", "cluster"),
]


@pytest.mark.parametrize(("one", "other"), ANY_WAY)
def test_what_does_not_need_each_other_may_go_side_by_side(either: Lab, one: str, other: str) -> None:
    assert side_by_side(up.steps(either, ONE), one, other)


@pytest.mark.parametrize("role", ["engine", "redpanda", "prometheus", "grafana"])
def test_images_are_pushed_while_the_cluster_starts(lab: Lab, role: str) -> None:
    steps = up.steps(lab, ONE)

    assert side_by_side(steps, f"deliver {role}", "cluster")
    assert "registry" in before(steps)[f"deliver {role}"]


def test_with_a_registry_nothing_but_readiness_waits_for_all_nodes(lab: Lab) -> None:
    found = before(up.steps(lab, ONE))

    assert [name for name, needs in found.items() if "nodes" in needs] == ["ready"]


def test_an_import_waits_for_all_nodes_and_makes_no_registry(imports: Lab) -> None:
    found = before(up.steps(imports, ONE))

    assert "registry" not in found
    assert all("nodes" in found[f"deliver {role}"] for role in images.roles(imports.settings, ONE))


def test_the_gateway_s_image_is_had_only_where_orders_need_routing(either: Lab) -> None:
    assert "deliver gateway" in before(up.steps(either, TWO))["shards"]
    assert not any("gateway" in step.name for step in up.steps(either, ONE))


def test_images_alone_bring_no_more_than_they_need(lab: Lab, imports: Lab) -> None:
    def names(of: Lab) -> set[str]:
        return {step.name for step in up.image_steps(of, ONE) if not step.name.startswith(("image ", "deliver "))}

    assert names(lab) == {"preflight", "registry"}
    assert names(imports) == {"preflight", "remains", "cluster", "nodes"}


def lines_of(lab: Lab, topology: Topology = ONE) -> list[str]:
    return list(up.plan(up.steps(lab, topology)))


def test_the_plan_of_an_empty_machine_names_every_step_in_order_and_changes_nothing(lab: Lab, run: Recorder) -> None:
    lines = lines_of(lab)

    steps = [line.partition(":")[0] for line in lines if not line.startswith("  ")]
    assert steps == list(Graph(up.steps(lab, ONE)).order)
    assert {command.argv[1:3] for command in run.commands} <= {
        ("image", "inspect"),
        ("ps", "--all"),
        ("volume", "ls"),
        ("network", "ls"),
        ("registry", "list"),
        ("cluster", "list"),
    }


PLANNED = [
    ("docker info ", "--format '{{json .}}'"),
    (
        "k3d registry create ",
        "matching-engine-exp-registry --image docker.io/library/registry:2 --port 127.0.0.1:5111 --no-help",
    ),
    ("docker pull ", "--quiet docker.redpanda.com/redpandadata/redpanda:v26.2.1"),
    ("docker push ", "--quiet 127.0.0.1:5111/redpandadata/redpanda:v26.2.1-ID"),
    ("k3d kubeconfig get ", NAME),
    ("k3d cluster create --config ", "k3d.yaml"),
    (f"kubectl --kubeconfig /lab/kubeconfig --context k3d-{NAME} apply ", "app notin ("),
    ("helm upgrade prometheus ", f"--kubeconfig /lab/kubeconfig --kube-context k3d-{NAME}"),
    ("helm upgrade grafana ", "<<EOF…"),
    ("rpk topic create ", "orders matches -p 12 -r 1"),
]


@pytest.mark.parametrize(("begins", "has"), PLANNED)
def test_the_plan_shows_the_commands_and_where_they_act(lab: Lab, run: Recorder, begins: str, has: str) -> None:
    del run

    assert any(has in line for line in lines_of(lab) if line.startswith(f"  {begins}"))


def test_the_plan_of_an_import_shows_an_import(imports: Lab, run: Recorder) -> None:
    del run
    archive = STATE / "redpanda.tar"

    assert f"  k3d image import {archive} --cluster {NAME} --mode direct" in lines_of(imports)
    assert not any("docker push" in line for line in lines_of(imports))


def test_the_plan_says_why_there_is_nothing_to_do(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.on("registry", "list", stdout=registries())
    run.on("image", "inspect", stdout="sha256:0123456789abcdef null")
    monkeypatch.setattr(images, "in_registry", lambda item: item.role == "redpanda")
    monkeypatch.setattr(synthesis, "is_current", lambda *_: False)

    lines = lines_of(lab)

    assert "registry: listens on 127.0.0.1:5111; nothing to do" in lines
    name = "docker.redpanda.com/redpandadata/redpanda:v26.2.1"
    assert f"image redpanda: {name} is in Docker's store; nothing to do" in lines
    kept = f"k3d-{NAME}-registry:5000/redpandadata/redpanda:v26.2.1-0123456789ab"
    assert f"deliver redpanda: {kept}; nothing to do" in lines
    assert "deliver grafana" in lines
    assert "image engine" in lines


TAKEN: list[tuple[str, str, str, set[str]]] = [
    ("registry", "[]", "[]", {"entry", "control", "prometheus", "grafana", "registry"}),
    ("registry", "[]", registries(), {"entry", "control", "prometheus", "grafana"}),
    ("registry", clusters(), "[]", {"registry"}),
    ("registry", clusters(), registries(), set()),
    ("import", "[]", "[]", {"entry", "control", "prometheus", "grafana"}),
    ("import", clusters(), "[]", set()),
]


@pytest.mark.parametrize(("way", "listed", "ports"), [(way, listed, ports) for way, *listed, ports in TAKEN])
def test_the_ports_to_take_are_those_that_the_lab_does_not_hold(
    settings: Settings, run: Recorder, way: str, listed: list[str], ports: set[str]
) -> None:  # fmt: skip
    run.on("cluster", "list", stdout=listed[0]).on("registry", "list", stdout=listed[1])

    assert up.ports_to_take(lab_of(with_images(settings, delivery=way))).keys() == ports


def preflight_of(lab: Lab, monkeypatch: pytest.MonkeyPatch, *, cpus: int = 12) -> str | None:
    engine = Engine(version="27", cpus=cpus, memory=2**35, cgroup="2", storage="overlay2")
    monkeypatch.setattr(docker, "engine", lambda: engine)
    monkeypatch.setattr(preflight, "open_files", lambda: 4096)
    return up.preflight_step(lab, ONE).run(lambda _: None)


def test_a_machine_that_will_do_is_said_nothing_of(lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    del run
    monkeypatch.setattr(preflight, "require_free", lambda _: None)

    assert preflight_of(lab, monkeypatch) == ""
    assert (
        preflight_of(lab, monkeypatch, cpus=2)
        == "the pods request 2.55 cores, Docker has 2: they share; saturation is measured"
    )


def test_a_port_that_is_taken_ends_it_before_anything_is_made(
    lab: Lab, run: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "taken_ports", lambda _: {"entry": 8080})
    monkeypatch.setattr(ports, "holder", lambda _: "nginx (pid 1)")

    with pytest.raises(
        PreflightError,
        match=r"port 8080 on 127.0.0.1 is taken by nginx \(pid 1\); free it",
        check=by(causes.PORT_TAKEN),
    ):
        preflight_of(lab, monkeypatch)

    assert {command.argv[2] for command in run.commands} == {"list", "inspect"}
