"""What an `exec` into a pod tells of its k6."""

import math

import pytest

from lab.cluster.kube import Kube
from lab.core.access import of_cluster
from lab.run.cpu_use import Usage
from lab.run.pod_looks import PodLooks, usage, what_became

LOOK = """clock 1000
uptime 40.50 70.00
used usage_usec 2500000
limit max 100000
cores 4
all cpu 10 0 20 3000 500 0 0 0 0 0
exit {exit}
"""


def looked_at(*looks: tuple[float, str]) -> PodLooks:
    looks_ = PodLooks(Kube(of_cluster("x")), "pod", namespace="matching-engine")
    for now, look in looks:
        for line in look.splitlines():
            looks_.take(line, now=now)
    return looks_


def test_a_look_tells_the_cpu_and_that_k6_runs() -> None:
    looks = looked_at((1000.1, LOOK.format(exit="")))

    assert looks.usage == Usage(used=2.5, idle=35.0, instant=40.5, all_cores=4)
    assert looks.exit_code is None


def test_a_node_with_the_older_cgroups_tells_the_same() -> None:
    older = LOOK.format(exit="").replace("usage_usec 2500000", "nanoseconds 2500000000").replace("max", "-1")

    assert looked_at((1000.1, older)).usage == looked_at((1000.1, LOOK.format(exit=""))).usage


def test_a_limit_is_part_of_what_it_could_have() -> None:
    found = looked_at((1000.1, LOOK.format(exit="").replace("max 100000", "150000 100000"))).usage

    assert found is not None
    assert found.limit == 1.5


@pytest.mark.parametrize("line", ["used", "limit", "all", "uptime"])
def test_what_can_not_be_read_is_unknown(line: str) -> None:
    seen = {one.split()[0]: one.split()[1:] for one in LOOK.format(exit="").splitlines()}

    assert usage({**seen, line: []}) is None


def test_it_has_ended_once_its_exit_code_is_there() -> None:
    assert looked_at((1000.1, LOOK.format(exit=99))).exit_code == 99


@pytest.mark.parametrize(("arrived", "ahead"), [(1000.02, 0.0), (997.02, 3.0), (1003.02, -3.0)])
def test_its_clock_is_that_of_the_look_that_came_soonest_after_a_second_began(arrived: float, ahead: float) -> None:
    late = LOOK.format(exit="").replace("clock 1000", "clock 1007")
    looks = looked_at((arrived, LOOK.format(exit="")), (arrived + 7.9, late))

    assert looks.clock == pytest.approx(ahead, abs=0.05)


def test_a_clock_that_was_never_read_is_unknown() -> None:
    assert looked_at().clock is None


POD = {"metadata": {"name": "x"}}
ENDED = {"state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}


@pytest.mark.parametrize(
    ("pod", "became"),
    [
        (None, "was deleted"),
        ({"metadata": {"deletionTimestamp": "now"}}, "was deleted"),
        ({**POD, "status": {"phase": "Running"}}, None),
        ({**POD, "status": {"phase": "Failed", "containerStatuses": [ENDED]}}, "ended: OOMKilled, exit code 137"),
        ({**POD, "status": {"phase": "Failed", "reason": "Evicted"}}, "ended: Evicted"),
    ],
)
def test_why_nothing_runs_in_a_pod_is_told(pod: dict[str, object] | None, became: str | None) -> None:
    assert what_became(pod) == became


def test_without_a_limit_it_could_have_all_cores() -> None:
    assert Usage(used=0, idle=0, instant=0).limit == math.inf
