"""The rows of the dashboard: which panels answer which question, from the verdict down to the load generator."""

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import units

from matching_engine import queries
from matching_engine.panels import CADVISOR_STEP, Bound, Line, chart, figure

AnyPanel = stat.Panel | timeseries.Panel

MATCH = "me_match_duration_seconds"
PARTS = {
    "validation": "me_order_validation_duration_seconds",
    "insertion": "me_orderbook_insertion_duration_seconds",
    "matching": "me_matching_algorithm_duration_seconds",
    "write-ahead log": "me_wal_append_duration_seconds",
    "publish": "me_event_publish_duration_seconds",
}
"""The parts of an order's way, in their order, and the histogram of each."""
SLO = Bound(value=queries.SLO_SECONDS)


def verdict() -> list[AnyPanel]:
    """Whether the time range shown meets ASR 1, and whether it can be judged at all."""
    return [
        figure(
            "Engine p99",
            about="Match latency over the time range, interpolated in its bucket. ASR 1 asks for less than 200 ms.",
            unit=units.Seconds,
            query=queries.quantile(0.99, MATCH, over="$__range"),
            bound=SLO,
        ),
        figure(
            "Orders under 200 ms",
            about="Exact, as 200 ms is a bucket's bound. 99 % or more means p99 under 200 ms.",
            unit=units.PercentUnit,
            query=queries.share_under(queries.SLO_SECONDS, MATCH, over="$__range"),
            bound=Bound(value=0.99, good_below=False),
            decimals=2,
        ),
        figure(
            "Worst client p99",
            about="As k6 sees it, since its test began: the network, HTTP and the engine's answer, not the matching.",
            unit=units.Seconds,
            query=f"max({queries.k6_highest('k6_http_req_duration_p99')})",
            bound=SLO,
        ),
        figure(
            "Lost iterations",
            about="Orders that k6 could not send in time. Any makes the case INVALID: the load asked was not reached.",
            unit=units.Short,
            query=queries.k6_lost(),
            bound=Bound(value=1),
            decimals=0,
        ),
        figure(
            "Engine throttled",
            about="The highest share of CPU periods in which one pod of an engine was held back by its limit.",
            unit=units.PercentUnit,
            query=f"max({queries.throttled(queries.ENGINES, over='$__range')})",
            bound=Bound(value=0.05),
            decimals=1,
        ),
        figure(
            "Scrapes of a shard",
            about="1 is right. With 2 each rate is doubled and a failed throughput reads as passed.",
            unit=units.Short,
            query=queries.scrapes_of_a_pod("me_ringbuffer_utilization_ratio"),
            bound=Bound(value=2),
            decimals=0,
        ),
    ]


def latency() -> list[AnyPanel]:
    """How long an order takes, and where."""
    return [
        chart(
            "Match latency",
            about="From receipt to the hand-over to Kafka, queue included, over the chosen shards. The line is ASR 1.",
            unit=units.Seconds,
            lines=[
                Line(query=queries.quantile(share, MATCH), legend=f"p{share * 100:.0f}") for share in (0.5, 0.95, 0.99)
            ],
            bound=SLO,
        ),
        chart(
            "Match latency p99 of each shard",
            about="A shard apart from the others has a hot symbol or a busy node.",
            unit=units.Seconds,
            lines=[Line(query=queries.quantile(0.99, MATCH, by=("shard",)), legend="shard {{shard}}")],
            bound=SLO,
        ),
        chart(
            "Where the latency goes: p99 of each part",
            about="At most the last bucket's bound: 10 ms; matching 50, write-ahead log 100. Queueing is the rest.",
            unit=units.Seconds,
            lines=[Line(query=queries.quantile(0.99, name), legend=part) for part, name in PARTS.items()],
        ),
        chart(
            "Ring buffer utilisation",
            about="Orders waiting for the engine. At 100 % it answers 503.",
            unit=units.PercentUnit,
            lines=[
                Line(query=queries.highest("me_ringbuffer_utilization_ratio", by=("shard",)), legend="shard {{shard}}")
            ],
            bound=Bound(value=0.8),
            top=1,
        ),
    ]


def throughput() -> list[AnyPanel]:
    """What the engine does with the load, and whether the book still has liquidity."""
    return [
        chart(
            "Matches a minute",
            about="One match is one fill.",
            unit=units.Short,
            lines=[
                Line(query=queries.per_minute("me_matches_total", by=("shard",)), legend="shard {{shard}}"),
                Line(query=queries.per_minute("me_matches_total"), legend="all"),
            ],
        ),
        chart(
            "Orders a second",
            about="Accepted orders by side.",
            unit=units.OpsPerSecond,
            lines=[Line(query=queries.per_second("me_orders_received_total", by=("side",)), legend="{{side}}")],
        ),
        chart(
            "Book depth",
            about="Resting orders. When the asks reach 0 the book is dry and the case INVALID.",
            unit=units.Short,
            lines=[
                Line(query=queries.gauge("me_orderbook_depth", by=("shard", "side")), legend="shard {{shard}} {{side}}")
            ],
        ),
        chart(
            "Price levels",
            about="Levels that hold at least one order.",
            unit=units.Short,
            lines=[
                Line(
                    query=queries.gauge("me_orderbook_price_levels", by=("shard", "side")),
                    legend="shard {{shard}} {{side}}",
                )
            ],
        ),
    ]


def resources() -> list[AnyPanel]:
    """What the pods take from the machine. The kubelet measures each 10 to 20 s."""
    return [
        chart(
            "CPU of each pod",
            about="Cores in use, the mean of a minute.",
            unit=units.Short,
            lines=[Line(query=queries.cpu_cores(), legend="{{pod}}", step=CADVISOR_STEP)],
            width=8,
        ),
        chart(
            "Throttling of each pod",
            about="Share of CPU periods in which the limit held the pod back. Above 5 % the latency is the limit's.",
            unit=units.PercentUnit,
            lines=[Line(query=queries.throttled(), legend="{{pod}}", step=CADVISOR_STEP)],
            width=8,
            bound=Bound(value=0.05),
        ),
        chart(
            "Memory of each pod",
            about="The working set, which the limit is held against.",
            unit=units.BytesIEC,
            lines=[Line(query=queries.memory_bytes(), legend="{{pod}}", step=CADVISOR_STEP)],
            width=8,
        ),
    ]


def load_generator() -> list[AnyPanel]:
    """What k6 sent and saw; it writes its figures to Prometheus each 5 s."""
    return [
        chart(
            "Requests a second",
            about="Each test by its testid.",
            unit=units.RequestsPerSecond,
            lines=[Line(query=queries.k6_rate("k6_http_reqs_total"), legend="{{testid}}")],
            width=8,
        ),
        chart(
            "Client latency",
            about="Of each test since it began, not of the last seconds; the highest among its kinds of request.",
            unit=units.Seconds,
            lines=[
                Line(query=queries.k6_highest(f"k6_http_req_duration_{name}"), legend=f"{{{{testid}}}} {name}")
                for name in ("p50", "p95", "p99", "max")
            ],
            width=8,
            bound=SLO,
        ),
        chart(
            "Failed requests",
            about="Share of all requests of each test since it began. ASR 1 allows less than 1 %.",
            unit=units.PercentUnit,
            lines=[Line(query=queries.k6_highest("k6_http_req_failed_rate"), legend="{{testid}}")],
            width=8,
            bound=Bound(value=0.01),
        ),
    ]
