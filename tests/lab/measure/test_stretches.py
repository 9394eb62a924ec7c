import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.core.windows import Outage, Window, judged, load_window
from lab.measure.counters import Series
from lab.measure.latency import P99, percentile
from lab.measure.samples import Order, Samples
from lab.measure.stretches import Stretch, at_client, at_engine, cut, length

SECOND = 1000.0


def load(seconds: float, slow: Callable[[float], bool], *, a_second: int = 17, ms: float = 500.0) -> Samples:
    """Orders of 2 ms, those sent when it is `slow` of another latency."""
    at = [number * SECOND / a_second for number in range(round(seconds * a_second))]
    return Samples(
        orders=tuple(Order(due=one, service=ms if slow(one) else 2.0, accepted=True) for one in at), dropped=0
    )


def windows(seconds: float, outage: Outage | None = None) -> Sequence[Window]:
    return judged(load_window(0, seconds), warmup=30, outage=outage)


def worst(samples: Samples, seconds: float = 300, outage: Outage | None = None) -> Stretch:
    found = at_client(samples, windows(seconds, outage)[0])
    return max(found, key=lambda one: (one.p99, one.low))


def test_a_slow_while_shows_though_the_whole_load_is_well() -> None:
    """2 s of slow orders are 0.7 % of a load of 5 min, and 3 % of a minute."""
    samples = load(300, lambda at: 130 * SECOND <= at < 132 * SECOND)
    whole, *_ = windows(300)

    found = worst(samples)

    assert percentile(sorted(order.latency for order in samples.within(whole)), P99) == 2.0
    assert (found.start, found.end, found.orders, found.p99) == (80 * SECOND, 140 * SECOND, 1020, 500.0)
    assert found.low == 500.0


def test_what_one_of_many_stretches_would_have_by_chance_is_not_sure() -> None:
    """A second of slow orders is 1.7 % of a minute, which one of two dozen stretches may well have."""
    found = worst(load(300, lambda at: 130 * SECOND <= at < 131 * SECOND))

    assert (found.p99, found.low) == (500.0, 2.0)


@pytest.mark.parametrize("at", [31.0, 85.0, 89.5, 149.0, 208.0, 298.0])
def test_no_slow_while_hides_at_an_edge_nor_in_the_rest_of_a_load(at: float) -> None:
    assert worst(load(300, lambda sent: at * SECOND <= sent < (at + 2) * SECOND)).low == 500.0


def test_the_warm_up_is_in_no_stretch() -> None:
    assert worst(load(300, lambda at: at < 30 * SECOND)).p99 == 2.0


def test_stretches_cross_the_going_and_the_coming_of_an_outage() -> None:
    outage = Outage(began=100 * SECOND, in_force=105 * SECOND, ending=220 * SECOND, over=230 * SECOND)
    slow = load(300, lambda at: 100 * SECOND <= at < 102.5 * SECOND)

    assert worst(slow, outage=outage).low == 500.0


def test_failed_orders_are_endlessly_slow_in_their_stretch() -> None:
    some = load(300, lambda _: False)
    failed = tuple(
        replace(order, accepted=False) if 60 * SECOND <= order.due < 61 * SECOND else order for order in some.orders
    )

    assert worst(Samples(orders=failed, dropped=0)).p99 == math.inf


def test_a_load_no_longer_than_a_stretch_is_one() -> None:
    (found,) = at_client(load(60, lambda _: False), windows(60)[0])

    assert (found.start, found.end) == (30 * SECOND, 60 * SECOND)


@pytest.mark.parametrize(
    ("orders", "seconds", "wanted"), [(5100, 300, 60), (25_200, 300, 60), (1650, 270, 500 * 270 / 1650), (0, 300, 60)]
)
def test_a_stretch_is_a_minute_or_as_long_as_it_takes_for_enough_orders(
    orders: int, seconds: float, wanted: float
) -> None:
    assert length(orders, seconds) == wanted


def scraped(slow: Callable[[float], float], seconds: float = 300) -> list[Series]:
    """An engine's histogram, scraped each 5 s: 17 orders a second, of which so many are slow."""
    instants = [one * 5 * SECOND for one in range(int(seconds // 5) + 2)]

    def points(share: Callable[[float], float]) -> tuple[tuple[float, float], ...]:
        total, found = 0.0, []
        for instant in instants:
            found.append((instant, total))
            total += 85 * share(instant)
        return tuple(found)

    return [
        Series(labels={"le": "0.005"}, points=points(lambda at: 1 - slow(at))),
        Series(labels={"le": "0.25"}, points=points(lambda at: 1 - slow(at))),
        Series(labels={"le": "+Inf"}, points=points(lambda _: 1.0)),
    ]


def test_matching_that_stands_still_shows_in_the_engines_stretches() -> None:
    whole, *_ = windows(300)
    series = scraped(lambda at: 0.5 if at == 150 * SECOND else 0.0)

    found = max(at_engine(series, whole, of="a"), key=lambda one: one.low)

    assert found.start <= 150 * SECOND < found.end
    assert (found.low, found.p99, found.by, found.of) == (250.0, math.inf, "engine", "a")


def test_an_engine_that_restarted_counts_on() -> None:
    """A counter that fell began again at nothing."""
    fallen = [
        replace(one, points=tuple((at, value - (2550 if at >= 155 * SECOND else 0)) for at, value in one.points))
        for one in scraped(lambda _: 0.0)
    ]
    found = at_engine(fallen, windows(300)[0], of="a")

    assert {one.p99 for one in found} == {5.0}
    assert all(one.orders > 900 for one in found)


def test_without_scrapes_there_is_no_stretch_of_an_engine() -> None:
    assert at_engine((), windows(300)[0], of="a") == ()


@settings(max_examples=50)
@given(st.lists(st.floats(0.1, 1000), min_size=70, max_size=150))
def test_the_worst_stretch_is_the_exact_percentile_of_its_orders(values: list[float]) -> None:
    """Never that of percentiles; and no stretch is worse."""
    samples = Samples(
        orders=tuple(Order(due=n * 10 * SECOND, service=one, accepted=True) for n, one in enumerate(values)), dropped=0
    )
    whole = Window(name="whole", start=0, end=len(values) * 10 * SECOND)
    seconds = length(len(values), whole.seconds)

    assert max(one.p99 for one in at_client(samples, whole)) == max(
        percentile(sorted(order.latency for order in samples.within(one)), P99) for one in cut(whole, seconds)
    )


@given(st.floats(61, 3000), st.floats(1, 60))
def test_the_stretches_cover_a_window_and_are_equally_long(whole: float, seconds: float) -> None:
    found = list(cut(Window(name="whole", start=0, end=whole * SECOND), seconds))

    assert found[0].start == 0
    assert found[-1].end == whole * SECOND
    assert all(abs(one.seconds - seconds) < 1e-6 for one in found)
