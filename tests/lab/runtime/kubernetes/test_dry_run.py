"""What the server, and the namespace's quotas, would say to all that is to be made."""

import json
from typing import Any

import pytest
import yaml

from lab.core.errors import PreflightError
from lab.core.paths import DIST
from lab.process.shell import Command, Result
from lab.runtime.kubernetes import dry_run
from lab.runtime.kubernetes.dry_run import over_quota, pods_of, require_admitted
from lab.settings.settings import Settings
from tests.lab.doubles import lab_of

Object = dict[str, Any]


@pytest.fixture(scope="module")
def documents() -> list[Object]:
    text = (DIST / "single.k8s.yaml").read_text(encoding="utf-8")
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def pod(cpu: str = "1", memory: str = "1Gi") -> Object:
    amounts = {"cpu": cpu, "memory": memory}
    return {"spec": {"containers": [{"resources": {"requests": amounts, "limits": amounts}}]}}


def quota(hard: dict[str, str], used: dict[str, str] | None = None) -> Object:
    return {"metadata": {"name": "team"}, "status": {"hard": hard, "used": used or {}}}


ROOM: dict[str, tuple[Object, list[Object], list[Object], list[str]]] = {
    "enough": (quota({"cpu": "2", "limits.memory": "2Gi", "pods": "2"}), [pod(), pod()], [], []),
    "each fits, both don't": (
        quota({"requests.cpu": "1500m"}), [pod(), pod()], [],
        ["quota team has 1.5 of requests.cpu left; the lab needs 2 more"],
    ),
    "others take some": (
        quota({"pods": "3"}, {"pods": "2"}), [pod(), pod()], [], ["quota team has 1 of pods left; the lab needs 2 more"],
    ),
    "the lab's own are counted already": (quota({"cpu": "2"}, {"cpu": "2"}), [pod(), pod()], [pod(), pod()], []),
    "what is not of pods": (quota({"services": "0"}), [pod()], [], []),
}  # fmt: skip


@pytest.mark.parametrize("case", ROOM)
def test_a_quota_without_room_for_all_pods_together_is_named(case: str) -> None:
    given, wanted, running, lines = ROOM[case]

    assert over_quota([given], wanted, running) == lines


def test_each_workload_gives_a_pod_that_admission_can_judge(documents: list[Object]) -> None:
    """The broker's volume is claimed by its controller: its pod names the claim."""
    pods = {one["metadata"]["name"]: one for one in pods_of(documents)}
    mounts = {
        name: {mount["name"] for mount in one["spec"]["containers"][0]["volumeMounts"]} for name, one in pods.items()
    }

    assert pods.keys() == {"redpanda-dry-run-0", "me-shard-a-dry-run-0", "control-dry-run-0"}
    assert all(mounts[name] <= {volume["name"] for volume in one["spec"]["volumes"]} for name, one in pods.items())
    assert all("serviceAccountName" not in one["spec"] for one in pods.values())


def test_each_pod_of_a_job_counts(documents: list[Object]) -> None:
    made = next(one for one in documents if one["kind"] == "Deployment")
    job = {**made, "kind": "Job", "spec": {**made["spec"], "completions": 3}}

    assert len({one["metadata"]["name"] for one in pods_of([job])}) == 3


class Server:
    """Keeps what it is told to judge; refuses pods in these words."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.judged: list[tuple[tuple[str, ...], list[Object]]] = []

    def __call__(self, command: Command, *, check: bool = True) -> Result:
        del check
        items = json.loads(command.stdin or "")["items"]
        self.judged.append((command.argv[5:], items))
        refused = self.refuses and items[0]["kind"] == "Pod"
        return Result(command=command, code=int(bool(refused)), stdout="", stderr=self.refuses, seconds=0.0)


def test_everything_goes_to_the_server_as_a_dry_run_before_anything_is_made(
    settings: Settings, documents: list[Object], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    monkeypatch.setattr(dry_run, "run", server)
    binding = {"kind": "RoleBinding", "metadata": {"name": "prometheus", "namespace": "x"}}

    said = require_admitted(lab_of(settings), [*documents, binding])

    assert all("--dry-run=server" in words for words, _ in server.judged)
    assert [len(items) for _, items in server.judged] == [len(documents), 3]
    assert said == f"{len(documents)} objects and 3 pods would be admitted"


def test_what_the_server_refuses_is_told_in_its_words(
    settings: Settings, documents: list[Object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "run", Server("exceeded quota: team, requested: pods=1"))

    with pytest.raises(PreflightError, match="the cluster refuses a dry run: exceeded quota: team, requested: pods=1;"):
        require_admitted(lab_of(settings), documents)
