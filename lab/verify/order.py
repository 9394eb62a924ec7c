"""AC9: a test order is seen in the metrics, as exactly one match."""

import time
from collections.abc import Mapping

from lab.core.errors import ToolError
from lab.measure.metrics import HANDLERS, SCRAPE_SECONDS, Metrics, wait_for_scrape
from lab.run import fill
from lab.settings.topology import Topology
from lab.verify.finding import Finding, judged
from lab.verify.site import Site

DEADLINE = 3.0 * SCRAPE_SECONDS
"""Seconds until all engines are scraped anew."""
SETTLES = 0.5
"""Seconds from an order's acceptance, which comes before its matching, until a scrape surely shows it."""

Counts = Mapping[str, float]
"""Shard to its matches."""


def check(site: Site) -> Finding:
    """Send each shard one fill, between two readings of the counters."""
    return check_with(site.metrics, site.urls["orders"], site.topology)


def check_with(metrics: Metrics, entry: str, topology: Topology) -> Finding:
    """The same by any metrics, and any way in."""
    before = _counts(metrics, after=time.time())
    failures = [fill.send(entry, topology, shard) for shard in topology.shards]
    if any(failures):
        return judged(failures, "")
    after = _counts(metrics, after=time.time() + SETTLES)
    return judge(before, after, [shard.id for shard in topology.shards])


def judge(before: Counts, after: Counts, shards: list[str]) -> Finding:
    """Each shard's counter rose by one: none means that it isn't scraped, two that it is scraped twice."""
    problems = []
    for shard in shards:
        if shard not in after:
            problems.append(f"me_matches_total of shard {shard} is not in the metrics")
        elif (rise := after[shard] - before.get(shard, 0)) != 1:
            problems.append(f"me_matches_total of shard {shard} must rise by 1 with one fill; it rose by {rise:g}")
    seen = (f"{shard}: {before.get(shard, 0):g} → {after.get(shard, 0):g}" for shard in shards)
    return judged(problems, f"me_matches_total of shard {', '.join(seen)}")


def _counts(metrics: Metrics, *, after: float) -> Counts:
    """Matches by shard, as of a scrape later than an instant (epoch seconds).

    Raises:
        ToolError: An engine was not scraped in time, or none is.
    """
    if not wait_for_scrape(metrics, HANDLERS, after=after * 1000, deadline=DEADLINE):
        raise ToolError(f"the engines were not scraped within {DEADLINE:g} s; run './invokew status'")
    return fill.matches(metrics)
