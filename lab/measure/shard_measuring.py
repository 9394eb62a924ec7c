"""Makes one shard's measurements of its orders at the client and of what was scraped of its engine; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from lab.core.windows import Window, slices
from lab.measure import counters
from lab.measure.counters import Series
from lab.measure.latency import judged, latency
from lab.measure.measurements import ShardClient, ShardMeasurements
from lab.measure.overdue import overdue
from lab.measure.samples import Order, Samples
from lab.measure.scraped import Scraped, pod
from lab.settings.topology import SHARD_PREFIX, Shard


def clients_of(by_shard: Mapping[str, Samples], windows: Sequence[Window]) -> dict[str, ShardClient]:
    """Each shard as its client saw it, by its own orders."""
    return {shard: _client(orders, windows) for shard, orders in by_shard.items()}


def orders_by_shard(loaded: Sequence[str], samples: Samples) -> dict[str, Samples]:
    """The orders of each shard that gets some; none if the script tags no order."""
    by_shard: dict[str, list[Order]] = {shard: [] for shard in loaded}
    for order in samples.orders:
        if order.shard in by_shard:
            by_shard[order.shard].append(order)
    if not any(by_shard.values()):
        return {}
    return {shard: replace(samples, orders=tuple(orders)) for shard, orders in by_shard.items()}


def scraped_of(everything: Scraped, shard: str) -> Scraped:
    """What was scraped of a shard."""
    return everything.owned_by(partial(_belongs, shard))


def _client(samples: Samples, windows: Sequence[Window]) -> ShardClient:
    whole = windows[0]
    return ShardClient(
        latency={window.name: judged(samples.within(window)) for window in windows},
        p99_by_minute=tuple(latency(samples.within(minute)).p99 for minute in slices(whole)),
    )


def measure_shard(  # noqa: PLR0913 - all by name but three
    shard: Shard,
    everything: Scraped,
    windows: Sequence[Window],
    *,
    is_loaded: bool,
    client: ShardClient | None,
    answered: Sequence[float],
) -> ShardMeasurements:
    """All numbers of a shard.

    Args:
        shard: Which.
        everything: What was scraped of all workloads.
        windows: The judged ones.
        is_loaded: Whether the case sends it orders.
        client: What the load generator saw of it.
        answered: When each order was answered that it accepted (epoch ms), ascending.
    """
    scraped = scraped_of(everything, shard.id)
    minutes = slices(scraped.load)
    asks = [one for one in scraped.of("depth") if one.labels.get("side") == "ask"]
    pods = scraped.pods(evidence="matches", duration="match_duration", windows=windows)
    rates = scraped.per_minute("matches", windows)
    orders, finished = (scraped.count(scraped.of(name)) for name in ("orders", "finished"))
    return ShardMeasurements(
        **vars(pods),
        shard=shard.id,
        symbols=shard.symbols,
        is_loaded=is_loaded,
        client=client,
        orders=orders,
        finished=finished,
        orders_per_minute=scraped.per_minute("orders", minutes),
        matches_per_minute=scraped.per_minute("matches", minutes),
        matches_between=scraped.rates("matches", minutes),
        match_rate={window.name: rate for window, rate in zip(windows, rates, strict=True)},
        cpu_per_order={window.name: scraped.cpu_per_order(window) for window in windows},
        first_asks=counters.earliest(asks, scraped.load),
        least_asks=counters.least(asks, scraped.load),
        overdue=overdue(
            answered,
            scraped.of("finished"),
            scraped.load,
            judged=windows[0].start,
            unfinished=max(0.0, orders - finished),
        ),
    )


def _belongs(shard: str, series: Series) -> bool:
    """By its label; cAdvisor's series have the pod's name alone."""
    if "shard" in series.labels:
        return series.labels["shard"] == shard
    return re.fullmatch(rf"{SHARD_PREFIX}{shard}-[a-z0-9]+-[a-z0-9]+", pod(series)) is not None
