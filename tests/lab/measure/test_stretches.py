from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.core.windows import Outage, Window, judged, load_window
from lab.measure.latency import P99, percentile
from lab.measure.samples import Order, Samples
from lab.measure.stretches import Stretch, cut, length, worst
from tests.lab.made import case

SECOND = 1000.0


def load(seconds: float, slow: Callable[[float], bool], *, a_second: int = 17, ms: float = 500.0) -> Samples:
    """Orders of 2 ms, those sent when it is `slow` of another latency."""
    at = [number * SECOND / a_second for number in range(round(seconds * a_second))]
    return Samples(
        orders=tuple(Order(due=one, service=ms if slow(one) else 2.0, accepted=True) for one in at), dropped=0
    )


def windows(seconds: float, outage: Outage | None = None) -> Sequence[Window]:
    return judged(load_window(0, seconds), warmup=30, outage=outage)


def test_a_slow_while_shows_though_the_whole_load_is_well() -> None:
    """2 s of slow orders are 0.7 % of a load of 5 min, and 3 % of a minute."""
    samples = load(300, lambda at: 130 * SECOND <= at < 132 * SECOND)
    whole, *_ = windows(300)

    found = worst(samples, windows(300), 60)

    assert percentile(sorted(order.latency for order in samples.within(whole)), P99) == 2.0
    assert found == Stretch(start=80 * SECOND, end=140 * SECOND, orders=1020, p99=500.0)


@pytest.mark.parametrize("at", [31.0, 85.0, 89.5, 149.0, 208.0, 298.0])
def test_no_slow_while_hides_at_an_edge_nor_in_the_rest_of_a_load(at: float) -> None:
    found = worst(load(300, lambda sent: at * SECOND <= sent < (at + 2) * SECOND), windows(300), 60)

    assert found is not None
    assert found.p99 == 500.0


def test_the_warm_up_is_in_no_stretch() -> None:
    found = worst(load(300, lambda at: at < 30 * SECOND), windows(300), 60)

    assert found is not None
    assert found.p99 == 2.0


def test_an_outages_windows_are_cut_apart() -> None:
    """A stretch across an edge would thin out the slow orders of either side; what lies between them is in none."""
    outage = Outage(began=100 * SECOND, in_force=105 * SECOND, ending=220 * SECOND, over=230 * SECOND)
    slow = load(300, lambda at: 100 * SECOND <= at < 105 * SECOND or 220 * SECOND <= at < 230 * SECOND)
    during = load(300, lambda at: 105 * SECOND <= at < 107 * SECOND)

    found = worst(slow, windows(300, outage), 60)
    seen = worst(during, windows(300, outage), 60)

    assert found is not None
    assert found.p99 == 2.0
    assert seen == Stretch(start=105 * SECOND, end=165 * SECOND, orders=1020, p99=500.0)


def test_failed_orders_are_endlessly_slow_in_their_stretch() -> None:
    some = load(300, lambda _: False)
    failed = tuple(
        Order(due=order.due, service=0.1, accepted=False) if 60 * SECOND <= order.due < 61 * SECOND else order
        for order in some.orders
    )

    found = worst(Samples(orders=failed, dropped=0), windows(300), 60)

    assert found is not None
    assert found.p99 == float("inf")


@pytest.mark.parametrize("seconds", [40, 90])
def test_a_load_no_longer_than_a_stretch_has_none_of_its_own(seconds: float) -> None:
    assert worst(load(seconds, lambda _: False), windows(seconds), 60) is None


@pytest.mark.parametrize(("rate", "seconds"), [(1020, 60), (5040, 60), (500, 60), (100, 300)])
def test_a_stretch_is_a_minute_or_as_long_as_it_takes_for_enough_orders(rate: int, seconds: float) -> None:
    assert length(case().settings.model_copy(update={"rate": rate}), 500) == seconds


def test_a_ramps_stretches_have_enough_orders_at_its_lowest_rate() -> None:
    assert length(case("b3").settings.model_copy(update={"rate": 100}), 500) == 300


@settings(max_examples=50)
@given(st.lists(st.floats(0.1, 1000), min_size=70, max_size=150), st.integers(25, 60))
def test_the_worst_stretch_is_the_exact_percentile_of_its_orders(values: list[float], seconds: int) -> None:
    """Never that of percentiles; and no stretch is worse."""
    samples = Samples(
        orders=tuple(Order(due=n * SECOND, service=one, accepted=True) for n, one in enumerate(values)), dropped=0
    )
    whole = Window(name="whole", start=0, end=len(values) * SECOND)

    found = worst(samples, [whole], seconds)

    assert found is not None
    assert found.p99 == max(
        percentile(sorted(order.latency for order in samples.within(one)), P99) for one in cut(whole, seconds)
    )


@given(st.floats(61, 3000), st.floats(1, 60))
def test_the_stretches_cover_a_window_and_are_equally_long(whole: float, seconds: float) -> None:
    found = list(cut(Window(name="whole", start=0, end=whole * SECOND), seconds))

    assert found[0].start == 0
    assert found[-1].end == whole * SECOND
    assert all(abs(one.seconds - seconds) < 1e-6 for one in found)
