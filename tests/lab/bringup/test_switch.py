"""Switching topologies loses no order, tells the truth wherever it ends, and can be gone on with from there."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.bringup import entry, images, switch
from lab.bringup import workloads as workloads_
from lab.bringup.switch import SWITCHING, LiveState, Switch
from lab.bringup.workloads import Workloads
from lab.cluster.lab import Lab
from lab.core.access import SPEC
from lab.core.errors import ToolError
from lab.core.paths import DIST
from lab.manifests import manifest, node_ranges, phases
from lab.process.steps import Graph
from lab.settings.settings import Settings
from lab.settings.topology import Topology
from lab.tools.kubectl import ObjectName
from tests.lab.doubles import Recorder, lab_of
from tests.lab.fake_cluster import FakeCluster, PowerCutError, key_of, read, takes

GATEWAY_KEY = ("Deployment", SPEC.workloads, "edge-gateway")
SHARD_A = ("Deployment", SPEC.workloads, "me-shard-a")
TO_GATEWAY, TO_SHARD = {"app": "edge-gateway"}, {"app": "matching-engine", "shard": "a"}

Up = Callable[[str], None]


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def up(settings: Settings, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> Up:
    """The part of `up` that changes objects, on the committed manifests; every pod is ready at once."""
    for module in (manifest, node_ranges, switch, images):
        monkeypatch.setattr(module, "run", cluster.run)
    monkeypatch.setattr(workloads_, "are_ready", lambda _, targets: _all_there(cluster, targets))
    monkeypatch.setattr(workloads_, "wait_ready", lambda *_, **__: None)
    monkeypatch.setattr(workloads_, "await_default_storage", lambda *_, **__: None)
    monkeypatch.setattr(entry, "_health", lambda _: _health(cluster))

    def bring(name: str) -> None:
        lab = lab_of(settings, cluster.kube)
        workloads = Workloads(lab, settings.topology(name))
        workloads.manifest.path = DIST / f"{name}.k8s.yaml"
        steps = [workloads.broker(()), workloads.shards(("apply",)), workloads.switching.step(("shards",))]
        Graph(steps).run()

    return bring


def _all_there(cluster: FakeCluster, targets: list[Any]) -> bool:
    return all((target.kind, target.namespace, target.name) in cluster.objects for target in targets)


def _health(cluster: FakeCluster) -> dict[str, str]:
    return {"component": "edge-gateway"} if cluster.entry == TO_GATEWAY else {"shardId": cluster.entry["shard"]}


def objects_of(topology: str) -> dict[Any, Any]:
    return {key_of(item): item for item in read(DIST / f"{topology}.k8s.yaml")}


def loses_no_order(cluster: FakeCluster) -> None:
    """What the entry leads to stands with its policies, and so does all that it sends orders on to."""
    policies = {key[2] for key in cluster.objects if key[0] == "NetworkPolicy"}
    if cluster.entry == TO_GATEWAY:
        assert GATEWAY_KEY in cluster.objects
        assert {"edge-gateway", "matching-engine-from-edge-gateway"} <= policies
        assert {("Deployment", SPEC.workloads, f"me-shard-{id_}") for id_ in "abc"} <= cluster.objects.keys()
        assert {("Service", SPEC.workloads, f"me-shard-{id_}") for id_ in "abc"} <= cluster.objects.keys()
    else:
        assert cluster.entry == TO_SHARD
        assert SHARD_A in cluster.objects
        assert "matching-engine-from-nodes" in policies


def tells_the_truth(cluster: FakeCluster) -> None:
    """A topology that is named stands in full and alone; else one is said to be on its way."""
    if not cluster.annotation.startswith(SWITCHING):
        assert cluster.objects == objects_of(cluster.annotation)


def is_sound(cluster: FakeCluster) -> None:
    loses_no_order(cluster)
    tells_the_truth(cluster)


WAYS = [("single", "multi"), ("multi", "single")]


@pytest.mark.parametrize(("before", "after"), WAYS)
def test_after_every_single_change_of_a_switch_orders_get_through_and_the_namespace_is_right(
    cluster: FakeCluster, up: Up, before: str, after: str
) -> None:
    up(before)
    cluster.watch = is_sound
    changes = cluster.changes

    up(after)

    assert cluster.changes > changes + 8
    assert cluster.objects == objects_of(after)


@pytest.mark.parametrize("finally_", ["single", "multi"])
@pytest.mark.parametrize(("before", "after"), WAYS)
def test_a_switch_that_was_cut_off_anywhere_is_ended_by_another_up_to_either_topology(
    cluster: FakeCluster, up: Up, before: str, after: str, finally_: str
) -> None:
    up(before)
    fresh = copy.deepcopy(cluster.objects)
    up(after)
    whole = cluster.changes

    for cut in range(whole):
        cluster.objects, cluster.changes, cluster.budget = copy.deepcopy(fresh), 0, cut
        cluster.watch = is_sound
        try:
            up(after)
        except PowerCutError:
            tells_the_truth(cluster)
        else:
            assert cluster.objects == objects_of(after)
            break
        cluster.budget = None
        up(finally_)
        assert cluster.objects == objects_of(finally_)
    else:
        pytest.fail("no switch came to its end")


def test_there_and_back_leaves_what_a_fresh_lab_has_and_restarts_no_shard(cluster: FakeCluster, up: Up) -> None:
    """Without pruning, shards b and c and the gateway would stay."""
    up("single")
    fresh = copy.deepcopy(cluster.objects)
    versions = dict(cluster.versions)

    up("multi")
    up("single")

    assert cluster.objects == fresh
    changed = {key for key in versions if cluster.versions[key] != versions[key]}
    assert changed == {
        ("Deployment", SPEC.workloads, "control"),  # it goes where the orders come in
        ("Namespace", "", SPEC.workloads),
        ("Service", SPEC.workloads, "entry"),
        ("NetworkPolicy", SPEC.workloads, "matching-engine-from-nodes"),
    }


def test_a_fresh_lab_has_its_entry_with_the_first_part_and_no_further_apply(cluster: FakeCluster, up: Up) -> None:
    """What a switch needs costs a fresh lab nothing."""
    up("multi")

    assert [words.split()[0] for words in cluster.asked] == ["apply", "apply", "get"]


def test_up_again_changes_nothing(cluster: FakeCluster, up: Up) -> None:
    up("multi")
    changes = cluster.changes
    cluster.asked.clear()

    up("multi")

    assert cluster.changes == changes
    assert [words.split()[0] for words in cluster.asked] == ["diff", "diff", "get"]


def test_a_switch_takes_its_steps_in_this_order(cluster: FakeCluster, up: Up) -> None:
    up("multi")
    cluster.asked.clear()

    up("single")

    told = [words for words in cluster.asked if words.split()[0] in {"apply", "annotate", "delete"}]
    selectors = [words.partition("--selector ")[2] for words in told]
    assert told[0].startswith("annotate namespace matching-engine matching-engine-lab/topology=switching to single ")
    assert selectors[1] == phases.ADDED
    assert selectors[2] == phases.WORKLOADS  # the control, which goes to the shard's node
    assert selectors[3] == phases.SWITCHED_ENTRY
    assert "deployment/edge-gateway deployment/me-shard-b deployment/me-shard-c " in told[4]
    assert told[5].endswith("--namespace monitoring --cascade=foreground networkpolicy/prometheus-to-edge-gateway")
    assert selectors[6] == phases.SWITCHED_TOPOLOGY
    assert len(told) == 7


def test_what_someone_left_beside_a_topology_is_pruned(cluster: FakeCluster, up: Up) -> None:
    up("single")
    cluster.objects[GATEWAY_KEY] = objects_of("multi")[GATEWAY_KEY]

    up("single")

    assert cluster.objects == objects_of("single")


FACTS = [
    ("nothing stands", LiveState(topology=None, entry=None), False, phases.NOT_WORKLOADS),
    ("half of a fresh lab", LiveState(topology="single", entry=None), False, phases.NOT_WORKLOADS),
    ("it stands", LiveState(topology="single", entry=TO_SHARD), False, phases.NOT_WORKLOADS),
    ("another stands", LiveState(topology="multi", entry=TO_GATEWAY), True, phases.ADDED),
    ("on the way, not led there yet", LiveState(topology="switching to single", entry=TO_GATEWAY), True, phases.ADDED),
    ("on the way, led there", LiveState(topology="switching to single", entry=TO_SHARD), True, phases.ADDED),
    ("on the way elsewhere", LiveState(topology="switching to multi", entry=TO_SHARD), True, phases.ADDED),
    ("the entry was changed by hand", LiveState(topology="single", entry=TO_GATEWAY), True, phases.ADDED),
    ("the annotation was taken away", LiveState(topology=None, entry=TO_SHARD), True, phases.ADDED),
]


@pytest.mark.parametrize("row", [row[1:] for row in FACTS], ids=[row[0] for row in FACTS])
def test_what_the_cluster_says_decides_what_is_applied_first(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, row: tuple[LiveState, bool, str]
) -> None:
    live, under_way, first = row
    monkeypatch.setattr(LiveState, "read", classmethod(lambda *_: live))
    found = _switch(lab, lab.settings.topology("single"))

    assert (found.is_under_way(), found.first()) == (under_way, first)


def _switch(lab: Lab, topology: Topology, path: Path = DIST / "single.k8s.yaml") -> Switch:
    return Switch(lab, topology, manifest.Manifest(lab, path))


def test_orders_that_go_on_to_the_old_topology_keep_it_from_being_pruned(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status of an apply says nothing of where the nodes send connections."""
    recorder = Recorder().instead_of_run(monkeypatch, manifest, switch)
    monkeypatch.setattr(manifest.Manifest, "leftovers", lambda _: {ObjectName(kind="Service", namespace="n", name="x")})
    monkeypatch.setattr(entry, "_health", lambda _: {"component": "edge-gateway"})
    monkeypatch.setattr(entry, "DEADLINE", -1)

    with pytest.raises(ToolError, match=r"8080/health must be me-shard-a's after -1 s; got .*; run './invokew status'"):
        _switch(lab, lab.settings.topology("single")).step(()).run(lambda _: None)

    assert not recorder.asked("delete")


@pytest.mark.parametrize(
    ("selector", "labels", "taken"),
    [
        (phases.ADDED, {}, True),
        (phases.ADDED, {phases.SWITCH: "entry"}, False),
        (phases.ADDED, {"app": "edge-gateway"}, False),
        (phases.WORKLOADS, {"app": "edge-gateway"}, True),
        (phases.SWITCHED_ENTRY, {phases.SWITCH: "namespace"}, False),
    ],
)
def test_the_double_reads_selectors_as_kubectl_does(selector: str, labels: dict[str, str], taken: bool) -> None:
    assert takes(selector, labels) == taken
