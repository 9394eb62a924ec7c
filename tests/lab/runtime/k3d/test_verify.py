"""What `verify` checks on k3d: the lab that is up, after what an earlier command left behind is undone."""

from typing import Any

import pytest

from lab.cluster import fault
from lab.core import causes
from lab.core.causes import Cause
from lab.core.errors import ToolError
from lab.core.ownership import TOPOLOGY
from lab.runtime.k3d import verify
from lab.runtime.k3d.runtime import K3dRuntime
from lab.runtime.k3d.verify import CHECKS, site_of
from lab.tools import k3d
from lab.tools.k3d import ClusterState
from lab.verify.criteria import CRITERIA
from lab.verify.finding import Finding
from lab.verify.site import Site
from tests.lab.caused import by
from tests.lab.doubles import FakeKube, silent
from tests.lab.sites import site


def test_every_criterion_applies_to_a_cluster() -> None:
    assert set(CHECKS) == {one.id for one in CRITERIA}


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> FakeKube:
    """A lab that is up, of which nothing is to be healed."""
    monkeypatch.setattr(k3d, "cluster_state", lambda *_: ClusterState(servers=1, agents=3, running=4))
    monkeypatch.setattr(verify, "take_away", lambda *_: [])
    monkeypatch.setattr(fault, "heal", lambda _, **_gone: None)
    return FakeKube({"Namespace": [{"metadata": {"name": "matching-engine", "annotations": {TOPOLOGY: "multi"}}}]})


def test_the_topology_that_is_up_is_checked(up: FakeKube) -> None:
    assert site_of(site(kube=up).lab, silent).topology.name == "multi"


def test_without_a_cluster_it_says_how_to_get_one(up: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k3d, "cluster_state", lambda *_: None)

    with pytest.raises(
        ToolError,
        match=r"there is no cluster matching-engine-exp to check; run './invokew up'",
        check=by(causes.CLUSTER_AWAY),
    ):
        site_of(site(kube=up).lab, silent)


@pytest.mark.parametrize(
    ("annotations", "says", "cause"),
    [
        ({}, "there is no topology in cluster matching-engine-exp", causes.LAB_ABSENT),
        (
            {TOPOLOGY: "switching to single"},
            "topology must be one of .*multi.*; the cluster says 'switching to single'",
            causes.UNKNOWN,
        ),
    ],
    ids=["half made", "a switch that is not ended"],
)
def test_a_lab_without_a_whole_topology_is_not_checked(
    up: FakeKube, annotations: dict[str, str], says: str, cause: Cause
) -> None:
    up.objects["Namespace"][0]["metadata"]["annotations"] = annotations

    with pytest.raises(ToolError, match=f"{says}; run './invokew up'", check=by(cause)):
        site_of(site(kube=up).lab, silent)


def test_what_a_killed_check_left_behind_goes_first_and_is_told(up: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "take_away", lambda *_: ["network k3d-x-ac11"])
    monkeypatch.setattr(fault, "heal", lambda _, **_gone: "outage was left behind; redpanda is back at 1")
    said: list[str] = []

    site_of(site(kube=up).lab, said.append)

    assert said == [
        "network k3d-x-ac11 was left behind by an earlier check and is removed",
        "outage was left behind; redpanda is back at 1",
    ]


def test_what_can_not_be_removed_is_left_for_its_own_check_to_tell(
    up: FakeKube, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any) -> list[str]:
        raise ToolError("network k3d-x-ac11 has active endpoints")

    monkeypatch.setattr(verify, "take_away", refuses)

    assert site_of(site(kube=up).lab, silent).topology.name == "multi"


def test_each_check_is_of_the_lab_that_is_up(up: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(site: Site) -> Finding:
        return Finding(ok=True, evidence=site.topology.name)

    monkeypatch.setattr(verify, "CHECKS", {"ac1": check, "ac2": check})

    with K3dRuntime(lab=site(kube=up).lab).checks(silent) as checks:
        assert {id_: one().evidence for id_, one in checks.items()} == {"ac1": "multi", "ac2": "multi"}
