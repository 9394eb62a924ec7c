"""Percentiles are never averaged over time or shards: what is merged gives the percentile of all orders together."""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.core.windows import WHOLE, Window, load_window
from lab.measure.counters import Series
from lab.measure.interval import rank
from lab.measure.latency import P50, P95, P99, latency, percentile
from lab.measure.measurements import EngineLatency
from lab.measure.samples import Order, Samples
from lab.measure.scraped import Scraped
from lab.measure.shard_measuring import clients_of, orders_by_shard

SECOND = 1000.0
SCRAPE = 5 * SECOND
SCRAPES = 12
BOUNDS = (1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Of the engine's buckets (ms)."""
LOAD = load_window(0, SCRAPES * SCRAPE / SECOND)
SHARES = {"p50": P50, "p95": P95, "p99": P99}

observed = st.tuples(st.floats(0.01, 5000), st.sampled_from("abc"), st.integers(0, SCRAPES - 1))
"""A latency (ms), the shard whose it is, and the scrape before which it ends."""
some = st.lists(observed, min_size=1, max_size=400)


def series(shard: str, values: Sequence[tuple[float, str, int]]) -> list[Series]:
    """The histogram of a shard's engine as it was scraped: cumulative over its buckets and over time."""
    found = []
    for bound in (*BOUNDS, math.inf):
        between = [sum(value <= bound for value, _, scrape in values if scrape == n) for n in range(SCRAPES)]
        points = ((n * SCRAPE, float(count)) for n, count in enumerate(accumulate(between, initial=0)))
        labels = {"shard": shard, "pod": shard, "job": "j", "instance": shard, "le": str(bound / SECOND)}
        found.append(Series(labels=labels, points=tuple(points)))
    return found


def engine(values: Sequence[tuple[float, str, int]], window: Window = LOAD) -> EngineLatency:
    """What the engines' histograms together say of a window."""
    by_shard = {shard: [one for one in values if one[1] == shard] for shard in "abc"}
    extract = {"match_duration": tuple(one for shard, own in by_shard.items() for one in series(shard, own))}
    scraped = Scraped.of_load(extract, LOAD)
    return scraped.pods(evidence="match_duration", duration="match_duration", windows=[window]).latency[window.name]


def bucket(value: float) -> tuple[float, float]:
    """The bucket that a value lies in."""
    place = bisect_left(BOUNDS, value)
    return (BOUNDS[place - 1] if place else 0.0), (BOUNDS[place] if place < len(BOUNDS) else math.inf)


@given(some)
def test_merged_histograms_have_their_quantiles_in_the_buckets_of_the_exact_ones(
    values: list[tuple[float, str, int]],
) -> None:
    """However the orders are split into shards and scrapes."""
    found, ordered = engine(values), sorted(value for value, *_ in values)

    assert found.orders == len(values)
    for name, share in SHARES.items():
        low, high = bucket(percentile(ordered, share))
        assert low <= getattr(found, name) <= min(high, BOUNDS[-1])
    assert found.is_beyond is (percentile(ordered, P99) > BOUNDS[-1])


@given(some, st.integers(1, SCRAPES - 1))
def test_so_they_have_in_a_part_of_the_load(values: list[tuple[float, str, int]], first: int) -> None:
    part = [one for one in values if one[2] >= first]
    window = Window(name="part", start=first * SCRAPE, end=LOAD.end)

    found = engine(values, window)

    assert found.orders == len(part)
    if part:
        low, high = bucket(percentile(sorted(value for value, *_ in part), P99))
        assert low <= found.p99 <= min(high, BOUNDS[-1])


def test_the_mean_of_the_shards_would_have_been_another() -> None:
    """What these tests are to notice: one slow order in fifty, all in the smallest shard."""
    values = [(2.0, "a", 1)] * 900 + [(2.0, "b", 2)] * 50 + [(400.0, "c", 3)] * 20

    apart = [engine([one for one in values if one[1] == shard]).p99 for shard in "abc"]

    assert bucket(400.0)[0] <= engine(values).p99 <= bucket(400.0)[1]
    assert sum(apart) / 3 < 200


def orders(values: Sequence[tuple[float, str, int]]) -> Samples:
    """Those that a client sent, at the begin of their scrape."""
    sent = sorted((Order(due=scrape * SCRAPE, service=value, accepted=True, shard=shard) for value, shard, scrape in values),
                  key=lambda order: order.due)  # fmt: skip
    return Samples(orders=tuple(sent), dropped=0)


@given(some, st.lists(st.integers(1, SCRAPES - 1), max_size=4, unique=True))
def test_windows_and_shards_put_together_give_the_percentiles_of_all_orders(
    values: list[tuple[float, str, int]], cuts: list[int]
) -> None:
    samples, edges = orders(values), [0, *sorted(cuts), SCRAPES]
    windows = [Window(name=str(n), start=edges[n] * SCRAPE, end=edges[n + 1] * SCRAPE) for n in range(len(edges) - 1)]
    together = [order for window in windows for order in samples.within(window)]
    whole = latency(together)

    assert whole == latency(reversed(samples.orders))
    for name, share in SHARES.items():
        exact = sorted(value for value, *_ in values)[math.ceil(share * len(values)) - 1]
        assert getattr(whole, name) == exact
    # Of the parts it is known only that it lies among theirs.
    parts = [latency(samples.within(window)).p99 for window in windows if samples.within(window)]
    assert min(parts) <= whole.p99 <= max(parts)


@given(some)
def test_each_shards_percentile_is_that_of_its_own_orders_exactly(values: list[tuple[float, str, int]]) -> None:
    whole = Window(name=WHOLE, start=0, end=LOAD.end)

    seen = clients_of(orders_by_shard("abc", orders(values)), [whole])

    own: Mapping[str, list[float]] = {shard: sorted(v for v, of, _ in values if of == shard) for shard in "abc"}
    for shard, client in seen.items():
        assert client.latency[WHOLE].p99 == percentile(own[shard], P99)
        assert client.latency[WHOLE].orders == len(own[shard])
    assert sum(client.latency[WHOLE].orders for client in seen.values()) == len(values)


@pytest.mark.parametrize("share", SHARES.values())
@given(count=st.integers(1, 10_000_000))
def test_the_nearest_rank_is_the_least_that_covers_its_share(share: object, count: int) -> None:
    assert isinstance(share, type(P99))
    assert rank(count, share) >= share * count > rank(count, share) - 1
