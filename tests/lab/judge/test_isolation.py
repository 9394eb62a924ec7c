import math
import random
from dataclasses import replace

import pytest

from lab.judge.bound import Bound, Status
from lab.judge.isolation import isolated
from lab.measure.measurements import CaseMeasurements, ShardMeasurements
from lab.measure.tail import Tail
from lab.settings.slo import IsolationSettings
from tests.lab.made import client, engine, measured, shards

FIVE = IsolationSettings(reference="b2", within=0.05)
HOT = "TEST-ASSET-A"


def held(b4: CaseMeasurements, b2: CaseMeasurements | None = None) -> list[Bound]:
    return list(isolated(FIVE, HOT, b4, {"b2": b2 or measured("b2")}))


@pytest.mark.parametrize(
    ("p99", "is_met"),
    [(3.0, True), (3.15, True), (3.16, False), (30.0, False), (math.inf, False), (1.0, True)],
)
def test_a_shard_may_be_slower_by_so_much_and_faster_by_any(p99: float, *, is_met: bool) -> None:
    b, c = held(measured("b4", shards=shards("b4", b=p99)))

    assert (b.status, c.status) == (Status.of(is_met=is_met), Status.MET)


def test_the_shard_of_the_hot_symbol_is_not_compared() -> None:
    found = held(measured("b4", shards=shards("b4", a=150.0)))

    assert [(bound.line[:8], bound.status) for bound in found] == [("shard b:", Status.MET), ("shard c:", Status.MET)]


def varied(seed: int, scale: float = 1.0, minutes: tuple[float, ...] = (2.0, 4.0)) -> tuple[ShardMeasurements, ...]:
    """Shards whose latencies are spread."""
    source = random.Random(seed)  # noqa: S311 - no secret
    tail = Tail.of(scale * source.lognormvariate(0, 1) for _ in range(1600))
    seen = replace(client(), tail=tail, p99_by_minute=minutes)
    return tuple(replace(shard, client=seen) for shard in shards("b4"))


@pytest.mark.parametrize(
    ("b4", "b2", "said"),
    [
        (varied(1, 1.15), varied(1), ", undecided; --repeat=5 may decide it (limit 1.05; at the cl"),
        (varied(1, 9.0), varied(2), "] (limit 1.05; at the cl"),
    ],
    ids=["within noise", "beyond noise"],
)  # fmt: skip
def test_a_difference_within_noise_does_not_pass_and_says_so(
    b4: tuple[ShardMeasurements, ...], b2: tuple[ShardMeasurements, ...], said: str
) -> None:
    (bound, _) = held(measured("b4", shards=b4), measured("b2", shards=b2))

    assert bound.status is (Status.UNDECIDED if "undecided" in said else Status.MISSED)
    assert said in bound.line


def test_the_noise_of_the_reference_is_beside_it() -> None:
    """As a share of the reference's own p99: percentiles of minutes have no mean."""
    (bound, _) = held(measured("b4"), measured("b2", shards=varied(1, minutes=(2.0, 3.0, 4.0, math.inf))))

    assert bound.line.endswith("noise: ±33.3 % from minute to minute of b2)")


def untagged(p99: float) -> tuple[ShardMeasurements, ...]:
    return tuple(replace(shard, client=None, latency={"whole": engine(p99)}) for shard in shards("b4"))


def test_a_script_that_tags_no_shard_is_judged_by_the_engines() -> None:
    (bound, _) = held(measured("b4", shards=untagged(2.3)), measured("b2", shards=untagged(2.0)))

    assert bound.status is Status.MISSED
    assert bound.line == (
        "shard b: p99 2.3 ms, 2 ms in b2: 1.15 (limit 1.05; by the engine's coarse buckets, as the script does not "
        "tag its orders; noise in b2 not known)"
    )


def beyond() -> tuple[ShardMeasurements, ...]:
    slow = replace(engine(1000.0), is_beyond=True)
    return tuple(replace(shard, client=None, latency={"whole": slow}) for shard in shards("b4"))


def test_an_engine_beyond_its_buckets_is_infinitely_slower_than_before() -> None:
    (bound, _) = held(measured("b4", shards=beyond()), measured("b2", shards=untagged(1000.0)))

    assert (bound.status, bound.figure) == (Status.MISSED, math.inf)
    assert "p99 > 1,000 ms, 1,000 ms in b2: infinite" in bound.line


def test_a_reference_beyond_its_buckets_is_nothing_to_compare_with() -> None:
    """Twice the last bound would look like no change at all."""
    for after in (beyond(), untagged(2.0)):
        (bound, _) = held(measured("b4", shards=after), measured("b2", shards=beyond()))

        assert (bound.status, bound.figure) == (Status.UNMEASURED, None)
        assert "shard b's p99 in b2 lies beyond the engine's buckets" in bound.line


@pytest.mark.parametrize(
    ("b4", "others", "said"),
    [
        (measured("b4"), {}, "needs valid figures of b2 in the same run"),
        (measured("b4"), {"b2": measured("b1")}, "shard b got no orders in b2"),
        (measured("b4", shards=shards("b4")[:1]), {"b2": measured("b2")}, "no other shard gets orders than TEST-ASSET-A"),
    ],
)  # fmt: skip
def test_without_anything_to_compare_with_nothing_is_judged(
    b4: CaseMeasurements, others: dict[str, CaseMeasurements], said: str
) -> None:
    found = list(isolated(FIVE, HOT, b4, others))

    assert {bound.status for bound in found} == {Status.UNMEASURED}
    assert said in found[0].line
