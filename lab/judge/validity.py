"""Whether a case measured anything that can be judged; each reason why not has the number, the limit and the remedy."""

import math
from collections.abc import Iterator, Sequence

from lab.core.figures import count, ms, number, seconds, share
from lab.core.windows import AFTER, WHOLE
from lab.judge.liquidity import ENOUGH_ORDERS, bad_book
from lab.judge.preconditions import bad_surroundings, not_as_asked
from lab.measure.lab_state import Ending
from lab.measure.measurements import CaseMeasurements, PodMeasurements, ShardMeasurements
from lab.measure.metrics import SCRAPE_SECONDS
from lab.settings.suites import Case
from lab.settings.topology import CONTROL, SHARD_PREFIX

GATEWAY, BROKER = "edge-gateway", "redpanda"
"""The names of their workloads."""
LONGEST_GAP = 2.5 * SCRAPE_SECONDS
"""Seconds: one scrape may be missed, two in a row mean that the target was down."""
FOREIGN = 0.01
SPARE_ORDERS = 5
"""Orders, as a share of those sent and on top, by which the engines' count may differ from k6's,
and what they finished from what they took."""
LEAST_RATE = 0.9
"""Of what a minute of the load was to send: an open model sends evenly; a third of the shortest trial has 28 orders."""
LATE_FAULT = 5.0
"""Seconds by which a fault may begin late."""


def invalid_because(case: Case, measured: CaseMeasurements) -> tuple[str, ...]:
    """Why this case can't be judged; nothing if it can.

    What broke while it ran is told alone: few orders, or none scraped, are what follows from it.

    Args:
        case: What was asked, and the limits of validity.
        measured: What was measured.
    """
    broken = (*measured.problems, *_fault_failed(measured), *not_as_asked(measured))
    return broken or (
        *_load(case, measured),
        *_samples(case, measured),
        *_generator(case, measured),
        *bad_surroundings(case, measured),
        *_fault(case, measured),
        *_other_load(measured),
        *_gateway(case, measured),
        *_others_ended(measured),
        *(reason for shard in measured.shards for reason in _shard(case, measured, shard)),
    )


def _load(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    if dropped := measured.generator.dropped:
        yield (
            f"{count(dropped)} iterations dropped (limit 0; client p99 {_ms(measured)}): "
            f"raise preAllocatedVUs in {case.script}, or find what held the orders up"
        )
    limit = case.limits.rate_reached
    if measured.rate_reached < limit * measured.rate_asked:
        lasted = (measured.ended - measured.load.start) / 1000
        load = "stages" if case.settings.stages else "rate"
        yield (
            f"{number(measured.rate_reached)} orders/min reached of {number(measured.rate_asked)} asked (limit "
            f"{share(limit)}): the orders came for {seconds(lasted)}, the case lasts "
            f"{seconds(case.settings.duration)}; set cases.{case.id}.{load} and .duration to what {case.script} does, "
            "or look at k6.log"
        )
    elif measured.least_rate is not None and measured.least_rate < LEAST_RATE:
        yield (
            f"one minute had {share(measured.least_rate)} of the orders asked for it (limit {share(LEAST_RATE)}), "
            f"though the whole load had them: it came in bursts; let {case.script} send at the rate of cases.{case.id}"
        )


def _samples(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    for name, latency in measured.client.items():
        accepted, least = latency.orders - latency.errors, case.limits.min_samples
        if accepted < least:
            yield (
                f"{count(accepted)} accepted orders in window '{name}' of {seconds(measured.windows[name].seconds)} "
                f"(limit {count(least)}): raise cases.{case.id}.duration or .rate"
                + (", or find why the orders failed" if latency.errors else "")
            )


def _shard_samples(case: Case, shard: ShardMeasurements) -> Iterator[str]:
    """A shard's own p99 is judged too: it needs as many orders as a window."""
    accepted = shard.latency[WHOLE].orders
    if shard.client:
        accepted = shard.client.latency[WHOLE].orders - shard.client.latency[WHOLE].errors
    least = case.limits.min_samples
    if accepted < least:
        yield (
            f"{count(accepted)} accepted orders of shard {shard.shard} after the warm-up (limit {count(least)}): "
            f"raise cases.{case.id}.duration or .rate, or find who else gets its orders"
        )


def _generator(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    used, limit = measured.generator.cpu_share, case.limits.generator_cpu
    if used > limit:
        yield (
            f"k6 was short of CPU: it used {share(used)} of what it could have had (limit {share(limit)}): "
            "stop other programs on this machine, or run fewer agents"
        )


def _fault_failed(measured: CaseMeasurements) -> Iterator[str]:
    if measured.fault_error is not None:
        yield f"the broker's outage failed: {measured.fault_error}"


def _fault(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    fault, outage = case.settings.fault, measured.outage
    if fault is None:
        return
    if outage is None:
        yield "the broker was not taken down: the load ended before its outage; look at k6.log"
    else:
        late = (outage.began - measured.load.start) / 1000 - fault.after
        if abs(late) > LATE_FAULT:
            yield f"the outage began {seconds(late)} late (limit {seconds(LATE_FAULT)}): look at events.json"
        if outage.over >= measured.load.end and AFTER in measured.windows:
            yield (
                f"the broker was back {seconds((outage.over - measured.load.end) / 1000)} after the load's end: "
                f"raise cases.{case.id}.duration"
            )


def _other_load(measured: CaseMeasurements) -> Iterator[str]:
    """Each order that k6 sent is one that the engines took: any other figure means other orders, or another engine."""
    if not all(shard.scrapers == 1 and not shard.restarts for shard in measured.shards):
        return
    taken = sum(shard.orders for shard in measured.shards)
    spare = spare_orders(measured)
    if taken > measured.sent + spare:
        yield (
            f"the engines took {count(taken)} orders, k6 sent {count(measured.sent)} (limit {share(FOREIGN)} more): "
            "somebody else sends orders to this lab; stop them"
        )
    elif taken < measured.accepted - spare:
        yield (
            f"the engines took {count(taken)} orders of the {count(measured.accepted)} that k6 got accepted (limit "
            f"{share(FOREIGN)} fewer): other engines are scraped than k6 loads; run './invokew status'"
        )


def spare_orders(measured: CaseMeasurements) -> float:
    """By how many orders the engines' count may differ from k6's."""
    return SPARE_ORDERS + FOREIGN * measured.sent


def _gateway(case: Case, measured: CaseMeasurements) -> Iterator[str]:
    if measured.gateway is not None:
        yield from _pods(case, measured, measured.gateway, GATEWAY, "gateway")


def _shard(case: Case, measured: CaseMeasurements, shard: ShardMeasurements) -> Iterator[str]:
    yield from _pods(case, measured, shard, f"{SHARD_PREFIX}{shard.shard}", "engine")
    yield from _unfinished(shard)
    yield from _unmatched(case, shard)
    if shard.is_loaded and shard.scrapers:
        if len(measured.loaded) > 1:
            yield from _shard_samples(case, shard)
        yield from bad_book(case, measured, shard)


def fell_behind(shard: ShardMeasurements) -> bool:
    """Whether a shard accepted orders that it never matched: answered before, they show in no latency and no error."""
    is_counted = shard.scrapers == 1 and not shard.restarts
    return is_counted and shard.finished < shard.orders * (1 - FOREIGN) - SPARE_ORDERS


def _unfinished(shard: ShardMeasurements) -> Iterator[str]:
    if fell_behind(shard):
        yield (
            f"me-shard-{shard.shard} took {count(shard.orders)} orders and finished {count(shard.finished)} "
            f"(limit {share(FOREIGN)} fewer): it hangs or fell behind; run './invokew logs'"
        )


def _unmatched(case: Case, shard: ShardMeasurements) -> Iterator[str]:
    """Orders of which none was ever filled: six in ten of the load meet a resting one (docs/load.md).

    Where fills are what the case asks for, their lack is a miss.
    """
    if case.settings.slo.matches or case.settings.slo.keeps_up:
        return
    if shard.is_loaded and shard.orders >= ENOUGH_ORDERS and shard.scrapers and not sum(shard.matches_per_minute):
        yield (
            f"me-shard-{shard.shard} took {count(shard.orders)} orders and filled none (limit 1): it matches nothing, "
            "or nothing rests in its book; run './invokew logs'"
        )


def _others_ended(measured: CaseMeasurements) -> Iterator[str]:
    for ending in unasked_endings(measured):
        yield f"{ending.workload} ended during the load ({ending.cause}; limit 0); run './invokew logs'"


def unasked_endings(measured: CaseMeasurements) -> tuple[Ending, ...]:
    """What else of the lab than shards and gateway ended during the load: the broker, Prometheus.

    The control is none of it: without one the figures are what they are. A broker that needs a second start on its way
    back from an outage is not over it until then.
    """
    own, outage = {GATEWAY, CONTROL, *(f"{SHARD_PREFIX}{shard.shard}" for shard in measured.shards)}, measured.outage

    def comes_back(ending: Ending) -> bool:
        return outage is not None and ending.workload == BROKER and outage.began <= ending.at <= outage.over

    return tuple(one for one in measured.endings if one.workload not in own and not comes_back(one))


def _pods(case: Case, measured: CaseMeasurements, pods: PodMeasurements, who: str, workload: str) -> Iterator[str]:
    """What makes figures of a workload's pods worthless.

    Args:
        case: What was asked.
        measured: What was measured.
        pods: Their figures.
        who: Their name for people.
        workload: Their name in the settings' `resources`.
    """
    if pods.scrapers == 0:
        yield f"{who} was not scraped: there is no series of it; run './invokew status'"
        return
    if pods.scrapers > 1:
        yield f"{who} was scraped by {pods.scrapers} jobs (limit 1), so its rates count double; run './invokew up'"
    if pods.longest_gap > LONGEST_GAP:
        gap = f"{seconds(pods.longest_gap)} (limit {seconds(LONGEST_GAP)})"
        yield f"{who} gave no metrics for {gap}: the target was down; run './invokew logs'"
    endings = [ending.cause for ending in measured.endings if ending.workload == who]
    if restarts := max(pods.restarts, len(endings)):
        cause = f" ({', '.join(endings)})" if endings else ""
        yield f"{who} restarted {restarts} times during the load{cause} (limit 0); {_remedy(endings, workload)}"
    limit = case.limits.throttled
    if pods.throttled is not None and pods.throttled > limit:
        yield (
            f"{who} was throttled in {share(pods.throttled)} of its CPU periods (limit {share(limit)}): "
            f"raise resources.{workload}.limits.cpu"
        )


def _remedy(endings: Sequence[str], workload: str) -> str:
    if any("OOMKilled" in cause for cause in endings):
        return f"raise resources.{workload}.limits.memory"
    return "run './invokew logs'"


def _ms(measured: CaseMeasurements) -> str:
    return ms(max((latency.p99 for latency in measured.client.values()), default=math.inf))
