import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lab.cluster import engine_cpu
from lab.cluster.engine_cpu import BEFORE, EngineCpu, lift, limited, limiting, require_below
from lab.cluster.kube import ApiError, Object
from lab.core.access import SPEC
from lab.core.errors import ToolError, UsageError
from lab.core.quantity import exactly

OWN = {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}


class Cluster:
    """Pods whose kubelet puts each limit on at once."""

    namespaces = SPEC

    def __init__(self, *names: str) -> None:
        self.pods: dict[str, Object] = {name: self._pod(name) for name in names}
        self.refuses: ApiError | None = None
        self.is_slow = False

    @staticmethod
    def _pod(name: str) -> Object:
        own = json.loads(json.dumps(OWN))
        return {
            "metadata": {"name": name},
            "spec": {"containers": [{"resources": own}]},
            "status": {"containerStatuses": [{"resources": json.loads(json.dumps(OWN))}]},
        }

    def items(self, _kind: str, **_where: Any) -> list[Object]:
        return json.loads(json.dumps(list(self.pods.values())))  # type: ignore[no-any-return]

    def find(self, _kind: str, name: str, **_where: Any) -> Object | None:
        return self.pods.get(name)

    def patch(self, _kind: str, name: str, operations: list[Object], **_where: Any) -> None:
        metadata = self.pods[name]["metadata"]
        for one in operations:
            if one["path"] == "/metadata/annotations":
                metadata["annotations"] = one["value"]
            elif one["op"] == "remove":
                del metadata["annotations"][BEFORE]
            else:
                metadata["annotations"][one["path"].rsplit("/", 1)[1].replace("~1", "/")] = one["value"]

    def resize(self, name: str, operations: list[Object], **_where: Any) -> None:
        if self.refuses:
            raise self.refuses
        for one in operations:
            *_, kind, what = one["path"].split("/")
            self.pods[name]["spec"]["containers"][0]["resources"][kind][what] = one["value"]
        if not self.is_slow:
            resources = self.pods[name]["spec"]["containers"][0]["resources"]
            self.pods[name]["status"]["containerStatuses"][0]["resources"] = json.loads(json.dumps(resources))

    @property
    def cpu(self) -> list[tuple[str, str]]:
        found = [pod["spec"]["containers"][0]["resources"] for pod in self.pods.values()]
        return [(one["requests"]["cpu"], one["limits"]["cpu"]) for one in found]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def once(lacking: Callable[[], str], **_: Any) -> str:
        return lacking()

    monkeypatch.setattr(engine_cpu, "until_none", once)


def works() -> str:
    return ""


def test_every_engine_is_limited_while_it_lasts_and_has_its_own_again() -> None:
    kube: Any = Cluster("me-shard-a-1", "me-shard-b-1")

    with limiting(kube, "30m", works):
        assert kube.cpu == [("15m", "30m")] * 2

    assert kube.cpu == [("1", "2")] * 2
    assert all(BEFORE not in pod["metadata"]["annotations"] for pod in kube.pods.values())


@pytest.mark.parametrize("error", [KeyboardInterrupt, ToolError("k6 broke")])
def test_an_interrupted_search_leaves_no_limit(error: BaseException) -> None:
    kube: Any = Cluster("me-shard-a-1")

    with pytest.raises((KeyboardInterrupt, ToolError)), limiting(kube, "30m", works):
        raise error

    assert kube.cpu == [("1", "2")]


def test_what_a_killed_search_left_behind_is_taken_off_by_the_next_command() -> None:
    kube: Any = Cluster("me-shard-a-1", "me-shard-b-1")
    EngineCpu(kube, "30m").apply()

    assert lift(kube) == "the CPU limit of a search was taken off me-shard-a-1, me-shard-b-1"
    assert kube.cpu == [("1", "2")] * 2
    assert lift(kube) is None


def test_a_limit_put_on_twice_does_not_forget_what_the_engine_had() -> None:
    kube: Any = Cluster("me-shard-a-1")
    EngineCpu(kube, "30m").apply()
    EngineCpu(kube, "60m").apply()
    lift(kube)

    assert kube.cpu == [("1", "2")]


def test_an_engine_that_can_not_work_under_it_is_told_the_least_that_would_do() -> None:
    kube: Any = Cluster("me-shard-a-1")

    def answers() -> str:
        return "/seed does not answer" if exactly(kube.cpu[0][1]) < Decimal("0.01") else ""

    with (
        pytest.raises(UsageError, match="does not answer with 2m CPU an engine; 16m is the least of what was tried"),
        limiting(kube, "2m", answers),
    ):
        pytest.fail("it can't work")

    assert kube.cpu == [("1", "2")]


def test_an_engine_that_never_works_is_told_so() -> None:
    kube: Any = Cluster("me-shard-a-1")

    with pytest.raises(UsageError, match="nor with less than its own limit"), limiting(kube, "2m", lambda: "no answer"):
        pytest.fail("it can't work")


def test_a_cluster_that_can_not_resize_pods_is_told_what_it_takes() -> None:
    kube: Any = Cluster("me-shard-a-1")
    kube.refuses = ApiError("can't resize Pod: the server could not find the requested resource", code=404)

    with pytest.raises(ToolError, match=r"Kubernetes 1\.33 or later"):
        EngineCpu(kube, "30m").apply()


def test_a_limit_that_does_not_come_into_force_is_an_error() -> None:
    kube: Any = Cluster("me-shard-a-1")
    kube.is_slow = True

    with pytest.raises(ToolError, match="me-shard-a-1 has a CPU limit of 2 30 s after it was to have 30m CPU"):
        EngineCpu(kube, "30m").apply()


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ({"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}, "15m"),
        ({"requests": {"cpu": "10m"}, "limits": {"cpu": "2"}}, "10m"),
        ({"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}, "30m"),
    ],
    ids=["burstable", "with a small request", "guaranteed"],
)
def test_a_limit_changes_no_class_of_service(before: Object, asked: str) -> None:
    assert limited(before, "30m") == {"requests": {"cpu": asked}, "limits": {"cpu": "30m"}}


@pytest.mark.parametrize(("limit", "says"), [("thirty", "must be a Kubernetes quantity"), ("2", "must be above 0 and below"), ("0", "must be above 0")])  # fmt: skip
def test_a_limit_is_a_quantity_below_the_engines_own(limit: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        require_below(limit, "2")
