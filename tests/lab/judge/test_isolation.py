import math
from dataclasses import replace

import pytest

from lab.judge.bound import Bound, Status
from lab.judge.isolation import isolated
from lab.measure.bucket_interval import Beyond
from lab.measure.interval import proportion
from lab.measure.measurements import CaseMeasurements, EngineLatency, ShardMeasurements
from lab.settings.slo import IsolationSettings
from tests.lab.made import engine, measured, shards

FIVE = IsolationSettings(reference="b2", within=0.05)
HOT = "TEST-ASSET-A"


def held(b4: CaseMeasurements, b2: CaseMeasurements | None = None) -> list[Bound]:
    return list(isolated(FIVE, 10, HOT, b4, {"b2": b2 or measured("b2")}))


@pytest.mark.parametrize(
    ("before", "p99", "status"),
    [
        (3.0, 3.15, Status.MET),
        (3.0, 5.0, Status.MET),  # 2 ms more are no harm
        (3.0, 30.0, Status.MISSED),
        (3.0, math.inf, Status.MISSED),
        (3.0, 1.0, Status.MET),
        (100.0, 105.0, Status.UNDECIDED),  # by so much one load differs from the next
        (100.0, 50.0, Status.MET),
        (50.0, 190.0, Status.MISSED),
    ],
)
def test_a_shard_may_be_slower_by_so_much_and_faster_by_any(before: float, p99: float, status: Status) -> None:
    b, *_, c, _ = held(measured("b4", shards=shards("b4", b=p99)), measured("b2", shards=shards("b2", b=before)))

    assert (b.status, c.status) == (status, Status.MET)


def test_the_bare_ratio_is_told_where_the_floor_meets_the_bound() -> None:
    b, *_ = held(measured("b4", shards=shards("b4", b=6.0)))

    assert "; met by the floor of 10 ms; bare ratio 2: undecided (limit 1.05; at the client; " in b.line


def test_without_a_floor_the_bare_ratio_decides() -> None:
    found = list(isolated(FIVE, 0, HOT, measured("b4", shards=shards("b4", b=9.0)), {"b2": measured("b2")}))

    assert [bound.status for bound in found if bound.of == "shard b"] == [Status.MISSED]


def test_the_shard_of_the_hot_symbol_is_not_compared() -> None:
    found = held(measured("b4", shards=shards("b4", a=150.0)))

    assert [bound.of for bound in found] == ["shard b", "engine of shard b", "shard c", "engine of shard c"]
    assert {bound.status for bound in found} == {Status.MET}


def test_the_noise_of_the_reference_is_beside_it() -> None:
    """As a share of the reference's own p99: percentiles of minutes have no mean."""
    noisy = tuple(
        replace(one, client=replace(one.client, p99_by_minute=(2.0, 3.0, 4.0, math.inf))) if one.client else one
        for one in shards("b4")
    )
    bound, *_ = held(measured("b4"), measured("b2", shards=noisy))

    assert bound.line.endswith("noise: ±33.3 % from minute to minute of b2)")


def bucket(low: float, high: float, *beyond: tuple[float, float]) -> EngineLatency:
    """A p99 between two bounds, and the shares of the orders beyond some."""
    shares = tuple(Beyond(bound=bound, share=proportion(round(share * 1650), 1650)) for bound, share in beyond)
    return replace(engine(high), p99_at_least=low, p99_at_most=high, low=low, high=high, beyond=shares)


def untagged(seen: EngineLatency) -> tuple[ShardMeasurements, ...]:
    return tuple(replace(shard, client=None, latency={"whole": seen}) for shard in shards("b4"))


@pytest.mark.parametrize(
    ("before", "after", "status", "said"),
    [
        (bucket(1, 5), bucket(1, 5), Status.MET, "0.2 to 5 (1 to 5 ms, then 1 to 5 ms); met by the floor of 10 ms"),
        (bucket(1, 5), bucket(100, 250), Status.MISSED, "20 to 250 (1 to 5 ms, then 100 to 250 ms) (limit 1.05"),
        (
            bucket(25, 50, (25, 0.012), (50, 0.002)), bucket(25, 50, (25, 0.013), (50, 0.003)),
            Status.MET, "no more orders beyond any bucket's bound than before",
        ),
        (
            bucket(25, 50, (25, 0.012), (50, 0.002)), bucket(25, 50, (25, 0.06), (50, 0.002)),
            Status.UNDECIDED, "orders beyond 25 ms rose from 1.21 % to 6 %",
        ),
        (bucket(25, 50), bucket(1000, math.inf), Status.MISSED, "20 to infinite (25 to 50 ms, then > 1,000 ms)"),
    ],
)  # fmt: skip
def test_an_engine_is_judged_by_the_bounds_of_its_buckets_and_by_what_lies_beyond_them(
    before: EngineLatency, after: EngineLatency, status: Status, said: str
) -> None:
    bound, *_ = held(measured("b4", shards=untagged(after)), measured("b2", shards=untagged(before)))

    assert (bound.of, bound.status) == ("engine of shard b", status)
    assert said in bound.line


def test_what_hurts_after_the_answer_shows_in_the_engine_alone() -> None:
    slow = tuple(
        replace(shard, latency={"whole": bucket(100, 250)}) if shard.shard == "b" else shard for shard in shards("b4")
    )
    client, inside, *_ = held(measured("b4", shards=slow))

    assert (client.status, inside.status) == (Status.MET, Status.MISSED)


def test_a_reference_beyond_its_buckets_is_nothing_to_compare_with() -> None:
    """Twice the last bound would look like no change at all."""
    beyond = replace(bucket(1000, math.inf), is_beyond=True)
    for after in (beyond, bucket(1, 5)):
        bound, *_ = held(measured("b4", shards=untagged(after)), measured("b2", shards=untagged(beyond)))

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
    found = list(isolated(FIVE, 10, HOT, b4, others))

    assert {bound.status for bound in found} == {Status.UNMEASURED}
    assert said in found[0].line
