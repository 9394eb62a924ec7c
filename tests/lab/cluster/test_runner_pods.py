"""Pods of a load are made with all that they need, waited for, and taken away, by the next command if need be."""

import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from lab.cluster import runner_pods
from lab.cluster.kube import Kube, Object
from lab.cluster.runner_job import LOAD
from lab.cluster.runner_pods import INDEX, OWNER, owner, start, sweep, take_away
from lab.core.access import of_cluster
from lab.core.errors import ToolError
from lab.settings.settings import Settings
from tests.lab.cluster.test_runner_job import job

RUNS: Object = {"phase": "Running", "containerStatuses": [{"name": "k6", "ready": True, "state": {"running": {}}}]}
NO_IMAGE: Object = {
    "phase": "Pending",
    "containerStatuses": [{"name": "k6", "image": "k6:1", "state": {"waiting": {"reason": "ErrImagePull"}}}],
}


@dataclass
class Cluster(Kube):
    """A cluster whose Job controller makes pods in this state, out of order, once a Job is no longer suspended."""

    state: Object = field(default_factory=lambda: dict(RUNS))
    makes: int = 2
    objects: dict[tuple[str, str, str], Object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(of_cluster("x"))

    def create(self, kind: str, made: Object, *, namespace: str = "") -> Object:
        made = {**made, "metadata": {**made["metadata"], "uid": f"uid of {kind}"}}
        self.objects[kind, namespace, made["metadata"]["name"]] = made
        return made

    def patch(self, kind: str, name: str, operations: list[Object], *, namespace: str = "") -> Object:
        found = self.objects[kind, namespace, name]
        assert (found["spec"]["suspend"], operations[0]["value"]) == (True, False)
        for index in reversed(range(self.makes)):
            labels = found["spec"]["template"]["metadata"]["labels"]
            metadata = {"name": f"{name}-{index}", "labels": labels, "annotations": {INDEX: str(index)}}
            pod = {"metadata": {**metadata, "namespace": namespace}, "spec": {}, "status": self.state}
            self.objects["Pod", namespace, f"{name}-{index}"] = pod
        return found

    def items(self, kind: str, *, namespace: str = "", labels: str = "", fields: str = "") -> list[Object]:
        if kind == "Event":
            return [{"reason": "FailedCreate", "message": f"{fields}: exceeded quota"}]
        load = next((one.partition("=")[2] for one in labels.split(",") if one.startswith(LOAD)), None)
        of_kind = [one for (a_kind, space, _), one in self.objects.items() if (a_kind, space) == (kind, namespace)]
        return [one for one in of_kind if load in {None, one["metadata"]["labels"][LOAD]}]

    def delete(self, kind: str, name: str, *, namespace: str = "") -> None:
        self.objects.pop((kind, namespace, name), None)
        for key in [key for key in self.objects if kind == "Job" and key[0] == "Pod" and key[2].startswith(name)]:
            del self.objects[key]


def test_the_pods_are_told_in_the_order_of_their_parts(settings: Settings) -> None:
    assert start(Cluster(), job(settings)) == ["load-1-0", "load-1-1"]


def test_the_cluster_takes_away_with_the_job_what_belongs_to_it_in_its_namespace(settings: Settings) -> None:
    cluster = Cluster()
    start(cluster, job(settings))

    owned = {
        (kind, space): [one["uid"] for one in made["metadata"].get("ownerReferences", ())]
        for (kind, space, _), made in cluster.objects.items()
        if kind in {"ConfigMap", "NetworkPolicy"}
    }
    assert owned == {
        ("ConfigMap", "matching-engine"): ["uid of Job"],
        ("NetworkPolicy", "matching-engine"): ["uid of Job"],
        ("NetworkPolicy", "monitoring"): [],
    }


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        (Cluster(state=NO_IMAGE), "a runner's pod does not start: ErrImagePull for 'k6:1'"),
        (Cluster(state={"phase": "Pending"}), "pod load-1-0 is Pending 0.02 s after the load's Job was made"),
        (Cluster(makes=1), r"1 of 2 pods of runners are there \(.*=load-1: exceeded quota\) 0.02 s after"),
    ],
    ids=["no image", "slow", "refused"],
)
def test_pods_that_do_not_run_are_told_with_the_reason(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, cluster: Cluster, says: str
) -> None:
    monkeypatch.setattr(runner_pods, "STARTS", 0.02)
    monkeypatch.setattr(runner_pods, "PAUSE", 0.005)

    with pytest.raises(ToolError, match=says):
        start(cluster, job(settings))


def test_nothing_of_a_load_is_left_and_another_stays(settings: Settings) -> None:
    cluster = Cluster()
    for name in ("load-1", "load-2"):
        start(cluster, replace(job(settings), name=name))

    take_away(cluster, "load-1")

    assert {name for _, _, name in cluster.objects} == {
        "load-2", "load-2-0", "load-2-1",
    }  # fmt: skip


def test_the_load_of_a_machine_of_which_it_is_known_that_it_is_gone_is_swept_before_it_is_late(
    settings: Settings,
) -> None:
    cluster = Cluster()
    start(cluster, replace(job(settings), annotations=other("elsewhere", until=time.time() + 100_000)))

    assert sweep(cluster) is None
    assert sweep(cluster, gone="elsewhere")
    assert not cluster.objects


def other(host: str, *, until: float) -> dict[str, str]:
    process = {"pid": 1, "started": 0.0}
    return {OWNER: json.dumps({"host": host, "until": until * 1000, "process": process})}


@pytest.mark.parametrize(
    ("annotations", "is_swept"),
    [
        (owner(lasts=100), False),
        ({OWNER: json.dumps({**json.loads(owner(lasts=100)[OWNER]), "process": {"pid": 1, "started": 0.0}})}, True),
        (other("elsewhere", until=time.time() + 100_000), False),
        (other("elsewhere", until=time.time() - 1), True),
        ({}, True),
    ],
    ids=["of a living command", "of a killed command", "of another machine", "of another machine, late", "of nobody"],
)
def test_a_load_is_swept_when_nobody_will_take_it_away(
    settings: Settings, annotations: dict[str, str], is_swept: bool
) -> None:
    cluster = Cluster()
    start(cluster, replace(job(settings), annotations=annotations))

    said: Any = sweep(cluster)

    assert bool(said) == is_swept == (not cluster.objects)
