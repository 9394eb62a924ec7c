"""The PromQL of the dashboards.

Metric names are those of the engine (`me_*`, docs/engine.md), of the kubelet's cAdvisor (`container_*`) and of k6's
Prometheus remote write (`k6_*`). `$shard` and `$testid` are the dashboard's variables, `$__rate_interval` and
`$__range` Grafana's. Each function takes the whole name of a metric, so that a search for the name finds its panels.
"""

SHARDS = 'shard=~"$shard"'
"""Series of the shards chosen in the dashboard."""
TESTS = 'testid=~"$testid"'
"""Series of the k6 runs chosen in the dashboard; the lab gives each case its own `testid`."""
CONTAINERS = 'namespace=~"matching-engine|monitoring", container!="", container!="POD"'
"""Containers of the lab's pods; cAdvisor also counts each pod as a whole and its pause container."""
ENGINES = 'namespace="matching-engine", container="matching-engine"'
"""Containers of the shards."""
SLO_SECONDS = 0.2
"""The bound of ASR 1, and a bucket of the match latency's histogram: what is counted below it is exact."""


def quantile(share: float, histogram: str, *, by: tuple[str, ...] = (), over: str = "$__rate_interval") -> str:
    """The latency, in seconds, that this share of the observations stays under.

    Prometheus interpolates inside a bucket and never answers more than the last finite bound.
    """
    labels = ", ".join(("le", *by))
    return f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket{{{SHARDS}}}[{over}])))"


def share_under(bound: float, histogram: str, *, over: str) -> str:
    """The share, 0 to 1, of the observations up to a bucket's bound in seconds; exact, as no bucket is split."""
    under = f'sum(increase({histogram}_bucket{{{SHARDS}, le="{bound}"}}[{over}]))'
    return f"{under} / sum(increase({histogram}_count{{{SHARDS}}}[{over}]))"


def per_second(counter: str, *, by: tuple[str, ...] = ()) -> str:
    """The rate a second of an engine's counter, summed, or for each combination of these labels."""
    return f"sum by ({', '.join(by)}) (rate({counter}{{{SHARDS}}}[$__rate_interval]))"


def per_minute(counter: str, *, by: tuple[str, ...] = ()) -> str:
    """The rate a minute of an engine's counter, summed, or for each combination of these labels."""
    return f"60 * {per_second(counter, by=by)}"


def gauge(name: str, *, by: tuple[str, ...]) -> str:
    """The sum of an engine's gauge for each combination of these labels."""
    return f"sum by ({', '.join(by)}) ({name}{{{SHARDS}}})"


def highest(name: str, *, by: tuple[str, ...]) -> str:
    """The highest value of an engine's gauge for each combination of these labels."""
    return f"max by ({', '.join(by)}) ({name}{{{SHARDS}}})"


def scrapes_of_a_pod(name: str) -> str:
    """How many series of a metric that has one a pod there are: 1, or more when several jobs scrape the pod."""
    return f"max(count by (shard, pod) ({name}{{{SHARDS}}}))"


def cpu_cores() -> str:
    """The cores that each pod uses."""
    return f"sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{{{CONTAINERS}}}[$__rate_interval]))"


def throttled(containers: str = CONTAINERS, *, over: str = "$__rate_interval") -> str:
    """The share, 0 to 1, of the CPU periods in which each pod was held back by its limit."""
    held_back = f"sum by (namespace, pod) (increase(container_cpu_cfs_throttled_periods_total{{{containers}}}[{over}]))"
    periods = f"sum by (namespace, pod) (increase(container_cpu_cfs_periods_total{{{containers}}}[{over}]))"
    return f"{held_back} / {periods}"


def memory_bytes() -> str:
    """The memory of each pod that can't be reclaimed: what its limit is compared with."""
    return f"sum by (namespace, pod) (container_memory_working_set_bytes{{{CONTAINERS}}})"


def k6_rate(counter: str) -> str:
    """The rate a second of a k6 counter, for each test."""
    return f"sum by (testid) (rate({counter}{{{TESTS}}}[$__rate_interval]))"


def k6_highest(gauge_name: str) -> str:
    """The highest value among a test's series of a k6 gauge; k6's percentiles can't be added or averaged."""
    return f"max by (testid) ({gauge_name}{{{TESTS}}})"


def k6_lost() -> str:
    """The iterations that k6 could not start in time.

    k6 writes this counter only once there is one to count, so its first value is not 0 and an increase would miss it.
    """
    return f"sum(max_over_time(k6_dropped_iterations_total{{{TESTS}}}[$__range])) or vector(0)"
