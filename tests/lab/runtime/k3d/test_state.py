import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.cluster import kept_files
from lab.cluster.lab import Lab
from lab.core.errors import ToolError
from lab.core.paths import DIST
from lab.measure.lab_state import LabState, changed, deviations, endings
from lab.run.state_reader import StateReader
from lab.runtime.k3d import state
from lab.runtime.k3d.state import applied, containers, in_registry, parts, shards
from lab.settings.settings import Settings
from tests.lab.doubles import FakeKube
from tests.lab.served import served

DIGEST = "sha256:e832cf87b9a710bd3712bbb9e481e924d68e2e290890d4097750254bb7c78f73"
LONG = "2026-11-22T18:07:02Z"


def manifest(topology: str) -> list[dict[str, Any]]:
    """A topology as it is committed."""
    text = (DIST / f"{topology}.k8s.yaml").read_text(encoding="utf-8")
    return list(filter(None, yaml.load_all(text, Loader=yaml.CSafeLoader)))


def pod(workload: dict[str, Any], **status: Any) -> dict[str, Any]:
    """A pod of a workload, as the cluster has it."""
    template = workload["spec"]["template"]
    (container,) = template["spec"]["containers"]
    said = {"name": container["name"], "imageID": DIGEST, "restartCount": 0, "state": {"running": {}}, **status}
    return {
        "metadata": {
            "name": f"{workload['metadata']['name']}-596b44db5-xdrl4",
            "namespace": "matching-engine",
            "labels": template["metadata"]["labels"],
        },
        "spec": {"containers": [container]},
        "status": {"containerStatuses": [said]},
    }


def cluster(topology: str) -> FakeKube:
    """A cluster in which a topology stands, as an API server lists it: without kinds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in manifest(topology):
        found.setdefault(one["kind"], []).append({key: value for key, value in one.items() if key != "kind"})
    found["Pod"] = [pod(one) for one in manifest(topology) if one["kind"] == "Deployment"]
    return FakeKube(objects=found)


@pytest.fixture
def reader(lab: Lab, kube: FakeKube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateReader:
    """The single topology, as `up` applied it."""
    kube.objects.update(cluster("single").objects)
    monkeypatch.setattr("lab.cluster.lab.MANIFESTS", tmp_path)
    (tmp_path / "single.k8s.yaml").write_text((DIST / "single.k8s.yaml").read_text("utf-8"), encoding="utf-8")
    return StateReader(lambda: state.read(lab, lab.settings.topology("single")))


def test_what_was_applied_stands_as_asked(reader: StateReader, lab: Lab) -> None:
    seen = reader.read()

    assert list(deviations(seen, lab.settings.topology("single"))) == []
    assert seen.shards == {"me-shard-a": lab.settings.topologies["single"].shards["a"]}
    assert seen.applied == {
        "me-shard-a": "matching-engine:experiment-v1",
        "control": "matching-engine-control:experiment-v1",
    }
    assert reader.first is seen


def test_a_control_that_runs_another_image_deviates(reader: StateReader, lab: Lab, kube: FakeKube) -> None:
    control = next(one for one in kube.objects["Pod"] if one["metadata"]["labels"]["app"] == "control")
    control["spec"]["containers"][0]["image"] = "other:1"

    (line,) = deviations(reader.read(), lab.settings.topology("single"))
    assert "runs image other:1; applied was matching-engine-control:experiment-v1" in line


def test_the_first_look_stays_the_one_to_compare_with(reader: StateReader, kube: FakeKube) -> None:
    first = reader.read()
    selector = next(one for one in kube.objects["Service"] if one["metadata"]["name"] == "entry")["spec"]
    selector["selector"] = {"app": "other"}

    later = reader.read()

    assert reader.first is first
    assert list(changed(first, later)) == ["the selector of Service matching-engine/entry was changed"]
    assert "entry" in " ".join(later.problems)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("Deployment", ("spec", "template", "spec", "containers", 0, "env"), "the pod template of Deployment"),
        ("StatefulSet", ("spec", "replicas"), "the number of replicas of StatefulSet matching-engine/redpanda"),
        ("Service", ("spec", "ports"), "the ports of Service"),
        ("ConfigMap", ("data",), "the data of ConfigMap"),
    ],
)
def test_a_change_is_told_by_what_it_is_of(kind: str, change: tuple[Any, ...], said: str) -> None:
    before = manifest("single")
    after = copy.deepcopy(before)
    place = next(one for one in after if one["kind"] == kind)
    for step in change[:-1]:
        place = place[step]
    place[change[-1]] = []

    seen = [LabState(at=0, shards={}, parts=parts(of(one)), files={}, applied={}, built={}) for one in (before, after)]

    (line,) = changed(*seen)
    assert line.startswith(said)
    assert line.endswith("was changed")


def of(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in objects if one["kind"] in state.KINDS]


def test_a_mark_on_an_object_is_no_change() -> None:
    """The outage writes one on the broker, and a controller its status."""
    before = manifest("single")
    after = copy.deepcopy(before)
    for one in after:
        one["metadata"].setdefault("annotations", {})["mark"] = "x"
        one["status"] = {"readyReplicas": 1}

    assert parts(of(after)) == parts(of(before))


def test_what_is_kept_of_a_run_meanwhile_is_no_change() -> None:
    before = manifest("single")
    kept = {"name": "matching-engine-run", "namespace": "matching-engine", "labels": {"app": kept_files.APP}}

    assert parts(of([*before, {"kind": "ConfigMap", "metadata": kept, "data": {"run": "r1"}}])) == parts(of(before))


def test_each_shard_of_several_is_known_with_its_symbols(settings: Settings) -> None:
    objects = manifest("multi")

    assert {name: set(owned) for name, owned in shards(objects).items()} == {
        f"me-shard-{id_}": set(owned) for id_, owned in settings.topologies["multi"].shards.items()
    }
    assert set(applied(objects)) == {"me-shard-a", "me-shard-b", "me-shard-c", "edge-gateway", "control"}


def test_why_a_container_ended_is_read_from_its_last_state() -> None:
    engine = next(one for one in manifest("single") if one["kind"] == "Deployment")
    terminated = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": LONG}

    (one,) = containers([pod(engine, restartCount=1, lastState={"terminated": terminated})])

    assert (one.workload, one.restarts, one.ended) == ("me-shard-a", 1, "OOMKilled, exit code 137")
    seen = LabState(at=0, shards={}, parts={}, files={}, containers=(one,), applied={}, built={})
    assert one.ended_at is not None
    assert [end.cause for end in endings(seen, since=one.ended_at + 500)] == ["OOMKilled, exit code 137"]
    assert endings(seen, since=one.ended_at + 1000) == ()


def test_a_pod_on_its_way_out_is_none_of_what_runs() -> None:
    engine = next(one for one in manifest("single") if one["kind"] == "Deployment")
    leaving = pod(engine)
    leaving["metadata"]["deletionTimestamp"] = LONG

    assert containers([leaving]) == ()


def test_the_registry_says_which_digests_a_reference_has() -> None:
    with served({"/v2/engine/manifests/1": (200, {"config": {"digest": DIGEST}})}) as registry:
        found = in_registry(f"{registry.url}/v2/engine/manifests/1")
        unknown = in_registry(f"{registry.url}/v2/engine/manifests/2")

    assert found is not None
    assert found.configurations == (DIGEST,)
    assert unknown is None


def test_a_registry_that_does_not_answer_tells_nothing() -> None:
    assert in_registry("http://127.0.0.1:1/v2/engine/manifests/1") is None


def test_a_cluster_that_does_not_answer_is_an_error(reader: StateReader, kube: FakeKube) -> None:
    kube.error = ToolError("the cluster doesn't answer")

    with pytest.raises(ToolError):
        reader.read()
    assert reader.first is None
