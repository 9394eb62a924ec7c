"""A search's CPU limit on real pods: put on in place, taken off again, by the next command where nobody else did."""

from lab.cluster.engine_cpu import EngineCpu, limiting
from lab.cluster.kube import Object
from lab.cluster.lab import Lab
from lab.core.access import SPEC
from lab.core.part_labels import SHARDS
from tests.cluster.cluster_tools import Invokew


def engines(lab: Lab) -> dict[str, Object]:
    return {pod["metadata"]["uid"]: pod for pod in lab.kube.items("Pod", namespace=SPEC.workloads, labels=SHARDS)}


def limits(lab: Lab) -> set[str]:
    """The CPU limits that the kubelets say are in force."""
    statuses = [one for pod in engines(lab).values() for one in pod["status"]["containerStatuses"]]
    return {one["resources"]["limits"]["cpu"] for one in statuses}


def test_running_engines_are_limited_without_a_restart(lab: Lab) -> None:
    before, own = engines(lab), limits(lab)

    with limiting(lab.kube, "100m", lambda: ""):
        assert limits(lab) == {"100m"}
        during = engines(lab)

    assert during.keys() == before.keys()
    assert all(one["restartCount"] == 0 for pod in during.values() for one in pod["status"]["containerStatuses"])
    asked = {pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] for pod in engines(lab).values()}
    assert asked == own


def test_a_limit_that_a_killed_search_left_is_taken_off_by_the_next_command(lab: Lab, invokew: Invokew) -> None:
    EngineCpu(lab.kube, "100m").apply()

    ended = invokew("up", "--topology=single")

    assert ended.code == 0, ended.output
    assert "the CPU limit of a search was taken off me-shard-a" in ended.output
    assert {pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] for pod in engines(lab).values()} != {"100m"}
