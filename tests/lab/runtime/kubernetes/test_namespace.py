"""What is the lab's in a namespace, and what is others'."""

import json
from typing import Any

import pytest

from lab.core.errors import PreflightError, ToolError
from lab.core.ownership import labels
from lab.process.shell import Command, Result
from lab.runtime.kubernetes import namespace
from lab.runtime.kubernetes.namespace import refuse_foreign, take_away
from lab.settings.settings import Settings
from tests.lab.doubles import lab_of, silent

Object = dict[str, Any]


def made(kind: str, name: str, *, lab: str = "", **metadata: Any) -> Object:
    """An object of the lab of this name, or of somebody else."""
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "team-x", "labels": labels(lab) if lab else {}, **metadata},
    }


OURS = "matching-engine-exp"
WANTED = [made("ConfigMap", "prometheus"), made("Deployment", "control")]
OWNER = [{"kind": "ReplicaSet", "name": "x"}]
FOUND: dict[str, tuple[list[Object], str]] = {
    "nothing": ([], ""),
    "the lab's own": ([made("Deployment", "control", lab=OURS), made("Pod", "control-1", lab=OURS)], ""),
    "others' data": ([made("ConfigMap", "foreign"), made("PersistentVolumeClaim", "theirs")], ""),
    "what Kubernetes puts there": ([made("ConfigMap", "kube-root-ca.crt"), made("ServiceAccount", "default")], ""),
    "others' data of a name that is to be given": ([made("ConfigMap", "prometheus")], "configmap/prometheus"),
    "a pod of others": ([made("Pod", "theirs")], "pod/theirs"),
    "another lab": ([made("Deployment", "control", lab="another")], "deployment/control"),
    "a workload of others, and its pods": (
        [made("Deployment", "web"), made("Pod", "web-1", ownerReferences=OWNER)], "deployment/web",
    ),
    "many": ([made("Service", f"s{number}") for number in range(9)], "service/s0, service/s1, service/s2, service/s3, service/s4 and more"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_a_namespace_with_workloads_of_others_or_what_is_in_the_way_is_refused(settings: Settings, case: str) -> None:
    """What is others' and in nobody's way is left alone."""
    found, named = FOUND[case]
    lab = lab_of(settings)
    if not named:
        refuse_foreign(found, WANTED, lab)
        return

    with pytest.raises(PreflightError) as caught:
        refuse_foreign(found, WANTED, lab)

    assert f"has what is not this lab's: {named}; name one without others' workloads" in caught.value.summary


class Answers:
    """kubectl, in whose namespace objects go one at a time when they are deleted, but for some."""

    def __init__(self, objects: list[Object], *, stays: int = 0) -> None:
        self.objects = objects
        self.stays = stays
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, command: Command, *, check: bool = True) -> Result:
        del check
        words = command.argv[5:]
        self.asked.append(words)
        told = json.dumps({"items": self.objects})
        if len(self.asked) > 2:
            self.objects = self.objects[: max(self.stays, len(self.objects) - 1)]
        return Result(command=command, code=0, stdout=told, stderr="", seconds=0.0)


@pytest.fixture
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "PAUSE", 0.0)


@pytest.mark.usefixtures("_no_pause")
def test_what_is_the_labs_is_deleted_by_its_name_in_the_namespace_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl = Answers([made("Pod", "a", lab=OURS), made("Pod", "b", lab=OURS)])
    monkeypatch.setattr(namespace, "run", kubectl)

    begun: list[str] = []

    done = take_away(lab_of(settings), begun.append)

    deletes = [words for words in kubectl.asked if words[0] == "delete"]
    assert begun == ["deleting 2 objects from namespace matching-engine"]
    assert done == ["2 objects deleted from namespace matching-engine, which stays"]
    assert [words[1:3] for words in kubectl.asked] == [("--namespace", "matching-engine")] * len(kubectl.asked)
    assert len(deletes) == 1
    assert "matching-engine-lab/name=matching-engine-exp" in deletes[0]


@pytest.mark.usefixtures("_no_pause")
def test_what_does_not_go_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "GONE", 0.0)
    monkeypatch.setattr(namespace, "run", Answers([made("Pod", "a", lab=OURS)], stays=1))

    with pytest.raises(ToolError, match="pod/a is left 0 s after it was deleted"):
        take_away(lab_of(settings), silent)


def test_nothing_is_deleted_where_nothing_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl = Answers([])
    monkeypatch.setattr(namespace, "run", kubectl)

    assert take_away(lab_of(settings), silent) == []
    assert [words[0] for words in kubectl.asked] == ["get"]
