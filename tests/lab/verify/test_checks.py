"""How the checks of `verify` read a lab: what they ask for, send and make, and that they leave nothing."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from lab.bringup import images as images_
from lab.bringup import k3d_cluster, releases, throwaway
from lab.bringup.images import Delivery
from lab.cluster import topics
from lab.cluster.fault import Instants
from lab.cluster.kube import Object
from lab.conduct import suite as conducted
from lab.core.asking import Answer, ask
from lab.core.errors import ToolError
from lab.judge.verdict import Outcome, Verdict
from lab.manifests.changes import Change
from lab.manifests.manifest import Manifest
from lab.measure.counters import Series
from lab.measure.metrics import HANDLERS, Selector
from lab.measure.prometheus import Prometheus
from lab.runtime.k3d.verify import CHECKS
from lab.settings.settings import Settings
from lab.settings.suites import Suite
from lab.store.files import MeasurementsFile
from lab.store.runs import Run, write_text
from lab.tools import k3d
from lab.tools.kubectl import ObjectName
from lab.verify import (  # fmt: skip
    addresses,
    agreement,
    broker_outage,
    dashboards,
    image_origins,
    live_objects,
    nodes,
    order,
    redpanda,
    teardown,
    traffic,
    trial_cases,
)
from lab.verify import workload_parts as parts
from lab.verify.finding import Finding
from lab.verify.site import Site
from lab.verify.traffic import Traffic
from tests.lab import sites
from tests.lab.doubles import FakeKube, Recorder, lab_of
from tests.lab.made import measured
from tests.lab.runtimes import FakeRuntime
from tests.lab.served import Served, served
from tests.lab.sites import SETTINGS, SINGLE, site

ACCEPTED = (200, {"status": "ACCEPTED"})


class Counted(Prometheus):
    """A Prometheus of given counters of each pod, one reading after another."""

    def __init__(self, *readings: Mapping[str, float], answers: bool = True) -> None:
        super().__init__("http://127.0.0.1:1")
        self.readings = list(readings)
        self.answers = answers
        self.waits: list[float] = []

    def wait(self, wanted: Selector, *, after: float, deadline: float) -> bool:
        assert wanted == HANDLERS
        assert deadline > 0
        self.waits.append(after)
        return self.answers

    def latest(self, wanted: Selector) -> tuple[Series, ...]:
        assert str(wanted) == "me_matches_total"
        return tuple(
            Series(labels={"shard": pod.partition("-")[0], "pod": pod}, points=((0.0, value),))
            for pod, value in self.readings.pop(0).items()
        )

    def targets(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(
            sites.target(one) for one in (sites.shard("a"), sites.shard("b"), sites.shard("c"), sites.gateway())
        )


def site_with(topology: str = "single", *pods: Any, prometheus: Prometheus | None = None) -> Site:
    made = site(topology, FakeKube({"Pod": list(pods), "Node": sites.nodes()}))
    made.__dict__["prometheus"] = prometheus or Counted()  # where `cached_property` keeps it
    return made


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is waited for: targets are as they are, and scraped as they say."""
    monkeypatch.setattr("lab.verify.site.SETTLED", 0.0)
    monkeypatch.setattr(order, "wait_for_scrape", Counted.wait)


@pytest.fixture
def entry() -> Iterator[Served]:
    with served({"/orders": ACCEPTED, "/seed": (200, {"seeded": 1}), "/seed/b": (200, {"seeded": 1})}) as state:
        yield state


def at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the lab's addresses are this one."""
    monkeypatch.setattr(Site, "urls", property(lambda _: dict.fromkeys(("orders", "prometheus", "grafana"), url)))


SHARD = sites.shard()
LEAVING = sites.shard(deletionTimestamp="2026-11-22T20:00:00Z")
EVERYTHING = (sites.shard("a"), sites.shard("b"), sites.shard("c"), sites.gateway())


ALL_PODS = "me-shard-a-1, me-shard-b-1, me-shard-c-1, edge-gateway-1"


@pytest.mark.parametrize(
    ("check", "topology", "pods", "ok", "says"),
    [
        (nodes.check, "single", (), True, "1 server and 3 agents are Ready"),
        (parts.check_first_shard, "single", (SHARD,), True, "Running, healthy and scraped: me-shard-a-1"),
        (parts.check_first_shard, "single", (LEAVING,), False, "me-shard-a has no pod"),
        (parts.check_monitoring, "single", (*sites.monitors(), SHARD), True, "Running: prometheus-1, grafana-1"),
        (parts.check_all, "multi", EVERYTHING, True, f"Running, healthy and scraped: {ALL_PODS}"),
        (parts.check_all, "multi", EVERYTHING[1:], False, "me-shard-a has no pod"),
        (parts.check_all, "single", (SHARD,), None, "has one shard; './invokew up --topology=multi' brings more"),
        (agreement.check_scraping, "multi", EVERYTHING, True, f"scraped by one target each: {ALL_PODS}"),
    ],
)
def test_a_check_reads_the_pods_and_targets_that_are_there(
    check: Callable[[Site], Finding], topology: str, pods: tuple[Object, ...], ok: bool | None, says: str
) -> None:
    """Those on their way out don't count, and none of another namespace."""
    found = check(site_with(topology, *pods))

    assert found.ok is ok
    assert found.evidence.endswith(says)


def test_a_broker_that_is_not_there_is_not_asked_for_its_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "read", lambda _: {"orders": 12, "matches": 12})
    assert redpanda.check(site_with("single", sites.broker())).ok

    monkeypatch.setattr(topics, "read", lambda _: pytest.fail("asked"))
    assert redpanda.check(site_with()).evidence == "redpanda-0 has no pod"


@pytest.mark.parametrize(
    ("topology", "roles"), [("single", ["engine", "control"]), ("multi", ["engine", "gateway", "control"])]
)
def test_images_are_those_that_the_topology_needs(
    topology: str, roles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def delivery(_settings: Settings, role: Any) -> Delivery:
        asked.append(role)
        return Delivery(role=role, source=role, id="sha256:1", reference="image:1", pushed="127.0.0.1:5111/x")

    monkeypatch.setattr(images_, "delivery", delivery)
    monkeypatch.setattr(images_, "in_registry", lambda _: True)
    found = image_origins.check(site_with(topology, *EVERYTHING, sites.control()))

    assert found.ok
    assert asked == roles
    assert ("needs no edge-gateway" in found.evidence) == (topology == "single")


def test_an_image_is_looked_up_where_the_nodes_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pushed = Delivery(role="engine", source="e", id="sha256:1", reference="image:1", pushed="127.0.0.1:5111/x:1")
    monkeypatch.setattr(images_, "in_registry", lambda _: False)
    monkeypatch.setattr(images_, "nodes_without", lambda *_: ["k3d-lab-agent-1"])

    assert image_origins._lacking(SETTINGS, pushed) == ["the registry (127.0.0.1:5111)"]
    assert image_origins._lacking(SETTINGS, replace(pushed, pushed=None)) == ["k3d-lab-agent-1"]


def test_an_answer_keeps_status_and_body_and_silence_its_cause(entry: Served) -> None:
    assert ask(f"{entry.url}/orders", body={"x": 1}) == Answer(status=200, text='{"status": "ACCEPTED"}')
    assert entry.asked[0][2] == {"x": 1}
    assert ask(f"{entry.url}/nowhere").status == 404
    assert ask("http://127.0.0.1:1/").status == 0
    assert "Connection refused" in str(ask("http://127.0.0.1:1/"))
    assert Answer(status=200, text="no json").said("status") is None


def test_the_ports_and_a_forward_to_the_first_shard_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with served({"/health": (200, {"status": "UP"}), "/-/ready": (200, "ready")}) as state:
        forwards: list[str] = []

        @contextmanager
        def forward(_access: Any, route: Any, **_: Any) -> Iterator[Any]:
            forwards.append(str(route))
            yield type("Running", (), {"address": state.url.removeprefix("http://")})

        monkeypatch.setattr(addresses, "Forward", forward)
        at(state.url, monkeypatch)

        assert addresses.check_ports(site_with()).ok
        assert forwards == ["me-shard-a:8080"]
        assert [path for path, *_ in state.asked] == ["/health", "/-/ready", "/health"]


def test_health_is_asked_at_the_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    with served({"/health": (200, {"status": "UP", "shardId": "a"})}) as state:
        at(state.url, monkeypatch)
        assert addresses.check_health(site_with()).ok


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": 41.0}, {"a": 42.0}),
        # The pod before the present one may be known for a while; and it has the labels of its shard too.
        ({"a-1": 40.0, "a-2": 1.0}, {"a-1": 40.0, "a-2": 2.0}),
    ],
)
def test_a_shards_count_is_that_of_all_its_series_at_scrapes_before_and_after_the_order(
    entry: Served, monkeypatch: pytest.MonkeyPatch, before: dict[str, float], after: dict[str, float]
) -> None:
    at(entry.url, monkeypatch)
    prometheus = Counted(before, after)

    assert order.check(site_with(prometheus=prometheus)) == Finding(
        ok=True, evidence="me_matches_total of shard a: 41 → 42"
    )
    assert prometheus.waits[1] >= prometheus.waits[0] + order.SETTLES * 1000


def test_an_order_is_seen_by_any_metrics_and_any_way_in(entry: Served) -> None:
    found = order.check_with(Counted({"a": 0.0}, {"a": 1.0}), entry.url, SINGLE)

    assert found == Finding(ok=True, evidence="me_matches_total of shard a: 0 → 1")


def test_an_order_that_is_refused_turns_it_red(entry: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    at(entry.url, monkeypatch)
    entry.answers["/orders"] = (500, {})

    assert order.check(site_with(prometheus=Counted({"a": 41.0}))).ok is False


def test_engines_that_are_not_scraped_are_an_error_that_says_so() -> None:
    with pytest.raises(ToolError, match=r"the engines were not scraped within 15 s; run './invokew status'"):
        order.check(site_with(prometheus=Counted(answers=False)))


def test_grafana_is_asked_with_and_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [{"type": "prometheus", "name": "Prometheus", "uid": "u"}]
    asked: list[tuple[str, Any]] = []

    def answer(url: str, *, login: Any) -> Answer:
        asked.append((url.removeprefix("http://127.0.0.1:3000"), login))
        allowed = login == ("admin", "admin")
        return Answer(status=200, text=json.dumps(sources)) if allowed else Answer(status=401)

    monkeypatch.setattr(dashboards, "ask", answer)

    assert dashboards.check(site_with()).ok
    assert asked == [
        ("/api/datasources", ("admin", "admin")),
        ("/api/datasources", dashboards.NOBODY),
        ("/api/datasources/proxy/uid/u/api/v1/query?query=vector(1)", ("admin", "admin")),
    ]
    assert dashboards.NOBODY[0] != dashboards.USER, "Grafana would lock the admin out"


class Throwaway:
    """Docker and k3d with at most one throw-away cluster; `stays` is left when it is deleted."""

    def __init__(self, *there: str, stays: tuple[str, ...] = ()) -> None:
        self.there = list(there)
        self.stays = list(stays)
        self.commands: list[str] = []

    def run(self, command: Any, *, check: bool = True) -> None:
        del check
        self.commands.append(" ".join(command.argv[1:3]))
        self.there = ["container c", "network n"] if "create" in command.argv else list(self.stays)

    def left_of(self, name: str) -> list[str]:
        assert name == "matching-engine-exp-ac11"
        return list(self.there)


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def use(world: Throwaway) -> Throwaway:
        for module in (teardown, throwaway):
            monkeypatch.setattr(module, "run", world.run)
            monkeypatch.setattr(module, "left_of", world.left_of)
        monkeypatch.setattr(throwaway, "remove_leftovers", lambda _: [])
        monkeypatch.setattr(teardown, "FILE", tmp_path / "throwaway.yaml")
        monkeypatch.setattr(teardown, "contexts", lambda _: [])
        return world

    return use


@pytest.mark.parametrize(
    ("world", "evidence", "commands"),
    [
        (Throwaway(), "", ["cluster create", "cluster delete"]),
        (Throwaway("network n"), "", ["cluster delete", "cluster create", "cluster delete"]),
        (Throwaway(stays=("network k3d-x",)), "network k3d-x is left", ["cluster create", "cluster delete"]),
    ],
    ids=["nothing is left", "one was left behind", "something stays"],
)
def test_a_cluster_is_made_and_goes_again(
    around: Any, tmp_path: Path, world: Throwaway, evidence: str, commands: list[str]
) -> None:
    around(world)

    found = teardown.check(site_with())

    assert found.ok is not bool(evidence)
    assert evidence in found.evidence
    assert world.commands == commands
    assert list(tmp_path.iterdir()) == []


def test_it_goes_though_its_making_fails(around: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = around(Throwaway())

    def run(command: Any, *, check: bool = True) -> None:
        world.run(command, check=check)
        if "create" in command.argv:
            raise ToolError("k3d failed")

    monkeypatch.setattr(teardown, "run", run)

    with pytest.raises(ToolError, match="k3d failed"):
        teardown.check(site_with())
    assert world.there == []


def test_the_throw_away_cluster_collides_with_nothing_of_the_lab_s() -> None:
    config = yaml.safe_load(throwaway.config_text(SETTINGS))

    assert config["metadata"]["name"] == "matching-engine-exp-ac11"
    assert (config["servers"], config["agents"], config["ports"]) == (1, 0, [])
    assert "registries" not in config
    assert config["image"] == SETTINGS.cluster.image
    assert config["options"]["kubeconfig"] == {"updateDefaultKubeconfig": False, "switchCurrentContext": False}


def test_its_name_is_one_that_k3d_takes_and_no_item_of_it_is_the_lab_s() -> None:
    long = SETTINGS.model_copy(update={"name": "x" * 32})

    assert len(throwaway.throwaway(long).name) == 32
    assert not k3d_cluster._belongs("container", "k3d-matching-engine-exp-ac11-server-0", SETTINGS.name)


def test_a_context_in_the_user_s_kubeconfig_is_found(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("contexts:\n- name: k3d-lab-ac11\n")

    assert teardown.contexts("lab-ac11", [config, tmp_path / "absent"]) == [str(config)]
    assert teardown.contexts("other", [config]) == []


RUN = "20261122T200000Z-asr1-single"


@dataclass
class Trials:
    """Stands in for the suites' runner: notes what it ran, and leaves a run's folder."""

    folder: Path
    accepted: int = 80
    ran: list[tuple[Any, Suite]] = field(default_factory=list)

    def run_suite(self, on: Any, suite: Suite) -> Verdict:
        self.ran.append((on, suite))
        run = Run(self.folder, RUN)
        run.path.mkdir()
        for case in suite.cases:
            run.case(case.id)
            run.write(MeasurementsFile(measurements=replace(measured(case.id), accepted=self.accepted)), case.id)
        write_text(self.folder / "latest", RUN + "\n")
        return Verdict(suite="asr1", profile="smoke", runtime="k3d", outcome=Outcome.PASS, reason="", cases=())


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trials:
    made = Trials(tmp_path / "runs")
    made.folder.mkdir()
    monkeypatch.setattr(trial_cases, "RUNS", made.folder)
    monkeypatch.setattr(trial_cases, "ROOT", tmp_path)
    monkeypatch.setattr(conducted, "run_suite", made.run_suite)
    return made


@pytest.mark.parametrize("latest", ["", "mine\n"])
@pytest.mark.parametrize(
    ("id_", "topology", "cases"), [("ac12", "single", ["a1", "a2"]), ("ac13", "multi", ["b2", "b3"])]
)
def test_the_runner_runs_two_cases_as_a_trial_and_its_run_goes_again(
    trials: Trials, id_: str, topology: str, cases: list[str], latest: str
) -> None:
    if latest:
        write_text(trials.folder / "latest", latest)

    found = CHECKS[id_](site_with(topology))

    assert found.ok
    assert found.evidence.endswith(f"the verdict was PASS; runs/{RUN} is removed again")
    ((on, suite),) = trials.ran
    assert (suite.profile, suite.topology.name, [case.id for case in suite.cases]) == ("smoke", topology, cases)
    assert (on.name, suite.runtime) == ("k3d", "k3d")
    assert {path.name: path.read_text() for path in trials.folder.iterdir()} == ({"latest": latest} if latest else {})


def test_a_run_that_broke_is_kept_as_evidence(trials: Trials) -> None:
    trials.accepted = 0

    found = CHECKS["ac12"](site_with())

    assert found.ok is False
    assert found.evidence.endswith(f"; look at runs/{RUN}")
    assert (trials.folder / RUN).is_dir()


def test_the_runner_runs_on_the_runtime_that_is_up(trials: Trials) -> None:
    runtime = FakeRuntime(lab_of(SETTINGS), name="process")

    trial_cases.check_with(runtime, SINGLE, *trial_cases.ASR1)

    assert [(on, suite.runtime) for on, suite in trials.ran] == [(runtime, "process")]


@pytest.mark.parametrize(
    ("id_", "topology", "says"),
    [
        ("ac12", "multi", "topology multi has a gateway; './invokew up --topology=single'"),
        ("ac13", "single", "topology single has no gateway; './invokew up --topology=multi'"),
    ],
)
def test_each_suite_does_not_apply_to_the_other_topology(id_: str, topology: str, says: str) -> None:
    assert CHECKS[id_](site_with(topology)) == Finding(ok=None, evidence=says)


class Outage:
    """An outage that notes what was called, and holds for as long as it takes for some orders."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        self.instants = Instants()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append("left")

    def inject(self) -> None:
        self.calls.append("inject")
        self.instants.asked = self.instants.gone = 1

    def recover(self) -> None:
        self.calls.append("recover")
        self.instants.ready = 10**15


@pytest.mark.parametrize(("status", "says"), [(200, "orders accepted meanwhile"), (503, "orders failed meanwhile")])
def test_orders_flow_while_the_broker_is_away(
    entry: Served, monkeypatch: pytest.MonkeyPatch, status: int, says: str
) -> None:
    calls: list[str] = []
    at(entry.url, monkeypatch)
    entry.answers["/orders"] = (status, {"status": "ACCEPTED"})
    monkeypatch.setattr(broker_outage, "outage_of", lambda *_, **__: Outage(calls))
    monkeypatch.setattr(broker_outage, "AWAY", 0.05)
    monkeypatch.setattr(traffic, "PAUSE", 0.005)

    found = broker_outage.check(site_with("single", SHARD))

    assert found.ok is (status == HTTPStatus.OK)
    assert says in found.evidence
    assert calls == ["inject", "recover", "left"]


def test_traffic_ends_with_its_context_and_knows_when_what_was_sent(entry: Served) -> None:
    with Traffic(entry.url, SINGLE) as flow:
        pass

    assert not any(thread.name == "traffic" for thread in threading.enumerate())
    assert flow.between(0, 10**15)
    assert not flow.between(0, 1)


def test_restarts_are_those_of_what_handles_orders() -> None:
    found = [sites.shard(restarts=2), sites.gateway(), sites.broker(restarts=5)]

    assert broker_outage.restarts(found) == {"me-shard-a-1": 2, "edge-gateway-1": 0}


CHANGED = Change(
    mark="~",
    name=ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-a"),
    fields=("spec.replicas",),
)


@pytest.fixture
def difference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the cluster is told apart by; nothing of it yet."""
    found: dict[str, Any] = {"changes": [], "leftovers": set(), "rendered": []}
    monkeypatch.setattr(live_objects, "STATE", tmp_path)
    monkeypatch.setattr(images_, "delivery", lambda settings, role: images_.delivery_of(settings, role, "sha256:1"))
    monkeypatch.setattr(live_objects, "run", lambda command: found["rendered"].append(json.loads(command.stdin)))
    monkeypatch.setattr(Manifest, "fit", lambda _: None)
    monkeypatch.setattr(Manifest, "changes", lambda _, selector: selector or found["changes"])
    monkeypatch.setattr(Manifest, "leftovers", lambda _: found["leftovers"])
    monkeypatch.setattr(live_objects, "_outdated", lambda *_: iter(()))
    return found


def test_a_cluster_that_is_what_the_settings_yield_has_no_drift(difference: dict[str, Any], tmp_path: Path) -> None:
    assert live_objects.check(site_with("multi")).ok
    (asked,) = difference["rendered"]
    assert asked["topologies"] == ["multi"]
    assert asked["settings"]["images"]["engine"]["name"].endswith("/matching-engine:experiment-v1-1"), "as delivered"
    assert list(tmp_path.iterdir()) == [], "the manifest was for this comparison alone"


def test_an_object_that_differs_or_is_left_over_is_drift(difference: dict[str, Any]) -> None:
    left = ObjectName(kind="Deployment", namespace="matching-engine", name="me-shard-b")
    difference |= {"changes": [CHANGED], "leftovers": {left}}

    assert live_objects.check(site_with()).evidence == (
        "different from the settings: ~ deployment/me-shard-a: spec.replicas; run './invokew up'; "
        "not of this topology: deployment/me-shard-b; run './invokew up'"
    )


def test_a_comparison_that_fails_is_no_drift_but_an_error(difference: dict[str, Any]) -> None:
    difference["changes"] = None

    with pytest.raises(ToolError, match="the cluster can't be compared with the manifest"):
        live_objects.check(site_with())


@pytest.mark.parametrize("answer", ["", "made by hand"])
def test_a_release_that_is_absent_or_of_other_values_is_outdated(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    status = json.dumps({"info": {"status": "deployed", "description": answer}}) if answer else ""
    monkeypatch.setattr(releases, "run", Recorder().on("status", stdout=status))

    why = "other values or chart" if answer else "absent"
    assert list(live_objects._outdated(site_with().lab, SETTINGS)) == [f"prometheus ({why})", f"grafana ({why})"]


def test_objects_are_the_lab_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder().on("get", stdout='{"items": [{"kind": "Service", "metadata": {"name": "entry"}}]}')
    monkeypatch.setattr(live_objects, "run", recorder)

    assert [item["kind"] for item in live_objects.read(site_with().lab)] == ["Service"]
    assert recorder.asked("--selector", "app.kubernetes.io/part-of=matching-engine-lab")


def test_names_are_compared_among_the_live_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "read", lambda _: [])

    assert agreement.check_names(site_with()).ok


def test_k3d_s_own_names_are_what_teardown_looks_for(settings: Settings) -> None:
    """`down` of the lab doesn't see the throw-away cluster as its own, so the check removes it itself."""
    other = throwaway.throwaway(settings)
    assert k3d.delete_command("k3d", other.name).argv == ("k3d", "cluster", "delete", other.name)
